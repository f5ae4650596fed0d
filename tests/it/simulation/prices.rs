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

/// The fees of so many cubic metres of each tier, and of garbage.
pub(super) fn fees(tiers: Tiers, garbage: i64) -> Fees {
    let m3: i64 = tiers.iter().sum();
    let water = tiers.iter().zip([172, 258, 516]).map(|(m3, fen)| m3 * fen).sum();
    // Nine tenths of the water at 0.95 yuan, half a fen up.
    [water, (m3 * 855 + 5) / 10, garbage]
}

/// A quotient, half up.
fn half_up(of: i64, by: i64) -> i64 {
    (2 * of + by) / (2 * by)
}

/// Litres of so many cubic metres that lie in one of so many months, counted from 0: evenly, and nothing is lost.
pub(super) fn litres(m3: i64, months: i64, at: i64) -> i64 {
    half_up(m3 * 1_000 * (at + 1), months) - half_up(m3 * 1_000 * at, months)
}

/// Garbage of so many litres, at so many fen for a cubic metre.
pub(super) fn garbage_of(litres: i64, fen: i64) -> i64 {
    half_up(litres * fen, 1_000)
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
    let fees = |from: i64, upto: i64, months| {
        fees(tiers(from, upto, months), garbage_of((upto - from) * 1_000, GARBAGE_FEN))
    };
    assert_eq!(fees(0, 30, 1).iter().sum::<i64>(), 10_333);
    assert_eq!(fees(0, 40, 1), [8_428, 3_420, 2_560]);
    assert_eq!(fees(0, 100, 5)[0], 17_200);
    // A second meter with 40 m³ in a month of which 30 were billed.
    assert_eq!(fees(30, 70, 1).iter().sum::<i64>(), 24_040);
    // 44 m³ and then 10 m³ of two months, after 10 m³ of the first.
    assert_eq!([fees(10, 54, 2)[0], fees(54, 64, 2)[0]], [8_428, 2_580]);
    // Of 31 m³ in three months, the first two at 0.64 and the last at 0.70.
    let each = [0, 1, 2].map(|at| litres(31, 3, at));
    assert_eq!(each, [10_333, 10_334, 10_333]);
    assert_eq!([garbage_of(20_667, 64), garbage_of(10_333, 70)], [1_323, 723]);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-01-25")), 0);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2026-03-06")), 1_169);
    assert_eq!(late_fee(5_848, day("2026-01-10"), day("2027-03-06")), 5_848);
    assert!(is_unusual(46, &[30, 30, 30]) && !is_unusual(45, &[30, 30, 30]));
    assert!(is_unusual(24, &[50, 50, 50]) && !is_unusual(25, &[50, 50, 50]));
    assert!(!is_unusual(500, &[30, 30]) && !is_unusual(20, &[1, 1, 1]));
}
