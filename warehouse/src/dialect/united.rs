//! The sides of UNION, each column of one type; those of INTERSECT and EXCEPT too.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Column, JoinConstraint, JoinType, NullEquality, Result, plan_err};
use datafusion::logical_expr::logical_plan::{Join, Projection, Union};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};

use super::beside::{brought, one_type};

/// A union whose sides agree, before anything above it looks at its types: DataFusion takes those of the first side
/// until the statement is planned, and whatever is computed with a column would be computed in its type.
pub(super) fn of_one_type(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Union(union) => united(union),
        LogicalPlan::Join(join) => Ok(LogicalPlan::Join(alike(join)?)),
        other => Ok(other),
    }
}

fn united(union: Union) -> Result<LogicalPlan> {
    let width = union.schema.fields().len();
    let types = |at: usize| -> Vec<DataType> {
        union.inputs.iter().map(|side| side.schema().field(at).data_type().clone()).collect()
    };
    let wanted: Vec<Option<DataType>> = (0..width).map(|at| one_type(&types(at))).collect();
    let sides = union.inputs.into_iter().map(|side| brought_to(side, &wanted));
    let sides = sides.collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Union(Union::try_new_with_loose_types(sides)?))
}

/// A plan whose columns are of these types, where one is given.
pub(super) fn brought_to(
    side: Arc<LogicalPlan>,
    wanted: &[Option<DataType>],
) -> Result<Arc<LogicalPlan>> {
    let columns: Vec<_> =
        side.schema().iter().map(|(table, field)| (table.cloned(), field.clone())).collect();
    let fits = |(at, (_, field)): (usize, &(_, Arc<arrow::datatypes::Field>))| {
        wanted[at].as_ref().is_none_or(|kind| kind == field.data_type())
    };
    if columns.iter().enumerate().all(fits) {
        return Ok(side);
    }
    let expressions = columns.into_iter().zip(wanted).map(|((table, field), kind)| {
        let column = Expr::Column(Column::new(table.clone(), field.name()));
        match kind {
            Some(kind) if kind != field.data_type() => {
                brought(column, field.data_type(), kind).alias_qualified(table, field.name())
            }
            _ => column,
        }
    });
    Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(expressions.collect(), side)?)))
}

/// INTERSECT and EXCEPT become joins that keep the left side as it is, and USING a column of one of the sides. The sides
/// of the former are brought to one type, in which values that were different stay so.
fn alike(join: Join) -> Result<Join> {
    if join.join_constraint == JoinConstraint::Using {
        for (own, other) in &join.on {
            let kinds = [own.get_type(join.left.schema())?, other.get_type(join.right.schema())?];
            if kinds[0] != kinds[1] {
                return plan_err!("using、natural 连接的列“{own}”两边类型不同：请改用 on");
            }
        }
    }
    let is_set = matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull;
    if !is_set {
        return Ok(join);
    }
    let pairs = join.left.schema().fields().iter().zip(join.right.schema().fields());
    let kinds: Vec<[DataType; 2]> =
        pairs.map(|(own, other)| [own.data_type().clone(), other.data_type().clone()]).collect();
    let wanted: Vec<_> = kinds.iter().map(|kinds| one_type(kinds)).collect();
    for (at, (kinds, wanted)) in kinds.iter().zip(&wanted).enumerate() {
        // The left side has lost its equal rows already, and a float holds fewer numbers.
        if *wanted == Some(DataType::Float64) && kinds[0] != DataType::Float64 {
            return plan_err!(
                "intersect、except 两边的列“{}”类型不同：请用 cast 换成同一类型",
                join.left.schema().field(at).name()
            );
        }
    }
    if kinds.iter().zip(&wanted).all(|(kinds, wanted)| {
        wanted.as_ref().is_none_or(|wanted| kinds.iter().all(|kind| kind == wanted))
    }) {
        return Ok(join);
    }
    Join::try_new(
        brought_to(join.left, &wanted)?,
        brought_to(join.right, &wanted)?,
        join.on,
        join.filter,
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )
}
