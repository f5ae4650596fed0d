//! From readings to a charge, or to the reason why there is none: pure.

use rust_decimal::Decimal;
use terms::{
    AccountId, BillPeriod, ChargeId, FeeItem, Money, OrganisationId, OutletId, PayerId, ReadingId,
    Span, TownId, Volume,
};

use super::before::{Before, go_on};
use super::kind::ChargeKind;
use super::missed;
use super::rates::Books;
use super::why::Why;
use crate::reading::{Decision, Flag};
use crate::register::{AccountState, SewageClass};
use crate::tariff::{Place, PricedLine, TariffBook, Usage, check_room, price};

/// An account, and what it is at present.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
    pub(super) present: AccountState,
}

/// An account with the readings of a month that no charge has taken, or with months that nobody read.
#[derive(Debug, Clone)]
pub(super) struct ToBill {
    pub(super) account: AccountId,
    pub(super) outlet: OutletId,
    /// What the account is now.
    pub(super) present: AccountState,
    /// Who pays for it then.
    pub(super) payer: PayerId,
    /// As what it is charged, and what it used by the readings to take.
    pub(super) usage: Usage,
    /// The readings to take: several where an account has more than one meter, none where nobody read.
    pub(super) taken: Vec<Taken>,
    /// Why another reading of the account cannot be taken yet.
    pub(super) held: Option<Why>,
    /// Months of its span that no standing charge is for, where its garbage rate is by the month.
    pub(super) months: Vec<ChargedMonth>,
    /// The reversal in whose place it is billed.
    pub(super) replaces: Option<ChargeId>,
}

/// A month for which a charge is made, and how often one was made for it, this one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChargedMonth {
    pub(super) month: BillPeriod,
    pub(super) turn: i16,
}

/// A reading that a charge takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) reading: ReadingId,
    pub(super) used: Used,
    /// How often it was taken, this time included: once more than it was reversed.
    pub(super) turn: i16,
}

/// What a reading says was used, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) span: Span,
    pub(super) volume: Volume,
}

impl Used {
    /// What of it lies in a month: it lies evenly in the months of its span.
    pub(super) fn of(&self, month: BillPeriod) -> Volume {
        if !self.span.holds(month) {
            return Volume::ZERO;
        }
        let since = Decimal::from(month.months_after(self.span.first()));
        let all = Decimal::from(self.span.months());
        let before = |months: Decimal| Volume::rounded(self.volume.figure() * months / all);
        before(since + Decimal::ONE) - before(since)
    }
}

/// What one meter says for the month.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeterUse {
    pub(super) taken: Taken,
    pub(super) flag: Flag,
    /// What a second person said of it.
    pub(super) review: Option<Decision>,
}

impl MeterUse {
    /// Why the reading cannot be taken; None where it can.
    fn held(&self) -> Option<Why> {
        match self.review {
            Some(Decision::Accepted) => None,
            Some(Decision::Rejected) => Some(Why::Rejected),
            None => self.flag.waits().then_some(Why::Waits(self.flag)),
        }
    }
}

impl ToBill {
    /// An account of which nothing is known but its span and what it is charged as.
    pub(super) fn new(holder: Holder, state: AccountState, span: Span) -> Self {
        let Holder { account, town, outlet, present } = holder;
        let usage = Usage {
            town,
            supplier: state.supplier,
            use_class: state.use_class,
            sewage_class: state.sewage_class,
            garbage_class: state.garbage_class,
            persons: state.persons,
            quantities: state.quantities,
            levy_ratio: state.levy_ratio,
            span,
            volume: Volume::ZERO,
            used_before: Volume::ZERO,
            at: Place::default(),
            quota: None,
        };
        let (taken, months) = (Vec::new(), Vec::new());
        Self {
            account,
            outlet,
            present,
            payer: state.payer,
            usage,
            taken,
            held: None,
            months,
            replaces: None,
        }
    }

    /// Whose it is.
    pub(super) fn holder(&self) -> Holder {
        let Self { account, outlet, present, .. } = *self;
        Holder { account, town: self.usage.town, outlet, present }
    }

    /// The month whose rates hold for it, the last of its span.
    pub(super) fn month(&self) -> BillPeriod {
        self.usage.span.last()
    }

    /// Adds what another meter of the account says: its use where it can be taken, else why it cannot.
    pub(super) fn add(&mut self, meter: MeterUse) {
        if let Some(why) = meter.held() {
            self.held.get_or_insert(why);
            return;
        }
        let (usage, Used { span, volume }) = (&mut self.usage, meter.taken.used);
        usage.volume += volume;
        usage.span = if self.taken.is_empty() { span } else { usage.span.join(span) };
        self.taken.push(meter.taken);
    }
}

