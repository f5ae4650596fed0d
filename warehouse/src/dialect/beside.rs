//! Values take the type of what they stand beside: in comparisons and lists, between bounds, in CASE and among
//! alternatives. A text in quotes is read as it, a decimal is a float beside a float, a wall clock a moment.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::{Case, Expr, ExprSchemable, LogicalPlan, cast, lit};
use datafusion::optimizer::AnalyzerRule;

use super::conversions::{NAMED, are_of_two_clocks, of_one_clock, start_of_day};
use super::extremes::as_column;
use super::only_value::SINGLE;
use super::operators::{
    clash, comparable, compares, float_beside, is_quoted, is_text, is_wall, narrow, read_as,
    refused,
};
use super::quotient::{self, ONLY_ROUNDED, is_near};
use super::settled::settled_type;
use super::united::brought_to;
use super::{calls, conditions, lists, rules};

/// Runs before types are brought together: DataFusion would make a text of the number.
#[derive(Debug)]
pub(super) struct TypedValues;

impl AnalyzerRule for TypedValues {
    fn name(&self) -> &str {
        "typed_values"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, typed)
    }
}

/// What `array[…]` is planned as.
const LIST: &str = "make_array";
/// Functions that return one of their arguments.
pub(super) const ALTERNATIVES: &[&str] = &["coalesce", "greatest", "least"];
/// Those of them that compare.
const GREATEST: &[&str] = &["greatest", "least"];

/// True for a value whose type is known once its parts are brought together.
pub(super) fn is_open(value: &Expr) -> bool {
    match value {
        Expr::Case(_) | Expr::ScalarSubquery(_) => true,
        Expr::Literal(ScalarValue::Int64(Some(_)), _) => true,
        Expr::ScalarFunction(call) => {
            ALTERNATIVES.contains(&call.name())
                || matches!(call.name(), "nullif" | SINGLE | NAMED | LIST)
                || calls::RETYPED.contains(&call.name())
        }
        Expr::WindowFunction(window) => matches!(window.fun.name(), "lag" | "lead"),
        _ => false,
    }
}

