//! Subqueries that name outer columns. DataFusion makes joins of them: what is compared with outer columns moves up
//! under the name of the subquery, where a column is known by its name alone, and an aggregate over no groups gets
//! groups, so that what was asked of its one row is no longer asked where there are no rows. Grouping sets get the
//! column into each of their sets: there is no grand total of no rows, no NULL in the sets that are without the column,
//! and `grouping` counts the keys from another one.

use std::collections::BTreeMap;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Distinct, Expr, FetchType, Filter, Limit, LogicalPlan, LogicalPlanBuilder, Operator, SkipType,
    Subquery, binary_expr, lit,
};

use super::existence::has_a_row;
use super::grouping;

/// What a subquery is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Whether it has rows.
    Exists,
    /// Whether a value is among its own.
    In,
    /// Its one value, or its rows beside each outer row.
    Values,
}

const UNEQUAL: &str = "用作一个值、又引用外层列的子查询（any、all 后面的也是），与外层列只能用 = 和 and 相比，不能用 <、>、<>、or：请改写成 join 再分组，或用窗口函数";
const REGROUPED: &str = "lateral 子查询里有 distinct、group by 和汇总时，与外层列只能写成 列 = 外层列，用 and 连接，不能用 <、>、<>、or 和算式：请改写成 join，再按外层的 id 一起 distinct、group by";
const CUT: &str = "引用外层列的子查询里不能用窗口函数、limit 和 offset：请先用 with 算出来再 join";
const WHOLE: &str = "引用外层列而没有 group by 的汇总，不能再加 having、条件，也不能放在 in、exists 里：请先用 with 按该列分组算好，再 join";
const UNITED: &str = "引用外层列的子查询里有两个同名的列，各在 union 的一部分里：请把各部分拆开，写成 exists (…) or exists (…)，或 列 in (…) or 列 in (…)";
const SETS: &str = "引用外层列的子查询里不能用 rollup、cube、grouping sets：请先用 with 按 group by 该列, rollup (…) 算好，再 join";

/// Why a subquery cannot be made a join; none where it can.
pub(super) fn refusal(subquery: &Subquery, how: Use) -> Option<String> {
    if subquery.outer_ref_columns.is_empty() {
        return None;
    }
    let plan = subquery.subquery.as_ref();
    let cuts = |node: &LogicalPlan| match node {
        LogicalPlan::Window(_) => true,
        LogicalPlan::Limit(limit) => how != Use::Exists || skips(limit),
        _ => false,
    };
    if plan.exists(|node| Ok(cuts(node))).unwrap_or(false) {
        return Some(CUT.to_owned());
    }
    // EXISTS over a row that is always there is true.
    let is_true = how == Use::Exists && has_a_row(plan);
    if !is_true && has_sets(plan) {
        return Some(SETS.to_owned());
    }
    if !is_true && has_whole_aggregate(plan, how == Use::Values) {
        return Some(WHOLE.to_owned());
    }
    same_name(plan).map(|said| match has_union(plan) {
        // There is nothing to rename in the parts of a union.
        true => UNITED.to_owned(),
        false => said,
    })
}

fn has_union(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Union(_)))).unwrap_or(false)
}

/// Why a subquery that stands for a value cannot be made a join: groups come of columns that equal outer ones.
pub(super) fn unequal(subquery: &Subquery) -> Option<String> {
    let is_unequal = |part: &&Expr| {
        part.contains_outer() && !matches!(part, Expr::BinaryExpr(tie) if tie.op == Operator::Eq)
    };
    let here = |node: &LogicalPlan| match node {
        LogicalPlan::Filter(filter) => split_conjunction(&filter.predicate).iter().any(is_unequal),
        _ => false,
    };
    let found = subquery.subquery.exists(|node| Ok(here(node))).unwrap_or(false);
    found.then(|| UNEQUAL.to_owned())
}

