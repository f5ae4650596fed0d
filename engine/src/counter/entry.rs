//! A payment or reversal as it goes to the books: one value, recorded in one statement.

use chrono::{DateTime, NaiveDate, Utc};
use terms::{
    AccountId, BillPeriod, ChargeId, ChargeLineId, FeeItem, Money, OrganisationId, OutletId,
    PayMethod, PaymentId, ReceiptId, ReceiptType, SlipNumber, TownId, UserId,
};

use super::issued::{IssuedLine, IssuedReceipt};
use super::payment::Collect;
use super::quoted::QuotedCharge;
use super::reversal::Reverse;
use super::settle::{Document, Settlement};
use super::tender::Tender;
use crate::prepaid::PrepaidKind;
use crate::receipts::Number;

/// What is inserted, all of it or nothing.
pub(super) struct Entry<'a> {
    pub(super) payment: PaymentId,
    pub(super) reverses: Option<PaymentId>,
    pub(super) reason: Option<&'a str>,
    pub(super) account: AccountId,
    /// Where it counts.
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
    /// None where a purse pays by itself, and where that is taken back: no cashier's till has to do with it.
    pub(super) cashier: Option<UserId>,
    pub(super) method: PayMethod,
    pub(super) account_date: NaiveDate,
    pub(super) posted_at: DateTime<Utc>,
    pub(super) received: Money,
    pub(super) change_given: Money,
    pub(super) net: Money,
    pub(super) late_fee: Money,
    pub(super) prepaid_used: Money,
    pub(super) prepaid_in: Money,
    pub(super) key: &'a str,
    pub(super) request_hash: &'a [u8],
    pub(super) lines: Vec<SettledLine>,
    pub(super) tenders: Vec<BookedTender>,
    pub(super) papers: &'a [Paper],
}

/// A tender as it goes to the books; negative where it goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BookedTender {
    pub(super) no: i16,
    pub(super) method: PayMethod,
    pub(super) reference: Option<String>,
    /// Of a card slip: its numbers come again on another day.
    pub(super) slip_day: Option<NaiveDate>,
    /// Of a slip or cheque.
    pub(super) slip_total: Option<Money>,
    pub(super) amount: Money,
}

impl BookedTender {
    fn of(no: i16, tender: &Tender, day: NaiveDate) -> Self {
        let is_slip = tender.method != PayMethod::Cash;
        let reference =
            tender.reference.as_deref().map(|text| SlipNumber::of(text).as_str().to_owned());
        Self {
            no,
            method: tender.method,
            reference: reference.filter(|_| is_slip),
            slip_day: (tender.method == PayMethod::Pos).then_some(day),
            slip_total: is_slip.then(|| tender.slip_total.unwrap_or(tender.amount)),
            amount: tender.amount,
        }
    }

    fn mirrored(&self) -> Self {
        Self { amount: -self.amount, ..self.clone() }
    }
}

/// A charge line as a payment settles it; negative where a reversal opens it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SettledLine {
    pub(crate) period: BillPeriod,
    pub(crate) charge: ChargeId,
    pub(crate) line: ChargeLineId,
    /// Whose the money is.
    pub(crate) owner: OrganisationId,
    pub(crate) fee_item: FeeItem,
    pub(crate) amount: Money,
    pub(crate) late_fee: Money,
}

/// A numbered receipt with what is printed on it.
pub(super) struct Paper {
    pub(super) number: Number,
    /// The blue receipt that this red one takes back.
    pub(super) red_of: Option<BlueReceipt>,
    pub(super) amount: Money,
    pub(super) lines: Vec<SettledLine>,
    /// Whom it is made out to, where that is not who pays for the account now.
    pub(super) former_payer: Option<String>,
}

/// A payment that somebody wants to take back, as the books have it.
pub(crate) struct Original {
    pub(crate) is_reversal: bool,
    pub(crate) reversed: bool,
    pub(crate) has_cashier: bool,
    /// The channel's item that it is the money of.
    pub(crate) item: Option<i64>,
    /// The town in which it counts, whatever has become of the account since.
    pub(crate) town: TownId,
    pub(crate) outlet: OutletId,
    pub(crate) method: PayMethod,
    pub(crate) received: Money,
    pub(crate) change_given: Money,
    pub(crate) net: Money,
    pub(crate) late_fee: Money,
    /// The newest later payment on one of its charges that still stands.
    pub(crate) later_on_charges: Option<PaymentId>,
    /// The newest later payment out of the purse that still stands.
    pub(crate) later_offset: Option<PaymentId>,
    /// What it took out of the purse.
    pub(crate) prepaid_used: Money,
    /// What it stored as prepaid money.
    pub(crate) prepaid_in: Money,
    /// What the account has with us now.
    pub(crate) prepaid_balance: Money,
    pub(crate) lines: Vec<SettledLine>,
    pub(crate) tenders: Vec<BookedTender>,
    pub(crate) receipts: Vec<BlueReceipt>,
}

/// A blue receipt of an original.
#[derive(Clone)]
pub(crate) struct BlueReceipt {
    pub(super) id: ReceiptId,
    pub(super) receipt_type: ReceiptType,
    pub(super) code: String,
    pub(super) no: String,
    pub(super) amount: Money,
    /// What it shows.
    pub(super) lines: Vec<ChargeLineId>,
    /// Whom what takes it back is made out to, where that is not who pays for the account now.
    pub(super) former_payer: Option<String>,
}

