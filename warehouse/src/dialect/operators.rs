//! Operators between two values, planned while the types of both sides are known.

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Diagnostic, Result, ScalarValue, plan_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arithmetic::{self, Kind};
use super::casts::readable;
use super::conversions::{self, of_one_clock};
use super::mixed::LISTED;
use super::quotient::{ONLY_ROUNDED, is_near};
use super::settled::type_of;
use super::span_sums::SPAN;
use super::{numerals, spans, times};

#[derive(Debug)]
pub(super) struct PostgresOperators;

impl ExprPlanner for PostgresOperators {
    fn plan_binary_op(
        &self,
        mut raw: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator as B;
        let computes = match raw.op {
            B::Plus => Some(Kind::Add),
            B::Minus => Some(Kind::Subtract),
            B::Multiply => Some(Kind::Multiply),
            B::Divide => Some(Kind::Divide),
            B::Modulo => Some(Kind::Remainder),
            _ => None,
        };
        if let Some(kind) = computes {
            return computed(kind, raw, schema);
        }
        if matches!(raw.op, B::BitwiseAnd | B::BitwiseOr | B::PGBitwiseXor) {
            whole_sides(&raw, schema)?;
        }
        if raw.op == B::StringConcat {
            if let Some(list) = alone(&raw, schema)? {
                return Ok(PlannerResult::Planned(list));
            }
            as_wide_as_listed(&mut raw, schema)?;
            joins_a_text(&raw, schema)?;
        }
        // Of DataFusion a NULL in a list is in every list that has one, and a list that is NULL is in each.
        if matches!(raw.op, B::AtArrow | B::ArrowAt) {
            return refused(
                "不支持 @>、<@：一组里有没有请写 bool_or(条件)，值是不是其中之一请写 in (…)",
                &[&raw.left, &raw.right],
            );
        }
        if matches!(raw.op, B::PGBitwiseShiftLeft | B::PGBitwiseShiftRight) {
            return plan_err!("不支持移位");
        }
        if matches!(raw.op, B::Eq | B::NotEq | B::Lt | B::LtEq | B::Gt | B::GtEq) {
            let kinds = [&raw.left, &raw.right].map(|side| type_of(side, schema));
            (raw.left, raw.right) = comparable(raw.left, raw.right, kinds)?;
        }
        Ok(PlannerResult::Original(raw))
    }
}

/// A whole number in a statement is an `integer` where it fits, as in PostgreSQL: the type decides how it is divided
/// and what a sum of it is.
pub(super) fn narrow(value: Expr) -> Expr {
    match value {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => {
            i32::try_from(number).map_or_else(|_| lit(number), lit)
        }
        other => other,
    }
}

/// PostgreSQL computes nothing with a NULL alone, nor with one beside another value that has no type.
pub(super) fn tells_a_type(values: &[&Expr]) -> Result<()> {
    let is_open = values.iter().all(|value| is_unknown(value));
    if is_open && values.iter().any(|value| is_null(value)) {
        return refused("空值没有类型，不知道怎样计算：请写明类型，例如 null::int", values);
    }
    Ok(())
}

/// `&`, `|` and `#` are for whole numbers: of a decimal DataFusion takes the floor.
fn whole_sides(raw: &RawBinaryExpr, schema: &DFSchema) -> Result<()> {
    tells_a_type(&[&raw.left, &raw.right])?;
    for side in [&raw.left, &raw.right] {
        let whole = |kind: &DataType| kind.is_integer() || *kind == DataType::Null;
        if type_of(side, schema).is_some_and(|kind| !whole(&kind)) && !is_quoted(side) {
            return refused(
                "&、|、# 只能用于整数：小数请先取整 round(…)::int，条件请用 and、or",
                &[side],
            );
        }
    }
    Ok(())
}

/// The list in `list || null`: an unknown beside a list is a list to PostgreSQL, of which nothing is added, and a text
/// in quotes is read as a whole list. None where both are to be put together, which takes values of one kind.
fn alone(raw: &RawBinaryExpr, schema: &DFSchema) -> Result<Option<Expr>> {
    let (Some(left), Some(right)) = (type_of(&raw.left, schema), type_of(&raw.right, schema))
    else {
        return Ok(None);
    };
    let (list, other) = match (&left, &right) {
        (DataType::List(_), _) => (&raw.left, &raw.right),
        (_, DataType::List(_)) => (&raw.right, &raw.left),
        _ => return Ok(None),
    };
    if is_null(other) {
        return Ok(Some(list.clone()));
    }
    if is_quoted(other) {
        return refused(
            "数组旁边引号里的文字，不知道是一个值还是一个数组：请写 array['甲'] 或 '甲'::text",
            &[list],
        );
    }
    match clash(item(&left), item(&right)) {
        Some(said) => refused(&said, &[&raw.left, &raw.right]),
        None => Ok(None),
    }
}

