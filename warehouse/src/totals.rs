//! Counts, sums and bounds of a whole table, out of the figures of its files: no file is opened.
//!
//! DataFusion is told nothing exactly (see `figures`), for it would carry an exact sum through joins and filters and
//! answer with the sum of the whole table. Exact figures answer one question only, and here: aggregates without
//! groups, filters or DISTINCT over one scan without filter or limit, of a reader who sees every row plain.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{
    Aggregate, Expr, LogicalPlan, Projection, SubqueryAlias, TableScan, Values,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use tables::{Exactly, Figures};

use crate::figures;
use crate::table::PinnedTable;

/// The last of the logical rules: what the others push into a scan must be there when it looks.
#[derive(Debug)]
pub(crate) struct WholeTableTotals;

impl OptimizerRule for WholeTableTotals {
    fn name(&self) -> &str {
        "whole_table_totals"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        let Some(values) = totals(aggregate) else { return Ok(Transformed::no(plan)) };
        // Its columns may be null as the sums may: what stands above may leave no row.
        let schema = Arc::clone(&aggregate.schema);
        Ok(Transformed::yes(LogicalPlan::Values(Values { schema, values: vec![values] })))
    }
}

/// A literal for each aggregate; none unless all are known.
fn totals(aggregate: &Aggregate) -> Option<Vec<Expr>> {
    if !aggregate.group_expr.is_empty() || aggregate.aggr_expr.is_empty() {
        return None;
    }
    let exact = whole_table(&aggregate.input)?;
    let fields = aggregate.schema.fields();
    let known = aggregate.aggr_expr.iter().zip(fields.iter());
    known
        .map(|(asked, field)| Some(Expr::Literal(total(asked, &exact, field.data_type())?, None)))
        .collect()
}

/// The figures of the table below, where nothing between it and the aggregate changes rows.
fn whole_table(input: &LogicalPlan) -> Option<Arc<Exactly>> {
    match input {
        LogicalPlan::TableScan(TableScan { source, filters, fetch: None, .. })
            if filters.is_empty() =>
        {
            let provider = source_as_provider(source).ok()?;
            provider.downcast_ref::<PinnedTable>()?.totals()
        }
        LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => whole_table(input),
        LogicalPlan::Projection(Projection { expr, input, .. })
            if expr.iter().all(|expr| matches!(expr, Expr::Column(_))) =>
        {
            whole_table(input)
        }
        _ => None,
    }
}

fn total(asked: &Expr, exact: &Exactly, kind: &DataType) -> Option<ScalarValue> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = asked else { return None };
    if params.distinct || params.filter.is_some() || !params.order_by.is_empty() {
        return None;
    }
    let [argument] = &params.args[..] else { return None };
    let figures_of = |column: &Column| exact.columns.get(&column.name);
    match (func.name(), argument) {
        ("count", Expr::Literal(value, _)) if !value.is_null() => counted(exact.rows),
        ("count", Expr::Column(column)) => counted(exact.rows - figures_of(column)?.nulls),
        ("sum", Expr::Column(column)) => {
            known(figures_of(column)?, exact.rows, kind, |figures| figures.sum)
        }
        ("min", Expr::Column(column)) => {
            known(figures_of(column)?, exact.rows, kind, |figures| figures.low)
        }
        ("max", Expr::Column(column)) => {
            known(figures_of(column)?, exact.rows, kind, |figures| figures.high)
        }
        _ => None,
    }
}

fn counted(rows: u64) -> Option<ScalarValue> {
    i64::try_from(rows).ok().map(ScalarValue::from)
}

/// Where no row has a value the answer is null, not zero.
fn known(
    figures: &Figures,
    rows: u64,
    kind: &DataType,
    pick: fn(&Figures) -> Option<i128>,
) -> Option<ScalarValue> {
    if figures.nulls >= rows {
        return ScalarValue::try_from(kind).ok();
    }
    figures::scalar(pick(figures)?, kind)
}