/// A priced line, and whose its money is.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) owner: OrganisationId,
    pub(super) priced: PricedLine,
}

/// A charge to be made.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub(super) account: AccountId,
    pub(super) outlet: OutletId,
    pub(super) payer: PayerId,
    pub(super) kind: ChargeKind,
    /// What it is priced by.
    pub(super) usage: Usage,
    /// 计征比例 of sewage, where it is not exempt.
    pub(super) levy_ratio: Option<Decimal>,
    /// What its garbage fee is due on, where that is not water.
    pub(super) quantity: Option<Decimal>,
    pub(super) taken: Vec<Taken>,
    pub(super) months: Vec<ChargedMonth>,
    /// All months that it meets, up to its own: none of what was billed of them is taken back before it.
    pub(super) span: Span,
    pub(super) replaces: Option<ChargeId>,
    pub(super) total: Money,
    /// None where nothing is due on its water.
    pub(super) lines: Vec<Line>,
}

/// What became of an account: a charge, a reason why something of it is not billed, both, or neither where
/// nothing was used and nothing is due.
#[derive(Debug, Clone, Default)]
pub(super) struct Assessed {
    pub(super) charge: Option<Box<Charge>>,
    pub(super) parked: Option<Why>,
}

impl Assessed {
    fn parked(why: Why) -> Self {
        Self { charge: None, parked: Some(why) }
    }
}

/// Assesses one account that was charged for this `before`.
pub(super) fn assess(books: &Books<'_>, before: &[Before], mut to_bill: ToBill) -> Assessed {
    let met = go_on(books, before, &mut to_bill);
    let (usage, held) = (&to_bill.usage, to_bill.held.clone());
    let is_unused = usage.volume == Volume::ZERO && usage.used_before == Volume::ZERO;
    // Without use a fixed charge may be due; that is known only once all meters are.
    let is_unknown = held.is_some() && (to_bill.taken.is_empty() || is_unused);
    if is_unknown || (to_bill.taken.is_empty() && to_bill.months.is_empty()) {
        return Assessed { charge: None, parked: held };
    }
    let lines = match lines(books, before, &to_bill, &met.others) {
        Ok(lines) => lines,
        Err(why) => return Assessed::parked(why),
    };
    // Water on which nothing is due is billed at nothing, so that its reading is done.
    if lines.is_empty() && usage.volume == Volume::ZERO {
        return Assessed { charge: None, parked: held };
    }
    let book = &books.rates.of(to_bill.month()).book;
    let ToBill { account, outlet, payer, usage, taken, months, replaces, .. } = to_bill;
    let charge = Charge {
        account,
        outlet,
        payer,
        kind: if taken.is_empty() { ChargeKind::Fixed } else { ChargeKind::Bill },
        levy_ratio: levy_ratio(book, &usage),
        quantity: quantity(book, &usage),
        taken,
        months,
        span: met.span,
        replaces,
        total: lines.iter().map(|line| line.priced.amount).sum(),
        lines,
        usage,
    };
    Assessed { charge: Some(Box::new(charge)), parked: held }
}

/// All that is due, and whose it is.
fn lines(
    books: &Books<'_>,
    before: &[Before],
    to_bill: &ToBill,
    others: &[(&TariffBook, Usage)],
) -> Result<Vec<Line>, Why> {
    let (usage, rate) = (&to_bill.usage, books.rates.of(to_bill.month()));
    let of_water = price(&rate.book, usage, others)?;
    let mut lines = rate.owners.assign(usage.town, usage.supplier, of_water)?;
    for (owner, priced) in missed::garbage(books, before, to_bill)? {
        let owner = owner.ok_or(Why::NoOwner(priced.fee_item))?;
        lines.push(Line { owner, priced });
    }
    check_room(lines.iter().map(|line| &line.priced))?;
    Ok(lines)
}

fn levy_ratio(book: &TariffBook, usage: &Usage) -> Option<Decimal> {
    if usage.sewage_class == SewageClass::Exempt {
        return None;
    }
    let version = book.find(FeeItem::Sewage, usage.sewage_class.code(), usage.place());
    version.ok().map(|version| usage.levy_ratio.unwrap_or(version.levy_ratio))
}

fn quantity(book: &TariffBook, usage: &Usage) -> Option<Decimal> {
    let version = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.place()).ok()?;
    usage.quantities.of(version.basis)
}
