//! Rows that are skipped are the first of an order, wherever that order stands.
//!
//! DataFusion keeps a sort below the top only for what asks for it; a limit with a number of rows to take asks, one
//! that only skips does not: `select sum(total) from (select total from charge order by id offset 1) x` would leave out
//! any row. So the rows are counted in their order, and those beyond are kept.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_window::row_number::row_number;
use datafusion::logical_expr::logical_plan::{FetchType, Limit, SkipType, Sort};
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, col, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// The place of a row in its order; no statement can write such a name without quotes.
const PLACE: &str = "__weir place";

/// Runs where DISTINCT ON has become a sort already.
#[derive(Debug)]
pub(crate) struct SkippedRows;

impl OptimizerRule for SkippedRows {
    fn name(&self) -> &str {
        "skipped_rows"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Limit(limit) = &plan else { return Ok(Transformed::no(plan)) };
        let Some(skipped) = only_skipped(limit) else { return Ok(Transformed::no(plan)) };
        Ok(match beyond(&limit.input, skipped)? {
            Some(kept) => Transformed::yes(kept),
            None => Transformed::no(plan),
        })
    }
}

/// How many rows are skipped, where all others are taken.
fn only_skipped(limit: &Limit) -> Option<u64> {
    let Ok(FetchType::Literal(None)) = limit.get_fetch_type() else { return None };
    match limit.get_skip_type() {
        Ok(SkipType::Literal(rows)) => u64::try_from(rows).ok().filter(|rows| *rows > 0),
        _ => None,
    }
}

/// The rows beyond the first ones of a sort; none where there is no order.
fn beyond(plan: &LogicalPlan, skipped: u64) -> Result<Option<LogicalPlan>> {
    match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => Ok(Some(numbered(sort, skipped)?)),
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {
            let [input] = plan.inputs()[..] else { return Ok(None) };
            let Some(input) = beyond(input, skipped)? else { return Ok(None) };
            Ok(Some(plan.with_new_exprs(plan.expressions(), vec![input])?))
        }
        _ => Ok(None),
    }
}

fn numbered(sort: &Sort, skipped: u64) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = sort.input.schema().columns().into_iter().map(Expr::from).collect();
    let place = row_number().order_by(sort.expr.clone()).build()?.alias(PLACE);
    let rows = LogicalPlanBuilder::from(sort.input.clone())
        .window(vec![place])?
        .filter(col(format!("\"{PLACE}\"")).gt(lit(ScalarValue::UInt64(Some(skipped)))))?
        .project(columns)?
        .build()?;
    // Whoever looks at the rows in their order still does.
    Ok(LogicalPlan::Sort(Sort { expr: sort.expr.clone(), input: Arc::new(rows), fetch: None }))
}
