//! Rows for `COPY … FORMAT BINARY`: PostgreSQL's fastest way in.
//!
//! The server checks lengths only, so the types written must be those of the columns, in their order.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// One message of the protocol; larger ones gain nothing.
const PIECE: usize = 256 * 1024;
/// Between 1970-01-01, where Unix begins, and 2000-01-01, where PostgreSQL does.
const EPOCH_DAYS: i32 = 10_957;

/// Sends the rows by `statement`, a `copy … from stdin (format binary)`; gives the number stored.
pub(crate) async fn copy_in(
    connection: &mut PgConnection,
    statement: &str,
    rows: CopyRows,
) -> Result<u64, sqlx::Error> {
    let mut copy = connection.copy_in_raw(statement).await?;
    for piece in rows.finish().chunks(PIECE) {
        if let Err(error) = copy.send(piece).await {
            copy.abort("the rows could not be sent").await?;
            return Err(error);
        }
    }
    copy.finish().await
}

/// Rows in the making: `row(n)`, then n values in the order of the columns.
pub(crate) struct CopyRows(Vec<u8>);

impl CopyRows {
    pub(crate) fn new() -> Self {
        let mut head = SIGNATURE.to_vec();
        head.extend_from_slice(&[0; 8]); // flags, length of the extension
        Self(head)
    }

    pub(crate) fn row(&mut self, fields: i16) -> &mut Self {
        self.0.extend_from_slice(&fields.to_be_bytes());
        self
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.0.extend_from_slice(&(-1i32).to_be_bytes());
        self
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    pub(crate) fn i32(&mut self, value: i32) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    pub(crate) fn i16(&mut self, value: i16) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    pub(crate) fn date(&mut self, day: NaiveDate) -> &mut Self {
        self.i32(day.to_epoch_days() - EPOCH_DAYS)
    }

    pub(crate) fn timestamptz(&mut self, moment: DateTime<Utc>) -> &mut Self {
        self.i64(moment.timestamp_micros() - i64::from(EPOCH_DAYS) * 86_400_000_000)
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.value(value.as_bytes())
    }

    pub(crate) fn bytea(&mut self, value: &[u8]) -> &mut Self {
        self.value(value)
    }

    pub(crate) fn decimal(&mut self, value: Decimal) -> &mut Self {
        self.numeric(value.mantissa(), value.scale())
    }

    /// A `numeric` of `units` × 10^-`scale`.
    pub(crate) fn numeric(&mut self, units: i128, scale: u32) -> &mut Self {
        let padding = scale.wrapping_neg() % 4;
        let fraction_digits = (scale + padding) / 4;
        let mut rest = units.unsigned_abs();
        // Base 10,000, lowest first; the first digit takes in the padding, so nothing overflows.
        let mut digits = [0u16; 12];
        let mut count = 0;
        let mut step = 10u128.pow(4 - padding);
        let mut shift = 10u128.pow(padding);
        while rest > 0 {
            digits[count] = u16::try_from(rest % step * shift).expect("below ten thousand");
            rest /= step;
            count += 1;
            (step, shift) = (10_000, 1);
        }
        let zeros = digits[..count].iter().position(|digit| *digit != 0).unwrap_or(count);
        let digits = &digits[zeros..count];
        let weight = if digits.is_empty() { 0 } else { count as i16 - 1 - fraction_digits as i16 };
        let sign: u16 = if units < 0 { 0x4000 } else { 0 };
        self.0.extend_from_slice(&(8 + 2 * digits.len() as i32).to_be_bytes());
        self.0.extend_from_slice(&(digits.len() as i16).to_be_bytes());
        self.0.extend_from_slice(&weight.to_be_bytes());
        self.0.extend_from_slice(&sign.to_be_bytes());
        self.0.extend_from_slice(&(scale as u16).to_be_bytes());
        for digit in digits.iter().rev() {
            self.0.extend_from_slice(&digit.to_be_bytes());
        }
        self
    }

    fn value(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn finish(mut self) -> Vec<u8> {
        self.row(-1);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a numeric field back: digits × 10,000^weight.
    fn read(bytes: &[u8]) -> String {
        let at = |i: usize| u16::from_be_bytes([bytes[i], bytes[i + 1]]);
        let (count, weight, sign) = (at(4) as usize, at(6) as i16, at(8));
        let scale = usize::from(at(10));
        let mut whole = 0i128;
        let mut fraction = String::new();
        for (i, digit) in (0..count).map(|i| (i, at(12 + 2 * i))) {
            if i as i16 <= weight {
                whole = whole * 10_000 + i128::from(digit);
            } else {
                while (fraction.len() as i16) / 4 < i as i16 - weight - 1 {
                    fraction.push_str("0000");
                }
                fraction.push_str(&format!("{digit:04}"));
            }
        }
        for _ in (count as i16)..=weight {
            whole *= 10_000;
        }
        while fraction.len() < scale {
            fraction.push('0');
        }
        let sign = if sign == 0x4000 { "-" } else { "" };
        format!("{sign}{whole}{}{}", if scale > 0 { "." } else { "" }, &fraction[..scale])
    }

    #[test]
    fn numerics_keep_every_digit() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "0.01",
            "-0.01",
            "12.50",
            "9999.9999",
            "10000",
            "100000000.00",
            "123456789012.34",
            "0.0001",
            "1.005",
            "400000",
            "33.920",
            "0.000001",
            "-80099.92",
        ] {
            let mut rows = CopyRows(Vec::new());
            rows.decimal(text.parse().unwrap());
            assert_eq!(read(&rows.0), text);
        }
    }
}
