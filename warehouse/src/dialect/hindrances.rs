//! Why a statement that is written well has no plan: looked for once the engine has given up, so that nothing is refused
//! for it.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, FetchType, LogicalPlan, Operator, SkipType};

use super::refusals::stop_when;

const LIMIT: &str = "limit、offset 后面要直接写成数字，不能写子查询：请在子查询里写 row_number() over (order by …) as 名次，在外面写 where 名次 <= (select …)";
const ON: &str = "这样的子查询暂不支持：on 里不能有用到外层列的子查询：请写在 where 里；left join 时先在子查询里把它算成一列，再按那一列连接";
const SHOWN: &str = "这样的子查询暂不支持：用作一个值的子查询在 select 里用了外层列：请把算式写到子查询外面，例如 (select max(列) from …) + 外层列";
const COMPUTED: &str = "这样的子查询暂不支持：与外层列相比的要是子查询里的一列，不能是算式：请改写成 left join (select 算式 as 键, count(*) as 数 from … group by 1) x on x.键 = 外层的算式";
const STEPS: &str = "这样的子查询暂不支持：外层列与要的值之间隔着不止一次汇总：请先用 with 按该列分组算好，再 left join";

/// What the engine has no plan for, with the way out; none where it cannot be told.
pub(crate) fn hindrance(plan: &LogicalPlan) -> Option<&'static str> {
    let mut found = None;
    // The walk itself cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        found = of_node(node);
        Ok(stop_when(found.is_some()))
    });
    found
}

fn of_node(node: &LogicalPlan) -> Option<&'static str> {
    if let LogicalPlan::Limit(limit) = node
        && (matches!(limit.get_skip_type(), Ok(SkipType::UnsupportedExpr))
            || matches!(limit.get_fetch_type(), Ok(FetchType::UnsupportedExpr)))
    {
        return Some(LIMIT);
    }
    let is_join = matches!(node, LogicalPlan::Join(_));
    let mut found = None;
    // The walk itself cannot fail.
    let _ = node.apply_expressions(|expression| {
        expression.apply(|part| {
            found = match part {
                Expr::ScalarSubquery(subquery)
                | Expr::Exists(Exists { subquery, .. })
                | Expr::InSubquery(InSubquery { subquery, .. })
                    if is_join && !subquery.outer_ref_columns.is_empty() =>
                {
                    Some(ON)
                }
                Expr::ScalarSubquery(subquery) => of_value(&subquery.subquery),
                _ => None,
            };
            Ok(stop_when(found.is_some()))
        })
    });
    found
}

/// What is in the way of a subquery that stands for a value.
fn of_value(plan: &LogicalPlan) -> Option<&'static str> {
    let (mut tied, mut shown, mut computed, mut sums) = (false, false, false, 0);
    // The walk itself cannot fail.
    let _ = plan.apply(|node| {
        match node {
            LogicalPlan::Filter(filter) => {
                for part in split_conjunction(&filter.predicate) {
                    tied |= part.contains_outer();
                    computed |= part.contains_outer() && !is_tie(part);
                }
            }
            LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) => {
                shown |= node.expressions().iter().any(Expr::contains_outer);
                sums += usize::from(matches!(node, LogicalPlan::Aggregate(_)));
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    match (shown, computed) {
        (true, _) => Some(SHOWN),
        (_, true) => Some(COMPUTED),
        _ if tied && sums > 1 => Some(STEPS),
        _ => None,
    }
}

/// True for a column of the subquery that equals what is of the outer row alone.
fn is_tie(part: &Expr) -> bool {
    let is_column = |side: &Expr| match side {
        Expr::Column(_) => true,
        Expr::Cast(cast) => matches!(cast.expr.as_ref(), Expr::Column(_)),
        _ => false,
    };
    let is_outer = |side: &Expr| side.column_refs().is_empty();
    matches!(part, Expr::BinaryExpr(equal) if equal.op == Operator::Eq
        && (is_column(&equal.left) && is_outer(&equal.right)
            || is_outer(&equal.left) && is_column(&equal.right)))
}
