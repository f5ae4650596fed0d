//! What water costs a household of four at 道滘, and what lateness costs, in whole fen: written from the documents,
//! not from the engine.

use chrono::NaiveDate;

/// Days after the due date that cost nothing, for every fee.
const GRACE_DAYS: i64 = 15;
/// Of a thousand of the principal, for each late day after them, up to the principal.
const LATE_PER_MILLE: i64 = 5;

/// Water, sewage, garbage: fen of each.
pub(super) type Fees = [i64; 3];
/// The place of garbage in [`Fees`].
pub(super) const GARBAGE: usize = 2;

/// Water in so many months, by its tiers.
fn water(m3: i64, months: i64) -> i64 {
    let first = m3.min(22 * months);
    let second = m3.min(40 * months) - first;
    let third = m3 - first - second;
    first * 172 + second * 258 + third * 516
}

/// Fen of garbage treatment for a cubic metre, until somebody orders otherwise.
pub(super) const GARBAGE_FEN: i64 = 64;

/// The fees of so many cubic metres used in so many months, where `before` were billed in the same months already, at so
/// many fen of garbage for each.
pub(super) fn fees(m3: i64, months: i64, before: i64, garbage: i64) -> Fees {
    // Nine tenths of the water at 0.95 yuan, half a fen up.
    let sewage = (m3 * 855 + 5) / 10;
    [water(before + m3, months) - water(before, months), sewage, m3 * garbage]
}

/// The late fee of a fee that is paid on `day`, cut to the fen.
pub(super) fn late_fee(fee: i64, due: NaiveDate, day: NaiveDate) -> i64 {
    let late_days = ((day - due).num_days() - GRACE_DAYS).max(0);
    fee * (late_days * LATE_PER_MILLE).min(1_000) / 1_000
}

/// True where so much use is so far from the mean of three readings that a second person must look.
pub(super) fn is_unusual(m3: i64, before: &[i64]) -> bool {
    let [.., a, b, c] = before else { return false };
    let three = a + b + c;
    m3 > 20 && (m3 * 6 > three * 3 || m3 * 6 < three)
}

#[test]
fn the_model_knows_what_the_clerk_knows() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert_eq!(fees(30, 1, 0, GARBAGE_FEN).iter().sum::<i64>(), 10_333);
    assert_eq!(fees(40, 1, 0, GARBAGE_FEN), [8_428, 3_420, 2_560]);
    assert_eq!(fees(100, 5, 0, 70)[0], 17_200);
    // A second meter with 40 m³ in a month of which 30 were billed.
    assert_eq!(fees(40, 1, 30, GARBAGE_FEN).iter().sum::<i64>(), 24_040);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-01-25")), 0);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-03-06")), 1_169);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2027-03-06")), 5_848);
    assert!(is_unusual(46, &[30, 30, 30]) && !is_unusual(45, &[30, 30, 30]));
    assert!(is_unusual(24, &[50, 50, 50]) && !is_unusual(25, &[50, 50, 50]));
    assert!(!is_unusual(500, &[30, 30]) && !is_unusual(20, &[1, 1, 1]));
}