/// Why LATERAL cannot be made a join: its own column of a condition becomes one more column to group by, which changes
/// no group only where each outer row has one value of it.
pub(super) fn regrouped(subquery: &Subquery) -> Option<String> {
    fn here(node: &LogicalPlan, in_groups: bool) -> bool {
        let in_groups =
            in_groups || matches!(node, LogicalPlan::Distinct(_) | LogicalPlan::Aggregate(_));
        let is_tied =
            |filter: &Filter| split_conjunction(&filter.predicate).into_iter().any(has_many_values);
        match node {
            // What one inside names is a column of this one.
            LogicalPlan::Subquery(_) => false,
            LogicalPlan::Filter(filter) if in_groups && is_tied(filter) => true,
            _ => node.inputs().into_iter().any(|input| here(input, in_groups)),
        }
    }
    here(&subquery.subquery, false).then(|| REGROUPED.to_owned())
}

/// True for a condition that ties columns to outer ones, but is none like `column = outer`: an outer row may have rows of
/// several values of them.
fn has_many_values(part: &Expr) -> bool {
    if !part.contains_outer() || !part.any_column_refs() {
        return false;
    }
    let Expr::BinaryExpr(tie) = part else { return true };
    let is_one =
        |own: &Expr, outer: &Expr| matches!(own, Expr::Column(_)) && !outer.any_column_refs();
    let is_equality = matches!(tie.op, Operator::Eq | Operator::IsNotDistinctFrom);
    !is_equality || !is_one(&tie.left, &tie.right) && !is_one(&tie.right, &tie.left)
}

/// True for a limit that leaves other rows than the first ones, or none, or so many as are not known yet.
pub(super) fn skips(limit: &Limit) -> bool {
    !matches!(limit.get_skip_type(), Ok(SkipType::Literal(0)))
        || !matches!(limit.get_fetch_type(), Ok(FetchType::Literal(None | Some(1..))))
}

/// True where an aggregate over no groups, of rows that are picked by outer columns, stands below anything that may
/// take its one row away. At the top it may stand where its value alone is asked for.
fn has_whole_aggregate(plan: &LogicalPlan, at_top: bool) -> bool {
    match plan {
        LogicalPlan::Aggregate(sum) if sum.group_expr.is_empty() && at_top => {
            has_whole_aggregate(&sum.input, false)
        }
        LogicalPlan::Aggregate(sum) if sum.group_expr.is_empty() => names_outer_columns(plan),
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {
            plan.inputs().iter().any(|input| has_whole_aggregate(input, at_top))
        }
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => has_whole_aggregate(&sort.input, at_top),
        _ => plan.inputs().iter().any(|input| has_whole_aggregate(input, false)),
    }
}

/// True where grouping sets stand over rows that are picked by outer columns.
fn has_sets(plan: &LogicalPlan) -> bool {
    let here = |node: &LogicalPlan| match node {
        LogicalPlan::Aggregate(sum) => grouping::is_by_sets(sum) && names_outer_columns(node),
        _ => false,
    };
    plan.exists(|node| Ok(here(node))).unwrap_or(true)
}

fn names_outer_columns(plan: &LogicalPlan) -> bool {
    let here = |node: &LogicalPlan| node.expressions().iter().any(Expr::contains_outer);
    plan.exists(|node| Ok(here(node))).unwrap_or(true)
}

/// Two columns of one name that move up together would be taken for each other.
fn same_name(plan: &LogicalPlan) -> Option<String> {
    let mut named: BTreeMap<String, Column> = BTreeMap::new();
    let mut add = |column: Column| match named.get(&column.name) {
        Some(other) if *other != column => Some((other.clone(), column)),
        _ => {
            named.insert(column.name.clone(), column);
            None
        }
    };
    let mut twice = None;
    // The walk itself cannot fail.
    let _ = plan.apply(|node| {
        for expression in node.expressions() {
            for part in split_conjunction(&expression).into_iter().filter(|p| p.contains_outer()) {
                let mut columns: Vec<_> = part.column_refs().into_iter().cloned().collect();
                columns.sort();
                for column in columns {
                    twice = twice.take().or_else(|| add(column));
                }
            }
        }
        Ok(super::refusals::stop_when(twice.is_some()))
    });
    for column in plan.schema().columns() {
        let column = origin(plan, &column);
        twice = twice.take().or_else(|| add(column));
    }
    let said = twice.map(|(one, other)| {
        let name = &one.name;
        format!(
            "引用外层列的子查询里有两个同名的列“{name}”（{one}、{other}）：请给其中一个起别名，或让两者彼此相比（{one} = {other}），只让一个同外层列相比"
        )
    });
    said.or_else(|| plan.inputs().into_iter().find_map(within))
}

