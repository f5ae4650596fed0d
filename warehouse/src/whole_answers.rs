//! A row over no groups stays until it is asked for.
//!
//! DataFusion pushes a condition without columns below a sum, such as what `c = 5 and c = 7` comes to; there it takes all
//! rows away and leaves the sum of nothing, which is a row where there are no groups, or the set of none is among the sets
//! of them: where there should be no row. No condition passes a limit, not even one that lets all rows through.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::logical_plan::{FetchType, Limit, SkipType};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, lit};
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
            LogicalPlan::Aggregate(sum) => Ok(match most_rows(&sum) {
                Some(most) => Transformed::yes(LogicalPlan::Limit(Limit {
                    skip: None,
                    fetch: Some(Box::new(lit(most))),
                    input: Arc::new(LogicalPlan::Aggregate(sum)),
                })),
                None => Transformed::no(LogicalPlan::Aggregate(sum)),
            }),
            // What stands already in its place.
            LogicalPlan::Limit(outer) if is_twice(&outer) => {
                Ok(Transformed::yes(Arc::unwrap_or_clone(outer.input)))
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

/// How many rows there are at most; none of a sum that has no row of nothing.
fn most_rows(sum: &Aggregate) -> Option<i64> {
    match &sum.group_expr[..] {
        [] => Some(1),
        [Expr::GroupingSet(_)] => Some(i64::MAX),
        _ => None,
    }
}

/// True for a limit of ours above the same one.
fn is_twice(limit: &Limit) -> bool {
    let first = |limit: &Limit| match (limit.get_skip_type(), limit.get_fetch_type()) {
        (Ok(SkipType::Literal(0)), Ok(FetchType::Literal(Some(most)))) => i64::try_from(most).ok(),
        _ => None,
    };
    let LogicalPlan::Limit(inner) = limit.input.as_ref() else { return false };
    let LogicalPlan::Aggregate(sum) = inner.input.as_ref() else { return false };
    most_rows(sum).is_some_and(|most| [first(limit), first(inner)] == [Some(most); 2])
}
