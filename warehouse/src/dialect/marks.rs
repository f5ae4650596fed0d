//! `x in (select …)` and `exists (select …)` as values: in CASE, in sums, among the items. DataFusion makes joins of
//! them in conditions only. So the rows below get a mark that says whether the value is in the list, and EXISTS becomes
//! a count of at most one row.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, Result, ScalarValue, Spans};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery, lit, when};

use super::titles::MARK;

/// A node whose expressions ask for lists, over rows that are marked.
pub(super) fn marked(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let computes = matches!(
        node,
        LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) | LogicalPlan::Window(_)
    );
    let asks = |expression: &Expr| expression.exists(|part| Ok(is_asked(part))).unwrap_or(false);
    if !computes || !node.expressions().iter().any(asks) {
        return Ok(Transformed::no(node));
    }
    let names = NamePreserver::new(&node);
    let mut lists = Vec::new();
    let expressions = node.expressions().into_iter().map(|expression| {
        let name = names.save(&expression);
        let marked = expression.transform_up(|part| match part {
            Expr::Exists(Exists { subquery, negated }) if subquery.outer_ref_columns.is_empty() => {
                let there = is_there(&subquery.subquery)?;
                Ok(Transformed::yes(if negated { Expr::Not(Box::new(there)) } else { there }))
            }
            Expr::InSubquery(list) if list.subquery.outer_ref_columns.is_empty() => {
                let mark = format!("{MARK}in{}", lists.len());
                let answer = three_valued(&list, &mark)?;
                lists.push((mark, list));
                Ok(Transformed::yes(answer))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(name.restore(marked.data))
    });
    let expressions = expressions.collect::<Result<Vec<_>>>()?;
    let mut below = LogicalPlanBuilder::from(node.inputs()[0].clone());
    for (mark, InSubquery { expr, subquery, .. }) in lists {
        let listed = listed(&subquery, &mark)?;
        let column = first_column(&listed);
        below = below.join_on(listed, JoinType::LeftMark, [(*expr).eq(column)])?;
    }
    let columns = node.schema().columns();
    let keeps_all = matches!(node, LogicalPlan::Window(_));
    let node = node.with_new_exprs(expressions, vec![below.build()?])?;
    Ok(Transformed::yes(if keeps_all {
        let columns = columns.into_iter().map(Expr::Column);
        LogicalPlanBuilder::from(node).project(columns)?.build()?
    } else {
        node
    }))
}

fn is_asked(part: &Expr) -> bool {
    match part {
        Expr::Exists(Exists { subquery, .. }) | Expr::InSubquery(InSubquery { subquery, .. }) => {
            subquery.outer_ref_columns.is_empty()
        }
        _ => false,
    }
}

/// True where the mark is set; without it NULL where the value or one of the list is not known, and false elsewhere.
fn three_valued(list: &InSubquery, mark: &str) -> Result<Expr> {
    let listed = listed(&list.subquery, mark)?;
    let nulls = LogicalPlanBuilder::from(listed.clone()).filter(first_column(&listed).is_null())?;
    let own = list.expr.as_ref().clone();
    let unknown = own.is_null().and(is_there(&listed)?).or(is_there(&nulls.build()?)?);
    let null = Expr::Literal(ScalarValue::Boolean(None), None);
    let found = Expr::Column(Column::new(Some(mark.to_owned()), "mark"));
    let answer = when(found, lit(true)).when(unknown, null).otherwise(lit(false))?;
    Ok(if list.negated { Expr::Not(Box::new(answer)) } else { answer })
}

/// The list under a name of its own: it may have two columns of one name below.
fn listed(subquery: &Subquery, name: &str) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(subquery.subquery.as_ref().clone()).alias(name)?.build()
}

fn first_column(plan: &LogicalPlan) -> Expr {
    Expr::from(plan.schema().qualified_field(0))
}

/// Whether a plan has any row.
fn is_there(plan: &LogicalPlan) -> Result<Expr> {
    let rows = count_udaf().call(vec![lit(1_i64)]).alias("rows");
    let rows = LogicalPlanBuilder::from(plan.clone())
        .limit(0, Some(1))?
        .aggregate(Vec::<Expr>::new(), vec![rows])?
        .build()?;
    let subquery = Arc::new(rows);
    let rows = Subquery { subquery, outer_ref_columns: Vec::new(), spans: Spans::new() };
    Ok(Expr::ScalarSubquery(rows).gt(lit(0_i64)))
}