impl<'a> Entry<'a> {
    /// The entry of a payment.
    pub(super) fn payment(
        order: &'a Collect,
        (payment, town): (PaymentId, TownId),
        (posted_at, account_date): (DateTime<Utc>, NaiveDate),
        settlement: &Settlement,
        papers: &'a [Paper],
        request_hash: &'a [u8],
    ) -> Self {
        Self {
            payment,
            reverses: None,
            reason: None,
            account: order.account,
            town,
            outlet: order.outlet,
            cashier: Some(order.cashier),
            method: settlement.method,
            account_date,
            posted_at,
            received: settlement.received,
            change_given: settlement.change,
            net: settlement.net,
            late_fee: settlement.late_fee,
            prepaid_used: settlement.prepaid_used,
            prepaid_in: settlement.prepaid_in,
            key: &order.key,
            request_hash,
            lines: settlement.lines.clone(),
            tenders: (1..)
                .zip(&settlement.tenders)
                .map(|(no, tender)| BookedTender::of(no, tender, account_date))
                .collect(),
            papers,
        }
    }

    /// The mirror of a payment: every figure with the sign turned, at the place of the original.
    pub(super) fn reversal(
        order: &'a Reverse,
        (payment, account): (PaymentId, AccountId),
        (posted_at, account_date): (DateTime<Utc>, NaiveDate),
        original: &Original,
        papers: &'a [Paper],
        request_hash: &'a [u8],
    ) -> Self {
        Self {
            payment,
            reverses: Some(order.payment),
            reason: Some(order.reason.trim()),
            account,
            town: original.town,
            outlet: original.outlet,
            cashier: original.has_cashier.then_some(order.cashier),
            method: original.method,
            account_date,
            posted_at,
            received: -original.received,
            change_given: -original.change_given,
            net: -original.net,
            late_fee: -original.late_fee,
            prepaid_used: -original.prepaid_used,
            prepaid_in: -original.prepaid_in,
            key: &order.key,
            request_hash,
            lines: original.lines.iter().map(SettledLine::mirrored).collect(),
            tenders: original.tenders.iter().map(BookedTender::mirrored).collect(),
            papers,
        }
    }
}

impl Entry<'_> {
    /// How the purse moves, in order: a payment draws on it before it fills it, a reversal goes the other way.
    pub(super) fn moves(&self) -> Vec<(&'static str, Money)> {
        let (out, into) = (PrepaidKind::Offset.code(), PrepaidKind::Deposit.code());
        let mut moves = vec![(out, -self.prepaid_used), (into, self.prepaid_in)];
        if self.reverses.is_some() {
            moves.reverse();
        }
        moves.retain(|(_, delta)| *delta != Money::ZERO);
        moves
    }
}

impl SettledLine {
    /// The lines of an open charge, settled whole.
    pub(crate) fn all_of(charge: &QuotedCharge) -> impl Iterator<Item = Self> + '_ {
        charge.lines.iter().map(|line| Self {
            period: charge.period,
            charge: charge.id,
            line: line.id,
            owner: line.owner,
            fee_item: line.fee_item,
            amount: line.amount,
            late_fee: line.late_fee,
        })
    }

    fn mirrored(&self) -> Self {
        Self { amount: -self.amount, late_fee: -self.late_fee, ..*self }
    }
}

impl Paper {
    /// Paper for money taken.
    pub(super) fn blue(number: Number, document: Document) -> Self {
        let Document { amount, lines, former_payer } = document;
        let former_payer = former_payer.map(|payer| payer.name);
        Self { number, red_of: None, amount, lines, former_payer }
    }

    /// Paper that takes a blue receipt back: the same lines with the sign turned.
    pub(super) fn red(number: Number, blue: &BlueReceipt, lines: &[SettledLine]) -> Self {
        let printed = lines.iter().filter(|l| blue.lines.contains(&l.line));
        Self {
            number,
            red_of: Some(blue.clone()),
            amount: -blue.amount,
            lines: printed.map(SettledLine::mirrored).collect(),
            former_payer: blue.former_payer.clone(),
        }
    }

    /// The paper as the caller hears of it.
    pub(super) fn issued(self, id: ReceiptId) -> IssuedReceipt {
        IssuedReceipt {
            id,
            receipt_type: self.number.receipt_type,
            code: self.number.code,
            no: self.number.no,
            is_red: self.red_of.is_some(),
            takes_back: self.red_of.map(|blue| format!("{} {}", blue.code, blue.no)),
            amount: self.amount,
            in_capitals: self.amount.in_capitals(),
            lines: printed_lines(&self.lines),
            former_payer: self.former_payer,
        }
    }
}

/// Papers as the caller hears of them, under the ids that they got, in the same order.
pub(super) fn issued(papers: Vec<Paper>, ids: Vec<ReceiptId>) -> Vec<IssuedReceipt> {
    papers.into_iter().zip(ids).map(|(paper, id)| paper.issued(id)).collect()
}

/// One line for each fee of each month, in the order of the charges.
fn printed_lines(lines: &[SettledLine]) -> Vec<IssuedLine> {
    let mut printed: Vec<IssuedLine> = Vec::new();
    for line in lines {
        match printed.iter_mut().find(|p| p.period == line.period && p.fee_item == line.fee_item) {
            Some(sum) => {
                sum.amount += line.amount;
                sum.late_fee += line.late_fee;
            }
            None => printed.push(IssuedLine {
                period: line.period,
                fee_item: line.fee_item,
                amount: line.amount,
                late_fee: line.late_fee,
            }),
        }
    }
    printed
}
