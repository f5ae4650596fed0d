//! What a value goes through on its way to another type: numbers are rounded, moments are told in Dongguan's time.

use std::sync::{Arc, LazyLock};

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, StringArray,
};
use arrow::compute::{cast, kernels::arity::try_unary};
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int32Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use chrono::DateTime;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::ZONE;
use super::cut::nearest;
use super::legible::{legible, legible_day, legible_truth, without_zone};
use super::zones::AtTimeZone;
use crate::blanks::unpadded;
use crate::{Value, clock, float, span};

/// Dongguan is eight hours ahead of UTC.
pub(super) const AHEAD_MICROS: i64 = 8 * 3_600 * 1_000_000;
pub(super) const MICROS: TimeUnit = TimeUnit::Microsecond;

static FUNCTIONS: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
    vec![
        Arc::new(ScalarUDF::from(AtTimeZone::new())),
        Arc::new(ScalarUDF::from(Signed::new())),
        Arc::new(ScalarUDF::from(Named(Signature::any(2, Volatility::Immutable)))),
    ]
});

/// Those that a statement is rewritten to; the others come in while casts are looked at.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    FUNCTIONS.clone()
}

/// A function of one value, for [`ScalarUDFImpl`].
macro_rules! of_one_value {
    ($(#[$doc:meta])* $name:ident, $called:expr, $returns:expr, $how:expr) => {
        $(#[$doc])*
        #[derive(Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name(Signature);

        impl $name {
            pub(super) fn new() -> Self {
                Self(Signature::any(1, Volatility::Immutable))
            }
        }

        impl ScalarUDFImpl for $name {
            fn name(&self) -> &str {
                $called
            }

            fn signature(&self) -> &Signature {
                &self.0
            }

            fn return_type(&self, given: &[DataType]) -> Result<DataType> {
                let returns: fn(&DataType) -> DataType = $returns;
                Ok(returns(&given[0]))
            }

            fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
                let how: fn(&ArrayRef) -> Result<ArrayRef> = $how;
                on_one(&args.args[0], how)
            }
        }
    };
}

of_one_value!(
    /// A number without decimals: decimals are rounded half away from zero, floats to the even neighbour.
    Whole, "whole", whole_type, whole
);
of_one_value!(
    /// The wall clock of a moment in Dongguan.
    Wall, "wall_clock", |_| DataType::Timestamp(MICROS, None), wall
);
of_one_value!(
    /// The moment at which a wall clock in Dongguan shows this; a moment as it is.
    Moment, "moment", |_| DataType::Timestamp(MICROS, Some(ZONE.into())), |walls| {
        let is_moment = matches!(walls.data_type(), DataType::Timestamp(_, Some(_)));
        let by = if is_moment { 0 } else { -AHEAD_MICROS };
        Ok(Arc::new(moved(walls, by)?.with_timezone(ZONE)))
    }
);
of_one_value!(
    /// A moment or wall clock as PostgreSQL writes it.
    Written, "written", |_| DataType::Utf8, written
);

of_one_value!(
    /// A day as PostgreSQL writes it, of years beyond 9999 too.
    DayText, "day_text", |_| DataType::Utf8, |days| Ok(Arc::new(Value::texts(days)?))
);

of_one_value!(
    /// A span of time as PostgreSQL writes it.
    SpanText, "span_text", |_| DataType::Utf8, |spans| match span::texts(spans)? {
        Some(texts) => Ok(Arc::new(texts)),
        None => exec_err!("这种值不是时长"),
    }
);

of_one_value!(
    /// A float as PostgreSQL writes it.
    FloatText, "float_text", |_| DataType::Utf8, |floats| match float::texts(floats)? {
        Some(texts) => Ok(Arc::new(texts)),
        None => exec_err!("这种值不是小数"),
    }
);

of_one_value!(
    /// The float nearest to a decimal.
    Nearest, "nearest_float", |_| DataType::Float64, |decimals| match float::nearest(decimals) {
        Some(floats) => Ok(Arc::new(floats)),
        None => exec_err!("这种值不是小数"),
    }
);

of_one_value!(
    /// The seconds of a span, as PostgreSQL counts months and years, or of a moment or day since 1970.
    Seconds, "seconds", |_| DataType::Decimal128(24, 6), |values| match span::seconds(values)? {
        Some(seconds) => Ok(Arc::new(seconds)),
        None => {
            let seconds: Decimal128Array = micros(values)?.unary(i128::from);
            Ok(Arc::new(seconds.with_precision_and_scale(24, 6)?))
        }
    }
);

of_one_value!(
    /// A text that tells a day or a moment, in the one form that arrow reads: `2026/11/27 10:00` too.
    TimeText, "time_text", |_| DataType::Utf8, |texts| each_text(texts, legible)
);
of_one_value!(
    /// The same for a day.
    CalendarText, "calendar_text", |_| DataType::Utf8, |texts| each_text(texts, legible_day)
);
of_one_value!(
    /// The same for a wall clock: PostgreSQL passes over a zone that is written behind it.
    WallText, "wall_text", |_| DataType::Utf8, |texts| each_text(texts, |text| without_zone(&legible(text)))
);

of_one_value!(
    /// A text that tells a truth, in the form that arrow reads.
    TruthText, "truth_text", |_| DataType::Utf8, |texts| each_text(texts, legible_truth)
);

of_one_value!(
    /// A day out of its number since 1970, from the year 1 to the year 9999.
    Day, "day", |_| DataType::Date32, |numbers| {
        let day = |number: i32| {
            let in_range = DAYS.contains(&number);
            in_range.then_some(number).ok_or_else(|| {
                ArrowError::ArithmeticOverflow("a day out of range".to_owned())
            })
        };
        let days: Date32Array = try_unary(numbers.as_primitive::<Int32Type>(), day)?;
        Ok(Arc::new(days))
    }
);

of_one_value!(
    /// A float out of its text; PostgreSQL knows none that is too large or too small.
    FloatOf, "float_of", |_| DataType::Float64, |texts| {
        let texts = cast(texts, &DataType::Utf8)?;
        let float = |text: Option<&str>| text.map(float_of).transpose();
        let floats: Float64Array =
            texts.as_string::<i32>().iter().map(float).collect::<Result<_, ArrowError>>()?;
        Ok(Arc::new(floats))
    }
);

pub(super) fn float_of(text: &str) -> Result<f64, ArrowError> {
    let wrong = || ArrowError::ComputeError(format!("“{text}”不是数值"));
    let float: f64 = unpadded(text).parse().map_err(|_| wrong())?;
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let lost = float == 0.0 && digits.contains(|letter: char| matches!(letter, '1'..='9'));
    let written = text.contains(|letter: char| letter.is_ascii_digit());
    if lost || written && float.is_infinite() {
        return Err(ArrowError::ArithmeticOverflow("a float out of range".to_owned()));
    }
    Ok(float)
}

/// The first and last day of years 1 and 9999.
pub(super) const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

static MOMENT: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Moment::new()));
pub(super) static WALL: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Wall::new()));

