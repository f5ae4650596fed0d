//! Long values stand alone: what is shown once may be long, what may be shown a million times may not.
//!
//! A join, a window or a subquery that stands for a value puts a value of one row beside many, eight thousand at a
//! time and outside the memory limit of the statement. So what comes in there is short, or the statement is refused
//! before anything is copied.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics, exec_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::scalar_subquery::ScalarSubqueryExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{
    ChildStats, ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr,
    PlanProperties, ReplaceChildrenOptions, StatisticsArgs,
};
use futures::StreamExt;

use crate::weight::{lying, weights};

/// What a row that is put beside many may come to: eight thousand of them are 256 MB.
const BYTES_MAX: usize = 32 << 10;

/// Looks at what comes into joins, windows and values of subqueries. Last of the plan's rules.
#[derive(Debug)]
pub(crate) struct ShortBesideMany;

impl PhysicalOptimizerRule for ShortBesideMany {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            // The rows themselves come first, behind them the plans of the values.
            let values = usize::from(node.is::<ScalarSubqueryExec>());
            if values == 0 && !puts_beside_many(node.as_ref()) {
                return Ok(Transformed::no(node));
            }
            let children = node.children().into_iter().cloned().enumerate();
            let looked = |(at, child)| if at < values { child } else { Short::over(child) };
            let children = children.map(looked).collect();
            let kept = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
            Ok(Transformed::yes(node.replace_children(children, kept)?))
        })
        .data()
    }

    fn name(&self) -> &str {
        "short_beside_many"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn puts_beside_many(node: &dyn ExecutionPlan) -> bool {
    node.is::<HashJoinExec>()
        || node.is::<NestedLoopJoinExec>()
        || node.is::<CrossJoinExec>()
        || node.is::<SortMergeJoinExec>()
        || node.is::<WindowAggExec>()
        || node.is::<BoundedWindowAggExec>()
}

/// Passes rows on whose values are short.
#[derive(Debug)]
struct Short {
    input: Arc<dyn ExecutionPlan>,
}

impl Short {
    /// Above rows that may hold a long value; others as they are.
    fn over(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        let schema = input.schema();
        let may_be_long = schema.fields().iter().any(|field| !field.data_type().is_primitive());
        if may_be_long { Arc::new(Self { input }) } else { input }
    }
}

impl DisplayAs for Short {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Short")
    }
}

impl ExecutionPlan for Short {
    fn name(&self) -> &str {
        "Short"
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

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { input: children.swap_remove(0) }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let looked = rows.map(|batch| batch.and_then(short));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), looked)))
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
}

fn short(batch: RecordBatch) -> Result<RecordBatch> {
    let long = batch.columns().iter().filter(|column| !column.data_type().is_primitive());
    let heaviest = long.map(|column| weights(column, lying).max().unwrap_or(0));
    if heaviest.sum::<usize>() > BYTES_MAX {
        return exec_err!(
            "超过 32 KB 的文字或数组不能用在连接和窗口里，也不能作为子查询的值：请先截短 left(…, 1000)，或只取需要的一项"
        );
    }
    Ok(batch)
}
