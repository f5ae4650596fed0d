//! Forms that DataFusion answers wrongly, found in the plan before it is optimised. Each says what to write instead.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{Expr, LogicalPlan};

/// What is refused in a plan, with the way out; none where it may run.
pub(crate) fn refusal(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    // The walk itself cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        let _ = node.apply_expressions(|expression| {
            expression.apply(|part| {
                found = found.take().or_else(|| of_expression(part));
                Ok(stop_when(found.is_some()))
            })
        });
        Ok(stop_when(found.is_some()))
    });
    found
}

fn stop_when(found: bool) -> TreeNodeRecursion {
    if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue }
}

fn of_expression(expression: &Expr) -> Option<String> {
    match expression {
        // Three-valued logic of the list is lost when the subquery is made a join.
        Expr::InSubquery(InSubquery { subquery, negated: true, .. })
            if !subquery.outer_ref_columns.is_empty() =>
        {
            Some(NOT_IN.to_owned())
        }
        Expr::Not(inner) if correlated_list(inner) => Some(NOT_IN.to_owned()),
        Expr::SetComparison(SetComparison { subquery, .. })
            if !subquery.outer_ref_columns.is_empty() =>
        {
            Some("不支持引用外层列的 any、all 子查询：请改写成 exists (…) 或 not exists (…)".to_owned())
        }
        _ => None,
    }
}

const NOT_IN: &str =
    "不支持引用外层列的 not in (子查询)：空值会使结果出错；请改写成 not exists (select 1 from … where …)";

fn correlated_list(inside: &Expr) -> bool {
    inside
        .exists(|part| {
            Ok(match part {
                Expr::InSubquery(InSubquery { subquery, .. }) => {
                    !subquery.outer_ref_columns.is_empty()
                }
                Expr::Exists(Exists { .. }) => false,
                _ => false,
            })
        })
        .unwrap_or(false)
}
