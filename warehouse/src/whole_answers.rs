//! One row of a whole table stays one row until it is asked for.
//!
//! DataFusion pushes a condition without columns below a sum over no groups, such as what `c = 5 and c = 7` comes to;
//! there it takes all rows away and leaves the sum of nothing, which is a row, where there should be none. No condition
//! passes a limit, and of one row the first is that row.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::logical_plan::{FetchType, Limit, SkipType};
use datafusion::logical_expr::{LogicalPlan, lit};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Runs before filters are pushed down, and after subqueries that name outer columns became joins; the others stay.
#[derive(Debug)]
pub(crate) struct WholeAnswers;

impl OptimizerRule for WholeAnswers {
    fn name(&self) -> &str {
        "whole_answers"
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Aggregate(sum) if sum.group_expr.is_empty() => {
                Ok(Transformed::yes(LogicalPlan::Limit(Limit {
                    skip: None,
                    fetch: Some(Box::new(lit(1_i64))),
                    input: Arc::new(LogicalPlan::Aggregate(sum)),
                })))
            }
            // What stands already in its place.
            LogicalPlan::Limit(outer) if is_of_one_row(&outer) => {
                Ok(Transformed::yes(Arc::unwrap_or_clone(outer.input)))
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

fn is_of_one_row(limit: &Limit) -> bool {
    let first = |limit: &Limit| {
        matches!(limit.get_skip_type(), Ok(SkipType::Literal(0)))
            && matches!(limit.get_fetch_type(), Ok(FetchType::Literal(Some(1))))
    };
    match limit.input.as_ref() {
        LogicalPlan::Limit(inner) => {
            let whole = |plan: &LogicalPlan| matches!(plan, LogicalPlan::Aggregate(sum) if sum.group_expr.is_empty());
            first(limit) && first(inner) && whole(&inner.input)
        }
        _ => false,
    }
}
