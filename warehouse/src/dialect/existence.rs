//! Forms that DataFusion plans wrongly, put right before it does: EXISTS over an aggregate that has a row even of no
//! rows; a sort key that stands twice beside DISTINCT ON; IN over a subquery that is part of a larger
//! condition, where NULL would become false and its opposite true.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit, when,
};
use datafusion::optimizer::AnalyzerRule;

use super::correlated::skips;
use super::lifted::lifted;
use super::{grouping, marks, only_value, rules};

#[derive(Debug)]
pub(super) struct MendedForms;

impl AnalyzerRule for MendedForms {
    fn name(&self) -> &str {
        "mended_forms"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = plan.transform_up_with_subqueries(|node| Ok(sorted_once(node)))?.data;
        let plan = plan.transform_up_with_subqueries(lifted)?.data;
        let plan = plan.transform_up_with_subqueries(marks::marked)?.data;
        let plan = plan.transform_up_with_subqueries(with_three_values)?.data;
        rules::expressions(plan, |node, _| {
            Ok(match node {
                Expr::Exists(Exists { subquery, negated }) if has_a_row(&subquery.subquery) => {
                    Transformed::yes(lit(!negated))
                }
                Expr::ScalarSubquery(subquery) => Transformed::yes(only_value::of(subquery)?),
                other => Transformed::no(other),
            })
        })
    }
}

/// True for an aggregate that has a row even of no rows; HAVING, OFFSET and LIMIT 0 may leave nothing of it.
pub(super) fn has_a_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(sum) => grouping::has_total(sum),
        LogicalPlan::Projection(projection) => has_a_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => has_a_row(&alias.input),
        LogicalPlan::Distinct(Distinct::All(input)) => has_a_row(input),
        LogicalPlan::Distinct(Distinct::On(on)) => has_a_row(&on.input),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => has_a_row(&sort.input),
        LogicalPlan::Limit(limit) if !skips(limit) => has_a_row(&limit.input),
        _ => false,
    }
}

/// True for a subquery that may have no row where the type of its column tells of no NULL.
pub(super) fn may_be_none(value: &Subquery) -> bool {
    let plan = &value.subquery;
    value.outer_ref_columns.is_empty() && !has_a_row(plan) && !plan.schema().field(0).is_nullable()
}

/// IN over subqueries inside larger conditions, with all three truth values. As a condition of its own a WHERE takes
/// it as it is: there NULL and false are the same, and NOT IN is planned with its NULLs, where it asks for a column:
/// what asks for a constant moves into the subquery, and takes the NULLs away there.
fn with_three_values(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let inside = |condition: Expr| {
        condition.transform_up(|part| {
            Ok(match part {
                Expr::InSubquery(list) if list.subquery.outer_ref_columns.is_empty() => {
                    Transformed::yes(three_valued(list)?)
                }
                other => Transformed::no(other),
            })
        })
    };
    let names = NamePreserver::new(&node);
    let is_filter = matches!(node, LogicalPlan::Filter(_));
    node.map_expressions(|expression| {
        let name = names.save(&expression);
        let changed = if is_filter {
            let conditions = split_conjunction_owned(expression).into_iter().map(|condition| {
                let alone = matches!(&condition, Expr::InSubquery(list) if !list.negated || is_column(&list.expr));
                if alone { Ok(Transformed::no(condition)) } else { inside(condition) }
            });
            let conditions = conditions.collect::<Result<Vec<_>>>()?;
            let any = conditions.iter().any(|condition| condition.transformed);
            let all = conjunction(conditions.into_iter().map(|condition| condition.data));
            Transformed::new_transformed(all.unwrap_or_else(|| lit(true)), any)
        } else {
            inside(expression)?
        };
        Ok(changed.update_data(|expression| name.restore(expression)))
    })
}

fn is_column(value: &Expr) -> bool {
    match value {
        Expr::Column(_) => true,
        Expr::Cast(cast) => is_column(&cast.expr),
        _ => false,
    }
}

/// `x in (s)` as `x in (s) or case when (x is null and exists (s)) or exists (null in s) then null else false end`.
fn three_valued(InSubquery { expr, subquery, negated }: InSubquery) -> Result<Expr> {
    // Under a name of its own: the subquery may have two columns of one name below.
    let listed = LogicalPlanBuilder::from(subquery.subquery.as_ref().clone()).alias("listed")?;
    let column = Expr::from(listed.schema().qualified_field(0));
    let nulls = Arc::new(listed.filter(column.is_null())?.build()?);
    let nulls = Subquery { subquery: nulls, ..subquery.clone() };
    let some = Expr::Exists(Exists { subquery: subquery.clone(), negated: false });
    let null_inside = Expr::Exists(Exists { subquery: nulls, negated: false });
    let unknown = expr.as_ref().clone().is_null().and(some).or(null_inside);
    let null = Expr::Literal(ScalarValue::Boolean(None), None);
    let found = Expr::InSubquery(InSubquery { expr, subquery, negated: false });
    let answer = found.or(when(unknown, null).otherwise(lit(false))?);
    Ok(if negated { Expr::Not(Box::new(answer)) } else { answer })
}

fn sorted_once(node: LogicalPlan) -> Transformed<LogicalPlan> {
    let LogicalPlan::Distinct(Distinct::On(mut distinct)) = node else {
        return Transformed::no(node);
    };
    if let Some(keys) = &mut distinct.sort_expr {
        let mut seen: Vec<Expr> = Vec::new();
        keys.retain(|key| {
            let new = !seen.contains(&key.expr);
            seen.push(key.expr.clone());
            new
        });
    }
    Transformed::yes(LogicalPlan::Distinct(Distinct::On(distinct)))
}
