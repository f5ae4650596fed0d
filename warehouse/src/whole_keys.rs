//! The first rows of several partitions are sought by the whole sort key.
//!
//! Where a sort key is the same in all rows of a partition, such as the word that names the branch of a union,
//! DataFusion leaves it out of the sort below the merge. That is right for sorting, and wrong for LIMIT: the partitions
//! share one threshold, and a row of one branch would be measured by a row of another without the word.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::projection::update_expr;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};

/// Runs right after the sorts were placed, before projections move between them and their merge.
#[derive(Debug)]
pub(crate) struct WholeSortKeys;

impl PhysicalOptimizerRule for WholeSortKeys {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(merge) = node.downcast_ref::<SortPreservingMergeExec>() else {
                return Ok(Transformed::no(node));
            };
            let keys: Vec<_> = merge.expr().iter().cloned().collect();
            let Some(whole) = sorted_by(merge.input(), keys)? else {
                return Ok(Transformed::no(node));
            };
            let merged =
                SortPreservingMergeExec::new(merge.expr().clone(), whole).with_fetch(merge.fetch());
            Ok(Transformed::yes(Arc::new(merged) as Arc<dyn ExecutionPlan>))
        })
        .data()
    }

    fn name(&self) -> &str {
        "whole_sort_keys"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same rows, sorted in each partition by all the keys of the merge above; none where they are already.
fn sorted_by(
    below: &Arc<dyn ExecutionPlan>,
    keys: Vec<PhysicalSortExpr>,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(projection) = below.downcast_ref::<ProjectionExec>() {
        let mut inside = Vec::new();
        for key in keys {
            let Some(expr) = update_expr(&key.expr, projection.expr(), true)? else {
                return Ok(None);
            };
            inside.push(PhysicalSortExpr { expr, ..key });
        }
        let Some(sorted) = sorted_by(projection.input(), inside)? else { return Ok(None) };
        let anew = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        return Ok(Some(below.clone().replace_children(vec![sorted], anew)?));
    }
    let (Some(sort), Some(keys)) = (below.downcast_ref::<SortExec>(), LexOrdering::new(keys))
    else {
        return Ok(None);
    };
    if sort.expr().len() >= keys.len() {
        return Ok(None);
    }
    let whole = SortExec::new(keys, sort.input().clone())
        .with_fetch(sort.fetch())
        .with_preserve_partitioning(true);
    Ok(Some(Arc::new(whole)))
}

/// True for a merge whose partitions seek their first rows together by a part of its keys.
pub(crate) fn seeks_by_part(merge: &SortPreservingMergeExec) -> Result<bool> {
    let keys = merge.expr().iter().cloned().collect();
    Ok(shares_threshold(merge.input()) && sorted_by(merge.input(), keys)?.is_some())
}

fn shares_threshold(below: &Arc<dyn ExecutionPlan>) -> bool {
    match below.downcast_ref::<ProjectionExec>() {
        Some(projection) => shares_threshold(projection.input()),
        None => {
            let sort = below.downcast_ref::<SortExec>();
            sort.is_some_and(|sort| sort.fetch().is_some())
                && below.output_partitioning().partition_count() > 1
        }
    }
}
