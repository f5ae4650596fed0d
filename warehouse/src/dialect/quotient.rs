//! Quotients with the digits that PostgreSQL gives them: at least sixteen that count, the more decimals the smaller the
//! value, each value its own. A column holds them all at one scale that is wide enough; what it cannot hold exactly is
//! an error and never another number.
//!
//! How many decimals PostgreSQL keeps depends on how many the two sides show, and of a value that was divided before no
//! type tells that. So what is divided twice is only [`NEAR`] PostgreSQL's: it may be shown, and rounded where it does
//! not lie in the middle, but not compared.

use arrow::datatypes::{DataType, i256};
use arrow::error::ArrowError;

/// Decimals from which the values of a column show each as many as it has.
pub(super) const ENDLESS: i8 = 16;
/// Decimals of quotients.
const WIDE: i8 = 24;
/// Decimals of a `numeric` of which a person says no digits.
pub(super) const PLAIN: i8 = WIDE;
/// Decimals of a part of a large whole.
const WIDEST: i8 = 28;
/// Decimals of what is divided twice; no other type has as many.
pub(super) const NEAR: i8 = 26;
/// The most decimals that a person may ask for; more tell quotients.
pub(super) const MOST: i8 = 20;
/// Digits of a decimal.
const DIGITS: u8 = 38;

/// True for what PostgreSQL has with other last digits.
pub(super) fn is_near(kind: &DataType) -> bool {
    matches!(kind, DataType::Decimal128(_, NEAR))
}

/// Digits and decimals of a quotient.
pub(super) fn of((p1, s1): (u8, i8), (p2, s2): (u8, i8)) -> (u8, i8) {
    let whole = p2.saturating_sub(s2.unsigned_abs());
    let scale = match s1.max(s2) {
        ENDLESS.. => NEAR,
        _ if p1 <= 18 && whole > 10 => WIDEST,
        _ => WIDE,
    };
    (DIGITS, scale)
}

/// Digits and decimals of a product of more than 38 digits.
pub(super) fn of_product(s1: i8, s2: i8) -> (u8, i8) {
    let scale = match s1.max(s2) {
        _ if s1 == NEAR || s2 == NEAR => NEAR,
        most @ (WIDE | WIDEST) => most,
        _ if s1 + s2 <= ENDLESS => s1 + s2,
        _ => WIDE,
    };
    (DIGITS, scale)
}

/// The scale of values of several scales: what is near stays near.
pub(super) fn together(one: i8, other: i8) -> i8 {
    if one == NEAR || other == NEAR { NEAR } else { one.max(other) }
}

/// The quotient of two decimals at PostgreSQL's scale, brought to `scale`.
///
/// # Errors
/// The divisor is nothing, the quotient is too large, or has more decimals than `scale`.
pub(super) fn exact(
    (l, s1): (i128, i8),
    (r, s2): (i128, i8),
    scale: i8,
) -> Result<i128, ArrowError> {
    if r == 0 {
        return Err(ArrowError::DivideByZero);
    }
    if l == 0 {
        return Ok(0);
    }
    // Of what was divided before the decimals that are there count.
    let shown =
        |value: i128, scale: i8| if scale < ENDLESS { scale } else { decimals(value, scale) };
    let own = div_scale(place(l, s1), place(r, s2)).max(shown(l, s1).max(shown(r, s2)).into());
    let by = own + i32::from(s2) - i32::from(s1);
    brought(rounded(l, r, by)?, own, scale)
}

/// A value of `own` decimals at `scale`; a near one rounded, any other exactly.
pub(super) fn brought(value: i128, own: i32, scale: i8) -> Result<i128, ArrowError> {
    let more = i32::from(scale) - own;
    if more >= 0 {
        let value = power(more).and_then(|up| value.checked_mul(up));
        return value.filter(|value| value.unsigned_abs() < 10_u128.pow(38)).ok_or_else(over);
    }
    let unit = power(-more).ok_or_else(over)?;
    if scale == NEAR {
        return Ok(super::cut::nearest(value, unit));
    }
    if value % unit == 0 { Ok(value / unit) } else { Err(too_fine()) }
}

/// `l × 10^by ÷ r`, rounded half away from zero.
fn rounded(l: i128, r: i128, by: i32) -> Result<i128, ArrowError> {
    let lift = |value: i128| power(by.abs()).and_then(|up| value.checked_mul(up));
    let (narrow_l, narrow_r) = if by >= 0 { (lift(l), Some(r)) } else { (Some(l), lift(r)) };
    if let (Some(l), Some(r)) = (narrow_l, narrow_r) {
        return super::arithmetic::rounded_quotient(l, 1, r).ok_or_else(over);
    }
    let wide = |value: i128, lifted: bool| {
        let value = i256::from_i128(value);
        if lifted { value.checked_mul(wide_power(by.abs())?) } else { Some(value) }
    };
    let (l, r) = (wide(l, by >= 0).ok_or_else(over)?, wide(r, by < 0).ok_or_else(over)?);
    wide_quotient(l, r).and_then(i256::to_i128).ok_or_else(over)
}

