//! Which charges a payment settles, and what becomes of the rest. 销账

use std::collections::{HashMap, HashSet};

use terms::{ChargeId, Money, PayMethod, ReceiptType, SlipNumber};

use super::entry::SettledLine;
use super::payment::CollectError;
use super::quoted::{FormerPayer, QuotedCharge};
use super::tender::{REFERENCE_MAX_CHARS, Surplus, Tender};

/// More than this is a slip of the finger, not a payment: one hundred million yuan.
const RECEIVED_MAX_FEN: i64 = 10_000_000_000;

/// More than so many are one thing typed again and again: notes are one sum, and each slip has its line on the sheet.
pub(super) const TENDERS_MAX: usize = 20;

/// So many lines fit on a form, one for each fee of each month.
const LINES_ON_PAPER: usize = 12;

/// The clerk's order, as far as the decision goes.
pub(super) struct Offer<'a> {
    pub(super) charges: &'a [ChargeId],
    pub(super) expected_total: Money,
    pub(super) prepaid_used: Money,
    pub(super) tenders: &'a [Tender],
    pub(super) surplus: Surplus,
}

/// A payment that is used to the fen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settlement {
    /// Lines settled, in the order of the charges.
    pub(super) lines: Vec<SettledLine>,
    /// Whose of the charges are not of who pays for the account now.
    pub(super) former_payers: HashMap<ChargeId, FormerPayer>,
    pub(super) late_fee: Money,
    pub(super) change: Money,
    /// Out of the purse.
    pub(super) prepaid_used: Money,
    /// Into the purse.
    pub(super) prepaid_in: Money,
    /// Received less change.
    pub(super) net: Money,
    /// What was handed over.
    pub(super) received: Money,
    pub(super) tenders: Vec<Tender>,
    /// How it was paid: the tender, several of them, or the purse alone.
    pub(super) method: PayMethod,
}

/// What goes on one paper of a family. That of a deposit has no lines.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) amount: Money,
    pub(super) lines: Vec<SettledLine>,
    /// Whom it is made out to, where that is not who pays for the account now.
    pub(super) former_payer: Option<FormerPayer>,
}

/// Decides on a payment: whole charges, oldest first of each payer, against what the clerk saw and what the purse holds.
pub(super) fn settle(
    open: &[QuotedCharge],
    purse: Money,
    offer: &Offer,
) -> Result<Settlement, CollectError> {
    if offer.tenders.len() > TENDERS_MAX {
        return Err(CollectError::ManyTenders(offer.tenders.len()));
    }
    offer.tenders.iter().try_for_each(check_tender)?;
    let received: Money = offer.tenders.iter().map(|tender| tender.amount).sum();
    let chosen = choose(open, offer.charges)?;
    let due: Money = chosen.iter().map(|c| c.total).sum();
    if due != offer.expected_total {
        return Err(CollectError::StaleQuote { total: due });
    }
    // The purse is of who pays for the account now, and so is what it pays.
    let own = chosen.iter().filter(|c| c.former_payer.is_none());
    let own: Money = own.map(|c| c.total).sum();
    if offer.prepaid_used < Money::ZERO {
        return Err(CollectError::PrepaidNegative(offer.prepaid_used));
    }
    if offer.prepaid_used > own {
        return Err(CollectError::PrepaidBeyondDue { due: own });
    }
    if offer.prepaid_used > purse {
        return Err(CollectError::PrepaidGone { balance: purse });
    }
    let due = due - offer.prepaid_used;
    if received < due {
        return Err(CollectError::Short { due, received });
    }
    if received > Money::from_fen(RECEIVED_MAX_FEN) {
        return Err(CollectError::TooMuch(received));
    }
    let rest = received - due;
    let in_cash = offer.tenders.iter().filter(|tender| tender.method == PayMethod::Cash);
    let cash: Money = in_cash.map(|tender| tender.amount).sum();
    let (change, prepaid_in) = match offer.surplus {
        Surplus::Prepaid => (Money::ZERO, rest),
        Surplus::Change if rest <= cash => (rest, Money::ZERO),
        Surplus::Change => return Err(CollectError::ChangeOnlyInCash { surplus: rest }),
    };
    if chosen.is_empty() && prepaid_in == Money::ZERO {
        return Err(CollectError::NothingChosen);
    }
    Ok(Settlement {
        lines: chosen.iter().copied().flat_map(SettledLine::all_of).collect(),
        former_payers: chosen
            .iter()
            .filter_map(|charge| Some((charge.id, charge.former_payer.clone()?)))
            .collect(),
        late_fee: chosen.iter().map(|c| c.late_fee).sum(),
        change,
        prepaid_used: offer.prepaid_used,
        prepaid_in,
        net: received - change,
        received,
        method: method_of(offer.tenders),
        tenders: offer.tenders.to_vec(),
    })
}