/// The same of the subqueries in its FROM, whose columns all have one table.
fn within(plan: &LogicalPlan) -> Option<String> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) if names_outer_columns(&alias.input) => {
            same_name(&alias.input)
        }
        _ => plan.inputs().into_iter().find_map(within),
    }
}

/// The column below that a column of the top is, where it is one as it stands.
fn origin(plan: &LogicalPlan, column: &Column) -> Column {
    let projection = match plan {
        LogicalPlan::Projection(projection) => projection,
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Distinct(Distinct::All(_)) => return origin(plan.inputs()[0], column),
        _ => return column.clone(),
    };
    let place = projection.schema.index_of_column(column).ok();
    match place.and_then(|place| projection.expr.get(place)) {
        Some(Expr::Column(below)) => below.clone(),
        Some(Expr::Alias(alias)) => match alias.expr.as_ref() {
            Expr::Column(below) if below.name == alias.name => below.clone(),
            _ => column.clone(),
        },
        _ => column.clone(),
    }
}

/// The plan with one column tied to each outer column: two of one name that equal the same outer column equal each
/// other, so that only one of them moves up. What an EXISTS selects is left out: nobody sees it, and it would be taken
/// for a column of its name that moves up.
///
/// # Errors
/// DataFusion cannot build the condition.
pub(crate) fn tied(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(bare)?.data;
    Ok(plan.transform_up_with_subqueries(tied_once)?.data)
}

fn bare(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&node);
    node.map_expressions(|expression| {
        let name = names.save(&expression);
        let changed = expression.transform_up(|part| match part {
            Expr::Exists(Exists { subquery, negated })
                if !subquery.outer_ref_columns.is_empty() =>
            {
                let one = LogicalPlanBuilder::from(rows(&subquery.subquery).clone());
                let subquery =
                    Subquery { subquery: one.project([lit(1)])?.build()?.into(), ..subquery };
                Ok(Transformed::yes(Expr::Exists(Exists { subquery, negated })))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(changed.update_data(|expression| name.restore(expression)))
    })
}

/// A plan that has rows where this one has any.
fn rows(plan: &LogicalPlan) -> &LogicalPlan {
    match plan {
        LogicalPlan::Projection(projection) => rows(&projection.input),
        LogicalPlan::Distinct(Distinct::All(input)) => rows(input),
        LogicalPlan::Distinct(Distinct::On(on)) => rows(&on.input),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => rows(&sort.input),
        LogicalPlan::Limit(limit) if !skips(limit) => rows(&limit.input),
        _ => plan,
    }
}

fn tied_once(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Filter(filter) = node else { return Ok(Transformed::no(node)) };
    let mut ties: Vec<(Column, Expr)> = Vec::new();
    let mut changed = false;
    let parts = split_conjunction_owned(filter.predicate.clone()).into_iter().map(|part| {
        let Some((own, outer)) = tie(&part) else { return part };
        match ties.iter().find(|(tied, to)| tied.name == own.name && *to == outer) {
            Some((tied, _)) if *tied != own => {
                changed = true;
                binary_expr(Expr::Column(own), Operator::Eq, Expr::Column(tied.clone()))
            }
            _ => {
                ties.push((own, outer));
                part
            }
        }
    });
    let parts: Vec<_> = parts.collect();
    match conjunction(parts) {
        Some(predicate) if changed => {
            Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(predicate, filter.input)?)))
        }
        _ => Ok(Transformed::no(LogicalPlan::Filter(filter))),
    }
}

/// `own = outer`, either way round.
fn tie(part: &Expr) -> Option<(Column, Expr)> {
    let Expr::BinaryExpr(equal) = part else { return None };
    if equal.op != Operator::Eq {
        return None;
    }
    match (equal.left.as_ref(), equal.right.as_ref()) {
        (Expr::Column(own), outer @ Expr::OuterReferenceColumn(..))
        | (outer @ Expr::OuterReferenceColumn(..), Expr::Column(own)) => {
            Some((own.clone(), outer.clone()))
        }
        _ => None,
    }
}
