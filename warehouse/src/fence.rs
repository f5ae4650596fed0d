//! `Fence`: decides what may be asked of the rows below it, and masks them on their way up.
//!
//! DataFusion's filter pushdown melts a reader's filter and the scope's `FilterExec` below it into one conjunction, and
//! AND is computed over whole batches, left and right. Rows that the scope hides would meet the reader's expressions,
//! and `1 / (account_id - 4711)` would tell by its error that account 4711 exists. Only filters that cannot fail pass
//! a fence, and none on a masked column; the others stay above it.
//!
//! To the planner a fence is a source of rows in no order: it shows no ordering, equivalence or partitioning of what
//! lies below, so that no sort, rank or group can be done there, on values that the reader must not see. And it knows
//! nothing exactly: what is counted above it is counted. `soundness` looks at the final plan once more.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_expr::expressions as pe;
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, FilterDescription, FilterPushdownPhase,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildStats, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
    StatisticsArgs,
};
use futures::StreamExt;

use crate::mask::Mask;
use crate::soundness::Below;
use crate::stop::unordered;

/// Passes the rows of its input through. See the module for what it keeps off them.
#[derive(Debug)]
pub(crate) struct Fence {
    input: Arc<dyn ExecutionPlan>,
    /// The mask of each column; empty where nothing is masked.
    masks: Arc<[Option<Mask>]>,
    properties: Arc<PlanProperties>,
    /// What stood below when the fence was built.
    built_over: Arc<Below>,
    /// True over a view: a filter on one of its columns becomes one on what the column is made of.
    of_view: bool,
}

impl Fence {
    /// A fence around rows.
    pub(crate) fn around(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Self::masking(input, Vec::new())
    }

    /// A fence around the rows of a view.
    pub(crate) fn of_view(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        let built_over = Arc::new(Below::of(&input));
        Arc::new(Self::over(input, Arc::default(), built_over, true))
    }

    /// A fence that masks columns, one entry for each column of the input.
    pub(crate) fn masking(
        input: Arc<dyn ExecutionPlan>,
        masks: Vec<Option<Mask>>,
    ) -> Arc<dyn ExecutionPlan> {
        let masks = if masks.iter().all(Option::is_none) { Vec::new() } else { masks };
        let built_over = Arc::new(Below::of(&input));
        Arc::new(Self::over(input, masks.into(), built_over, false))
    }

    fn over(
        input: Arc<dyn ExecutionPlan>,
        masks: Arc<[Option<Mask>]>,
        built_over: Arc<Below>,
        of_view: bool,
    ) -> Self {
        let properties = Arc::new(unordered(&input));
        Self { input, masks, properties, built_over, of_view }
    }

    /// What a planner has carried under the fence that may not be there; none where all is well.
    pub(crate) fn breach(&self) -> Option<String> {
        let harmless = |filter: &Arc<dyn PhysicalExpr>| self.of_view || self.may_pass(filter);
        Below::of(&self.input).beyond(&self.built_over, harmless)
    }

    fn may_pass(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        let schema = self.input.schema();
        let masked = |name: &str| {
            let at = schema.index_of(name).ok();
            at.and_then(|at| self.masks.get(at)).is_some_and(Option::is_some)
        };
        cannot_fail_now(filter, masked)
    }
}

/// The rule of the fence before planning: comparisons of columns with literals, IN lists, null tests and their
/// AND/OR/NOT never raise an error.
pub(crate) fn cannot_fail(filter: &Expr) -> bool {
    let mut harmless = true;
    let walked = filter.apply(|node| {
        harmless = match node {
            Expr::BinaryExpr(binary) => compares(binary.op),
            Expr::Column(_)
            | Expr::Literal(..)
            | Expr::InList(_)
            | Expr::Not(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_) => true,
            _ => false,
        };
        Ok(if harmless { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.is_ok() && harmless
}

fn compares(operator: Operator) -> bool {
    use Operator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | And | Or)
}

/// The same rule after planning. A TopK's dynamic filter counts by its children, the sort expressions.
fn cannot_fail_now(filter: &Arc<dyn PhysicalExpr>, masked: impl Fn(&str) -> bool) -> bool {
    let mut harmless = true;
    let walked = filter.apply(|node| {
        harmless = match node.downcast_ref::<pe::Column>() {
            Some(column) => !masked(column.name()),
            None => is_comparison(node) || is_simple(node),
        };
        Ok(if harmless { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.is_ok() && harmless
}

fn is_comparison(node: &Arc<dyn PhysicalExpr>) -> bool {
    node.downcast_ref::<pe::BinaryExpr>().is_some_and(|binary| compares(*binary.op()))
}

fn is_simple(node: &Arc<dyn PhysicalExpr>) -> bool {
    node.is::<pe::Literal>()
        || node.is::<pe::InListExpr>()
        || node.is::<pe::NotExpr>()
        || node.is::<pe::IsNullExpr>()
        || node.is::<pe::IsNotNullExpr>()
        || node.is::<pe::DynamicFilterPhysicalExpr>()
}

fn masked(batch: &RecordBatch, masks: &[Option<Mask>]) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(masks).map(|(values, mask)| match mask {
        Some(mask) => mask.apply(values),
        None => Ok(values.clone()),
    });
    Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_>>()?)?)
}

impl DisplayAs for Fence {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Fence")
    }
}

impl ExecutionPlan for Fence {
    fn name(&self) -> &str {
        "Fence"
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
        let input = children.swap_remove(0);
        let (masks, built_over) = (self.masks.clone(), self.built_over.clone());
        Ok(Arc::new(Self::over(input, masks, built_over, self.of_view)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        if self.masks.is_empty() {
            return Ok(rows);
        }
        let masks = self.masks.clone();
        let schema = rows.schema();
        let rows = rows.map(move |batch| batch.and_then(|batch| masked(&batch, &masks)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(Arc::new(inputs[0].as_ref().clone().to_inexact()))
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        // Results are matched by position, and the only public way to refuse a single filter is one that does not
        // resolve: a column that does not exist stands in its place.
        let refused: Arc<dyn PhysicalExpr> = Arc::new(pe::Column::new("(fenced)", usize::MAX));
        let asked: Vec<_> = parent_filters
            .iter()
            .map(|filter| if self.may_pass(filter) { filter.clone() } else { refused.clone() })
            .collect();
        let child = ChildFilterDescription::from_child(&asked, &self.input)?;
        Ok(FilterDescription::new().with_child(child))
    }
}
