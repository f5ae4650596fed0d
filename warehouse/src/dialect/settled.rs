//! The type that a value really has. While a statement is read, DataFusion takes for CASE, UNION and the like the type
//! of the first branch and brings the branches together only at the end; what is computed with it in between would be
//! computed in the wrong type: `0` in the first branch, and the amounts in the others lose their fen.

use std::cell::Cell;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Subquery};
use datafusion::sql::sqlparser::ast::TableFactor;
use std::sync::Arc;

use super::{beside, keys, rules};
use crate::unkeyed::without_keys;

/// A NULL without a type that a subquery shows: a text, as in PostgreSQL.
fn shows_null(value: &Expr) -> bool {
    matches!(value, Expr::ScalarSubquery(inner)
        if inner.subquery.schema().field(0).data_type().is_null())
}

/// The type of a value whose parts are brought together; none while it has none, as a parameter.
pub(super) fn settled_type(value: &Expr, schema: &DFSchema) -> Option<DataType> {
    if shows_null(value) { Some(DataType::Utf8) } else { value.get_type(schema).ok() }
}

/// The type of a value once its parts are brought together. It works through all of them: not to be asked from within.
pub(super) fn type_of(value: &Expr, schema: &DFSchema) -> Option<DataType> {
    let as_read = settled_type(value, schema);
    if shows_null(value) {
        return as_read;
    }
    let open = value.exists(|part| Ok(beside::is_open(part))).unwrap_or(false);
    if !open {
        return as_read;
    }
    // What cannot be settled is refused when the whole statement is looked at.
    let settled = value.clone().transform_up(|part| match part {
        Expr::ScalarSubquery(inner) => {
            let plan = Arc::new(settled((*inner.subquery).clone())?);
            Ok(Transformed::yes(Expr::ScalarSubquery(Subquery { subquery: plan, ..inner })))
        }
        other => beside::typed(other, schema),
    });
    settled.ok().and_then(|settled| settled.data.get_type(schema).ok()).or(as_read)
}

/// A plan whose columns have the types that they will have.
pub(super) fn settled(plan: LogicalPlan) -> Result<LogicalPlan> {
    rules::expressions(keys::plain(plan)?, beside::typed)
}

thread_local! {
    /// True between our question for a relation and DataFusion's asking back, which is the first that it does, on the
    /// same thread.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Settles what stands in a FROM before anything is computed with its columns, and takes the keys off it.
#[derive(Debug)]
pub(super) struct SettledRelations;

impl RelationPlanner for SettledRelations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        if ASKED.replace(false)
            || !matches!(
                relation,
                TableFactor::Derived { .. }
                    | TableFactor::Table { .. }
                    | TableFactor::UNNEST { .. }
            )
        {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        ASKED.set(true);
        let planned = context.plan(relation);
        ASKED.set(false);
        let plan = without_keys(settled(planned?)?)?.data;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}
