//! `Stop`: a source of rows in no order, through which no filter goes down.
//!
//! It stands where DataFusion would carry something too far: a filter by the names of its columns, where two columns
//! have one name; the order and the equal values of rows, where some of them become NULL.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::filter_pushdown::{FilterDescription, FilterPushdownPhase};
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::{
    ChildStats, ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
    ExecutionPlanProperties, PhysicalExpr, PlanProperties, ReplaceChildrenOptions, StatisticsArgs,
};

/// Puts a stop above rows with two columns of one name, where a filter stands above them.
///
/// DataFusion hands a filter from node to node by the names of its columns. A join of two tables with an `amount` each
/// has two columns of that name, and the filter on one is taken for a filter on the other. The logical rules have moved
/// every filter as far as it may go before, by names with their tables; what is left above such rows stays there.
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
        Ok(if stop { Stop::over(child) } else { child })
    });
    let children = children.collect::<Result<Vec<_>>>()?;
    if children.is_empty() {
        return Ok(plan);
    }
    plan.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// Puts a stop where values become NULL further up: under groups by several sets, and on the side of an outer join
/// that may find no partner.
///
/// DataFusion tells of what comes out what it knew of what went in: sorted by a column, constant in it, parted by it.
/// With the NULLs that is no longer so, and groups that count on the order are written out twice.
#[derive(Debug)]
pub(crate) struct StopBelowNulls;

impl PhysicalOptimizerRule for StopBelowNulls {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let stopped = plan.transform_up(|node| {
            let made_null = children_made_null(node.as_ref());
            if made_null.is_empty() {
                return Ok(Transformed::no(node));
            }
            let children = node.children().into_iter().cloned().enumerate();
            let stop =
                |(at, child)| if made_null.contains(&at) { Stop::over(child) } else { child };
            let children = children.map(stop).collect();
            let anew = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Ok(Transformed::yes(node.replace_children(children, anew)?))
        })?;
        Ok(stopped.data)
    }

    fn name(&self) -> &str {
        "stop_below_nulls"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The children, by place, whose values come out as NULL in some rows.
fn children_made_null(node: &dyn ExecutionPlan) -> &'static [usize] {
    if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
        let from_rows = aggregate.mode().input_mode() == AggregateInputMode::Raw;
        return if from_rows && aggregate.group_expr().has_grouping_set() { &[0] } else { &[] };
    }
    let join = node
        .downcast_ref::<HashJoinExec>()
        .map(HashJoinExec::join_type)
        .or_else(|| node.downcast_ref::<NestedLoopJoinExec>().map(NestedLoopJoinExec::join_type))
        .copied()
        .or_else(|| node.downcast_ref::<SortMergeJoinExec>().map(SortMergeJoinExec::join_type));
    match join {
        Some(JoinType::Left) => &[1],
        Some(JoinType::Right) => &[0],
        Some(JoinType::Full) => &[0, 1],
        _ => &[],
    }
}

fn has_equal_names(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let schema = plan.schema();
    let names: std::collections::HashSet<_> = schema.fields().iter().map(|f| f.name()).collect();
    names.len() < schema.fields().len()
}

/// Passes rows through. See the module for what it keeps from the planner.
#[derive(Debug)]
pub(crate) struct Stop {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl Stop {
    pub(crate) fn over(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { properties: Arc::new(unordered(&input)), input })
    }
}

/// What a planner may know of rows in no order.
pub(crate) fn unordered(input: &Arc<dyn ExecutionPlan>) -> PlanProperties {
    PlanProperties::new(
        EquivalenceProperties::new(input.schema()),
        Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
        input.pipeline_behavior(),
        input.boundedness(),
    )
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
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Self::over(children.swap_remove(0)))
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
