//! The order of a subquery, handed on to the query around it.
//!
//! PostgreSQL reads the rows of a subquery in its order: `select id from (select … order by net desc) x limit 3` has
//! the three largest. The engine may read them in any. So a query that needs an order and states none states that of
//! its subquery, where the rows pass on from there one by one. Where joins or groups lie between, the order is luck in
//! PostgreSQL too, and for aggregates and windows it can be written down: such a statement is refused. An order that
//! nothing needs is dropped, for it costs memory.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, internal_err, plan_err};
use datafusion::logical_expr::{
    Distinct, Expr, Filter, LogicalPlan, Projection, Sort, SortExpr, SubqueryAlias,
    WindowFrameBound, WindowFrameUnits,
};

/// The plan of a statement with every order stated where it is needed, and nowhere else.
///
/// # Errors
/// An order is needed that only a subquery states, and cannot be handed on.
pub(crate) fn ordered(plan: LogicalPlan) -> Result<LogicalPlan> {
    let is_cut = matches!(plan, LogicalPlan::Limit(_));
    // Rows that are only shown have the order that their subquery has, if any.
    let plan = match standing(&plan) {
        Standing::Inside if !is_cut => handed_on(plan)?,
        _ => plan,
    };
    settled(plan, true)
}

/// A plan with its orders settled; `asked` where the order of its rows counts.
fn settled(plan: LogicalPlan, asked: bool) -> Result<LogicalPlan> {
    if let Some(said) = needing(&plan) {
        return plan_err!("{said}");
    }
    let plan = plan.map_subqueries(|part| Ok(Transformed::yes(settled(part, false)?)))?.data;
    match plan {
        LogicalPlan::Sort(mut sort) => {
            let input = settled(Arc::unwrap_or_clone(sort.input), false)?;
            if !asked {
                return Ok(input);
            }
            sort.input = Arc::new(input);
            Ok(LogicalPlan::Sort(sort))
        }
        LogicalPlan::Limit(mut limit) => {
            let input = Arc::unwrap_or_clone(limit.input);
            let input = match standing(&input) {
                Standing::Stated | Standing::None => input,
                Standing::Inside => handed_on(input)?,
                Standing::Lost => return plan_err!("{CUT}"),
            };
            limit.input = Arc::new(settled(input, true)?);
            Ok(LogicalPlan::Limit(limit))
        }
        other => {
            let asked = asked && matches!(other, LogicalPlan::Projection(_));
            Ok(other.map_children(|part| Ok(Transformed::yes(settled(part, asked)?)))?.data)
        }
    }
}

const CUT: &str = "外层写了 limit、offset 或 fetch 而没有 order by，取到哪几行不能由子查询里的 order by 决定：请把 order by 写在外层";

/// Where the order of a query's rows stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In the query itself.
    Stated,
    /// In a subquery whose rows pass on one by one.
    Inside,
    /// In a subquery whose rows are joined, grouped or put together.
    Lost,
    /// Nowhere.
    None,
}

fn standing(plan: &LogicalPlan) -> Standing {
    let (mut node, mut projected, mut inside) = (plan, false, false);
    loop {
        node = match node {
            LogicalPlan::Sort(_) if inside => return Standing::Inside,
            LogicalPlan::Sort(_) => return Standing::Stated,
            LogicalPlan::Distinct(Distinct::On(distinct))
                if !inside && distinct.sort_expr.is_some() =>
            {
                return Standing::Stated;
            }
            // A query has one above its own order where that is by a column it does not show.
            LogicalPlan::Projection(projection) => {
                inside |= projected;
                projected = true;
                projection.input.as_ref()
            }
            LogicalPlan::SubqueryAlias(alias) => {
                inside = true;
                alias.input.as_ref()
            }
            LogicalPlan::Filter(filter) => {
                inside = true;
                filter.input.as_ref()
            }
            LogicalPlan::Limit(limit) => {
                inside = true;
                limit.input.as_ref()
            }
            other if is_lost(other) => return Standing::Lost,
            _ => return Standing::None,
        }
    }
}

/// True where an order stands below that decides nothing by itself.
fn is_lost(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Distinct(Distinct::On(distinct)) if distinct.sort_expr.is_some() => true,
        LogicalPlan::Limit(_) => false,
        // Its one row needs no order.
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => false,
        other => other.inputs().into_iter().any(is_lost),
    }
}

/// A query that states the order of its subquery.
fn handed_on(plan: LogicalPlan) -> Result<LogicalPlan> {
    let shown = columns(&plan);
    let (input, expr) = carried(plan)?;
    let is_wider = input.schema().fields().len() > shown.len();
    let sorted = LogicalPlan::Sort(Sort { expr, input: Arc::new(input), fetch: None });
    Ok(match is_wider {
        true => LogicalPlan::Projection(Projection::try_new(shown, Arc::new(sorted))?),
        false => sorted,
    })
}