/// `l ÷ r`, rounded half away from zero.
pub(super) fn wide_quotient(l: i256, r: i256) -> Option<i256> {
    let (quotient, rest) = (l.checked_div(r)?, l.checked_rem(r)?);
    let away = rest != i256::ZERO
        && rest.checked_abs()? >= r.checked_abs()?.checked_sub(rest.checked_abs()?)?;
    let step = if l.is_negative() == r.is_negative() { i256::ONE } else { i256::MINUS_ONE };
    if away { quotient.checked_add(step) } else { Some(quotient) }
}

/// Where a value begins, in PostgreSQL's digits of ten thousand: the weight of the first and the first itself.
pub(super) type Place = (i32, i128);

fn place(value: i128, scale: i8) -> Place {
    let value = value.unsigned_abs();
    let Some(log) = value.checked_ilog10() else { return (0, 0) };
    let weight = (log.cast_signed() - i32::from(scale)).div_euclid(4);
    let by = i32::from(scale) + 4 * weight;
    let unit = 10_u128.pow(by.unsigned_abs());
    let first = if by >= 0 { value / unit } else { value * unit };
    (weight, first.cast_signed())
}

/// The same for a value of more digits.
pub(super) fn wide_place(value: i256, scale: i32) -> Place {
    let digits = value.to_string();
    let digits = digits.trim_start_matches('-');
    let log = i32::try_from(digits.len()).unwrap_or(i32::MAX) - 1;
    let weight = (log - scale).div_euclid(4);
    let many = usize::try_from(log - scale - 4 * weight + 1).unwrap_or(1);
    let first = format!("{digits:0<many$}")[..many].parse().unwrap_or(0);
    (weight, first)
}

/// PostgreSQL's `select_div_scale`, before the decimals that the two sides show.
pub(super) fn div_scale((w1, first1): Place, (w2, first2): Place) -> i32 {
    let weight = w1 - w2 - i32::from(first1 <= first2);
    (16 - 4 * weight).max(0)
}

/// Decimals without the zeros that say nothing.
fn decimals(value: i128, scale: i8) -> i8 {
    let (mut value, mut scale) = (value, scale);
    while scale > 0 && value % 10 == 0 {
        (value, scale) = (value / 10, scale - 1);
    }
    scale
}

/// Which way out there is where a value lies so near to the middle that its rounding is not known.
pub(super) fn unsure() -> ArrowError {
    ArrowError::ComputeError("连除、对商再求平均、开方和对数的结果小数位数不定，这里正好在取整的界线上：请先乘后除（a / b / c 写成 a / (b * c)），或先对里面的商 round(…, 6)".to_owned())
}

pub(super) fn too_fine() -> ArrowError {
    ArrowError::ComputeError(
        "商、平均数或乘积的小数位数不定，多到无法精确表示：请先乘后除，或先对商 round(…, 6)"
            .to_owned(),
    )
}

/// Where what is near PostgreSQL's value is asked for more than it knows.
pub(super) const ONLY_ROUNDED: &str = "连除、对商再求平均、开方和对数的结果小数位数不定，不能比较、加减、求和、排序和分组：请先取整 round(…, 4)；连除可写成 a / (b * c)";

fn power(exponent: i32) -> Option<i128> {
    10_i128.checked_pow(exponent.unsigned_abs())
}

/// A power of ten.
pub(super) fn wide_power(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(exponent.unsigned_abs())
}

fn over() -> ArrowError {
    ArrowError::ArithmeticOverflow("a decimal of more than 38 digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of PostgreSQL 15.
    #[test]
    fn quotients_have_the_digits_of_postgresql() {
        for (l, r, want) in [
            ((40, 0), (3, 0), "13.3333333333333333"),
            ((1, 0), (3, 0), "0.33333333333333333333"),
            ((2, 0), (3, 0), "0.66666666666666666667"),
            ((7, 0), (7, 0), "1."),
            ((37, 2), (3, 0), "0.12333333333333333333"),
            ((100_000, 0), (3, 0), "33333.333333333333"),
            ((319_910_883, 2), (7, 0), "457015.547142857143"),
            ((2894, 2), (319_910_883, 2), "0.000009046269301191607164"),
            ((-1, 0), (3, 0), "-0.33333333333333333333"),
            ((1, 0), (8, 0), "0.12500000000000000000"),
        ] {
            let got = exact(l, r, WIDE).unwrap();
            let sign = if got < 0 { "-" } else { "" };
            let digits = format!("{:025}", got.unsigned_abs());
            let (whole, part) = digits.split_at(digits.len() - 24);
            let shown = format!("{sign}{whole}.{part}");
            assert_eq!(shown.trim_end_matches('0'), want.trim_end_matches('0'), "{l:?} / {r:?}");
        }
        assert!(exact((1, 0), (3_000_000_000_000, 0), WIDE).is_err());
        assert!(matches!(exact((1, 0), (0, 0), WIDE), Err(ArrowError::DivideByZero)));
    }
}
