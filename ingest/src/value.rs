//! PostgreSQL's values, as text or in binary: read exactly, or an error; never a guess.

const DAYS_1970_TO_2000: i32 = 10_957;
pub(crate) const MICROS_1970_TO_2000: i64 = DAYS_1970_TO_2000 as i64 * 86_400_000_000;
/// One more than the greatest unscaled value of a Decimal128(18, s).
const DECIMAL_END: i128 = 1_000_000_000_000_000_000;

/// A value that its column cannot hold exactly.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct NotExact(String);

pub(crate) type Result<T> = std::result::Result<T, NotExact>;

pub(crate) fn not<T>(why: impl Into<String>) -> Result<T> {
    Err(NotExact(why.into()))
}

pub(crate) fn fixed<const N: usize>(v: &[u8]) -> Result<[u8; N]> {
    v.try_into().map_err(|_| NotExact(format!("{} bytes where {N} are due", v.len())))
}

pub(crate) fn utf8(v: &[u8]) -> Result<&str> {
    std::str::from_utf8(v).map_err(|_| NotExact("the text is not UTF-8".into()))
}

pub(crate) fn int4(v: i64) -> Result<i32> {
    i32::try_from(v).map_err(|_| NotExact(format!("{v} is no 32-bit number")))
}

fn signed(v: &[u8]) -> (bool, &[u8]) {
    match v {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, v),
    }
}

/// A whole number in decimal digits.
pub(crate) fn integer(v: &[u8]) -> Result<i64> {
    let (negative, digits) = signed(v);
    let bad = || NotExact(format!("`{}` is no 64-bit number", String::from_utf8_lossy(v)));
    if digits.is_empty() {
        return Err(bad());
    }
    // Gathered below zero, where i64 reaches one further.
    let mut n: i64 = 0;
    for d in digits {
        if !d.is_ascii_digit() {
            return Err(bad());
        }
        n = n.checked_mul(10).and_then(|n| n.checked_sub(i64::from(d - b'0'))).ok_or_else(bad)?;
    }
    if negative { Ok(n) } else { n.checked_neg().ok_or_else(bad) }
}