/// A query with the keys of its subquery's order among its columns, and the order by these columns.
fn carried(plan: LogicalPlan) -> Result<(LogicalPlan, Vec<SortExpr>)> {
    match plan {
        LogicalPlan::Sort(sort) => {
            let keys = sort.expr.clone();
            let plan = LogicalPlan::Sort(sort);
            if keys.iter().all(|key| matches!(key.expr, Expr::Column(_))) {
                return Ok((plan, keys));
            }
            let shown = columns(&plan);
            among(shown, plan, keys)
        }
        LogicalPlan::Projection(projection) => {
            let (input, keys) = carried(Arc::unwrap_or_clone(projection.input))?;
            among(projection.expr, input, keys)
        }
        LogicalPlan::SubqueryAlias(named) => {
            let (input, mut keys) = carried(Arc::unwrap_or_clone(named.input))?;
            for key in &mut keys {
                if let Expr::Column(column) = &key.expr {
                    let name = column.name.clone();
                    key.expr = Expr::Column(Column::new(Some(named.alias.clone()), name));
                }
            }
            let named = SubqueryAlias::try_new(Arc::new(input), named.alias)?;
            Ok((LogicalPlan::SubqueryAlias(named), keys))
        }
        LogicalPlan::Filter(filter) => {
            let (input, keys) = carried(Arc::unwrap_or_clone(filter.input))?;
            let filter = Filter::try_new(filter.predicate, Arc::new(input))?;
            Ok((LogicalPlan::Filter(filter), keys))
        }
        LogicalPlan::Limit(mut limit) => {
            let (input, keys) = carried(Arc::unwrap_or_clone(limit.input))?;
            limit.input = Arc::new(input);
            Ok((LogicalPlan::Limit(limit), keys))
        }
        other => internal_err!("no order below {}", other.display()),
    }
}

/// A projection to some items and those keys that are not among them, and the keys as its columns.
fn among(
    mut items: Vec<Expr>,
    input: LogicalPlan,
    keys: Vec<SortExpr>,
) -> Result<(LogicalPlan, Vec<SortExpr>)> {
    let places: Vec<usize> = keys
        .iter()
        .map(|key| {
            let known = items.iter().position(|item| item.clone().unalias() == key.expr);
            known.unwrap_or_else(|| {
                let place = items.len();
                items.push(key.expr.clone().alias(format!("__order_{place}")));
                place
            })
        })
        .collect();
    let plan = LogicalPlan::Projection(Projection::try_new(items, Arc::new(input))?);
    let shown = columns(&plan);
    let keys = keys.into_iter().zip(places);
    let keys = keys.map(|(key, place)| SortExpr { expr: shown[place].clone(), ..key }).collect();
    Ok((plan, keys))
}

fn columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().iter().map(Expr::from).collect()
}

/// What needs an order that only a subquery states.
fn needing(plan: &LogicalPlan) -> Option<String> {
    let (found, below) = match plan {
        LogicalPlan::Aggregate(aggregate) => {
            (aggregate.aggr_expr.iter().find_map(aggregate_in_order), &aggregate.input)
        }
        LogicalPlan::Window(window) => {
            (window.window_expr.iter().find_map(window_in_order), &window.input)
        }
        LogicalPlan::Distinct(Distinct::On(distinct)) if distinct.sort_expr.is_none() => (
            Some(
                "distinct on 取哪一行不能由子查询里的 order by 决定：请把 order by 写在 distinct on 的同一层"
                    .to_owned(),
            ),
            &distinct.input,
        ),
        _ => return None,
    };
    let below: &LogicalPlan = below;
    // The walk itself cannot fail.
    found.filter(|_| below.exists(|node| Ok(is_in_order(node))).unwrap_or(false))
}

fn is_in_order(node: &LogicalPlan) -> bool {
    match node {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Distinct(Distinct::On(distinct)) => distinct.sort_expr.is_some(),
        _ => false,
    }
}

/// Aggregates that tell of the order of their rows.
const IN_ORDER: &[&str] = &["string_agg", "array_agg", "first_value", "last_value", "nth_value"];
/// Window functions that do.
const NUMBERED: &[&str] = &["row_number", "lag", "lead", "ntile"];

fn aggregate_in_order(expression: &Expr) -> Option<String> {
    let Expr::AggregateFunction(call) = expression.clone().unalias() else { return None };
    let name = call.func.name();
    let needs = IN_ORDER.contains(&name) && call.params.order_by.is_empty();
    (needs && !call.params.distinct).then(|| {
        format!("{name} 的先后不能由子查询里的 order by 决定：请写进括号里：{name}(… order by …)")
    })
}

fn window_in_order(expression: &Expr) -> Option<String> {
    let Expr::WindowFunction(call) = expression.clone().unalias() else { return None };
    let name = call.fun.name();
    let frame = &call.params.window_frame;
    let is_open = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let is_whole = is_open(&frame.start_bound) && is_open(&frame.end_bound);
    let needs = IN_ORDER.contains(&name)
        || NUMBERED.contains(&name)
        || frame.units == WindowFrameUnits::Rows && !is_whole;
    (needs && call.params.order_by.is_empty()).then(|| {
        format!(
            "{name} 的先后不能由子查询里的 order by 决定：请写进 over 里：{name}(…) over (order by …)"
        )
    })
}
