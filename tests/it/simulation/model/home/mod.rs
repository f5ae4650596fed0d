//! An account of the note book: its meters, its bills, its purse.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use terms::{BillPeriod, ChargeId, PaymentId};

use super::super::prices::{Fees, Tiers, is_unusual, late_fee};

mod bill;

use bill::Used;

/// An account.
#[derive(Debug)]
pub(in crate::simulation) struct Home {
    pub(in crate::simulation) meters: Vec<Meter>,
    /// Charges, oldest month of the books first, then in the order in which they were made.
    pub(in crate::simulation) charges: Vec<Charge>,
    /// Who pays, each from a day on, the first from the opening.
    pub(in crate::simulation) payers: Vec<(NaiveDate, String)>,
    /// The newest payment in the city when the account was last passed on.
    pub(super) passed_on_after: Option<PaymentId>,
    pub(in crate::simulation) prepaid: i64,
    /// Each move of the purse that was not taken back, oldest first.
    purse: Vec<(PaymentId, NaiveDate, i64)>,
    /// Issues of bills after which the purse was opened.
    pub(super) offset: BTreeSet<i64>,
    /// Charges made so far.
    made: u32,
}

/// A meter.
#[derive(Debug)]
pub(in crate::simulation) struct Meter {
    /// The month of the installation.
    since: BillPeriod,
    /// The effective reading of each month.
    pub(in crate::simulation) readings: BTreeMap<BillPeriod, Reading>,
}

/// The effective reading of a month.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulation) struct Reading {
    /// What the meter showed.
    index: i64,
    m3: i64,
    /// The month of the reading before.
    since: BillPeriod,
    pub(in crate::simulation) state: State,
    /// Who read.
    by: usize,
    /// True once a bill of it was taken back.
    freed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum State {
    Waiting,
    Ready,
    Billed,
}

/// A bill.
#[derive(Debug)]
pub(in crate::simulation) struct Charge {
    /// Known once somebody has asked for it.
    pub(in crate::simulation) id: Option<ChargeId>,
    /// How many were made before it.
    made: u32,
    /// The month of the books in which it was made: that of its readings, or the first that was open when they were set
    /// free in a closed one.
    pub(in crate::simulation) period: BillPeriod,
    /// The month of its readings.
    month: BillPeriod,
    /// The first month of all that it meets: none of it is taken back before.
    first: BillPeriod,
    /// What each of its readings used, up to its month.
    used: Vec<Used>,
    pub(in crate::simulation) due: NaiveDate,
    /// Who paid for its month when it was made.
    pub(in crate::simulation) payer: String,
    m3: i64,
    tiers: Tiers,
    /// Fen of garbage, by the month in which their price began.
    garbage: Priced,
    /// The meters whose readings it took.
    meters: Vec<usize>,
    fees: Fees,
    /// The payment that settles each fee.
    pub(in crate::simulation) paid_by: [Option<PaymentId>; 3],
    /// The month of the books in which it was taken back.
    pub(in crate::simulation) reversed: Option<BillPeriod>,
    /// The channel that holds it, and until when.
    pub(in crate::simulation) held: Option<(&'static str, DateTime<Utc>)>,
}

/// Months, from the first to the last.
type Months = (BillPeriod, BillPeriod);
/// Fen, by the month in which their price began; none before the first order.
type Priced = BTreeMap<Option<BillPeriod>, i64>;
/// Prices of garbage treatment, from each of these months on.
type Prices = BTreeMap<BillPeriod, i64>;

/// Why a charge is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Kept {
    Reversed,
    Paid,
    NewerFirst,
}

impl Reading {
    /// What it used up to its month.
    fn used(&self, period: BillPeriod) -> Used {
        Used { months: (self.since.next().min(period), period), m3: self.m3 }
    }

    /// True where a bill run would take it.
    pub(super) fn is_unbilled(&self) -> bool {
        self.state == State::Ready && self.m3 > 0
    }
}

impl Meter {
    pub(in crate::simulation) fn new(since: BillPeriod) -> Self {
        Self { since, readings: BTreeMap::new() }
    }

    /// What it showed before a month, and the month of that.
    pub(in crate::simulation) fn before(&self, period: BillPeriod) -> (i64, BillPeriod) {
        let last = self.readings.range(..period).next_back();
        last.map_or((0, self.since), |(month, reading)| (reading.index, *month))
    }

    pub(in crate::simulation) fn newest(&self) -> Option<BillPeriod> {
        self.readings.keys().next_back().copied()
    }
}

