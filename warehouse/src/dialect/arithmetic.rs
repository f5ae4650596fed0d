//! `+ - * / %` on numbers, with PostgreSQL's types: whole numbers that run over are an error, a `quotient` of decimals
//! has PostgreSQL's digits.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array};
use arrow::compute::kernels::arity::try_binary;
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, i256};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
};

use super::span_sums::SPAN;
use super::{quotient, spans};

/// Decimals from which the values of a column show each as many as it has.
pub(super) const DECIMALS: i8 = quotient::ENDLESS;
/// Digits of a decimal.
const DIGITS: u8 = 38;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// A quotient of decimals even where both sides are whole: the second half of an average.
    Quotient,
    /// What a quotient has before its point, a decimal even of whole numbers.
    Whole,
}

const ALL: [Kind; 7] = [
    Kind::Add,
    Kind::Subtract,
    Kind::Multiply,
    Kind::Divide,
    Kind::Remainder,
    Kind::Quotient,
    Kind::Whole,
];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "plus",
            Self::Subtract => "minus",
            Self::Multiply => "times",
            Self::Divide => "divided_by",
            Self::Remainder => "mod",
            Self::Quotient => QUOTIENT,
            Self::Whole => "div",
        }
    }
}

/// The function that divides a sum by a count.
pub(super) const QUOTIENT: &str = "quotient";

static FUNCTIONS: LazyLock<Vec<Arc<ScalarUDF>>> =
    LazyLock::new(|| ALL.map(|kind| Arc::new(ScalarUDF::from(Arithmetic::new(kind)))).to_vec());

pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    FUNCTIONS.clone()
}

/// A call with both sides brought to one type of number.
pub(super) fn plan(
    kind: Kind,
    left: Expr,
    of_left: &DataType,
    right: Expr,
    of_right: &DataType,
) -> Expr {
    let (l, r) = sides(kind, of_left, of_right);
    let to = |side: Expr, from: &DataType, to: DataType| {
        if *from == to { side } else { cast(side, to) }
    };
    FUNCTIONS[kind as usize].call(vec![to(left, of_left, l), to(right, of_right, r)])
}

/// The types in which both sides are computed: two `integer`, two `bigint`, two floats, or two decimals.
fn sides(kind: Kind, left: &DataType, right: &DataType) -> (DataType, DataType) {
    use DataType::{Float64, Int32, Int64};
    if left.is_floating() || right.is_floating() {
        return (Float64, Float64);
    }
    if left.is_integer() && right.is_integer() && !matches!(kind, Kind::Quotient | Kind::Whole) {
        let short = |side: &DataType| {
            matches!(
                side,
                DataType::Int8 | DataType::Int16 | Int32 | DataType::UInt8 | DataType::UInt16
            )
        };
        return if short(left) && short(right) { (Int32, Int32) } else { (Int64, Int64) };
    }
    (as_decimal(left), as_decimal(right))
}

/// The decimal that holds a whole number of a type, or the decimal itself.
pub(super) fn as_decimal(kind: &DataType) -> DataType {
    match kind {
        DataType::Decimal128(..) => kind.clone(),
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Decimal128(10, 0),
        _ => DataType::Decimal128(20, 0),
    }
}

/// One of the operations, as a function of two numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    kind: Kind,
    signature: Signature,
}

