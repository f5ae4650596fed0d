//! What may fail is asked of the rows that it was written for, and of no others.
//!
//! Where rows are joined by `t.id = a.town_id`, DataFusion asks of a.town_id before they are joined what is asked of t.id,
//! and what an OR over both tables asks of one of them. It does so to have fewer rows to join, and in each of its passes
//! anew: on rows that a condition beside it, the join, or a condition inside FROM takes away, which guard it no more.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::fallible::may_fail;

/// The rule that pushes conditions below joins, without what may fail of those that it infers there.
#[derive(Debug)]
pub(crate) struct AskedAsWritten(pub(crate) Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for AskedAsWritten {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let Some(asked) = Asked::of(&plan) else { return self.0.rewrite(plan, config) };
        Ok(self.0.rewrite(plan, config)?.update_data(|plan| asked.alone(plan)))
    }
}

/// What is asked of the rows of a join, and what it joins.
struct Asked {
    conditions: Vec<Expr>,
    left: Arc<LogicalPlan>,
    right: Arc<LogicalPlan>,
}

impl Asked {
    /// None where no rows are joined.
    fn of(plan: &LogicalPlan) -> Option<Self> {
        let mut over = Vec::new();
        let mut node = plan;
        while let LogicalPlan::Filter(filter) = node {
            over.push(&filter.predicate);
            node = &filter.input;
        }
        let LogicalPlan::Join(join) = node else { return None };
        let conditions = over.into_iter().chain(&join.filter).flat_map(split_conjunction);
        Some(Self {
            conditions: conditions.cloned().collect(),
            left: Arc::clone(&join.left),
            right: Arc::clone(&join.right),
        })
    }

    /// Takes off what was inferred. A condition that was asked is moved as it stands, so that the others follow from it.
    fn alone(&self, plan: LogicalPlan) -> LogicalPlan {
        match plan {
            LogicalPlan::Filter(mut filter) => {
                filter.input = Arc::new(self.alone(Arc::unwrap_or_clone(filter.input)));
                LogicalPlan::Filter(filter)
            }
            LogicalPlan::Join(mut join) => {
                join.left = self.side(join.left, &self.left);
                join.right = self.side(join.right, &self.right);
                LogicalPlan::Join(join)
            }
            other => other,
        }
    }

    /// A side of the join, which has a filter over what it was before where something was pushed there.
    fn side(&self, side: Arc<LogicalPlan>, before: &Arc<LogicalPlan>) -> Arc<LogicalPlan> {
        let LogicalPlan::Filter(filter) = side.as_ref() else { return side };
        if !Arc::ptr_eq(&filter.input, before) {
            return side;
        }
        let stays =
            |term: &&Expr| self.conditions.contains(*term) || !may_fail(term, before.schema());
        let stay = split_conjunction(&filter.predicate).into_iter().filter(stays).cloned();
        let Some(predicate) = conjunction(stay) else { return Arc::clone(before) };
        let mut filter = filter.clone();
        filter.predicate = predicate;
        Arc::new(LogicalPlan::Filter(filter))
    }
}