/// A wall clock beside a moment, and a moment beside a wall clock, where they are of different kinds: what DataFusion
/// makes of the one keeps the digits of the other, eight hours off.
pub(super) fn of_one_clock(value: Expr, own: &DataType, beside: &DataType) -> Expr {
    match (own, beside) {
        (DataType::Timestamp(_, None), DataType::Timestamp(_, Some(_))) => MOMENT.call(vec![value]),
        (DataType::Timestamp(_, Some(_)), DataType::Timestamp(_, None)) => WALL.call(vec![value]),
        _ => value,
    }
}

/// True for a wall clock and a moment.
pub(super) fn are_of_two_clocks(one: &DataType, other: &DataType) -> bool {
    use DataType::Timestamp;
    matches!(
        (one, other),
        (Timestamp(_, None), Timestamp(_, Some(_))) | (Timestamp(_, Some(_)), Timestamp(_, None))
    )
}

/// The moment at which a wall clock in Dongguan shows this.
pub(super) fn moment(wall: Expr) -> Expr {
    MOMENT.call(vec![wall])
}

/// The moment at which a day begins in Dongguan.
pub(super) fn start_of_day(day: Expr) -> Expr {
    MOMENT.call(vec![datafusion::logical_expr::cast(day, DataType::Timestamp(MICROS, None))])
}