/// Money there is, and a card slip or cheque by its number.
fn check_tender(tender: &Tender) -> Result<(), CollectError> {
    if !tender.method.at_counter() {
        return Err(CollectError::NotAtCounter(tender.method));
    }
    if tender.amount <= Money::ZERO {
        return Err(CollectError::EmptyTender);
    }
    if tender.method == PayMethod::Cash {
        return Ok(());
    }
    let reference = SlipNumber::of(tender.reference.as_deref().unwrap_or_default());
    if reference.as_str().is_empty() {
        return Err(CollectError::NoReference(tender.method));
    }
    if reference.as_str().chars().count() > REFERENCE_MAX_CHARS {
        return Err(CollectError::LongReference(tender.method));
    }
    if let Some(odd) = reference.odd() {
        return Err(CollectError::OddReference(tender.method, odd));
    }
    match tender.slip_total {
        Some(total) if total < tender.amount => {
            Err(CollectError::SlipTooSmall { total, amount: tender.amount })
        }
        _ => Ok(()),
    }
}

/// The one word for all that was handed over.
fn method_of(tenders: &[Tender]) -> PayMethod {
    match tenders {
        [] => PayMethod::Prepaid,
        [one, more @ ..] if more.iter().all(|tender| tender.method == one.method) => one.method,
        _ => PayMethod::Mixed,
    }
}

/// The chosen charges: all still open, none twice, and no older one of the same payer left out.
fn choose<'a>(
    open: &'a [QuotedCharge],
    ids: &[ChargeId],
) -> Result<Vec<&'a QuotedCharge>, CollectError> {
    let is_chosen = |charge: &QuotedCharge| ids.contains(&charge.id);
    let chosen: Vec<&QuotedCharge> = open.iter().filter(|charge| is_chosen(charge)).collect();
    if !ids.iter().all(|id| chosen.iter().any(|charge| charge.id == *id)) {
        return Err(CollectError::StaleQuote { total: chosen.iter().map(|c| c.total).sum() });
    }
    if chosen.len() < ids.len() {
        return Err(CollectError::ChosenTwice);
    }
    let is_passed_over = |(at, older): &(usize, &QuotedCharge)| {
        let mut newer = open[at + 1..].iter().filter(|charge| is_chosen(charge));
        !is_chosen(older) && newer.any(|charge| charge.former_payer == older.former_payer)
    };
    match open.iter().enumerate().find(is_passed_over) {
        Some((_, older)) => Err(CollectError::OlderFirst { period: older.period }),
        None => Ok(chosen),
    }
}

