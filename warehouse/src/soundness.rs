//! The last look at a plan before it runs: nothing was carried under a fence, nothing is stated exactly.
//!
//! Both were broken by rules of DataFusion that were right by themselves: a sort pushed under a mask ordered the plain
//! values, and a sum known exactly of a table was taken for the sum of a join. The fences and the statistics are built
//! so that it cannot happen; this refuses the plan if a later DataFusion finds another way.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::memory::DataSourceExec;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::physical_expr::split_conjunction;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use crate::fence::Fence;

/// What a reader's statement could have brought below a fence.
#[derive(Debug, Default)]
pub(crate) struct Below {
    /// How many nodes there are of each kind that looks at values: sorts, groups, windows, limits.
    looking: BTreeMap<String, usize>,
    filters: Vec<Arc<dyn PhysicalExpr>>,
}

/// Nodes that pass rows on without looking at more than a predicate.
const PASSING: &[&str] = &[
    "DataSourceExec",
    "UnionExec",
    "InterleaveExec",
    "FilterExec",
    "ProjectionExec",
    "RepartitionExec",
    "CoalescePartitionsExec",
    "CoalesceBatchesExec",
    "CooperativeExec",
    "EmptyExec",
    "PlaceholderRowExec",
    "Fence",
];

impl Below {
    pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let mut below = Self::default();
        // The walk itself cannot fail.
        let _ = plan.apply(|node| {
            if !PASSING.contains(&node.name()) {
                *below.looking.entry(node.name().to_owned()).or_default() += 1;
            }
            if let Some(filter) = node.downcast_ref::<FilterExec>() {
                below.filters.extend(split_conjunction(filter.predicate()).into_iter().cloned());
            }
            if let Some(pushed) = pushed_filter(node) {
                below.filters.extend(split_conjunction(&pushed).into_iter().cloned());
            }
            Ok(TreeNodeRecursion::Continue)
        });
        below
    }

    /// What is here and was not there, harmless filters left out.
    pub(crate) fn beyond(
        &self,
        built: &Self,
        harmless: impl Fn(&Arc<dyn PhysicalExpr>) -> bool,
    ) -> Option<String> {
        let more = self
            .looking
            .iter()
            .find(|(name, count)| built.looking.get(*name).is_none_or(|built| *count > built));
        if let Some((name, _)) = more {
            return Some(name.clone());
        }
        let known = |filter: &Arc<dyn PhysicalExpr>| {
            built.filters.iter().any(|known| known.to_string() == filter.to_string())
        };
        let strange = self.filters.iter().find(|filter| !harmless(filter) && !known(filter));
        strange.map(ToString::to_string)
    }
}

fn pushed_filter(node: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn PhysicalExpr>> {
    scan_of(node)?.file_source().filter()
}

/// A scan of files; rows in memory stand behind a fence of their own.
fn scan_of(node: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    node.downcast_ref::<DataSourceExec>()?.data_source().downcast_ref::<FileScanConfig>()
}

/// Refuses a plan that something was carried under a fence of, or that states anything of a table exactly.
pub(crate) fn check(plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
    plan.apply(|node| {
        if let Some(breach) = node.downcast_ref::<Fence>().and_then(Fence::breach) {
            return broken(format!("carried under a fence: {breach}"));
        }
        if let Some(scan) = scan_of(node) {
            let files = scan.file_groups.iter().flat_map(|group| group.files());
            let stated = files.filter_map(|file| file.statistics.as_deref());
            if states_exactly(&scan.statistics()) || stated.into_iter().any(states_exactly) {
                return broken("a scan states exact figures".to_owned());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn states_exactly(stated: &Statistics) -> bool {
    let exact = |value: &Precision<_>| matches!(value, Precision::Exact(_));
    stated.num_rows.is_exact().unwrap_or(false)
        || stated.column_statistics.iter().any(|column| {
            [&column.min_value, &column.max_value, &column.sum_value].into_iter().any(exact)
                || column.null_count.is_exact().unwrap_or(false)
                || column.distinct_count.is_exact().unwrap_or(false)
        })
}

fn broken<T>(what: String) -> Result<T> {
    Err(DataFusionError::Internal(what))
}
