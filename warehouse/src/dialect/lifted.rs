//! Subqueries inside sums, keys of groups, windows and sorts, as columns of the rows below: DataFusion makes joins of
//! what names outer columns among the items of a SELECT and in conditions only.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::logical_plan::{Projection, Sort};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::titles::MARK;

/// A node whose subqueries have become columns, if there is anything to lift.
pub(super) fn lifted(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match node {
        LogicalPlan::Sort(sort) => sorted(sort),
        LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => computed(node),
        _ => Ok(Transformed::no(node)),
    }
}

fn computed(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let keeps_all = matches!(node, LogicalPlan::Window(_));
    let input = node.inputs()[0].clone();
    let names = NamePreserver::new(&node);
    let mut values = Vec::new();
    let expressions = node.expressions().into_iter().map(|expression| {
        let name = names.save(&expression);
        let by_column = without_subqueries(expression, &mut values, |part| match part {
            Expr::InSubquery(list) => keeps_all && list.subquery.outer_ref_columns.is_empty(),
            Expr::ScalarSubquery(subquery) => !subquery.outer_ref_columns.is_empty(),
            _ => false,
        });
        Ok(name.restore(by_column?))
    });
    let expressions = expressions.collect::<Result<Vec<_>>>()?;
    if values.is_empty() {
        return Ok(Transformed::no(node));
    }
    let columns = input.schema().columns().into_iter().map(Expr::Column);
    let below = LogicalPlanBuilder::from(input).project(columns.chain(values))?.build()?;
    let columns = node.schema().columns();
    let node = node.with_new_exprs(expressions, vec![below])?;
    Ok(Transformed::yes(if keeps_all {
        let columns = columns.into_iter().map(Expr::Column);
        LogicalPlanBuilder::from(node).project(columns)?.build()?
    } else {
        node
    }))
}

/// What a sort asks for is computed beside the items of the SELECT, of the same rows.
fn sorted(sort: Sort) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Projection(shown) = sort.input.as_ref() else {
        return Ok(Transformed::no(LogicalPlan::Sort(sort)));
    };
    let rows = shown.input.schema();
    let mut values = Vec::new();
    let mut keys = sort.expr.clone();
    for key in &mut keys {
        let given = std::mem::take(&mut key.expr);
        key.expr = without_subqueries(given, &mut values, |part| match part {
            Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
                subquery.outer_ref_columns.is_empty()
                    && expr.column_refs().into_iter().all(|column| is_of(column, rows))
            }
            Expr::ScalarSubquery(subquery) => {
                let outer = &subquery.outer_ref_columns;
                !outer.is_empty()
                    && outer.iter().all(|column| match column {
                        Expr::OuterReferenceColumn(_, column) => is_of(column, rows),
                        _ => false,
                    })
            }
            _ => false,
        })?;
    }
    if values.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Sort(sort)));
    }
    let columns = sort.input.schema().columns().into_iter().map(Expr::Column);
    let items = shown.expr.iter().cloned().chain(values).collect();
    let below = LogicalPlan::Projection(Projection::try_new(items, shown.input.clone())?);
    let sorted = LogicalPlan::Sort(Sort { expr: keys, input: Arc::new(below), fetch: sort.fetch });
    Ok(Transformed::yes(LogicalPlanBuilder::from(sorted).project(columns)?.build()?))
}

/// True for a column of a table below, and no name that an item of the SELECT was given.
fn is_of(column: &Column, rows: &DFSchema) -> bool {
    column.relation.is_some() && rows.has_column(column)
}

/// The expression over the columns that its subqueries become.
fn without_subqueries(
    given: Expr,
    values: &mut Vec<Expr>,
    lifts: impl Fn(&Expr) -> bool,
) -> Result<Expr> {
    let changed = given.transform_down(|part| {
        if !lifts(&part) {
            return Ok(Transformed::no(part));
        }
        let name = format!("{MARK}value{}", values.len());
        values.push(part.alias(&name));
        let column = Expr::Column(Column::new_unqualified(name));
        Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
    })?;
    Ok(changed.data)
}
