//! What accounts were billed for before: a charge for the same months goes on from there.
//!
//! In whatever order charges are made, they come to what they come to in the order of their months: each month is priced
//! after those before it, in the span of all readings up to it that meet, and meet those. A charge bears what all the
//! months that it meets come to with it, less what they were charged: a month that was billed before an earlier one is
//! moved on by it.

use std::collections::{BTreeSet, HashMap};

use terms::{AccountId, BillPeriod, FeeItem, Money, OrganisationId, Span, Volume};

use super::assess::{Charge, ToBill, Used};
use super::rates::Books;
use crate::tariff::{Place, Price, TariffBook, Usage};

/// A charge that stands.
#[derive(Debug)]
pub(super) struct Before {
    /// The months of the readings that it took; its own where it took none.
    pub(super) span: Span,
    pub(super) volume: Volume,
    /// What each of them said.
    pub(super) used: Vec<Used>,
    pub(super) lines: Vec<Charged>,
    /// The months that it was made for, where this run made it.
    pub(super) months: Vec<BillPeriod>,
}

/// A line of a charge that stands.
#[derive(Debug)]
pub(super) struct Charged {
    pub(super) price: Price,
    pub(super) owner: OrganisationId,
    pub(super) quantity: Volume,
    pub(super) amount: Money,
}

impl Before {
    fn of(charge: &Charge) -> Self {
        let used: Vec<Used> = charge.taken.iter().map(|taken| taken.used).collect();
        let span = used.iter().map(|used| used.span).reduce(Span::join);
        let lines = charge.lines.iter().map(|line| {
            let priced = &line.priced;
            let price = Price {
                fee_item: priced.fee_item,
                tier: priced.tier,
                version: priced.version,
                unit_price: priced.unit_price,
            };
            let (owner, quantity, amount) = (line.owner, priced.quantity, priced.amount);
            Charged { price, owner, quantity, amount }
        });
        Self {
            span: span.unwrap_or(charge.usage.span),
            volume: charge.usage.volume,
            used,
            lines: lines.collect(),
            months: charge.months.iter().map(|charged| charged.month).collect(),
        }
    }

    /// What of its use lies in a month.
    pub(super) fn used_in(&self, month: BillPeriod) -> Volume {
        self.used.iter().map(|used| used.of(month)).sum()
    }
}

/// The charges of accounts in the order in which they were made: those that stand, and those that a run makes.
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

    /// Takes out the months that this run has charged already.
    pub(super) fn leave_out_months(&self, to_bill: &mut ToBill) {
        let before = self.of(to_bill.account.0);
        to_bill.months.retain(|open| !before.iter().any(|b| b.months.contains(&open.month)));
    }
}

/// A span, joined with all that meet it, and with those that meet these.
pub(super) fn joined(span: Span, others: &[Span]) -> Span {
    let meeting = others.iter().filter(|other| other.meets(span));
    let wide = meeting.fold(span, |wide, other| wide.join(*other));
    if wide == span { span } else { joined(wide, others) }
}

/// What a charge meets: all months up to its own, and the other months that were billed, each as it is with it.
pub(super) struct Met<'a> {
    pub(super) span: Span,
    pub(super) others: Vec<(&'a TariffBook, Usage)>,
}

/// Puts a use in its place among what was billed before.
pub(super) fn go_on<'a>(books: &Books<'a>, before: &[Before], to_bill: &mut ToBill) -> Met<'a> {
    if to_bill.taken.is_empty() {
        return Met { span: to_bill.usage.span, others: Vec::new() };
    }
    let (month, own) = (to_bill.month(), to_bill.usage.span);
    let water: Vec<&Before> = before.iter().filter(|part| part.volume > Volume::ZERO).collect();
    let wide = joined(own, &water.iter().map(|part| part.span).collect::<Vec<_>>());
    let met: Vec<&Before> = water.into_iter().filter(|part| part.span.meets(wide)).collect();
    let mut all: Vec<Used> = met.iter().map(|m| Used { span: m.span, volume: m.volume }).collect();
    let charged = met.iter().flat_map(|part| &part.lines);
    let charged = charged.filter(|line| line.price.fee_item != FeeItem::Garbage);
    let charged = charged.map(|line| (line.price, line.quantity)).collect();

    let usage = &mut to_bill.usage;
    usage.used_before = all.iter().map(|used| used.volume).sum();
    let (span, at) = place(own, &all);
    usage.span = span;
    usage.at = Place { charged, ..at };
    usage.quota = books.quotas.of(to_bill.account, span);

    if usage.volume > Volume::ZERO {
        all.push(Used { span: own, volume: usage.volume });
    }
    let others: BTreeSet<BillPeriod> =
        met.iter().map(|part| part.span.last()).filter(|last| *last != month).collect();
    let holder = to_bill.holder();
    let other = |month: BillPeriod| {
        let its = all.iter().map(|used| used.span).filter(|span| span.last() == month);
        let (span, at) = place(its.reduce(Span::join)?, &all);
        let state = books.then.of(&holder, month);
        let usage = Usage {
            volume: at.of_month,
            used_before: at.from,
            at: Place { of_month: Volume::ZERO, ..at },
            quota: books.quotas.of(holder.account, span),
            ..ToBill::new(holder, state, span).usage
        };
        Some((&books.rates.of(month).book, usage))
    };
    let others = others.into_iter().filter_map(other).collect();
    Met { span: Span::new(wide.from, span.to, wide.first().previous(), month), others }
}

/// The span in which a month is priced, and its place there: after all that is used in the months before it.
fn place(own: Span, all: &[Used]) -> (Span, Place) {
    let upto: Vec<Used> =
        all.iter().copied().filter(|used| used.span.last() <= own.last()).collect();
    let span = joined(own, &upto.iter().map(|used| used.span).collect::<Vec<_>>());
    let of = |is: fn(BillPeriod, BillPeriod) -> bool| {
        let its = upto.iter().filter(|used| used.span.meets(span));
        its.filter(|used| is(used.span.last(), own.last())).map(|used| used.volume).sum::<Volume>()
    };
    let (from, of_month) = (of(|last, month| last < month), of(|last, month| last == month));
    (span, Place { from, of_month, charged: Vec::new() })
}
