//! Long values stand alone: what is shown once may be long, what may be shown a million times may not.
//!
//! A join, a window, a subquery that stands for a value or a list that is taken apart puts a value of one row beside
//! many, eight thousand at a time and outside the memory limit of the statement. So what comes in there is short, or
//! the statement is refused before anything is copied.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
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
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{
    ChildStats, ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr,
    PlanProperties, ReplaceChildrenOptions, StatisticsArgs,
};
use futures::StreamExt;

use crate::weight::{lying, weights};

/// What a row that is put beside many may come to: eight thousand of them are 256 MB.
const BYTES_MAX: usize = 32 << 10;

/// Looks at what comes into joins, windows, values of subqueries and `unnest`. Last of the plan's rules.
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
            let apart = taken_apart(node.as_ref());
            let children = node.children().into_iter().cloned().enumerate();
            let looked = |(at, child)| if at < values { child } else { Short::over(child, &apart) };
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
        || node.is::<UnnestExec>()
}

/// The columns whose lists become rows: what is in them is not copied.
fn taken_apart(node: &dyn ExecutionPlan) -> Vec<usize> {
    let lists = node.downcast_ref::<UnnestExec>().map(UnnestExec::list_column_indices);
    lists.unwrap_or_default().iter().map(|list| list.index_in_input_schema).collect()
}

/// Passes rows on whose values are short.
#[derive(Debug)]
struct Short {
    input: Arc<dyn ExecutionPlan>,
    /// Columns that may be long.
    apart: Vec<usize>,
}

impl Short {
    /// Above rows that may hold a long value; others as they are.
    fn over(input: Arc<dyn ExecutionPlan>, apart: &[usize]) -> Arc<dyn ExecutionPlan> {
        let schema = input.schema();
        let mut fields = schema.fields().iter().enumerate();
        let may_be_long = fields.any(|(at, field)| is_long(at, field.data_type(), apart));
        if may_be_long { Arc::new(Self { input, apart: apart.to_vec() }) } else { input }
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
        Ok(Arc::new(Self { input: children.swap_remove(0), apart: self.apart.clone() }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let apart = self.apart.clone();
        let looked = rows.map(move |batch| batch.and_then(|batch| short(batch, &apart)));
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

/// True for a column that may be long and is put beside many.
fn is_long(at: usize, kind: &DataType, apart: &[usize]) -> bool {
    !kind.is_primitive() && !apart.contains(&at)
}

fn short(batch: RecordBatch, apart: &[usize]) -> Result<RecordBatch> {
    let columns = batch.columns().iter().enumerate();
    let long = columns.filter(|(at, column)| is_long(*at, column.data_type(), apart));
    let heaviest = long.map(|(_, column)| weights(column, lying).max().unwrap_or(0));
    if heaviest.sum::<usize>() > BYTES_MAX {
        return exec_err!(
            "超过 32 KB 的文字或数组不能用在连接和窗口里，不能放在 unnest 旁边，也不能作为子查询的值：请先截短 left(…, 1000)，或只取需要的一项"
        );
    }
    Ok(batch)
}
