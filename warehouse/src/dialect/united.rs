//! The sides of UNION, each column of one type; those of INTERSECT and EXCEPT, and the rows of VALUES, too.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{
    Column, DFSchema, JoinConstraint, JoinType, NullEquality, Result, plan_err,
};
use datafusion::logical_expr::logical_plan::{Join, Projection, Union, Values};
use datafusion::logical_expr::{
    Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast,
};

use super::beside::{brought, one_type};
use super::operators::{is_quoted, is_text, read_as};

/// A union whose sides agree, before anything above it looks at its types: DataFusion takes those of the first side
/// until the statement is planned, and whatever is computed with a column would be computed in its type.
pub(super) fn of_one_type(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Union(union) => united(union),
        LogicalPlan::Join(join) => Ok(LogicalPlan::Join(alike(join)?)),
        LogicalPlan::Values(values) => listed(values),
        other => Ok(other),
    }
}

/// VALUES, with floats in the columns that hold one: DataFusion makes decimals of all that stands beside a decimal.
fn listed(values: Values) -> Result<LogicalPlan> {
    let nothing = DFSchema::empty();
    let inside = |value: &Expr| match value {
        Expr::Cast(brought) => brought.expr.get_type(&nothing).ok(),
        _ => None,
    };
    let is_float = |at: &usize| {
        let kind = values.schema.field(*at).data_type();
        let mut column = values.values.iter().map(|row| inside(&row[*at]));
        kind.is_decimal() && column.any(|own| own.is_some_and(|own| own.is_floating()))
    };
    let floats: Vec<_> = (0..values.schema.fields().len()).filter(is_float).collect();
    if floats.is_empty() {
        return Ok(LogicalPlan::Values(values));
    }
    let mut rows = values.values;
    for row in &mut rows {
        for at in &floats {
            let value = match row[*at].clone() {
                Expr::Cast(brought) => *brought.expr,
                value => value,
            };
            row[*at] = cast(value, DataType::Float64);
        }
    }
    LogicalPlanBuilder::values(rows)?.build()
}

fn united(mut union: Union) -> Result<LogicalPlan> {
    union.inputs = read(union.inputs)?;
    let width = union.schema.fields().len();
    let types = |at: usize| -> Vec<DataType> {
        union.inputs.iter().map(|side| side.schema().field(at).data_type().clone()).collect()
    };
    let wanted: Vec<Option<DataType>> = (0..width).map(|at| one_type(&types(at))).collect();
    let sides = union.inputs.into_iter().map(|side| brought_to(side, &wanted));
    let sides = sides.collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Union(Union::try_new_with_loose_types(sides)?))
}

/// The sides, with texts in quotes read as what stands beside them on another side.
fn read(sides: Vec<Arc<LogicalPlan>>) -> Result<Vec<Arc<LogicalPlan>>> {
    let texts: Vec<_> = sides.iter().map(|side| quoted(side)).collect();
    if texts.iter().flatten().all(Option::is_none) {
        return Ok(sides);
    }
    let kinds: Vec<_> = sides.iter().map(|side| types(side)).collect();
    // No text stands beside a text that it is read as.
    let beside = |place: usize| {
        let mut others = kinds.iter().filter_map(|kinds| kinds.get(place));
        others.find(|kind| !is_text(kind) && !kind.is_null() && !kind.is_nested())
    };
    let sides = sides.into_iter().zip(&texts);
    sides
        .map(|(side, texts)| {
            let LogicalPlan::Projection(shown) = side.as_ref() else { return Ok(side) };
            let mut items = shown.expr.clone();
            let mut changed = false;
            for (place, text) in texts.iter().enumerate() {
                let (Some(text), Some(kind)) = (text, beside(place)) else { continue };
                let (table, field) = side.schema().qualified_field(place);
                let value = read_as(text.clone(), kind)?;
                items[place] = value.alias_qualified(table.cloned(), field.name());
                changed = true;
            }
            if !changed {
                return Ok(side);
            }
            let shown = Projection::try_new(items, Arc::clone(&shown.input))?;
            Ok(Arc::new(LogicalPlan::Projection(shown)))
        })
        .collect()
}

