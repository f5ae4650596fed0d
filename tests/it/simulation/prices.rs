//! What water costs a household of four at 道滘, and what lateness costs, in whole fen: written from the documents,
//! not from the engine.

use chrono::NaiveDate;

/// Days after the due date that cost nothing, for every fee.
const GRACE_DAYS: i64 = 15;
/// Of a thousand of the principal, for each late day after them, up to the principal.
const LATE_PER_MILLE: i64 = 5;

/// The fees of a charge, fen: water, sewage, garbage.
pub(super) type Fees = [i64; 3];

/// The fees of so many cubic metres used in so many months.
pub(super) fn fees(m3: i64, months: i64) -> Fees {
    let first = m3.min(22 * months);
    let second = m3.min(40 * months) - first;
    let third = m3 - first - second;
    let water = first * 172 + second * 258 + third * 516;
    // Nine tenths of the water at 0.95 yuan, half a fen up.
    let sewage = (m3 * 855 + 5) / 10;
    [water, sewage, m3 * 64]
}

/// The late fees of a charge that is paid on `day`: each fee's share is cut to the fen by itself.
pub(super) fn late_fee(fees: Fees, due: NaiveDate, day: NaiveDate) -> i64 {
    let late_days = ((day - due).num_days() - GRACE_DAYS).max(0);
    let per_mille = (late_days * LATE_PER_MILLE).min(1_000);
    fees.iter().map(|fee| fee * per_mille / 1_000).sum()
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
    assert_eq!(fees(30, 1).iter().sum::<i64>(), 10_333);
    assert_eq!(fees(40, 1), [8_428, 3_420, 2_560]);
    assert_eq!(fees(100, 5)[0], 17_200);
    assert_eq!(late_fee([5_848, 0, 0], day("2026-01-10"), day("2026-01-25")), 0);
    assert_eq!(late_fee([5_848, 0, 0], day("2026-01-10"), day("2026-03-06")), 1_169);
    assert_eq!(late_fee([5_848, 0, 0], day("2026-01-10"), day("2027-03-06")), 5_848);
    assert!(is_unusual(46, &[30, 30, 30]) && !is_unusual(45, &[30, 30, 30]));
    assert!(is_unusual(24, &[50, 50, 50]) && !is_unusual(25, &[50, 50, 50]));
    assert!(!is_unusual(500, &[30, 30]) && !is_unusual(20, &[1, 1, 1]));
}
