//! No plan believes that a column is unique.
//!
//! DataFusion derives keys from GROUP BY, and carries them on: through a join and another GROUP BY, or through unnest, a
//! key is held unique that is not. Then a join is left out, DISTINCT is, a group key that is not shown is dropped, the
//! second key of a sort is, and the peers of a window are counted row by row. No table of ours states a key, so every key
//! is derived, and none is needed: they are taken off whatever stands in a FROM before anything is read over it, and
//! off a plan before each rule looks at it. Ours stand around all rules, so that a new rule of DataFusion sees none.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchemaRef, FunctionalDependencies, Result};
use datafusion::logical_expr::{Distinct, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// A rule that sees plans without keys.
#[derive(Debug)]
pub(crate) struct Unkeyed(pub(crate) Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for Unkeyed {
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
        let plan = match self.apply_order() {
            // It is asked node by node, and looks as far as the inputs, which it may just have made anew.
            Some(_) => without_keys(plan)?.data.map_children(without_keys)?.data,
            None => plan.transform_up_with_subqueries(without_keys)?.data,
        };
        self.0.rewrite(plan, config)
    }
}

/// The plan, whose columns are keys no more; what stands below it keeps its own.
pub(crate) fn without_keys(mut plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if plan.schema().functional_dependencies().is_empty() {
        return Ok(Transformed::no(plan));
    }
    let Some(schema) = own_schema(&mut plan) else { return plan.map_children(without_keys) };
    let keyed = schema.as_ref().clone();
    *schema = Arc::new(keyed.with_functional_dependencies(FunctionalDependencies::empty())?);
    Ok(Transformed::yes(plan))
}

/// The columns that a node states itself; the others state those of their input.
fn own_schema(plan: &mut LogicalPlan) -> Option<&mut DFSchemaRef> {
    Some(match plan {
        LogicalPlan::Projection(node) => &mut node.schema,
        LogicalPlan::Aggregate(node) => &mut node.schema,
        LogicalPlan::Window(node) => &mut node.schema,
        LogicalPlan::Join(node) => &mut node.schema,
        LogicalPlan::SubqueryAlias(node) => &mut node.schema,
        LogicalPlan::Unnest(node) => &mut node.schema,
        LogicalPlan::Union(node) => &mut node.schema,
        LogicalPlan::Values(node) => &mut node.schema,
        LogicalPlan::EmptyRelation(node) => &mut node.schema,
        LogicalPlan::TableScan(node) => &mut node.projected_schema,
        LogicalPlan::Distinct(Distinct::On(node)) => &mut node.schema,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::tree_node::TreeNodeRecursion;
    use datafusion::functions_aggregate::expr_fn::count;
    use datafusion::logical_expr::logical_plan::table_scan;
    use datafusion::logical_expr::{Expr, LogicalPlanBuilder, col};
    use datafusion::optimizer::{Optimizer, OptimizerContext};

    use super::*;

    /// A rule that looks for keys, as far as a rule of its order looks.
    #[derive(Debug)]
    struct Looks(Option<ApplyOrder>);

    impl OptimizerRule for Looks {
        fn name(&self) -> &str {
            "looks"
        }

        fn apply_order(&self) -> Option<ApplyOrder> {
            self.0
        }

        fn rewrite(
            &self,
            plan: LogicalPlan,
            _: &dyn OptimizerConfig,
        ) -> Result<Transformed<LogicalPlan>> {
            let keyed = |plan: &LogicalPlan| !plan.schema().functional_dependencies().is_empty();
            assert!(!keyed(&plan), "{plan:?}");
            assert!(!plan.inputs().into_iter().any(keyed), "{plan:?}");
            if self.0.is_none() {
                plan.apply_with_subqueries(|node| {
                    assert!(!keyed(node), "{node:?}");
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
            Ok(Transformed::no(plan))
        }
    }

    fn grouped(plan: LogicalPlan, by: &str) -> LogicalPlanBuilder {
        let counted = vec![count(col(by)).alias("n")];
        LogicalPlanBuilder::from(plan).aggregate(vec![col(by)], counted).unwrap()
    }

    #[test]
    fn no_rule_sees_a_key() {
        let schema = Schema::new(vec![Field::new("k", DataType::Int64, false)]);
        let scan = table_scan(Some("t"), &schema, None).unwrap().build().unwrap();
        let once = grouped(scan, "t.k").alias("s").unwrap().build().unwrap();
        let twice = grouped(once, "s.k").filter(col("n").gt(col("s.k"))).unwrap();
        let plan = twice.distinct().unwrap().sort(vec![col("s.k").sort(true, true)]).unwrap();
        let plan = plan.project(Vec::<Expr>::from([col("s.k")])).unwrap().build().unwrap();
        assert!(!plan.schema().functional_dependencies().is_empty());
        for order in [None, Some(ApplyOrder::TopDown), Some(ApplyOrder::BottomUp)] {
            let optimizer = Optimizer::with_rules(vec![Arc::new(Unkeyed(Arc::new(Looks(order))))]);
            optimizer.optimize(plan.clone(), &OptimizerContext::new(), |_, _| {}).unwrap();
        }
    }
}