impl Settlement {
    /// The papers of one family; none where nothing is due on it. Each is made out to one payer.
    pub(super) fn documents(&self, family: ReceiptType) -> Vec<Document> {
        if family == ReceiptType::Prepaid {
            let (amount, lines) = (self.prepaid_in, Vec::new());
            let deposit = Document { amount, lines, former_payer: None };
            return Some(deposit).into_iter().filter(|paper| paper.amount > Money::ZERO).collect();
        }
        let payer_of = |line: &SettledLine| self.former_payers.get(&line.charge);
        let on_it = self.lines.iter().filter(|line| line.fee_item.document() == family);
        let mut lines: Vec<_> = on_it.copied().collect();
        lines.sort_by_key(|line| payer_of(line).map(|payer| payer.id));
        let mut papers: Vec<Document> = Vec::new();
        let mut printed = HashSet::new();
        for line in lines {
            let is_new = printed.insert((line.period, line.fee_item));
            let has_room = printed.len() <= LINES_ON_PAPER || !is_new;
            let (former_payer, sum) = (payer_of(&line), line.amount + line.late_fee);
            match papers.last_mut() {
                Some(paper) if has_room && paper.former_payer.as_ref() == former_payer => {
                    paper.lines.push(line);
                    paper.amount += sum;
                }
                _ => {
                    printed = HashSet::from([(line.period, line.fee_item)]);
                    let former_payer = former_payer.cloned();
                    papers.push(Document { amount: sum, lines: vec![line], former_payer });
                }
            }
        }
        papers
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use terms::{BillPeriod, ChargeLineId, FeeItem, OrganisationId, PayerId, Volume};

    use super::super::quoted::QuotedLine;
    use super::*;

    /// A charge for a month, with a water line and a sewage line, each with its late fee.
    fn charge(
        id: i64,
        period: i32,
        water_fen: i64,
        sewage_fen: i64,
        late_fen: i64,
    ) -> QuotedCharge {
        let line = |n: i64, fee_item, fen, late| QuotedLine {
            id: ChargeLineId(id * 10 + n),
            owner: OrganisationId(1),
            fee_item,
            tier: 1,
            quantity: Volume::m3(1),
            unit_price: Money::from_fen(fen).into(),
            amount: Money::from_fen(fen),
            late_fee: Money::from_fen(late),
        };
        let mut charge = QuotedCharge {
            id: ChargeId(id),
            former_payer: None,
            period: BillPeriod::from_number(period).unwrap(),
            due_date: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
            volume: Volume::m3(1),
            fees: Vec::new(),
            lines: vec![
                line(1, FeeItem::Water, water_fen, late_fen),
                line(2, FeeItem::Sewage, sewage_fen, 0),
            ],
            principal: Money::ZERO,
            late_fee: Money::ZERO,
            total: Money::ZERO,
        };
        charge.sum_up();
        charge
    }

    fn open() -> Vec<QuotedCharge> {
        vec![
            charge(1, 202601, 1_000, 500, 7),
            charge(2, 202602, 2_000, 0, 0),
            charge(3, 202603, 300, 33, 0),
        ]
    }

    fn pay(
        ids: &[i64],
        expected: i64,
        received: i64,
        surplus: Surplus,
        method: PayMethod,
    ) -> Result<Settlement, CollectError> {
        pay_with((0, 0), ids, expected, received, surplus, method)
    }

    /// The same, where so many fen of those in the purse are used.
    fn pay_with(
        (used, purse): (i64, i64),
        ids: &[i64],
        expected: i64,
        received: i64,
        surplus: Surplus,
        method: PayMethod,
    ) -> Result<Settlement, CollectError> {
        let ids: Vec<_> = ids.iter().map(|id| ChargeId(*id)).collect();
        let expected_total = Money::from_fen(expected);
        let prepaid_used = Money::from_fen(used);
        let reference = (method != PayMethod::Cash).then(|| "P1".to_owned());
        let amount = Money::from_fen(received);
        let tender = Tender { method, amount, reference, slip_total: None };
        let tenders: Vec<_> = Some(tender).into_iter().filter(|t| t.amount.fen() != 0).collect();
        let tenders = &tenders;
        let offer = Offer { charges: &ids, expected_total, prepaid_used, tenders, surplus };
        settle(&open(), Money::from_fen(purse), &offer)
    }

    #[test]
    fn nobody_hands_over_a_thousand_things_at_once() {
        let yuan = |count: usize| vec![Tender::cash(Money::from_fen(100)); count];
        let offer = |tenders: &[Tender]| {
            let offer = Offer {
                charges: &[],
                expected_total: Money::ZERO,
                prepaid_used: Money::ZERO,
                tenders,
                surplus: Surplus::Prepaid,
            };
            settle(&[], Money::ZERO, &offer).map(|settled| settled.prepaid_in.fen())
        };
        assert_eq!(offer(&yuan(20)).unwrap(), 2_000);
        let refused = offer(&yuan(21)).unwrap_err();
        assert_eq!(refused.to_string(), "一次缴费最多20笔收款，本次21笔");
    }

    #[test]
    fn the_purse_pays_first_and_money_the_rest() {
        use {PayMethod::Cash, Surplus::Change};
        for (used, ids, due, received, surplus, want) in [
            // Change, into the purse, method.
            (1_507, &[1][..], 1_507, 0, Change, (0, 0, PayMethod::Prepaid)),
            (1_000, &[1], 1_507, 507, Change, (0, 0, Cash)),
            (1_000, &[1], 1_507, 600, Change, (93, 0, Cash)),
            (1_000, &[1], 1_507, 600, Surplus::Prepaid, (0, 93, Cash)),
            (0, &[1], 1_507, 1_507, Change, (0, 0, Cash)),
        ] {
            let paid = pay_with((used, 2_000), ids, due, received, surplus, Cash).unwrap();
            assert_eq!((paid.change.fen(), paid.prepaid_in.fen(), paid.method), want);
            let lines: Money = paid.lines.iter().map(|l| l.amount + l.late_fee).sum();
            // received + prepaid used = lines with late fees + into the purse + change
            assert_eq!(received + used, (lines + paid.prepaid_in + paid.change).fen());
        }
        for (used, purse, received, want) in [
            (2_000, 2_000, 0, "预存抵扣不能多于"),
            (-100, 2_000, 1_607, "预存抵扣-1.00元为负数"),
            (1_500, 1_499, 7, "余额为14.99元"),
            (1_500, 1_500, 6, "应收0.07元，实收0.06元"),
        ] {
            let refused = pay_with((used, purse), &[1], 1_507, received, Change, Cash);
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(want), "{refused}");
        }
    }

