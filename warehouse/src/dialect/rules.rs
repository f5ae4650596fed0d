//! Rewriting every expression of a plan, with the types of its inputs at hand.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::united;

/// Rewrites the expressions of a plan and of its subqueries from the leaves up; columns keep their names.
pub(super) fn expressions(
    plan: LogicalPlan,
    rewrite: impl Fn(Expr, &DFSchema) -> Result<Transformed<Expr>> + Copy,
) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let plan = united::of_one_type(plan)?;
        // How many rows is said in a type of its own.
        if matches!(plan, LogicalPlan::Limit(_)) {
            return Ok(Transformed::no(plan));
        }
        let mut schema = merge_schema(&plan.inputs());
        if let LogicalPlan::TableScan(scan) = &plan {
            let whole = DFSchema::try_from_qualified_schema(
                scan.table_name.clone(),
                &scan.source.schema(),
            )?;
            schema.merge(&whole);
        }
        let names = NamePreserver::new(&plan);
        let changed = plan.map_expressions(|expression| {
            let name = names.save(&expression);
            let changed = expression.transform_up(|node| rewrite(node, &schema))?;
            Ok(changed.update_data(|expression| name.restore(expression)))
        })?;
        // What an expression gives may have another type now.
        changed.map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(rewritten.data)
}
