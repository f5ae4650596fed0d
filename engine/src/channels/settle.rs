//! Whether one settled item is what the account owes.

use chrono::NaiveDate;
use terms::{
    AccountId, BillPeriod, ChargeId, ChargeLineId, FeeItem, Money, OrganisationId, OutletId,
    PayMethod, TownId,
};

use super::item::{Refusal, Settles};
use crate::tariff::{LateFeeRules, late_fees};

/// An account with what it owes, oldest first.
pub(super) struct Debtor {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
    pub(super) open: Vec<OpenCharge>,
}

/// A charge that nothing has settled yet.
pub(super) struct OpenCharge {
    pub(super) id: ChargeId,
    pub(super) period: BillPeriod,
    pub(super) due_date: NaiveDate,
    pub(super) lines: Vec<OpenLine>,
    /// Which other channel holds it, and for what.
    pub(super) held: Option<String>,
}

/// A line of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenLine {
    pub(super) id: ChargeLineId,
    pub(super) owner: OrganisationId,
    pub(super) fee_item: FeeItem,
    pub(super) amount: Money,
}

/// A line as the item pays it.
pub(super) struct PaidLine {
    pub(super) period: BillPeriod,
    pub(super) charge: ChargeId,
    pub(super) line: OpenLine,
    pub(super) late_fee: Money,
}

/// What late fees depend on, the same for a whole batch.
pub(super) struct Terms<'a> {
    pub(super) rules: &'a LateFeeRules,
    pub(super) day: NaiveDate,
    pub(super) method: PayMethod,
}

/// Settles the item's charges if it pays them exactly; a refused item leaves the debtor as it was.
pub(super) fn settle(
    debtor: &mut Debtor,
    (settles, gross): (&Settles, Money),
    terms: &Terms,
) -> Result<Vec<PaidLine>, Refusal> {
    let chosen = choose(&debtor.open, settles)?;
    let held = |charge: &OpenCharge| charge.held.clone().filter(|_| chosen.contains(&charge.id));
    if let Some(holder) = debtor.open.iter().find_map(held) {
        return Err(Refusal::Held(holder));
    }
    let paid: Vec<PaidLine> = debtor
        .open
        .iter()
        .filter(|charge| chosen.contains(&charge.id))
        .flat_map(|charge| terms.paid(charge))
        .collect();
    let due: Money = paid.iter().map(|p| p.line.amount + p.late_fee).sum();
    if due != gross {
        return Err(Refusal::Differs { due, gross });
    }
    debtor.open.retain(|charge| !chosen.contains(&charge.id));
    Ok(paid)
}

fn choose(open: &[OpenCharge], settles: &Settles) -> Result<Vec<ChargeId>, Refusal> {
    let chosen: Vec<ChargeId> = match settles {
        Settles::Charges(ids) => {
            if let Some(gone) = ids.iter().find(|id| open.iter().all(|c| c.id != **id)) {
                return Err(Refusal::NotOpen(*gone));
            }
            ids.clone()
        }
        Settles::UpTo(period) => {
            open.iter().filter(|c| c.period <= *period).map(|c| c.id).collect()
        }
    };
    if chosen.is_empty() { Err(Refusal::NothingOpen) } else { Ok(chosen) }
}

impl Terms<'_> {
    fn paid(&self, charge: &OpenCharge) -> Vec<PaidLine> {
        let principals = charge.lines.iter().map(|line| (line.fee_item, line.amount));
        let fees = late_fees(self.rules, principals, charge.due_date, self.day, self.method);
        let paid = |(line, late_fee): (&OpenLine, Money)| PaidLine {
            period: charge.period,
            charge: charge.id,
            line: *line,
            late_fee,
        };
        charge.lines.iter().zip(fees).map(paid).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debtor() -> Debtor {
        let charge = |id, month, fen| OpenCharge {
            id: ChargeId(id),
            period: BillPeriod::from_number(month).unwrap(),
            due_date: NaiveDate::MIN,
            lines: vec![OpenLine {
                id: ChargeLineId(id),
                owner: OrganisationId(1),
                fee_item: FeeItem::Water,
                amount: Money::from_fen(fen),
            }],
            held: None,
        };
        Debtor {
            account: AccountId(1),
            town: TownId(1),
            outlet: OutletId(1),
            open: vec![charge(1, 202601, 100), charge(2, 202602, 20), charge(3, 202603, 3)],
        }
    }

    fn post(debtor: &mut Debtor, settles: Settles, fen: i64) -> Result<usize, Refusal> {
        let rules = LateFeeRules::default();
        let terms = Terms { rules: &rules, day: NaiveDate::MAX, method: PayMethod::Wechat };
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
    fn a_charge_named_twice_is_paid_once() {
        let twice = Settles::Charges(vec![ChargeId(2), ChargeId(2)]);
        assert!(matches!(post(&mut debtor(), twice.clone(), 40), Err(Refusal::Differs { .. })));
        assert_eq!(post(&mut debtor(), twice, 20), Ok(1));
    }
}
