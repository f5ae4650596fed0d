//! What accounts were billed for before: a charge for the same months goes on from there.

use std::collections::HashMap;

use terms::{AccountId, BillPeriod, FeeItem, Money, Span, Volume};

use super::assess::{Charge, ToBill};
use crate::tariff::Apart;

/// A charge that stands.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) span: Span,
    pub(super) volume: Volume,
    /// What it bears for garbage by water, minimum and fixed charge included.
    pub(super) garbage: Money,
    /// Quantities, by fee and tier.
    pub(super) lines: Vec<(FeeItem, i16, Volume)>,
    /// The months that it was made for, where this run made it.
    pub(super) months: Vec<BillPeriod>,
}

impl Before {
    fn of(charge: &Charge) -> Self {
        let lines = charge.lines.iter().map(|line| &line.priced);
        Self {
            span: charge.usage.span,
            volume: charge.usage.volume,
            garbage: if charge.quantity.is_none() { charge.garbage() } else { Money::ZERO },
            lines: lines.map(|line| (line.fee_item, line.tier, line.quantity)).collect(),
            months: charge.months.iter().map(|charged| charged.month).collect(),
        }
    }

    /// True where its last month lies in a span.
    fn ends_in(&self, span: Span) -> bool {
        (span.first()..=span.last()).contains(&self.span.last())
    }
}

/// The charges of accounts: those that stand, and those that a run makes.
#[derive(Debug, Default)]
pub(super) struct Billed(HashMap<i64, Vec<Before>>);

impl Billed {
    pub(super) fn of(&self, account: i64) -> &[Before] {
        self.0.get(&account).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn forget(&mut self, account: i64) {
        self.0.remove(&account);
    }

    pub(super) fn add(&mut self, account: AccountId, before: Before) {
        self.0.entry(account.0).or_default().push(before);
    }

    pub(super) fn note(&mut self, charge: &Charge) {
        self.add(charge.account, Before::of(charge));
    }

    /// Takes out the months that this run has charged already, and adds what was used and charged before in the months of
    /// the readings. Meters of one account that were read after different spans share the widest: it holds whole charges,
    /// and never a part of one.
    pub(super) fn add_to(&self, to_bill: &mut ToBill) {
        let before = self.of(to_bill.account.0);
        to_bill.months.retain(|open| !before.iter().any(|b| b.months.contains(&open.month)));
        if to_bill.taken.is_empty() {
            return;
        }
        let usage = &mut to_bill.usage;
        usage.span = widened(usage.span, before);
        for part in before.iter().filter(|part| part.ends_in(usage.span)) {
            usage.used_before += part.volume;
            usage.garbage.charged += part.garbage;
            if part.span.last() == usage.span.last() {
                let Apart { volume, lines } = &mut usage.apart;
                *volume += part.volume;
                lines.extend_from_slice(&part.lines);
            }
        }
    }
}

/// A span, widened by those of all charges for water that end in it.
pub(super) fn widened(span: Span, before: &[Before]) -> Span {
    let parts = before.iter().filter(|part| part.volume > Volume::ZERO && part.ends_in(span));
    let wide = parts.fold(span, |wide, part| wide.join(part.span));
    if wide == span { span } else { widened(wide, before) }
}