/// A decimal beside a list of decimals takes the digits that these may have before the point; behind it both have as many.
fn as_wide_as_listed(raw: &mut RawBinaryExpr, schema: &DFSchema) -> Result<()> {
    use DataType::Decimal128;
    let kinds = [&raw.left, &raw.right].map(|side| type_of(side, schema));
    let (list, own, beside) = match kinds {
        [Some(DataType::List(list)), Some(own)] => (list, own, &mut raw.right),
        [Some(own), Some(DataType::List(list))] => (list, own, &mut raw.left),
        _ => return Ok(()),
    };
    match (list.data_type(), &own) {
        (Decimal128(wide, digits), Decimal128(narrow, own)) if digits == own && wide > narrow => {
            *beside = cast(std::mem::take(beside), list.data_type().clone());
        }
        (Decimal128(_, digits), Decimal128(_, own)) if digits == own => {}
        (Decimal128(..), number) | (number, Decimal128(..)) if number.is_numeric() => {
            return refused(LISTED, &[beside]);
        }
        _ => {}
    }
    Ok(())
}

/// What a list holds; any other type as it is.
pub(super) fn item(kind: &DataType) -> &DataType {
    match kind {
        DataType::List(field) => field.data_type(),
        own => own,
    }
}

/// `||` joins texts, and what stands beside a text.
fn joins_a_text(raw: &RawBinaryExpr, schema: &DFSchema) -> Result<()> {
    let (Some(left), Some(right)) = (type_of(&raw.left, schema), type_of(&raw.right, schema))
    else {
        return Ok(());
    };
    let joins = |kind: &DataType| is_text(kind) || *kind == DataType::Null || kind.is_nested();
    if joins(&left) || joins(&right) {
        return Ok(());
    }
    refused("|| 的两边至少要有一边是文字：请写 (…)::text || …", &[&raw.left, &raw.right])
}

fn computed(
    kind: Kind,
    mut raw: RawBinaryExpr,
    schema: &DFSchema,
) -> Result<PlannerResult<RawBinaryExpr>> {
    tells_a_type(&[&raw.left, &raw.right])?;
    raw.left = narrow(raw.left);
    raw.right = narrow(raw.right);
    // A parameter has no type yet; what is planned with one stays as DataFusion plans it.
    let (Some(left), Some(right)) = (type_of(&raw.left, schema), type_of(&raw.right, schema))
    else {
        return Ok(PlannerResult::Original(raw));
    };
    // A text in quotes takes the type of the number beside it.
    if left.is_numeric() && is_quoted(&raw.right) {
        raw.right = read_as(raw.right, &left)?;
        return computed(kind, raw, schema);
    }
    if right.is_numeric() && is_quoted(&raw.left) {
        raw.left = read_as(raw.left, &right)?;
        return computed(kind, raw, schema);
    }
    if left.is_numeric() && right.is_numeric() {
        return Ok(PlannerResult::Planned(arithmetic::plan(
            kind, raw.left, &left, raw.right, &right,
        )));
    }
    if let Some(read) = read_beside(kind, &raw, &left, &right)? {
        return computed(kind, read, schema);
    }
    days_and_spans(kind, raw, &left, &right)
}

/// A text in quotes beside a time or an interval: the other side's type where PostgreSQL takes one from another, and an
/// interval where a time is moved by it.
fn read_beside(
    kind: Kind,
    raw: &RawBinaryExpr,
    left: &DataType,
    right: &DataType,
) -> Result<Option<RawBinaryExpr>> {
    use DataType::{Date32, Interval, Timestamp};
    let (text, beside, is_left) = match (is_quoted(&raw.left), is_quoted(&raw.right)) {
        (true, false) => (&raw.left, right, true),
        (false, true) => (&raw.right, left, false),
        _ => return Ok(None),
    };
    let read = match (beside, kind) {
        (Date32 | Timestamp(..) | DataType::Time64(_) | Interval(_), Kind::Subtract) => {
            read_as(text.clone(), beside)?
        }
        (Timestamp(..) | DataType::Time64(_) | Interval(_), Kind::Add) => {
            read_as(text.clone(), &SPAN)?
        }
        (Date32, Kind::Add) => return refused(MOVED, &[&raw.left, &raw.right]),
        (Interval(_), Kind::Multiply) => read_as(text.clone(), &DataType::Float64)?,
        (Interval(_), Kind::Divide) if !is_left => read_as(text.clone(), &DataType::Float64)?,
        _ => return Ok(None),
    };
    let mut raw = raw.clone();
    *(if is_left { &mut raw.left } else { &mut raw.right }) = read;
    Ok(Some(raw))
}