    #[test]
    fn a_payment_is_used_to_the_fen() {
        use PayMethod::{Cash, Cheque, Pos};
        use Surplus::{Change, Prepaid};
        for (ids, due, received, surplus, method, change, prepaid) in [
            (&[1][..], 1_507, 1_507, Change, Cash, 0, 0),
            (&[1], 1_507, 2_000, Change, Cash, 493, 0),
            (&[1, 2], 3_507, 4_000, Prepaid, Cash, 0, 493),
            (&[2, 1], 3_507, 3_507, Change, Pos, 0, 0),
            (&[1, 2, 3], 3_840, 3_841, Prepaid, Cheque, 0, 1),
            (&[], 0, 5_000, Prepaid, Cash, 0, 5_000),
        ] {
            let paid = pay(ids, due, received, surplus, method).unwrap();
            assert_eq!(
                (paid.change.fen(), paid.prepaid_in.fen()),
                (change, prepaid),
                "{ids:?} {received}"
            );
            let used: Money = paid.lines.iter().map(|l| l.amount + l.late_fee).sum();
            assert_eq!(used + paid.prepaid_in, paid.net);
            assert_eq!(paid.net + paid.change, Money::from_fen(received));
            let papers: Money =
                ReceiptType::ALL.iter().flat_map(|t| paid.documents(*t)).map(|d| d.amount).sum();
            assert_eq!(papers, used + paid.prepaid_in);
        }
    }

    #[test]
    fn a_paper_is_made_out_to_one_payer() {
        let mut open = open();
        let chen = FormerPayer { id: PayerId(1), name: "陈大文".to_owned() };
        open[0].former_payer = Some(chen.clone());
        open[2].former_payer = Some(chen);
        let charges = [ChargeId(1), ChargeId(2), ChargeId(3)];
        let amount = Money::from_fen(3_840);
        let tenders =
            &[Tender { method: PayMethod::Cash, amount, reference: None, slip_total: None }];
        let (surplus, prepaid_used) = (Surplus::Change, Money::ZERO);
        let offer =
            Offer { charges: &charges, expected_total: amount, prepaid_used, tenders, surplus };
        let papers =
            settle(&open, Money::ZERO, &offer).unwrap().documents(ReceiptType::WaterInvoice);
        let of: Vec<_> = papers
            .iter()
            .map(|paper| (paper.former_payer.is_some(), paper.amount.fen(), paper.lines.len()))
            .collect();
        assert_eq!(of, [(false, 2_000, 1), (true, 1_307, 2)]);
    }

