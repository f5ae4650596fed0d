//! Forms that DataFusion answers wrongly, found in the plan before it is optimised. Each says what to write instead.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{InSubquery, SetComparison};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits,
};

/// What is refused in a plan, with the way out; none where it may run.
pub(crate) fn refusal(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    // The walk itself cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        found = found.take().or_else(|| of_window(node));
        let is_filter = matches!(node, LogicalPlan::Filter(_));
        let _ = node.apply_expressions(|expression| {
            for condition in split_conjunction(expression) {
                found = found.take().or_else(|| of_condition(condition, is_filter));
            }
            Ok(stop_when(found.is_some()))
        });
        Ok(stop_when(found.is_some()))
    });
    found
}

/// A condition of its own in a WHERE or HAVING may be a correlated IN; everywhere else its third truth value is lost.
fn of_condition(condition: &Expr, is_filter: bool) -> Option<String> {
    if let Expr::InSubquery(InSubquery { expr, negated: false, .. }) = condition
        && is_filter
    {
        return of_condition(expr, false);
    }
    let mut found = None;
    // The walk itself cannot fail.
    let _ = condition.apply(|part| {
        if !is_filter && matches!(part, Expr::SetComparison(_)) {
            found = Some(
                "any、all 子查询只能写在 where 里：请改写成 exists (…) 或 max、min".to_owned(),
            );
        }
        found = found.take().or_else(|| of_part(part));
        Ok(stop_when(found.is_some()))
    });
    found
}

fn of_part(part: &Expr) -> Option<String> {
    match part {
        Expr::InSubquery(InSubquery { subquery, negated, .. })
            if !subquery.outer_ref_columns.is_empty() =>
        {
            Some(if *negated { NOT_IN } else { IN }.to_owned())
        }
        Expr::SetComparison(SetComparison { subquery, .. })
            if !subquery.outer_ref_columns.is_empty() =>
        {
            Some(
                "不支持引用外层列的 any、all 子查询：请改写成 exists (…) 或 not exists (…)"
                    .to_owned(),
            )
        }
        _ => None,
    }
}

const NOT_IN: &str = "不支持引用外层列的 not in (子查询)：空值会使结果出错；请改写成 not exists (select 1 from … where …)";
const IN: &str = "引用外层列的 in (子查询) 只能单独作为 where 的一个条件：请改写成 exists (select 1 from … where …)";

/// A frame that reaches by so many yuan: the engine adds the reach to the value in the value's own digits.
fn of_window(node: &LogicalPlan) -> Option<String> {
    let LogicalPlan::Window(window) = node else { return None };
    let by_decimal = window.window_expr.iter().any(|expression| {
        let Expr::WindowFunction(function) = expression.clone().unalias() else { return false };
        let params = &function.params;
        let reaches = |bound: &WindowFrameBound| match bound {
            WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
            WindowFrameBound::CurrentRow => false,
        };
        let frame = &params.window_frame;
        let kind = params.order_by.first().map(|key| key.expr.get_type(window.input.schema()));
        frame.units == WindowFrameUnits::Range
            && (reaches(&frame.start_bound) || reaches(&frame.end_bound))
            && matches!(kind, Some(Ok(DataType::Decimal128(..))))
    });
    by_decimal
        .then(|| "range 窗口不能按小数的差来取：请用 rows 窗口，或按整数、日期排序".to_owned())
}

fn stop_when(found: bool) -> TreeNodeRecursion {
    if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue }
}