impl Home {
    pub(in crate::simulation) fn new(since: BillPeriod, meters: usize, payer: String) -> Self {
        Self {
            payers: vec![(since.first_day(), payer)],
            passed_on_after: None,
            meters: (0..meters).map(|_| Meter::new(since)).collect(),
            charges: Vec::new(),
            prepaid: 0,
            purse: Vec::new(),
            offset: BTreeSet::new(),
            made: 0,
        }
    }

    /// Whether a reading of a month may be entered, or put right where there is one.
    pub(in crate::simulation) fn may_read(
        &self,
        meter: usize,
        period: BillPeriod,
        corrects: bool,
    ) -> bool {
        let own = &self.meters[meter];
        let billed_later = self.standing().any(|charge| charge.month > period);
        let of_month = match own.newest() {
            Some(newest) if newest > period => false,
            Some(newest) if newest == period => {
                corrects && own.readings[&period].state != State::Billed
            }
            _ => !corrects,
        };
        of_month && !billed_later && period >= own.before(period).1
    }

    /// Takes a reading that the engine must take.
    pub(in crate::simulation) fn read(
        &mut self,
        meter: usize,
        period: BillPeriod,
        (m3, by): (i64, usize),
    ) -> State {
        let own = &mut self.meters[meter];
        let (last, since) = own.before(period);
        let uses: Vec<i64> = own.readings.range(..period).map(|(_, r)| r.m3).collect();
        let own_entry = own.readings.get(&period).is_some_and(|before| before.by == by);
        let waits = is_unusual(m3, &uses) || own_entry;
        let state = if waits { State::Waiting } else { State::Ready };
        own.readings
            .insert(period, Reading { index: last + m3, m3, since, state, by, freed: false });
        state
    }

    /// Who pays for a month: whoever did on its last day.
    fn payer(&self, period: BillPeriod) -> &str {
        let held = self.payers.iter().rev().find(|(since, _)| *since <= period.last_day());
        &held.or(self.payers.first()).expect("an account has a payer").1
    }

    /// Who paid when a day began, as far as was known then.
    pub(in crate::simulation) fn payer_on(&self, day: NaiveDate) -> &str {
        let held = self.payers.iter().rev().find(|(since, _)| *since < day);
        &held.or(self.payers.first()).expect("an account has a payer").1
    }

    /// True where what a channel settled on a day is not of who pays today.
    pub(in crate::simulation) fn passed_on_since(&self, day: NaiveDate) -> bool {
        self.payers.last().is_some_and(|(_, payer)| payer != self.payer_on(day))
    }

    /// True where a charge is of who pays today.
    pub(in crate::simulation) fn is_own(&self, at: usize) -> bool {
        self.payers.last().is_some_and(|(_, payer)| *payer == self.charges[at].payer)
    }

    /// True where a bill of this month or of a later one stands.
    pub(in crate::simulation) fn is_billed_from(&self, period: BillPeriod) -> bool {
        self.standing().any(|charge| charge.month >= period)
    }

    fn standing(&self) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(|charge| charge.reversed.is_none())
    }

    /// Why a charge stays; none where it must be taken back when asked.
    pub(in crate::simulation) fn keeps(&self, at: usize) -> Option<Kept> {
        let own = &self.charges[at];
        let meets = |c: &Charge| c.first <= own.month && own.first <= c.month;
        if own.reversed.is_some() {
            Some(Kept::Reversed)
        } else if own.paid_by.iter().any(Option::is_some) {
            Some(Kept::Paid)
        } else {
            let newer = self.standing().any(|c| c.made > own.made && meets(c));
            newer.then_some(Kept::NewerFirst)
        }
    }

    /// Takes a charge back in a month of the books: its readings are free again.
    pub(in crate::simulation) fn take_charge_back(&mut self, at: usize, month: BillPeriod) -> i64 {
        let charge = &mut self.charges[at];
        charge.reversed = Some(month.max(charge.period));
        charge.held = None;
        let (month, sum) = (charge.month, charge.total());
        for meter in std::mem::take(&mut charge.meters) {
            if let Some(reading) = self.meters[meter].readings.get_mut(&month) {
                (reading.state, reading.freed) = (State::Ready, true);
            }
        }
        sum
    }

    pub(super) fn move_purse(&mut self, id: PaymentId, day: NaiveDate, by: i64) {
        if by != 0 {
            self.prepaid += by;
            self.purse.push((id, day, by));
        }
    }

    /// What a payment did to the purse counts as if it had never been.
    pub(super) fn forget_moves(&mut self, id: PaymentId) {
        let moved: i64 = self.purse.iter().filter(|step| step.0 == id).map(|step| step.2).sum();
        self.prepaid -= moved;
        self.purse.retain(|step| step.0 != id);
    }

    /// The purse after each move up to a day, oldest first.
    pub(in crate::simulation) fn purse(&self, upto: NaiveDate) -> Vec<(NaiveDate, i64)> {
        let known = self.purse.iter().filter(|(_, day, _)| *day <= upto);
        let after = known.scan(0, |balance, (_, day, by)| {
            *balance += by;
            Some((*day, *balance))
        });
        after.collect()
    }

    /// What each of these charges costs on a day, fee by fee, with the late fee of each fee: what the purse could
    /// pay, the oldest first, is late only until the day since which it could. It pays for nobody who left.
    pub(in crate::simulation) fn costs(&self, charges: &[usize], day: NaiveDate) -> Vec<Cost> {
        let (mut older, mut costs) = (Some(0), Vec::new());
        let purse = self.purse(day);
        for at in charges {
            let (charge, is_own) = (&self.charges[*at], self.is_own(*at));
            let own = older.filter(|_| is_own);
            let covered = own.and_then(|older| covered(&purse, charge, older, day));
            let late_until = covered.map_or(day, |(until, _)| until);
            costs.push(charge.cost(late_until));
            if is_own {
                older = covered.map(|(_, needed)| needed);
            }
        }
        costs
    }

    /// The charges of which something is open, as places in the list.
    pub(in crate::simulation) fn open(&self) -> Vec<usize> {
        let is_open = |at: &usize| self.charges[*at].is_open();
        (0..self.charges.len()).filter(is_open).collect()
    }
}

