//! The last look at a plan before it runs: nothing was carried under a fence, nothing is stated exactly, and no row is
//! measured by a part of its sort key.
//!
//! All were broken by rules of DataFusion that were right by themselves: a sort pushed under a mask ordered the plain
//! values, and a sum known exactly of a table was taken for the sum of a join. The fences and the statistics are built
//! so that it cannot happen; this refuses the plan if a later DataFusion finds another way.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::memory::DataSourceExec;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_expr::split_conjunction;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use crate::fence::Fence;
use crate::whole_keys::seeks_by_part;

/// What a reader's statement could have brought below a fence.
#[derive(Debug, Default)]
pub(crate) struct Below {
    /// How many nodes there are of each kind that looks at values: sorts, groups, windows, limits.
    looking: BTreeMap<String, usize>,
    filters: Vec<Arc<dyn PhysicalExpr>>,
    /// What projections make of columns, beside passing them on under their names.
    computed: Vec<String>,
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
    "Short",
    "Stop",
];

impl Below {
    pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let mut below = Self::default();
        // The walk itself cannot fail.
        let _ = plan.apply(|node| {
            if !PASSING.contains(&node.name()) && !keeps_an_order(node) {
                *below.looking.entry(node.name().to_owned()).or_default() += 1;
            }
            if let Some(filter) = node.downcast_ref::<FilterExec>() {
                below.filters.extend(split_conjunction(filter.predicate()).into_iter().cloned());
            }
            if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
                below.computed.extend(projection.expr().iter().filter_map(computed));
            }
            if let Some(scan) = scan_of(node) {
                if let Some(pushed) = scan.file_source().filter() {
                    below.filters.extend(split_conjunction(&pushed).into_iter().cloned());
                }
                let projected = scan.file_source().projection().into_iter();
                below.computed.extend(projected.flat_map(|all| all.iter().filter_map(computed)));
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
        let strange = strange.map(ToString::to_string);
        strange
            .or_else(|| self.computed.iter().find(|made| !built.computed.contains(made)).cloned())
    }
}

/// A value that a projection computes, or a column that it gives another name: masks go by place and name.
fn computed(item: &ProjectionExpr) -> Option<String> {
    let passed = item.expr.downcast_ref::<Column>().is_some_and(|own| own.name() == item.alias);
    (!passed).then(|| item.to_string())
}

/// A merge of what was sorted in parts: it has no order but that of a sort, which is counted, because no scan states one.
fn keeps_an_order(node: &Arc<dyn ExecutionPlan>) -> bool {
    node.downcast_ref::<SortPreservingMergeExec>().is_some_and(|merge| merge.fetch().is_none())
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
        if let Some(merge) = node.downcast_ref::<SortPreservingMergeExec>()
            && seeks_by_part(merge)?
        {
            return broken("the first rows are sought by a part of the sort key".to_owned());
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

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
    use datafusion::catalog::memory::MemorySourceConfig;
    use datafusion::common::ScalarValue;
    use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetSource};
    use datafusion::datasource::table_schema::TableSchema;
    use datafusion::execution::object_store::ObjectStoreUrl;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{BinaryExpr, Literal};
    use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
    use datafusion::physical_plan::sorts::sort::SortExec;
    use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
    use datafusion::physical_plan::{
        ChildrenPropertiesMode, ExecutionPlanProperties, ReplaceChildrenOptions,
    };

    use super::*;
    use crate::mask::Mask;

    fn schema() -> SchemaRef {
        let column = |name: &str| Field::new(name, DataType::Utf8, true);
        Arc::new(Schema::new(vec![column("no"), column("phone")]))
    }

    fn rows() -> Arc<dyn ExecutionPlan> {
        MemorySourceConfig::try_new_exec(&[Vec::new()], schema(), None).unwrap()
    }

    fn sorted(rows: Arc<dyn ExecutionPlan>, column: &str) -> Arc<dyn ExecutionPlan> {
        let column = Column::new_with_schema(column, &schema()).unwrap();
        let key = PhysicalSortExpr::new_default(Arc::new(column));
        Arc::new(SortExec::new(LexOrdering::new(vec![key]).unwrap(), rows))
    }

    fn filtered(rows: Arc<dyn ExecutionPlan>, column: &str) -> Arc<dyn ExecutionPlan> {
        let column = Arc::new(Column::new_with_schema(column, &schema()).unwrap());
        let value = Arc::new(Literal::new(ScalarValue::from("13812341234")));
        let filter = Arc::new(BinaryExpr::new(column, Operator::Eq, value));
        Arc::new(FilterExec::try_new(filter, rows).unwrap())
    }

    /// What a rule would do that carries a node under the fence.
    fn carried_under(
        fence: &Arc<dyn ExecutionPlan>,
        below: Arc<dyn ExecutionPlan>,
    ) -> Arc<dyn ExecutionPlan> {
        let anew = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        fence.clone().replace_children(vec![below], anew).unwrap()
    }

    #[test]
    fn nothing_may_be_carried_under_a_mask() {
        let fence = Fence::masking(rows(), vec![None, Some(Mask::Phone)]);
        assert!(check(&sorted(fence.clone(), "phone")).is_ok());
        assert!(check(&filtered(fence.clone(), "phone")).is_ok());
        assert!(check(&carried_under(&fence, filtered(rows(), "no"))).is_ok());
        for below in [sorted(rows(), "phone"), sorted(rows(), "no"), filtered(rows(), "phone")] {
            let refused = check(&carried_under(&fence, below)).unwrap_err();
            assert!(refused.to_string().contains("carried under a fence"), "{refused}");
        }
        let passed = |column: &str, alias: &str| {
            let expr: Arc<dyn PhysicalExpr> =
                Arc::new(Column::new_with_schema(column, &schema()).unwrap());
            ProjectionExpr { expr, alias: alias.to_owned() }
        };
        let projected = |items: [ProjectionExpr; 2]| -> Arc<dyn ExecutionPlan> {
            Arc::new(ProjectionExec::try_new(items, rows()).unwrap())
        };
        let plain = projected([passed("no", "no"), passed("phone", "phone")]);
        assert!(check(&carried_under(&fence, plain)).is_ok());
        let swapped = projected([passed("phone", "no"), passed("no", "phone")]);
        assert!(check(&carried_under(&fence, swapped)).is_err());
        // A view may sort by itself; what it was built over may stay, and no more.
        let view = Fence::of_view(sorted(rows(), "no"));
        assert!(check(&view).is_ok());
        assert!(check(&carried_under(&view, sorted(sorted(rows(), "no"), "no"))).is_err());
        // In parts, as the planner sorts where there are several; but not the first of them alone.
        let merged = |fetch: Option<usize>| -> Arc<dyn ExecutionPlan> {
            let sort = sorted(rows(), "no");
            let order = sort.output_ordering().unwrap().clone();
            Arc::new(SortPreservingMergeExec::new(order, sort).with_fetch(fetch))
        };
        assert!(check(&carried_under(&view, merged(None))).is_ok());
        assert!(check(&carried_under(&view, merged(Some(1)))).is_err());
    }

    #[test]
    fn a_fence_shows_no_order_and_nothing_exact() {
        let fence = Fence::around(sorted(rows(), "no"));
        assert!(fence.output_ordering().is_none());
        assert_eq!(fence.maintains_input_order(), [false]);
        let stated =
            StatisticsContext::new().compute(fence.as_ref(), &StatisticsArgs::new()).unwrap();
        assert!(!states_exactly(&stated), "{stated:?}");
    }

    #[test]
    fn a_scan_that_states_exact_figures_is_refused() {
        let scan = |rows: Precision<usize>| -> Arc<dyn ExecutionPlan> {
            let stated = Statistics { num_rows: rows, ..Statistics::new_unknown(&schema()) };
            let source = Arc::new(ParquetSource::new(TableSchema::from(&schema())));
            let url = ObjectStoreUrl::local_filesystem();
            let config = FileScanConfigBuilder::new(url, source).with_statistics(stated).build();
            DataSourceExec::from_data_source(config)
        };
        assert!(check(&scan(Precision::Inexact(7))).is_ok());
        assert!(check(&scan(Precision::Exact(7))).is_err());
    }
}
