//! The sheet of a cashier's day, added up from its payments. 日结单

use serde::Serialize;
use sha2::{Digest, Sha256};
use terms::{AccountId, FeeItem, Money, PaperFate, PayMethod, PaymentId, ReceiptType};

/// What a cashier took and gave back on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DaySheet {
    /// One row for each way of paying that occurred.
    pub methods: Vec<MethodSum>,
    /// All ways of paying together.
    pub total: Sums,
    /// Paper that the cashier was handed, used and spoilt.
    pub papers: Vec<PaperRange>,
    /// SHA-256 over the payments in order, in hexadecimal.
    pub digest: String,
}

/// The row of one way of paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MethodSum {
    /// How it was paid.
    pub method: PayMethod,
    /// Its sums.
    pub sums: Sums,
}

/// Counts, and yuan by fee: payments less reversals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sums {
    /// Payments.
    pub payments: i32,
    /// Reversals.
    pub reversals: i32,
    /// Water, yuan.
    pub water: Money,
    /// Sewage, yuan.
    pub sewage: Money,
    /// Garbage, yuan.
    pub garbage: Money,
    /// Surcharge over the quota, yuan.
    pub overquota: Money,
    /// Late fees of all fees, yuan.
    pub late_fee: Money,
    /// Into the purses of payers, yuan.
    pub prepaid_in: Money,
    /// Out of them, yuan: it pays fees, and was received on the day on which the purse was filled.
    pub prepaid_used: Money,
    /// Notes and coins to hand in, yuan: what came in less the change. 应交现金
    pub cash: Money,
    /// Card slips to hand in, yuan.
    pub pos: Money,
    /// Cheques to hand in, yuan.
    pub cheque: Money,
    /// What was received, yuan: fees, late fees and what went into purses, less what came out of them.
    pub net: Money,
}

/// A card slip or cheque to hand in. 凭证
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slip {
    /// Which of the two.
    pub method: PayMethod,
    /// The number that it bears.
    pub reference: String,
    /// What the day took of it, yuan; less than nothing where an earlier day's was given back.
    pub amount: Money,
    /// What it is worth, yuan. 凭证总额
    pub total: Money,
    /// What of it was used when the day ended, whenever and by whatever till, yuan. 已用
    pub used: Money,
}

impl Slip {
    /// What of the paper that is handed in no account has got, yuan. 余
    pub fn free(&self) -> Money {
        if self.amount > Money::ZERO { self.total - self.used } else { Money::ZERO }
    }

    /// The same of all slips of a day, yuan.
    pub fn free_of(slips: &[Self]) -> Money {
        slips.iter().map(Self::free).sum()
    }
}

/// Numbers in a row with the same fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperRange {
    /// What became of them.
    pub fate: PaperFate,
    /// Their family.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number.
    pub first_no: i64,
    /// Last number, included.
    pub last_no: i64,
}

impl PaperRange {
    /// How many numbers it holds.
    pub const fn count(&self) -> i64 {
        self.last_no - self.first_no + 1
    }
}

/// A payment of the day, as the books have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayPayment {
    pub(super) id: PaymentId,
    pub(super) account: AccountId,
    pub(super) is_reversal: bool,
    pub(super) method: PayMethod,
    pub(super) net: Money,
    pub(super) late_fee: Money,
    pub(super) prepaid_in: Money,
    pub(super) prepaid_used: Money,
    /// Cash less change, card slips, cheques.
    pub(super) tendered: [Money; 3],
    /// Principal by fee, in the order of [`FeeItem::ALL`].
    pub(super) fees: [Money; 4],
}

/// Adds a day up.
pub(super) fn add_up(payments: &[DayPayment], papers: Vec<PaperRange>) -> DaySheet {
    let mut methods: Vec<MethodSum> = Vec::new();
    let mut total = Sums::default();
    for &method in PayMethod::ALL {
        let mut sums = Sums::default();
        for payment in payments.iter().filter(|p| p.method == method) {
            sums.add(payment);
            total.add(payment);
        }
        if sums.payments + sums.reversals > 0 {
            methods.push(MethodSum { method, sums });
        }
    }
    let digest = digest(payments, &papers);
    DaySheet { methods, total, papers, digest }
}

impl Sums {
    fn add(&mut self, payment: &DayPayment) {
        let count = if payment.is_reversal { &mut self.reversals } else { &mut self.payments };
        *count += 1;
        for (&fee_item, &amount) in FeeItem::ALL.iter().zip(&payment.fees) {
            let sum = match fee_item {
                FeeItem::Water => &mut self.water,
                FeeItem::Sewage => &mut self.sewage,
                FeeItem::Garbage => &mut self.garbage,
                FeeItem::Overquota => &mut self.overquota,
            };
            *sum += amount;
        }
        self.late_fee += payment.late_fee;
        self.prepaid_in += payment.prepaid_in;
        self.prepaid_used += payment.prepaid_used;
        let [cash, pos, cheque] = payment.tendered;
        self.cash += cash;
        self.pos += pos;
        self.cheque += cheque;
        self.net += payment.net;
    }
}