/// The day until which a charge is late that the purse pays besides older ones, and what it takes for all.
fn covered(
    purse: &[(NaiveDate, i64)],
    charge: &Charge,
    older: i64,
    day: NaiveDate,
) -> Option<(NaiveDate, i64)> {
    // The day since which the purse has always held so much; none where it does not.
    let held_since = |fen: i64| {
        let held = purse.iter().rev().take_while(|(_, balance)| *balance >= fen);
        held.last().map(|(day, _)| *day)
    };
    let mut needed = older + charge.cost(charge.due).sum();
    loop {
        let until = held_since(needed)?.min(day);
        let with_late = older + charge.cost(until).sum();
        if with_late <= needed {
            return Some((until, needed));
        }
        needed = with_late;
    }
}

/// What a charge costs: what is open of each fee, and its late fee.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::simulation) struct Cost {
    pub(in crate::simulation) fees: Fees,
    pub(in crate::simulation) late: Fees,
}

impl Cost {
    pub(in crate::simulation) fn principal(&self) -> i64 {
        self.fees.iter().sum()
    }

    pub(in crate::simulation) fn late_fee(&self) -> i64 {
        self.late.iter().sum()
    }

    pub(in crate::simulation) fn sum(&self) -> i64 {
        self.principal() + self.late_fee()
    }

    pub(in crate::simulation) fn plus(mut self, other: Self) -> Self {
        for fee in 0..3 {
            self.fees[fee] += other.fees[fee];
            self.late[fee] += other.late[fee];
        }
        self
    }

    /// One fee of it alone.
    pub(in crate::simulation) fn only(&self, fee: usize) -> Self {
        let mut alone = Self::default();
        (alone.fees[fee], alone.late[fee]) = (self.fees[fee], self.late[fee]);
        alone
    }
}

impl Charge {
    /// The months of its readings.
    fn own(&self) -> Months {
        let first = self.used.iter().map(|used| used.months.0).min();
        (first.unwrap_or(self.month), self.month)
    }

    /// What it came to when it was made.
    pub(in crate::simulation) fn total(&self) -> i64 {
        self.fees.iter().sum()
    }

    fn is_open(&self) -> bool {
        self.reversed.is_none() && self.paid_by.iter().any(Option::is_none)
    }

    /// What is open of it, if it is late until a day.
    pub(in crate::simulation) fn cost(&self, until: NaiveDate) -> Cost {
        let mut cost = Cost::default();
        for (fee, paid_by) in self.paid_by.iter().enumerate() {
            if paid_by.is_none() {
                cost.fees[fee] = self.fees[fee];
                cost.late[fee] = late_fee(self.fees[fee], self.due, until);
            }
        }
        cost
    }

    /// The channel that holds it at a moment.
    pub(in crate::simulation) fn holder(&self, now: DateTime<Utc>) -> Option<&'static str> {
        self.held.filter(|(_, end)| *end > now).map(|(channel, _)| channel)
    }
}