/// The items of a side that are texts in quotes, which have no type until they stand beside one. What is sorted, cut
/// or looked through for equal ones has one before.
fn quoted(side: &LogicalPlan) -> Vec<Option<Expr>> {
    let LogicalPlan::Projection(shown) = side else { return Vec::new() };
    let items = shown.expr.iter().map(|item| item.clone().unalias_nested().data);
    items.map(|item| Some(item).filter(is_quoted)).collect()
}

/// The types of a side of UNION.
fn open(side: &LogicalPlan) -> Vec<DataType> {
    let texts = quoted(side);
    let kinds = types(side).into_iter().enumerate();
    kinds
        .map(|(place, kind)| match texts.get(place) {
            Some(Some(_)) => DataType::Null,
            _ => kind,
        })
        .collect()
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
    if !is_set(&join) {
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

/// True for what INTERSECT and EXCEPT become.
fn is_set(join: &Join) -> bool {
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
}

/// The types of the columns of both sides of UNION, INTERSECT or EXCEPT, as PostgreSQL has them.
pub(super) fn sides(plan: &LogicalPlan) -> Option<(Vec<DataType>, Vec<DataType>)> {
    match plan {
        LogicalPlan::Union(union) => match &union.inputs[..] {
            [first, other] => Some((open(first), open(other))),
            _ => None,
        },
        LogicalPlan::Join(join) if is_set(join) => {
            Some((types(named(distinct(&join.left))), types(named(&join.right))))
        }
        _ => None,
    }
}

/// The side itself: DataFusion gives it a name where both have a column of one name.
fn named(side: &LogicalPlan) -> &LogicalPlan {
    match side {
        LogicalPlan::SubqueryAlias(alias) => &alias.input,
        own => own,
    }
}

/// The side itself: DataFusion takes equal rows away before it looks for them on the other side.
fn distinct(side: &LogicalPlan) -> &LogicalPlan {
    match side {
        LogicalPlan::Distinct(Distinct::All(input)) => input,
        own => own,
    }
}

/// The types of a side. A NULL that is written there has none, until it stands beside a value that has one; what is
/// sorted or looked through for equal ones, or comes out of a FROM, has one, and so has what two sides without one make.
fn types(side: &LogicalPlan) -> Vec<DataType> {
    let own = |plan: &LogicalPlan| -> Vec<DataType> {
        plan.schema().fields().iter().map(|field| as_text(field.data_type())).collect()
    };
    match side {
        LogicalPlan::Projection(shown) => {
            let items = shown.expr.iter().zip(own(side));
            items.map(|(item, kind)| of_item(item, kind, &shown.input)).collect()
        }
        LogicalPlan::Limit(limit) => types(&limit.input),
        LogicalPlan::Sort(sort) => {
            let sorted = |at: usize| {
                let column = Expr::from(sort.input.schema().qualified_field(at));
                sort.expr.iter().any(|key| key.expr == column)
            };
            let kinds = types(&sort.input).into_iter().enumerate();
            kinds.map(|(at, kind)| if sorted(at) { as_text(&kind) } else { kind }).collect()
        }
        LogicalPlan::Distinct(Distinct::All(input)) => types(input).iter().map(as_text).collect(),
        _ => match sides(side) {
            Some((left, right)) => {
                let pairs = left.into_iter().zip(right);
                pairs
                    .map(|(left, right)| if left.is_null() { as_text(&right) } else { left })
                    .collect()
            }
            None => own(side),
        },
    }
}

/// The type of an item of a SELECT; below a sort by what is not shown stands the SELECT itself.
fn of_item(item: &Expr, kind: DataType, below: &LogicalPlan) -> DataType {
    match (item.clone().unalias_nested().data, below) {
        (Expr::Literal(value, _), _) if value.is_null() => value.data_type(),
        (Expr::Column(column), LogicalPlan::Sort(_)) => {
            let place = below.schema().maybe_index_of_column(&column);
            place.and_then(|place| types(below).into_iter().nth(place)).unwrap_or(kind)
        }
        _ => kind,
    }
}

fn as_text(kind: &DataType) -> DataType {
    if kind.is_null() { DataType::Utf8 } else { kind.clone() }
}