/// A value among others as it is meant, with its parts brought together.
pub(super) fn typed(node: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    conditions::admit(&node, schema)?;
    Ok(match node {
        // Whole numbers that fit are an `integer`, as in PostgreSQL: the type decides what a sum of them is.
        Expr::Literal(ScalarValue::Int64(Some(number)), _) if i32::try_from(number).is_ok() => {
            Transformed::yes(narrow(lit(number)))
        }
        Expr::AggregateFunction(mut call) if call.func.name() == "count" => {
            count_rows(&mut call.params.args);
            Transformed::yes(Expr::AggregateFunction(call))
        }
        Expr::WindowFunction(mut call) if call.fun.name() == "count" => {
            count_rows(&mut call.params.args);
            Transformed::yes(Expr::WindowFunction(call))
        }
        Expr::InList(InList { mut expr, mut list, negated }) => {
            as_floats_where_mixed(std::iter::once(&mut *expr).chain(&mut list), schema)?;
            let kind = taken(&mut expr, &list, schema)?;
            let list = list.into_iter().map(|item| beside(&kind, item, schema));
            let list = list.collect::<Result<_>>()?;
            Transformed::yes(lists::of_values(InList { expr, list, negated }))
        }
        Expr::Between(Between { mut expr, negated, mut low, mut high }) => {
            as_floats_where_mixed([&mut *expr, &mut *low, &mut *high], schema)?;
            let kind = taken(&mut expr, [&*low, &*high], schema)?;
            let low = Box::new(beside(&kind, *low, schema)?);
            let high = Box::new(beside(&kind, *high, schema)?);
            Transformed::yes(Expr::Between(Between { expr, negated, low, high }))
        }
        Expr::Case(case) => Transformed::yes(Expr::Case(of_case(case, schema)?)),
        Expr::BinaryExpr(mut binary) if compares(&binary) => {
            // Both are brought together already, from the leaves up.
            let kinds = [&*binary.left, &*binary.right].map(|side| settled_type(side, schema));
            (*binary.left, *binary.right) = comparable(*binary.left, *binary.right, kinds)?;
            Transformed::yes(Expr::BinaryExpr(binary))
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if ALTERNATIVES.contains(&func.name()) || func.name() == LIST =>
        {
            together(args.iter_mut().collect(), schema)?;
            for value in &args {
                if GREATEST.contains(&func.name()) && is_near(&value.get_type(schema)?) {
                    return refused(ONLY_ROUNDED, &[value]);
                }
            }
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if func.name() == "nullif" && args.len() == 2 =>
        {
            let (value, other) = args.split_at_mut(1);
            let kind = taken(&mut value[0], &*other, schema)?;
            args[1] = beside(&kind, std::mem::take(&mut args[1]), schema)?;
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        Expr::InSubquery(mut list) => {
            let listed = &as_column(list.subquery.subquery.schema().field(0).data_type());
            let own = list.expr.get_type(schema)?;
            let mixed = || {
                are_of_two_clocks(&own, listed)
                    .then(|| "时间和带时区的时间不能这样比较，请用 cast 换成同一类型".to_owned())
            };
            if let Some(said) = clash(&own, listed).or_else(mixed) {
                return refused(&said, &[&list.expr]);
            }
            if float_beside(listed, &own) {
                *list.expr = cast(*list.expr, DataType::Float64);
            } else if float_beside(&own, listed) {
                let floats = [Some(DataType::Float64)];
                list.subquery.subquery = brought_to(list.subquery.subquery, &floats)?;
            }
            Transformed::yes(Expr::InSubquery(list))
        }
        other => calls::meant(other, schema)?,
    })
}

/// Values that are compared with each other, as floats where a float is among decimals.
fn as_floats_where_mixed<'a>(
    values: impl IntoIterator<Item = &'a mut Expr>,
    schema: &DFSchema,
) -> Result<()> {
    let values: Vec<&mut Expr> = values.into_iter().collect();
    let kinds = values.iter().map(|value| value.get_type(schema)).collect::<Result<Vec<_>>>()?;
    // Once through a list that may be long.
    let is_decimal = |kind: &DataType| matches!(kind, DataType::Decimal128(..));
    let mixed = kinds.iter().any(DataType::is_floating) && kinds.iter().any(is_decimal);
    if mixed {
        for value in values {
            *value = cast(std::mem::take(value), DataType::Float64);
        }
    }
    Ok(())
}

/// The type in which a value is compared: a text in quotes takes that of the first beside it that is none.
fn taken<'a>(
    value: &mut Expr,
    others: impl IntoIterator<Item = &'a Expr>,
    schema: &DFSchema,
) -> Result<DataType> {
    let own = value.get_type(schema)?;
    if !is_quoted(value) {
        return Ok(own);
    }
    for other in others {
        let kind = other.get_type(schema)?;
        if !is_text(&kind) && kind != DataType::Null {
            *value = read_as(std::mem::take(value), &kind)?;
            return value.get_type(schema);
        }
    }
    Ok(own)
}

/// A value compared with one of another type.
fn beside(kind: &DataType, value: Expr, schema: &DFSchema) -> Result<Expr> {
    let own = value.get_type(schema)?;
    if is_text(&own) && !is_text(kind) && *kind != DataType::Null {
        return read_as(value, kind);
    }
    if is_near(kind) || is_near(&own) {
        return refused(ONLY_ROUNDED, &[&value]);
    }
    match clash(kind, &own) {
        Some(said) => refused(&said, &[&value]),
        None => Ok(of_one_clock(value, &own, kind)),
    }
}

fn of_case(mut case: Case, schema: &DFSchema) -> Result<Case> {
    if let Some(operand) = &mut case.expr {
        let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
        as_floats_where_mixed(std::iter::once(operand.as_mut()).chain(whens), schema)?;
        let whens = case.when_then_expr.iter().map(|(when, _)| when.as_ref());
        let kind = taken(operand, whens, schema)?;
        for (when, _) in &mut case.when_then_expr {
            **when = beside(&kind, std::mem::take(&mut **when), schema)?;
        }
    }
    let thens = case.when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
    together(thens.chain(case.else_expr.as_deref_mut()).collect(), schema)?;
    Ok(case)
}

/// Brings values that stand for each other to one type, in which a text in quotes is read.
fn together(values: Vec<&mut Expr>, schema: &DFSchema) -> Result<()> {
    let kinds = values.iter().map(|value| value.get_type(schema)).collect::<Result<Vec<_>>>()?;
    let others: Vec<_> = kinds.iter().filter(|kind| !is_text(kind)).cloned().collect();
    let Some(kind) = others.iter().find(|kind| **kind != DataType::Null) else {
        return Ok(());
    };
    let common = one_type(&others);
    for (value, own) in values.into_iter().zip(&kinds) {
        let plain = std::mem::take(value);
        *value = match &common {
            Some(common) if is_text(own) => beside(common, plain, schema)?,
            Some(common) => brought(plain, own, common),
            None if own == kind => plain,
            None => beside(kind, plain, schema)?,
        };
    }
    Ok(())
}

/// DataFusion knows `count(*)` by its own type of number.
fn count_rows(args: &mut Vec<Expr>) {
    if let [Expr::Literal(ScalarValue::Int32(Some(number)), _)] = args[..] {
        *args = vec![lit(i64::from(number))];
    }
}

/// The type of values that stand for each other; none where they need not or cannot be brought together.
pub(super) fn one_type(kinds: &[DataType]) -> Option<DataType> {
    let known = kinds.iter().filter(|kind| **kind != DataType::Null);
    let first = known.clone().next()?;
    if known.clone().all(|kind| kind == first) {
        return (known.count() < kinds.len()).then(|| first.clone());
    }
    if known.clone().all(|kind| matches!(kind, DataType::Date32 | DataType::Timestamp(..))) {
        let moment = known.clone().find(|kind| matches!(kind, DataType::Timestamp(_, Some(_))));
        let clock = moment.or_else(|| known.clone().find(|kind| is_wall(kind)));
        return clock.filter(|clock| known.clone().any(|kind| kind != *clock)).cloned();
    }
    numbers(kinds)
}

/// A value as one of the type that it and those beside it are brought to.
pub(super) fn brought(value: Expr, own: &DataType, kind: &DataType) -> Expr {
    match (own, kind) {
        (own, kind) if own == kind => value,
        (DataType::Date32, DataType::Timestamp(_, Some(_))) => start_of_day(value),
        (DataType::Timestamp(_, None), DataType::Timestamp(_, Some(_))) => {
            of_one_clock(value, own, kind)
        }
        _ => cast(value, kind.clone()),
    }
}

/// The type that holds numbers of all these types; none where one is no number.
pub(super) fn numbers(kinds: &[DataType]) -> Option<DataType> {
    if !kinds.iter().all(|kind| kind.is_numeric() || *kind == DataType::Null) {
        return None;
    }
    if kinds.iter().any(DataType::is_floating) {
        return Some(DataType::Float64);
    }
    if !kinds.iter().any(|kind| matches!(kind, DataType::Decimal128(..))) {
        let mut whole = kinds.iter().filter(|kind| **kind != DataType::Null);
        let long =
            whole.any(|kind| matches!(kind, DataType::Int64 | DataType::UInt64 | DataType::UInt32));
        return long.then_some(DataType::Int64);
    }
    let (mut whole, mut scale) = (0, 0_u8);
    for kind in kinds {
        let (precision, decimals) = match kind {
            DataType::Decimal128(precision, decimals) => (*precision, decimals.unsigned_abs()),
            DataType::Null => continue,
            DataType::Int8 | DataType::Int16 | DataType::Int32 => (10, 0),
            _ => (20, 0),
        };
        whole = whole.max(precision.saturating_sub(decimals));
        scale = quotient::together(scale.cast_signed(), decimals.cast_signed()).unsigned_abs();
    }
    Some(DataType::Decimal128((whole + scale).min(38), scale.cast_signed()))
}