const MOVED: &str =
    "日期加引号里的文字，不知道加的是什么：几天请写 日期 + 1，时长请写 日期 + interval '1 month'";

/// A `bigint` is no number of days, as in PostgreSQL.
const LONG: &str = "日期只能加减 integer 的天数，这里是 bigint：请写 (…)::int";

/// `date + 7`, `date - date`, `date + interval`.
fn days_and_spans(
    kind: Kind,
    mut raw: RawBinaryExpr,
    left: &DataType,
    right: &DataType,
) -> Result<PlannerResult<RawBinaryExpr>> {
    use DataType::{Date32, Int32, Interval, Timestamp};
    let moved = |day: Expr, days: Expr, of: &DataType| {
        let day = cast(day, Int32);
        conversions::day(cast(arithmetic::plan(kind, day, &Int32, days, of), Int32))
    };
    match (left, kind, right) {
        (Date32, Kind::Add | Kind::Subtract, DataType::Int64 | DataType::UInt64)
        | (DataType::Int64 | DataType::UInt64, Kind::Add, Date32) => {
            refused(LONG, &[&raw.left, &raw.right])
        }
        (Date32, Kind::Add | Kind::Subtract, whole) if whole.is_integer() => {
            Ok(PlannerResult::Planned(moved(raw.left, raw.right, right)))
        }
        (whole, Kind::Add, Date32) if whole.is_integer() => {
            Ok(PlannerResult::Planned(moved(raw.right, raw.left, left)))
        }
        (Date32, Kind::Subtract, Date32) => {
            let (left, right) = (cast(raw.left, Int32), cast(raw.right, Int32));
            Ok(PlannerResult::Planned(arithmetic::plan(kind, left, &Int32, right, &Int32)))
        }
        // What two times are apart: days and hours, as any other interval.
        (Date32 | Timestamp(..), Kind::Subtract, Date32 | Timestamp(..)) => {
            let moments = [left, right].iter().any(|kind| matches!(kind, Timestamp(_, Some(_))));
            let told = |value: Expr, kind: &DataType| match kind {
                Date32 if moments => conversions::start_of_day(value),
                Date32 => cast(value, WALL),
                // A wall clock beside a moment is a moment in Dongguan.
                Timestamp(_, None) if moments => conversions::moment(value),
                _ => value,
            };
            let (from, to) = (told(raw.right, right), told(raw.left, left));
            Ok(PlannerResult::Planned(times::apart(to, from)))
        }
        (Interval(_), Kind::Multiply, number) if is_number(number) => {
            Ok(PlannerResult::Planned(spans::times(raw.left, cast(raw.right, DataType::Float64))))
        }
        (number, Kind::Multiply, Interval(_)) if is_number(number) => {
            Ok(PlannerResult::Planned(spans::times(raw.right, cast(raw.left, DataType::Float64))))
        }
        (Interval(_), Kind::Divide, number) if is_number(number) => {
            Ok(PlannerResult::Planned(spans::part(raw.left, cast(raw.right, DataType::Float64))))
        }
        (Date32, Kind::Add | Kind::Subtract, Interval(_)) => {
            raw.left = cast(raw.left, WALL);
            Ok(PlannerResult::Original(raw))
        }
        (Interval(IntervalUnit::MonthDayNano), Kind::Add, Date32) => {
            raw.right = cast(raw.right, WALL);
            Ok(PlannerResult::Original(raw))
        }
        _ => Ok(PlannerResult::Original(raw)),
    }
}

/// True for a number, and for NULL, which may be one.
fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || *kind == DataType::Null
}

/// A time without a zone.
const WALL: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// What kind of value a type holds; values of different kinds are never compared or put side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Number,
    Text,
    /// Days and times of day.
    Time,
    Truth,
    /// Intervals, and what two times are apart.
    Span,
    Other,
}

/// The kind of a type; none for NULL, which goes with all.
pub(super) fn class(kind: &DataType) -> Option<Class> {
    Some(match kind {
        DataType::Null => return None,
        kind if kind.is_numeric() => Class::Number,
        kind if is_text(kind) => Class::Text,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Class::Time,
        DataType::Boolean => Class::Truth,
        DataType::Interval(_) | DataType::Duration(_) => Class::Span,
        _ => Class::Other,
    })
}