static SECONDS: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Seconds::new()));

/// `extract(epoch from …)`: DataFusion's is a float, and none where a span is longer than 292 years.
pub(super) fn seconds(span: Expr) -> Expr {
    SECONDS.call(vec![span])
}

static DAY: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Day::new()));

/// The day of a number.
pub(super) fn day(number: Expr) -> Expr {
    DAY.call(vec![number])
}

fn each_text(texts: &ArrayRef, how: fn(&str) -> String) -> Result<ArrayRef> {
    let texts = cast(texts, &DataType::Utf8)?;
    let written = texts.as_string::<i32>().iter().map(|text| text.map(how));
    Ok(Arc::new(written.collect::<StringArray>()))
}

of_one_value!(
    /// A count as a `bigint`.
    Signed, SIGNED, |_| DataType::Int64, |counts| Ok(cast(counts, &DataType::Int64)?)
);

/// The function that makes a `bigint` of DataFusion's counts, which have no sign.
pub(super) const SIGNED: &str = "signed";

/// What a function makes of one value or of a column of them.
pub(super) fn on_one(
    value: &ColumnarValue,
    how: impl Fn(&ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    Ok(match value {
        ColumnarValue::Array(values) => ColumnarValue::Array(how(values)?),
        ColumnarValue::Scalar(value) => {
            let answer = how(&value.to_array()?)?;
            ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)
        }
    })
}

fn whole_type(from: &DataType) -> DataType {
    match from {
        DataType::Decimal128(..) => DataType::Decimal128(38, 0),
        _ => DataType::Float64,
    }
}

fn whole(values: &ArrayRef) -> Result<ArrayRef> {
    if let DataType::Decimal128(_, scale) = values.data_type() {
        let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
        let decimals = values.as_primitive::<Decimal128Type>();
        let rounded: Decimal128Array = decimals.unary(|value| nearest(value, unit));
        return Ok(Arc::new(rounded.with_precision_and_scale(38, 0)?));
    }
    let floats = cast(values, &DataType::Float64)?;
    let rounded: Float64Array = floats.as_primitive::<Float64Type>().unary(f64::round_ties_even);
    Ok(Arc::new(rounded))
}

/// The microseconds of moments or wall clocks of any unit.
fn micros(values: &ArrayRef) -> Result<TimestampMicrosecondArray> {
    let zone = match values.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = cast(values, &DataType::Timestamp(MICROS, zone))?;
    Ok(micros.as_primitive::<TimestampMicrosecondType>().clone())
}

pub(super) fn moved(values: &ArrayRef, by: i64) -> Result<TimestampMicrosecondArray> {
    let over = || ArrowError::ArithmeticOverflow("a time out of range".to_owned());
    let moved: TimestampMicrosecondArray =
        try_unary(&micros(values)?, |at: i64| at.checked_add(by).ok_or_else(over))?;
    Ok(moved.with_timezone_opt(None::<String>))
}

fn wall(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(Arc::new(moved(values, AHEAD_MICROS)?))
}

fn written(values: &ArrayRef) -> Result<ArrayRef> {
    let zoned = matches!(values.data_type(), DataType::Timestamp(_, Some(_)));
    let walls = if zoned { moved(values, AHEAD_MICROS)? } else { micros(values)? };
    let write = if zoned { clock::moment } else { clock::wall };
    let text = |at: Option<i64>| Some(write(DateTime::from_timestamp_micros(at?)?.naive_utc()));
    Ok(Arc::new(walls.iter().map(text).collect::<StringArray>()))
}

/// The function that gives a cast a name of its own.
pub(super) const NAMED: &str = "named_cast";

/// A value, under a name that its second argument is part of. Goes away as soon as names are settled.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Named(Signature);

impl ScalarUDFImpl for Named {
    fn name(&self) -> &str {
        NAMED
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given[0].clone())
    }

    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Simplified(args.swap_remove(0)))
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(args.args.swap_remove(0))
    }
}
