//! What a work book cannot keep of its numbers. Excel has fifteen digits of one, the zeros at its end not counted: an
//! amount of more is written as text, and a quotient is rounded. Either is told.

use arrow::datatypes::SchemaRef;

/// Decimals from which a column holds quotients and averages.
pub(super) const QUOTIENT_DECIMALS: i8 = 16;
/// Excel keeps every digit of a smaller whole number.
const EXACT_UPTO: u128 = 1_000_000_000_000_000;

/// What a column has lost.
#[derive(Clone, Default)]
pub(super) struct Losses {
    /// Numbers that are text, so that Excel adds them up as nothing.
    texts: u64,
    /// Quotients of which the digits beyond the fifteenth are gone.
    rounded: u64,
}

impl Losses {
    /// True for a number that has to be a text; what is lost is noted.
    pub(super) fn is_text(&mut self, unscaled: i128, scale: i8) -> bool {
        let is_quotient = scale >= QUOTIENT_DECIMALS;
        match is_exact(unscaled) {
            true => return false,
            false if is_quotient => self.rounded += 1,
            false => self.texts += 1,
        }
        !is_quotient
    }
}

/// True for a number of which Excel keeps every digit.
fn is_exact(mut unscaled: i128) -> bool {
    while unscaled.unsigned_abs() >= EXACT_UPTO && unscaled % 10 == 0 {
        unscaled /= 10;
    }
    unscaled.unsigned_abs() < EXACT_UPTO
}

/// What whoever adds the columns up has to know, for the sheet 说明.
pub(super) fn told(schema: &SchemaRef, losses: &[Losses]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for (field, Losses { texts, rounded }) in schema.fields().iter().zip(losses) {
        let name = field.name();
        if *texts > 0 {
            let words = format!(
                "“{name}”列有 {texts} 个数超过 Excel 的 15 位有效数字，为保全每一位写成文字（黄底），Excel 求和时不计。要在 Excel 里求和，请在语句里先用 round 舍入"
            );
            told.push(("不计入求和的数".to_owned(), words));
        }
        if *rounded > 0 {
            let words =
                format!("“{name}”列有 {rounded} 个除得的数位数太多，只留 Excel 的 15 位有效数字");
            told.push(("舍入的数".to_owned(), words));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_count_for_nothing() {
        for (unscaled, scale, is_text) in [
            (1_000_000_000_000_000, 7, false),
            (123_456_789_123_450_000_000, 7, false),
            (1_234_567_891_234_501, 7, true),
            (-1_234_567_891_234_501, 0, true),
            (999_999_999_999_999, 2, false),
            (i128::MIN, 2, true),
            (i128::MAX, 24, false),
        ] {
            assert_eq!(Losses::default().is_text(unscaled, scale), is_text, "{unscaled}e-{scale}");
        }
    }
}