/// Equal digests, equal payments in the same order, with what was handed over for them, and equal paper.
fn digest(payments: &[DayPayment], papers: &[PaperRange]) -> String {
    let mut seen = Sha256::new();
    for p in payments {
        let [water, sewage, garbage, overquota] = p.fees;
        let [cash, pos, cheque] = p.tendered;
        seen.update(format!(
            "{} {} {} {water} {sewage} {garbage} {overquota} {} {} {} {} {cash} {pos} {cheque}\n",
            p.id, p.account, p.method, p.late_fee, p.prepaid_in, p.prepaid_used, p.net
        ));
    }
    for PaperRange { fate, receipt_type, code, first_no, last_no } in papers {
        seen.update(format!("{fate} {receipt_type} {code} {first_no} {last_no}\n"));
    }
    hex::encode(seen.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(id: i64, method: PayMethod, fees: [i64; 4], late: i64, prepaid: i64) -> DayPayment {
        let fen: i64 = fees.iter().sum::<i64>() + late + prepaid;
        DayPayment {
            id: PaymentId(id),
            account: AccountId(9),
            is_reversal: fen < 0,
            method,
            net: Money::from_fen(fen),
            late_fee: Money::from_fen(late),
            prepaid_in: Money::from_fen(prepaid.max(0)),
            prepaid_used: Money::from_fen(-prepaid.min(0)),
            tendered: [PayMethod::Cash, PayMethod::Pos, PayMethod::Cheque]
                .map(|way| if way == method { Money::from_fen(fen) } else { Money::ZERO }),
            fees: fees.map(Money::from_fen),
        }
    }

    #[test]
    fn a_day_adds_up_by_method_and_fee() {
        let day = [
            payment(1, PayMethod::Cash, [1_000, 500, 200, 0], 7, 0),
            payment(2, PayMethod::Pos, [2_000, 0, 0, 300], 0, 50),
            payment(3, PayMethod::Cash, [-1_000, -500, -200, 0], -7, 0),
            payment(4, PayMethod::Cash, [100, 0, 0, 0], 0, 0),
            // Out of the purse alone: it settles, and brings nothing.
            payment(5, PayMethod::Prepaid, [700, 0, 0, 0], 0, -700),
        ];
        let sheet = add_up(&day, Vec::new());
        let rows: Vec<_> = sheet
            .methods
            .iter()
            .map(|m| (m.method.code(), m.sums.payments, m.sums.reversals, m.sums.net.fen()))
            .collect();
        assert_eq!(rows, [("cash", 2, 1, 100), ("pos", 1, 0, 2_350), ("prepaid", 1, 0, 0)]);
        let t = sheet.total;
        let fees = t.water + t.sewage + t.garbage + t.overquota;
        assert_eq!(t.net + t.prepaid_used, fees + t.late_fee + t.prepaid_in);
        assert_eq!((t.payments, t.reversals, t.net.fen()), (4, 1, 2_450));
        assert_eq!((t.cash.fen(), t.pos.fen(), t.cheque.fen()), (100, 2_350, 0));
    }

    #[test]
    fn the_digest_tells_order_amount_and_paper() {
        let one = payment(1, PayMethod::Cash, [1, 0, 0, 0], 0, 0);
        let two = payment(2, PayMethod::Cash, [2, 0, 0, 0], 0, 0);
        let paper = |fate, last_no| PaperRange {
            fate,
            receipt_type: ReceiptType::NonTax,
            code: "4419".to_owned(),
            first_no: 7,
            last_no,
        };
        let digests = [
            digest(&[one.clone(), two.clone()], &[]),
            digest(&[two.clone(), one.clone()], &[]),
            digest(&[one.clone(), payment(2, PayMethod::Cash, [0, 2, 0, 0], 0, 0)], &[]),
            digest(&[one.clone(), DayPayment { account: AccountId(8), ..two.clone() }], &[]),
            digest(&[one.clone(), DayPayment { tendered: [Money::ZERO; 3], ..two }], &[]),
            digest(std::slice::from_ref(&one), &[]),
            digest(std::slice::from_ref(&one), &[paper(PaperFate::Used, 7)]),
            digest(std::slice::from_ref(&one), &[paper(PaperFate::Voided, 7)]),
            digest(&[one], &[paper(PaperFate::Used, 8)]),
        ];
        for (i, a) in digests.iter().enumerate() {
            assert!(digests[i + 1..].iter().all(|b| a != b));
        }
    }
}
