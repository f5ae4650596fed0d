//! Filters are not handed down where two columns have one name.
//!
//! DataFusion hands a filter from node to node by the names of its columns. A join of two tables with an `amount` each
//! has two columns of that name, and the filter on one is taken for a filter on the other. The logical rules have moved
//! every filter as far as it may go before, by names with their tables; what is left above such rows stays there.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::filter_pushdown::{FilterDescription, FilterPushdownPhase};
use datafusion::physical_plan::{
    ChildStats, ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr,
    PlanProperties, ReplaceChildrenOptions, StatisticsArgs,
};

/// Puts a stop above rows with two columns of one name, where a filter stands above them.
#[derive(Debug)]
pub(crate) struct StopAtEqualNames;

impl PhysicalOptimizerRule for StopAtEqualNames {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        stopped(plan, false)
    }

    fn name(&self) -> &str {
        "stop_at_equal_names"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn stopped(plan: Arc<dyn ExecutionPlan>, filtered: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let filtered = filtered || plan.is::<FilterExec>();
    let is_stop = plan.is::<Stop>();
    let children = plan.children().into_iter().cloned();
    let children = children.map(|child| {
        let child = stopped(child, filtered)?;
        let stop = filtered && !is_stop && !child.is::<Stop>() && has_equal_names(&child);
        Ok(if stop { Arc::new(Stop { input: child }) as Arc<dyn ExecutionPlan> } else { child })
    });
    let children = children.collect::<Result<Vec<_>>>()?;
    if children.is_empty() {
        return Ok(plan);
    }
    plan.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

fn has_equal_names(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let schema = plan.schema();
    let names: std::collections::HashSet<_> = schema.fields().iter().map(|f| f.name()).collect();
    names.len() < schema.fields().len()
}

/// Passes rows through, and no filter.
#[derive(Debug)]
struct Stop {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for Stop {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Stop")
    }
}

impl ExecutionPlan for Stop {
    fn name(&self) -> &str {
        "Stop"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { input: children.swap_remove(0) }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let anew = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, anew)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(inputs[0].clone())
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        Ok(FilterDescription::all_unsupported(&parent_filters, &self.children()))
    }
}