    /// Whoever came pays the own bills and leaves those of who left, and the other way round; each the oldest first.
    #[test]
    fn nobody_pays_the_older_bill_of_another_first() {
        let mut open = open();
        open[0].former_payer = Some(FormerPayer { id: PayerId(1), name: "陈大文".to_owned() });
        let pay = |ids: &[i64], due: i64| {
            let charges: Vec<_> = ids.iter().map(|id| ChargeId(*id)).collect();
            let expected_total = Money::from_fen(due);
            let (tenders, surplus) = (&[Tender::cash(expected_total)], Surplus::Change);
            let prepaid_used = Money::ZERO;
            let offer = Offer { charges: &charges, expected_total, prepaid_used, tenders, surplus };
            settle(&open, Money::ZERO, &offer).map(|paid| paid.former_payers.len())
        };
        for (ids, due, theirs) in [(&[2][..], 2_000, 0), (&[1], 1_507, 1), (&[3, 2], 2_333, 0)] {
            assert_eq!(pay(ids, due).unwrap(), theirs, "{ids:?}");
        }
        for (ids, due) in [(&[3][..], 333), (&[1, 3], 1_840)] {
            let refused = pay(ids, due).unwrap_err().to_string();
            assert!(refused.contains("2026-02"), "{ids:?}: {refused}");
        }
    }

    #[test]
    fn a_purse_pays_the_bills_of_its_payer_alone() {
        let mut open = open();
        open[0].former_payer = Some(FormerPayer { id: PayerId(1), name: "陈大文".to_owned() });
        let (charges, surplus) = ([ChargeId(1), ChargeId(2)], Surplus::Change);
        let expected_total = Money::from_fen(3_507);
        let pay = |prepaid_used: Money| {
            let tenders = &[Tender::cash(expected_total - prepaid_used)];
            let offer = Offer { charges: &charges, expected_total, prepaid_used, tenders, surplus };
            settle(&open, Money::from_fen(5_000), &offer)
        };
        assert_eq!(pay(Money::from_fen(2_000)).unwrap().net, Money::from_fen(1_507));
        let refused = pay(Money::from_fen(2_001)).unwrap_err().to_string();
        assert!(refused.contains("现缴费人的应收20.00元"), "{refused}");
    }

    #[test]
    fn what_a_clerk_cannot_do() {
        use PayMethod::{Cash, Pos, Wechat};
        use Surplus::{Change, Prepaid};
        for (ids, expected, received, surplus, method, want) in [
            (&[1][..], 1_507, 1_506, Change, Cash, "应收15.07元，实收15.06元，不足"),
            (&[1], 1_500, 1_507, Change, Cash, "15.07"),
            (&[9], 1_507, 1_507, Change, Cash, "0.00"),
            (&[1, 9], 3_507, 3_507, Change, Cash, "15.07"),
            (&[2], 2_000, 2_000, Change, Cash, "2026-01"),
            (&[1, 3], 1_840, 1_840, Change, Cash, "2026-02"),
            (&[1, 1], 1_507, 1_507, Change, Cash, "重复"),
            (&[1], 1_507, 1_508, Change, Pos, "现金"),
            (&[], 0, 0, Change, Cash, "请选择"),
            (&[], 0, 100, Change, Cash, "请选择"),
            (&[1], 1_507, 1_507, Change, Wechat, "微信"),
            (&[1], 1_507, 99_999_999_999, Prepaid, Cash, "金额"),
        ] {
            let refused = pay(ids, expected, received, surplus, method).unwrap_err().to_string();
            assert!(refused.contains(want), "{ids:?} {received}: {refused}");
        }
    }

    /// Every prefix of the open charges, with every surplus up to a yuan, balances.
    #[test]
    fn every_choice_balances() {
        for count in 0..=3 {
            let ids: Vec<i64> = (1..=count).collect();
            let due: Money = open().iter().take(ids.len()).map(|c| c.total).sum();
            for extra in 1..=100 {
                let paid =
                    pay(&ids, due.fen(), due.fen() + extra, Surplus::Prepaid, PayMethod::Cash)
                        .unwrap();
                assert_eq!(paid.net, due + Money::from_fen(extra));
                assert_eq!(paid.prepaid_in, Money::from_fen(extra));
            }
        }
    }
}
