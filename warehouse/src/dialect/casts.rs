//! Casts as PostgreSQL does them, once all types are known.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF, cast};
use datafusion::optimizer::AnalyzerRule;

use super::arithmetic::DECIMALS;
use super::cut::{Towards, cut};
use super::existence::may_be_none;
use super::kept::{keeps_order, kept};
use super::legible::{legible, legible_day, legible_truth, without_zone};
use super::operators::{Class, class, is_text, refused};
use super::quotient::{self, is_near};
use super::{conversions, numerals, rules, times};

/// Runs after types are brought together, so that it sees the casts of that too.
#[derive(Debug)]
pub(super) struct PostgresCasts;

impl AnalyzerRule for PostgresCasts {
    fn name(&self) -> &str {
        "postgres_casts"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, |node, schema: &DFSchema| match node {
            Expr::Cast(Cast { expr, field }) => {
                let from = expr.get_type(schema)?;
                let to = field.data_type().clone();
                if let Some(said) = unwritable(&from, &to) {
                    return refused(said, &[&expr]);
                }
                // Rounded where its last digits do not matter.
                if is_near(&from)
                    && let Some(places) = places(&to)
                {
                    return Ok(Transformed::yes(kept(cast(
                        cut(*expr, Towards::Nearest, places),
                        to,
                    ))));
                }
                if let DataType::Decimal128(_, scale) = to
                    && (from.is_floating() || is_text(&from))
                {
                    return Ok(Transformed::yes(kept(cast(numerals::decimal(*expr, scale), to))));
                }
                Ok(match meant(&from, &to) {
                    Some(how) => {
                        let value = how.call(vec![*expr]);
                        let done = value.get_type(schema)? == to;
                        Transformed::yes(if done { value } else { cast(value, to) })
                    }
                    None if keeps_order(&from, &to) => {
                        Transformed::no(Expr::Cast(Cast { expr, field }))
                    }
                    None => Transformed::yes(kept(Expr::Cast(Cast { expr, field }))),
                })
            }
            // DataFusion takes a column that is never NULL for a subquery that never is.
            Expr::ScalarSubquery(one) if may_be_none(&one) => {
                Ok(Transformed::yes(kept(Expr::ScalarSubquery(one))))
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

/// The decimals of an exact number that a near one is made.
fn places(to: &DataType) -> Option<i8> {
    match to {
        DataType::Decimal128(_, quotient::NEAR) => None,
        DataType::Decimal128(_, scale) => Some(*scale),
        whole if whole.is_integer() => Some(0),
        _ => None,
    }
}

/// PostgreSQL writes a quotient with as many digits as it finds fit; which ones, no type tells.
fn unwritable(from: &DataType, to: &DataType) -> Option<&'static str> {
    if matches!(to, DataType::List(_)) && !from.is_nested() && !from.is_null() {
        return Some("文字和单个值不能换成数组：请写 array[甲, 乙]");
    }
    if is_text(to) && matches!(from, DataType::List(_) | DataType::LargeList(_)) {
        return Some("数组不能写成文字：请用 array_to_string(…, ',') 或 string_agg(…)");
    }
    if let (DataType::List(own), DataType::List(wanted)) = (from, to) {
        let (own, wanted) = (own.data_type(), wanted.data_type());
        let cut = !wanted.is_floating() && !keeps_order(own, wanted);
        let number = own.is_floating() || matches!(own, DataType::Decimal128(..));
        if number && cut && wanted.is_numeric() {
            return Some("数组里的小数不能一起取整：请先对每个值取整 round(…)，再写成数组");
        }
        return is_otherwise(own, wanted).then_some(
            "数组里的值不能一起换成这种类型：请先逐个换算，再写成数组，例如 array[(…)::text]、array_agg((…)::text)",
        );
    }
    let endless = matches!(from, DataType::Decimal128(_, scale) if *scale >= DECIMALS);
    (endless && is_text(to))
        .then_some("除法、平均数和 numeric 的小数位数不定，写成文字前请先取整：round(…, 2)")
}

/// True where the values of a list, of which arrow makes others in its own way, are made more than numbers of a wider
/// type: to nothing of that is done what is done to a value by itself, and its size is charged to nobody. Of texts arrow
/// reads whole numbers as PostgreSQL does.
fn is_otherwise(own: &DataType, wanted: &DataType) -> bool {
    let is_wider = || own.is_integer() && wanted.is_numeric() || keeps_order(own, wanted);
    let same = own == wanted || is_text(own) && is_text(wanted) || own.is_null();
    let number = own.is_numeric() && wanted.is_numeric() && is_wider();
    !(same || number || is_text(own) && wanted.is_integer())
}

/// Refuses a cast that a person has written and PostgreSQL does not know.
pub(super) fn admit(value: &Expr, from: &DataType, to: &DataType) -> Result<()> {
    if matches!(to, DataType::Decimal128(_, scale) if *scale > quotient::MOST) {
        return refused("numeric 的小数位数最多 20 位", &[value]);
    }
    let (Some(own), Some(wanted)) = (class(from), class(to)) else { return Ok(()) };
    let said = match (own, wanted) {
        (own, wanted) if own == wanted => return Ok(()),
        (Class::Text, _) | (_, Class::Text) => return Ok(()),
        // An `integer` is a truth, a `bigint` is none; a number that is written has no type of its own yet.
        (Class::Number, Class::Truth) if *from == DataType::Int32 => return Ok(()),
        (Class::Number, Class::Truth)
            if from.is_integer() && matches!(value, Expr::Literal(..)) =>
        {
            return Ok(());
        }
        (Class::Truth, Class::Number) if *to == DataType::Int32 => return Ok(()),
        (Class::Number, Class::Time) => {
            "数字不能换算成日期：年月请写 to_date(bill_period::text, 'YYYYMM') 或 make_date(年, 月, 日)"
        }
        (Class::Time, Class::Number) => {
            "日期不能换算成数字：请写 to_char(…, 'YYYYMMDD')::int 或 extract(… from …)"
        }
        // A day or moment has a time of the day.
        (Class::Time, Class::Other) | (Class::Other, Class::Span) => return Ok(()),
        _ => "这两种值之间不能换算",
    };
    refused(said, &[value])
}

/// Refuses a text in quotes that tells no value of the type that it takes: PostgreSQL reads it once, before any row asks
/// for it.
pub(super) fn readable(text: &Expr, to: &DataType) -> Result<()> {
    let Expr::Literal(written, _) = text else { return Ok(()) };
    let Some(written) = written.try_as_str().flatten() else { return Ok(()) };
    let told = match to {
        DataType::Date32 => legible_day(written),
        DataType::Timestamp(_, None) => without_zone(&legible(written)),
        DataType::Timestamp(..) => legible(written),
        kind if kind.is_floating() => {
            conversions::float_of(written)?;
            return Ok(());
        }
        DataType::Boolean => legible_truth(written),
        kind if kind.is_integer() => written.to_owned(),
        _ => return Ok(()),
    };
    ScalarValue::from(told).cast_to(to)?;
    Ok(())
}

/// The function that a value goes through before it is cast.
fn meant(from: &DataType, to: &DataType) -> Option<&'static ScalarUDF> {
    use DataType::{Decimal128, Decimal256, Duration, Interval, Timestamp};
    match (from, to) {
        // Rounded, not cut.
        (Decimal128(_, 1..), whole) if whole.is_integer() => Some(&WHOLE),
        (from, whole) if from.is_floating() && whole.is_integer() => Some(&WHOLE),
        (Timestamp(_, Some(_)), Timestamp(_, None)) => Some(&conversions::WALL),
        (text, DataType::Boolean) if is_text(text) => Some(&TRUTH_TEXT),
        (text, DataType::Date32) if is_text(text) => Some(&CALENDAR_TEXT),
        (text, Timestamp(_, None)) if is_text(text) => Some(&WALL_TEXT),
        (text, DataType::Time64(_)) if is_text(text) => Some(times::clock()),
        (DataType::Time64(_), text) if is_text(text) => Some(times::clock_text()),
        (text, Timestamp(_, Some(_))) if is_text(text) => Some(&TIME_TEXT),
        (Timestamp(..), text) if is_text(text) => Some(&WRITTEN),
        (DataType::Date32, text) if is_text(text) => Some(&DAY_TEXT),
        (Interval(_) | Duration(_), text) if is_text(text) => Some(&SPAN_TEXT),
        (float, text) if float.is_floating() && is_text(text) => Some(&FLOAT_TEXT),
        (text, float) if float.is_floating() && is_text(text) => Some(&FLOAT_OF),
        (Decimal128(..) | Decimal256(..), float) if float.is_floating() => Some(&NEAREST),
        _ => None,
    }
}

/// A float without decimals.
pub(super) fn whole(value: Vec<Expr>) -> Expr {
    WHOLE.call(value)
}

static TRUTH_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::TruthText::new()));
static WALL_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::WallText::new()));
static CALENDAR_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::CalendarText::new()));
static TIME_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::TimeText::new()));
static WHOLE: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(conversions::Whole::new()));
static SPAN_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::SpanText::new()));
static FLOAT_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::FloatText::new()));
static FLOAT_OF: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::FloatOf::new()));
static NEAREST: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::Nearest::new()));
static DAY_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::DayText::new()));
static WRITTEN: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::Written::new()));