fn small(v: &[u8]) -> Result<i64> {
    if v.is_empty() || v.len() > 9 || !v.iter().all(u8::is_ascii_digit) {
        return not("a part of a date is no number");
    }
    Ok(v.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// Days since 1970 of a day of the Gregorian calendar (Howard Hinnant's days_from_civil).
fn days(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let (era, year_of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// 1 January 0001 and 31 December 9999, in days since 1970: what a text tells by ten letters, binary may tell too.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;

/// The days since 1970 of so many days since 2000.
pub(crate) fn day_of_binary(days: i32) -> Result<i32> {
    days.checked_add(DAYS_1970_TO_2000)
        .filter(|day| (FIRST_DAY..=LAST_DAY).contains(day))
        .ok_or_else(|| NotExact("the date is not of the years 0001 to 9999".into()))
}

/// The microseconds since 1970 of so many since 2000.
pub(crate) fn moment_of_binary(micros: i64) -> Result<i64> {
    const DAY: i64 = 86_400_000_000;
    micros
        .checked_add(MICROS_1970_TO_2000)
        .filter(|at| (i64::from(FIRST_DAY) * DAY..(i64::from(LAST_DAY) + 1) * DAY).contains(at))
        .ok_or_else(|| NotExact("the time stamp is not of the years 0001 to 9999".into()))
}

pub(crate) fn date(v: &[u8]) -> Result<i32> {
    if v.len() != 10 || v[4] != b'-' || v[7] != b'-' {
        return not(format!(
            "`{}` is no date of the years 0001 to 9999",
            String::from_utf8_lossy(v)
        ));
    }
    int4(days(small(&v[..4])?, small(&v[5..7])?, small(&v[8..])?))
}

/// Reads `2026-11-24 14:05:12.123456+00`.
pub(crate) fn timestamp(v: &[u8]) -> Result<i64> {
    let bad = || NotExact(format!("`{}` is no time stamp in UTC", String::from_utf8_lossy(v)));
    if v.len() < 22 || v[10] != b' ' || !v.ends_with(b"+00") {
        return Err(bad());
    }
    let clock = small(&v[11..13])? * 3600 + small(&v[14..16])? * 60 + small(&v[17..19])?;
    let micros = match &v[19..v.len() - 3] {
        [] => 0,
        [b'.', digits @ ..] if digits.len() <= 6 => {
            let power = u32::try_from(6 - digits.len()).map_err(|_| bad())?;
            small(digits)? * 10_i64.pow(power)
        }
        _ => return Err(bad()),
    };
    Ok((i64::from(date(&v[..10])?) * 86_400 + clock) * 1_000_000 + micros)
}

pub(crate) fn decimal(v: &[u8], scale: u32) -> Result<i128> {
    let (negative, digits) = signed(v);
    let shown = || String::from_utf8_lossy(v);
    let (mut n, mut after, mut seen) = (0_i128, None, false);
    for c in digits {
        match c {
            b'0'..=b'9' => {
                seen = true;
                if after == Some(scale) {
                    if *c != b'0' {
                        return not(format!("`{}` has more than {scale} decimals", shown()));
                    }
                    continue;
                }
                n = n * 10 + i128::from(c - b'0');
                if n >= DECIMAL_END {
                    return not(format!("`{}` has more than 18 digits", shown()));
                }
                after = after.map(|a| a + 1);
            }
            b'.' if after.is_none() => after = Some(0),
            _ => return not(format!("`{}` is no finite number", shown())),
        }
    }
    if !seen {
        return not("a number without digits");
    }
    n *= 10_i128.pow(scale - after.unwrap_or(0));
    if n >= DECIMAL_END {
        return not(format!("`{}` has more than 18 digits", shown()));
    }
    Ok(if negative { -n } else { n })
}

/// Binary numeric: count of digits, weight, sign, display scale (16 bits each), then digits to the base 10000, the
/// first worth 10000^weight.
pub(crate) fn numeric(v: &[u8], scale: u32) -> Result<i128> {
    let word = |i: usize| -> Result<i16> {
        Ok(i16::from_be_bytes(fixed(v.get(2 * i..2 * i + 2).unwrap_or_default())?))
    };
    let (count, weight, sign) = (word(0)?, i32::from(word(1)?), word(2)?);
    if sign != 0 && sign != 0x4000 {
        return not("the number is not finite");
    }
    let count = usize::try_from(count).map_err(|_| NotExact("fewer digits than none".into()))?;
    let decimals = i32::try_from(scale).map_err(|_| NotExact("the scale is too large".into()))?;
    let mut n = 0_i128;
    for (place, i) in (0..).zip(4..4 + count) {
        let digit = i128::from(word(i)?);
        if !(0..10_000).contains(&digit) {
            return not("a digit to the base 10000 is none");
        }
        let power = (weight - place) * 4 + decimals;
        let too_large = || NotExact("the number is too large".into());
        let part = 10_i128.checked_pow(power.unsigned_abs()).ok_or_else(too_large)?;
        if power >= 0 {
            n = digit
                .checked_mul(part)
                .and_then(|part| n.checked_add(part))
                .ok_or_else(too_large)?;
        } else if digit % part == 0 {
            n += digit / part;
        } else {
            return not(format!("a number has more than {scale} decimals"));
        }
        if n >= DECIMAL_END {
            return not("a number has more than 18 digits");
        }
    }
    Ok(if sign == 0 { n } else { -n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_exactly_or_refused() {
        for (text, scale, want) in [
            ("0.00", 2, 0),
            ("-146.20", 2, -14_620),
            ("123456789012.34", 2, 12_345_678_901_234),
            ("1.5", 3, 1500),
            ("10.100", 2, 1010),
            ("7", 4, 70_000),
        ] {
            assert_eq!(decimal(text.as_bytes(), scale).unwrap(), want, "{text}");
        }
        for bad in ["NaN", "1.005", "", "-", "1e5", "Infinity", "99999999999999999.00", "."] {
            assert!(decimal(bad.as_bytes(), 2).is_err(), "{bad}");
        }
        assert_eq!(integer(b"-9223372036854775808").unwrap(), i64::MIN);
        for bad in ["9223372036854775808", "", "-", "1.0", "+1"] {
            assert!(integer(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(date(b"2026-11-24").unwrap(), 20_781);
        assert_eq!(date(b"1969-12-31").unwrap(), -1);
        assert_eq!(date(b"0001-01-01").unwrap(), -719_162);
        assert_eq!(timestamp(b"2000-01-01 00:00:00.5+00").unwrap(), MICROS_1970_TO_2000 + 500_000);
        for bad in ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"] {
            assert!(date(bad.as_bytes()).is_err(), "{bad}");
        }
        for bad in ["infinity", "2000-01-01 00:00:00+08", "2000-01-01 00:00:00.1234567+00"] {
            assert!(timestamp(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    /// The binary form of a numeric, as the server makes it.
    fn binary(sign: u16, weight: i16, digits: &[u16]) -> Vec<u8> {
        let head = [u16::try_from(digits.len()).unwrap(), weight.cast_unsigned(), sign, 2];
        head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn binary_is_read_exactly_or_refused() {
        for (bytes, want) in [
            (binary(0, 0, &[]), Some(0)),
            (binary(0x4000, 0, &[146, 2000]), Some(-14_620)),
            (binary(0, 2, &[1234, 5678, 9012, 3400]), Some(12_345_678_901_234)),
            (binary(0, -1, &[100]), Some(1)),
            (binary(0, -1, &[50]), None),
            (binary(0, 9, &[1]), None),
            (binary(0xc000, 0, &[]), None),
            (binary(0xd000, 0, &[]), None),
            (vec![0, 1], None),
            // 2e36, 3e36 and 34e36 yuan: 10^36 fits, and so much of it does not.
            (binary(0, 9, &[2]), None),
            (binary(0, 9, &[3]), None),
            (binary(0, 9, &[34]), None),
            (binary(0, 0, &[10_000]), None),
            (binary(0, 0, &[0xffff]), None),
            ([0xffff_u16, 0, 0, 2].map(u16::to_be_bytes).concat(), None),
        ] {
            assert_eq!(numeric(&bytes, 2).ok(), want, "{bytes:?}");
        }
    }
}