/// What is wrong with two types side by side; none where they go together.
pub(super) fn clash(left: &DataType, right: &DataType) -> Option<String> {
    if let (DataType::List(left), DataType::List(right)) = (left, right) {
        return clash(left.data_type(), right.data_type());
    }
    let (left, right) = (class(left)?, class(right)?);
    let both = |a, b| (left, right) == (a, b) || (left, right) == (b, a);
    let said = if left == right {
        return None;
    } else if both(Class::Time, Class::Number) {
        "日期和数字不能直接比较或并列：日期要加引号，写作 '2026-11-01'"
    } else if both(Class::Text, Class::Number) {
        "文字不能直接和数字比较或并列：请给数字加上引号，或把文字写成 cast(… as bigint)"
    } else if both(Class::Text, Class::Time) {
        "文字不能直接和日期或时间比较或并列：请把文字写成 cast(… as date)"
    } else {
        "不同类型的值不能直接比较或并列：请用 cast 换成同一类型"
    };
    Some(said.to_owned())
}

/// The refusal of two values side by side, with the place of the first column in them.
pub(super) fn refused<T>(said: &str, values: &[&Expr]) -> Result<T> {
    let mut place = None;
    for value in values {
        // The walk itself cannot fail.
        let _ = value.apply(|part| {
            if let Expr::Column(column) = part {
                place = place.or_else(|| column.spans.first());
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    Err(DataFusionError::Plan(said.to_owned()).with_diagnostic(Diagnostic::new_error(said, place)))
}

/// Both sides of a comparison, a text in quotes read as what it is compared with. A column of texts is never compared
/// with a number or a date: as texts, '9' is greater than '10'.
pub(super) fn comparable(
    left: Expr,
    right: Expr,
    kinds: [Option<DataType>; 2],
) -> Result<(Expr, Expr)> {
    let [Some(l), Some(r)] = kinds else {
        return Ok((left, right));
    };
    match (is_text(&l), is_text(&r)) {
        (true, false) if r != DataType::Null && is_quoted(&left) => Ok((read_as(left, &r)?, right)),
        (false, true) if l != DataType::Null && is_quoted(&right) => {
            Ok((left, read_as(right, &l)?))
        }
        _ if is_near(&l) || is_near(&r) => refused(ONLY_ROUNDED, &[&left, &right]),
        _ => match clash(&l, &r) {
            Some(said) => refused(&said, &[&left, &right]),
            None if float_beside(&l, &r) => Ok((left, cast(right, DataType::Float64))),
            None if float_beside(&r, &l) => Ok((cast(left, DataType::Float64), right)),
            // The wall clock of the two becomes a moment.
            None if is_wall(&l) => Ok((of_one_clock(left, &l, &r), right)),
            None if is_wall(&r) => Ok((left, of_one_clock(right, &r, &l))),
            None => Ok((left, right)),
        },
    }
}

/// Two numbers are compared as floats where one is a float, as in PostgreSQL; DataFusion would make it a decimal.
pub(super) fn float_beside(one: &DataType, other: &DataType) -> bool {
    one.is_floating() && matches!(other, DataType::Decimal128(..))
}

pub(super) fn is_wall(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, None))
}

/// A text in quotes as a value of another type.
pub(super) fn read_as(text: Expr, kind: &DataType) -> Result<Expr> {
    if is_quoted(&text) {
        return match kind {
            DataType::Decimal128(..) => numerals::of_quoted(text),
            DataType::Interval(_) => match &text {
                Expr::Literal(written, _) => {
                    spans::quoted(written.try_as_str().flatten().unwrap_or_default())
                }
                _ => Ok(text),
            },
            other => {
                readable(&text, other)?;
                Ok(cast(text, other.clone()))
            }
        };
    }
    match clash(&DataType::Utf8, kind) {
        Some(said) => refused(&said, &[&text]),
        None => Ok(text),
    }
}

pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

pub(super) fn is_quoted(value: &Expr) -> bool {
    matches!(
        value,
        Expr::Literal(
            ScalarValue::Utf8(Some(_))
                | ScalarValue::LargeUtf8(Some(_))
                | ScalarValue::Utf8View(Some(_)),
            _
        )
    )
}

/// True for a text in quotes and for NULL, which take the type of what stands beside them.
pub(super) fn is_unknown(value: &Expr) -> bool {
    is_quoted(value) || is_null(value)
}

fn is_null(value: &Expr) -> bool {
    matches!(value, Expr::Literal(ScalarValue::Null, _))
}

/// True for the operators that compare.
pub(super) fn compares(binary: &BinaryExpr) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(binary.op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}
