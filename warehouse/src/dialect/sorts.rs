//! What rows are sorted, numbered and parted by stands in columns of its own.
//!
//! DataFusion sorts by an expression, and then knows the order again only where it can tell how far each part of the
//! expression reaches. Of a function of ours it cannot, so under a minus, a NOT or a comparison the order is lost and
//! the plan is none. So a key that is computed is computed below, once for each row, and what asks for it goes by the
//! column. The rows below a mask are masked there already.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::logical_plan::{Aggregate, Projection, Sort, Window};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, SortExpr};
use datafusion::optimizer::AnalyzerRule;

use super::titles::MARK;

/// Every key of an ORDER BY names what there is: DataFusion does not look where it takes the order away again.
///
/// # Errors
/// A column is not known.
pub(crate) fn known(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Sort(sort) = node {
            for column in sort.expr.iter().flat_map(|key| key.expr.column_refs()) {
                sort.input.schema().index_of_column(column)?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// Runs last: a key is what the other rules have made of it.
#[derive(Debug)]
pub(super) struct KeyColumns;

impl AnalyzerRule for KeyColumns {
    fn name(&self) -> &str {
        "key_columns"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_down_with_subqueries(of_node)?.data)
    }
}

fn of_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let changed = match &node {
        LogicalPlan::Sort(sort) => sorted(sort)?,
        LogicalPlan::Window(window) => numbered(window)?,
        LogicalPlan::Aggregate(sums) => summed(sums)?,
        LogicalPlan::Distinct(Distinct::On(_)) => return first_of_each(node),
        _ => None,
    };
    Ok(changed.map_or_else(|| Transformed::no(node), Transformed::yes))
}

fn sorted(sort: &Sort) -> Result<Option<LogicalPlan>> {
    let mut keys = Keys::default();
    let mut expr = sort.expr.clone();
    keys.sort(&mut expr);
    let Some(input) = keys.beside(&sort.input)? else { return Ok(None) };
    let by_columns = LogicalPlan::Sort(Sort { expr, input: Arc::new(input), fetch: sort.fetch });
    Ok(Some(only(sort.input.schema().columns(), by_columns)?))
}

/// All the windows of a query, which have most of their keys in common.
fn numbered(top: &Window) -> Result<Option<LogicalPlan>> {
    let mut keys = Keys::default();
    let mut windows = Vec::new();
    let mut next = top;
    let rows = loop {
        let calls = next.window_expr.iter().map(|call| keys.inside(call));
        windows.push(calls.collect::<Result<Vec<_>>>()?);
        match next.input.as_ref() {
            LogicalPlan::Window(window) => next = window,
            _ => break &next.input,
        }
    };
    let Some(input) = keys.beside(rows)? else { return Ok(None) };
    let by_columns = windows.into_iter().rev().try_fold(input, |input, calls| {
        Window::try_new(calls, Arc::new(input)).map(LogicalPlan::Window)
    })?;
    Ok(Some(only(top.schema.columns(), by_columns)?))
}

/// Aggregates that take their rows in an order.
fn summed(sums: &Aggregate) -> Result<Option<LogicalPlan>> {
    let mut keys = Keys::default();
    let calls = sums.aggr_expr.iter().map(|call| keys.inside(call));
    let calls = calls.collect::<Result<Vec<_>>>()?;
    let Some(input) = keys.beside(&sums.input)? else { return Ok(None) };
    let schema = Arc::clone(&sums.schema);
    let by_columns =
        Aggregate::try_new_with_schema(Arc::new(input), sums.group_expr.clone(), calls, schema)?;
    Ok(Some(LogicalPlan::Aggregate(by_columns)))
}

fn first_of_each(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Distinct(Distinct::On(mut on)) = node else {
        return Ok(Transformed::no(node));
    };
    let mut keys = Keys::default();
    on.on_expr.iter_mut().for_each(|key| keys.column(key));
    keys.sort(on.sort_expr.iter_mut().flatten());
    let changed = match keys.beside(&on.input)? {
        Some(input) => {
            on.input = Arc::new(input);
            true
        }
        None => false,
    };
    let node = LogicalPlan::Distinct(Distinct::On(on));
    Ok(Transformed::new_transformed(node, changed))
}

/// Keys that are computed, each once, by the place of its column.
#[derive(Default)]
struct Keys(Vec<Expr>);

impl Keys {
    /// Puts its column in the place of a key that is computed.
    fn column(&mut self, key: &mut Expr) {
        let value = key.clone().unalias_nested().data;
        if matches!(value, Expr::Column(_) | Expr::Literal(..)) || value.contains_outer() {
            return;
        }
        let place = self.0.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.0.push(value);
            self.0.len() - 1
        });
        *key = Expr::Column(Column::new_unqualified(called(place)));
    }

    fn sort<'a>(&mut self, keys: impl IntoIterator<Item = &'a mut SortExpr>) {
        keys.into_iter().for_each(|key| self.column(&mut key.expr));
    }

    /// A call by columns, under the name that it has.
    fn inside(&mut self, call: &Expr) -> Result<Expr> {
        let name = NamePreserver::new_for_projection().save(call);
        let by_columns = call.clone().transform_down(|part| {
            let part = match part {
                Expr::WindowFunction(mut call) => {
                    call.params.partition_by.iter_mut().for_each(|key| self.column(key));
                    self.sort(&mut call.params.order_by);
                    Expr::WindowFunction(call)
                }
                Expr::AggregateFunction(mut call) => {
                    let params = &mut call.params;
                    let asked = params.order_by.clone();
                    self.sort(&mut params.order_by);
                    // A value that the order goes by is the same value still.
                    for value in &mut params.args {
                        if asked.iter().any(|key| key.expr == *value) {
                            self.column(value);
                        }
                    }
                    Expr::AggregateFunction(call)
                }
                other => return Ok(Transformed::no(other)),
            };
            Ok(Transformed::new(part, true, TreeNodeRecursion::Jump))
        })?;
        Ok(name.restore(by_columns.data))
    }

    /// The rows with the keys beside their own columns; none where no key is computed.
    fn beside(self, rows: &Arc<LogicalPlan>) -> Result<Option<LogicalPlan>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let keys = self.0.into_iter().enumerate().map(|(place, key)| key.alias(called(place)));
        let columns = rows.schema().columns().into_iter().map(Expr::Column);
        let all = Projection::try_new(columns.chain(keys).collect(), Arc::clone(rows))?;
        Ok(Some(LogicalPlan::Projection(all)))
    }
}

/// The column of a key; no statement can write such a name.
fn called(place: usize) -> String {
    format!("{MARK}key{place}")
}

fn only(columns: Vec<Column>, rows: LogicalPlan) -> Result<LogicalPlan> {
    let columns = columns.into_iter().map(Expr::Column).collect();
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(rows))?))
}
