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

/// Cubic metres of each tier of water.
pub(super) type Tiers = [i64; 3];

/// The tiers of what was used in so many months, from one cubic metre to another.
pub(super) fn tiers(from: i64, upto: i64, months: i64) -> Tiers {
    let below = |m3: i64| [m3.min(22 * months), m3.min(40 * months), m3];
    let [first, second, all] = below(upto);
    let [first_before, second_before, all_before] = below(from);
    let (two, both) = (second - second_before, all - all_before);
    [first - first_before, two - (first - first_before), both - two]
}

/// Fen of garbage treatment for a cubic metre, until somebody orders otherwise.
pub(super) const GARBAGE_FEN: i64 = 64;

/// The fees of so many cubic metres of each tier, at so many fen of garbage for each.
pub(super) fn fees(tiers: Tiers, garbage: i64) -> Fees {
    let m3: i64 = tiers.iter().sum();
    let water = tiers.iter().zip([172, 258, 516]).map(|(m3, fen)| m3 * fen).sum();
    // Nine tenths of the water at 0.95 yuan, half a fen up.
    [water, (m3 * 855 + 5) / 10, m3 * garbage]
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
    let fees = |from, upto, months| fees(tiers(from, upto, months), GARBAGE_FEN);
    assert_eq!(fees(0, 30, 1).iter().sum::<i64>(), 10_333);
    assert_eq!(fees(0, 40, 1), [8_428, 3_420, 2_560]);
    assert_eq!(fees(0, 100, 5)[0], 17_200);
    // A second meter with 40 m³ in a month of which 30 were billed.
    assert_eq!(fees(30, 70, 1).iter().sum::<i64>(), 24_040);
    // 44 m³ and then 10 m³ of two months, after 10 m³ of the first.
    assert_eq!([fees(10, 54, 2)[0], fees(54, 64, 2)[0]], [8_428, 2_580]);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-01-25")), 0);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-03-06")), 1_169);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2027-03-06")), 5_848);
    assert!(is_unusual(46, &[30, 30, 30]) && !is_unusual(45, &[30, 30, 30]));
    assert!(is_unusual(24, &[50, 50, 50]) && !is_unusual(25, &[50, 50, 50]));
    assert!(!is_unusual(500, &[30, 30]) && !is_unusual(20, &[1, 1, 1]));
}
