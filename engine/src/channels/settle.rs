//! Whether one settled item is what the account owes.

use std::collections::HashMap;

use terms::{AccountId, ChargeId, Money, OutletId, PayerId, TownId};

use super::item::{Refusal, Settles};
use crate::counter::{LateFeeTerms, Purse, QuotedCharge, SettledLine, add_late_fees};

/// An account with what it owes, oldest first.
pub(super) struct Debtor {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
    pub(super) open: Vec<QuotedCharge>,
    /// Who paid for it on the day of settlement, whose the money may be: one, or who left and who came. None is who pays now.
    pub(super) payers: Vec<Option<PayerId>>,
    /// Bills that another channel holds, and for what.
    pub(super) held: HashMap<ChargeId, String>,
    /// The purse as the day of settlement knew it.
    pub(super) purse: Purse,
}

impl Default for Debtor {
    fn default() -> Self {
        Self {
            account: AccountId(0),
            town: TownId(0),
            outlet: OutletId(0),
            open: Vec::new(),
            payers: vec![None],
            held: HashMap::new(),
            purse: Purse::default(),
        }
    }
}

/// Settles the item's charges if it pays them exactly, late fees as the counter would have asked on that day; a
/// refused item leaves the debtor as it was.
pub(super) fn settle(
    debtor: &mut Debtor,
    (settles, gross): (&Settles, Money),
    terms: &LateFeeTerms,
) -> Result<Vec<SettledLine>, Refusal> {
    add_late_fees(&mut debtor.open, terms, &debtor.purse);
    let open = choices(debtor, settles)?.into_iter().filter(|chosen| !chosen.is_empty());
    let paying = open.map(|chosen| fits(debtor, &chosen, gross).map(|()| chosen));
    let chosen = paying.reduce(Result::or).unwrap_or(Err(Refusal::NothingOpen))?;
    let paid = debtor.open.iter().filter(|charge| chosen.contains(&charge.id));
    let lines = paid.flat_map(SettledLine::all_of).collect();
    debtor.open.retain(|charge| !chosen.contains(&charge.id));
    Ok(lines)
}

/// What the item may pay: the charges that it names, or those of one who paid for the account on the day.
fn choices(debtor: &Debtor, settles: &Settles) -> Result<Vec<Vec<ChargeId>>, Refusal> {
    let open = &debtor.open;
    match settles {
        Settles::Charges(ids) => {
            if let Some(gone) = ids.iter().find(|id| open.iter().all(|c| c.id != **id)) {
                return Err(Refusal::NotOpen(*gone));
            }
            Ok(vec![ids.clone()])
        }
        Settles::UpTo(period) => {
            let owed_by = |payer: &Option<PayerId>| {
                let of = |c: &QuotedCharge| c.former_payer.as_ref().map(|payer| payer.id);
                let theirs = open.iter().filter(|c| of(c) == *payer && c.period <= *period);
                theirs.map(|c| c.id).collect::<Vec<_>>()
            };
            Ok(debtor.payers.iter().map(owed_by).collect())
        }
    }
}

/// Charges that nobody else holds, to the fen.
fn fits(debtor: &Debtor, chosen: &[ChargeId], gross: Money) -> Result<(), Refusal> {
    if let Some(holder) = chosen.iter().find_map(|charge| debtor.held.get(charge)) {
        return Err(Refusal::Held(holder.clone()));
    }
    let paid = debtor.open.iter().filter(|charge| chosen.contains(&charge.id));
    let due: Money = paid.map(|charge| charge.total).sum();
    if due == gross { Ok(()) } else { Err(Refusal::Differs { due, gross }) }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use terms::{BillPeriod, PayMethod};

    use super::*;
    use crate::counter::FormerPayer;
    use crate::tariff::LateFeeRules;

    fn debtor() -> Debtor {
        let open = vec![(1, 202601, 100), (2, 202602, 20), (3, 202603, 3)];
        let open = open.into_iter().map(|(id, month, fen)| {
            let period = BillPeriod::from_number(month).unwrap();
            QuotedCharge::of_water(id, period, Money::from_fen(fen))
        });
        Debtor { account: AccountId(1), open: open.collect(), ..Debtor::default() }
    }

    fn post(debtor: &mut Debtor, settles: Settles, fen: i64) -> Result<usize, Refusal> {
        let rules = LateFeeRules::default();
        let terms = LateFeeTerms { rules: &rules, day: NaiveDate::MAX, method: PayMethod::Wechat };
        let gross = Money::from_fen(fen);
        settle(debtor, (&settles, gross), &terms).map(|lines| lines.len())
    }
    fn up_to(month: i32) -> Settles {
        Settles::UpTo(BillPeriod::from_number(month).unwrap())
    }

    #[test]
    fn an_item_pays_exactly_what_is_open() {
        let mut debtor = debtor();
        let differs = Refusal::Differs { due: Money::from_fen(120), gross: Money::from_fen(121) };
        assert_eq!(post(&mut debtor, up_to(202602), 121), Err(differs));
        assert_eq!(post(&mut debtor, up_to(202602), 120), Ok(2));
        assert_eq!(post(&mut debtor, up_to(202602), 120), Err(Refusal::NothingOpen));
        assert_eq!(
            post(&mut debtor, Settles::Charges(vec![ChargeId(1)]), 100),
            Err(Refusal::NotOpen(ChargeId(1)))
        );
        assert_eq!(post(&mut debtor, Settles::Charges(vec![ChargeId(3)]), 3), Ok(1));
        assert_eq!(post(&mut debtor, Settles::Charges(vec![]), 0), Err(Refusal::NothingOpen));
    }

    #[test]
    fn an_item_pays_no_bill_of_another_payer() {
        let chen = FormerPayer { id: PayerId(1), name: "陈大文".to_owned() };
        let mut debtor = debtor();
        debtor.open[0].former_payer = Some(chen);
        let differs = Refusal::Differs { due: Money::from_fen(20), gross: Money::from_fen(120) };
        assert_eq!(post(&mut debtor, up_to(202602), 120), Err(differs));
        assert_eq!(post(&mut debtor, up_to(202602), 20), Ok(1));
        assert_eq!(post(&mut debtor, up_to(202602), 100), Err(Refusal::NothingOpen));
        // What was settled before the account passed on is of who left, and on the day itself of either.
        debtor.payers = vec![Some(PayerId(1))];
        let own = Refusal::Differs { due: Money::from_fen(100), gross: Money::from_fen(3) };
        assert_eq!(post(&mut debtor, up_to(202603), 3), Err(own));
        debtor.payers = vec![Some(PayerId(1)), None];
        let neither = Refusal::Differs { due: Money::from_fen(3), gross: Money::from_fen(103) };
        assert_eq!(post(&mut debtor, up_to(202603), 103), Err(neither));
        assert_eq!(post(&mut debtor, up_to(202603), 3), Ok(1));
        assert_eq!(post(&mut debtor, up_to(202603), 100), Ok(1));
    }

    #[test]
    fn a_charge_named_twice_is_paid_once() {
        let twice = Settles::Charges(vec![ChargeId(2), ChargeId(2)]);
        assert!(matches!(post(&mut debtor(), twice.clone(), 40), Err(Refusal::Differs { .. })));
        assert_eq!(post(&mut debtor(), twice, 20), Ok(1));
    }
}