impl Arithmetic {
    fn new(kind: Kind) -> Self {
        Self { kind, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [left, right] = given else {
            return datafusion::common::plan_err!("函数 {} 要两个数", self.name());
        };
        // The average of lengths of time.
        if self.kind == Kind::Quotient && *left == SPAN {
            return Ok(vec![SPAN, DataType::Float64]);
        }
        let number = |kind: &DataType| kind.is_numeric() || *kind == DataType::Null;
        if !number(left) || !number(right) {
            return datafusion::common::plan_err!("函数 {} 只能用于数", self.name());
        }
        let (left, right) = sides(self.kind, left, right);
        Ok(vec![left, right])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(match (&given[0], &given[1]) {
            (DataType::Decimal128(_, s1), DataType::Decimal128(_, s2))
                if !matches!(self.kind, Kind::Multiply | Kind::Divide | Kind::Quotient)
                    && (*s1 == quotient::NEAR || *s2 == quotient::NEAR) =>
            {
                return plan_err!("{}", quotient::ONLY_ROUNDED);
            }
            (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) => {
                let (precision, scale) = result(self.kind, (*p1, *s1), (*p2, *s2));
                DataType::Decimal128(precision, scale)
            }
            (kind, _) => kind.clone(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        if *args.return_field.data_type() == SPAN {
            return spans::divided(&args.args);
        }
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let [left, right] = &sides[..] else { return internal_err!("two numbers") };
        let answer = compute(self.kind, left, right, args.return_field.data_type())?;
        Ok(if alone {
            ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&answer, 0)?)
        } else {
            ColumnarValue::Array(answer)
        })
    }
}

/// Digits and decimals of a result of two decimals.
fn result(kind: Kind, (p1, s1): (u8, i8), (p2, s2): (u8, i8)) -> (u8, i8) {
    let most = s1.max(s2);
    let whole = |precision: u8, scale: i8| precision.saturating_sub(scale.unsigned_abs());
    match kind {
        Kind::Add | Kind::Subtract => {
            let digits = whole(p1, s1).max(whole(p2, s2)) + most.unsigned_abs() + 1;
            (digits.min(DIGITS), most)
        }
        // More decimals tell quotients.
        Kind::Multiply if p1 + p2 <= DIGITS && s1 + s2 <= quotient::MOST => (p1 + p2, s1 + s2),
        Kind::Multiply => quotient::of_product(s1, s2),
        Kind::Divide | Kind::Quotient => quotient::of((p1, s1), (p2, s2)),
        Kind::Remainder => (DIGITS.min(p1.max(p2) + most.unsigned_abs()), most),
        Kind::Whole => (DIGITS, 0),
    }
}

fn compute(
    kind: Kind,
    left: &ArrayRef,
    right: &ArrayRef,
    to: &DataType,
) -> Result<ArrayRef, ArrowError> {
    match (left.data_type(), to) {
        (DataType::Decimal128(..), DataType::Decimal128(precision, scale)) => {
            let (l, r) =
                (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
            decimals(kind, l, r, *precision, *scale)
        }
        (DataType::Float64, _) => {
            floats(kind, left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>())
        }
        _ => match kind {
            Kind::Add => numeric::add(left, right),
            Kind::Subtract => numeric::sub(left, right),
            Kind::Multiply => numeric::mul(left, right),
            Kind::Remainder => numeric::rem(left, right),
            Kind::Divide | Kind::Quotient | Kind::Whole => numeric::div(left, right),
        },
    }
}

fn floats(kind: Kind, left: &Float64Array, right: &Float64Array) -> Result<ArrayRef, ArrowError> {
    let answer: Float64Array = try_binary(left, right, |l: f64, r: f64| {
        if matches!(kind, Kind::Divide | Kind::Quotient) && r == 0.0 {
            return Err(ArrowError::DivideByZero);
        }
        let value = match kind {
            Kind::Add => l + r,
            Kind::Subtract => l - r,
            Kind::Multiply => l * r,
            Kind::Divide | Kind::Quotient => l / r,
            // Refused where types are settled.
            Kind::Remainder | Kind::Whole => return Err(of_floats()),
        };
        if value.is_infinite() && l.is_finite() && r.is_finite() { Err(over()) } else { Ok(value) }
    })?;
    Ok(Arc::new(answer))
}

fn decimals(
    kind: Kind,
    left: &Decimal128Array,
    right: &Decimal128Array,
    precision: u8,
    scale: i8,
) -> Result<ArrayRef, ArrowError> {
    let (s1, s2) = (left.scale(), right.scale());
    let up = |by: i8| 10_i128.checked_pow(u32::from(by.unsigned_abs())).ok_or_else(over);
    let common = s1.max(s2);
    let (l_up, r_up) = (up(common - s1)?, up(common - s2)?);
    let aligned = |l: i128, r: i128| Some((l.checked_mul(l_up)?, r.checked_mul(r_up)?));
    let end = 10_i128.pow(u32::from(DIGITS));
    let answer: Decimal128Array = try_binary(left, right, |l: i128, r: i128| {
        let value = match kind {
            Kind::Add => aligned(l, r).and_then(|(l, r)| l.checked_add(r)),
            Kind::Subtract => aligned(l, r).and_then(|(l, r)| l.checked_sub(r)),
            Kind::Remainder | Kind::Whole if r == 0 => return Err(ArrowError::DivideByZero),
            Kind::Remainder => aligned(l, r).map(|(l, r)| l % r),
            Kind::Whole => aligned(l, r).map(|(l, r)| l / r),
            Kind::Multiply if s1 + s2 == scale => l.checked_mul(r),
            Kind::Multiply => Some(product(l, r, s1 + s2, scale)?),
            Kind::Divide | Kind::Quotient => Some(quotient::exact((l, s1), (r, s2), scale)?),
        };
        value.filter(|value| value.abs() < end).ok_or_else(over)
    })?;
    Ok(Arc::new(answer.with_precision_and_scale(precision, scale)?))
}

/// A product that has `own` decimals at `scale`: as it is, or an error where it has more.
fn product(l: i128, r: i128, own: i8, scale: i8) -> Result<i128, ArrowError> {
    if let Some(plain) = l.checked_mul(r) {
        return quotient::brought(plain, own.into(), scale);
    }
    let wide = i256::from_i128(l).wrapping_mul(i256::from_i128(r));
    let unit = quotient::wide_power(i32::from(own.saturating_sub(scale))).ok_or_else(over)?;
    if own < scale {
        return Err(over());
    }
    if scale != quotient::NEAR && wide.wrapping_rem(unit) != i256::ZERO {
        return Err(quotient::too_fine());
    }
    quotient::wide_quotient(wide, unit).and_then(i256::to_i128).ok_or_else(over)
}

/// `a × b ÷ by`, rounded half away from zero; none where it does not fit.
pub(super) fn rounded_quotient(a: i128, b: i128, by: i128) -> Option<i128> {
    if let Some(product) = a.checked_mul(b) {
        let (quotient, rest) = (product / by, product % by);
        let away = rest.unsigned_abs() >= by.unsigned_abs() - rest.unsigned_abs();
        let step = if (product < 0) == (by < 0) { 1 } else { -1 };
        return if rest != 0 && away { quotient.checked_add(step) } else { Some(quotient) };
    }
    let product = i256::from_i128(a).checked_mul(i256::from_i128(b))?;
    let divisor = i256::from_i128(by);
    let (quotient, rest) = (product.checked_div(divisor)?, product.checked_rem(divisor)?);
    let away = rest.wrapping_abs() >= divisor.wrapping_abs().checked_sub(rest.wrapping_abs())?;
    let step =
        if product.is_negative() == divisor.is_negative() { i256::ONE } else { i256::MINUS_ONE };
    let rounded = if away { quotient.checked_add(step)? } else { quotient };
    rounded.to_i128()
}

fn of_floats() -> ArrowError {
    ArrowError::ComputeError("no remainder and no whole part of floats".to_owned())
}

fn over() -> ArrowError {
    ArrowError::ArithmeticOverflow("a decimal of more than 38 digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        for (a, b, by, want) in [
            (5, 1, 2, 3),
            (-5, 1, 2, -3),
            (5, 1, -2, -3),
            (4, 1, 3, 1),
            (-4, 1, 3, -1),
            (0, 7, 3, 0),
            (7, 3, 1, 21),
            (i128::MAX, 10, 10, i128::MAX),
            (i128::MAX, 4, 8, i128::MAX / 2 + 1),
        ] {
            assert_eq!(rounded_quotient(a, b, by), Some(want), "{a} * {b} / {by}");
        }
        assert_eq!(rounded_quotient(i128::MAX, 2, 1), None);
    }
}
