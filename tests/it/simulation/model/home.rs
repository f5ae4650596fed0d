//! An account of the note book: its meters, its bills, its purse.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use terms::{BillPeriod, ChargeId, PaymentId};

use super::super::prices::{
    Fees, GARBAGE_FEN, Tiers, fees, garbage_of, is_unusual, late_fee, litres, tiers,
};

/// An account.
#[derive(Debug)]
pub(in crate::simulation) struct Home {
    pub(in crate::simulation) meters: Vec<Meter>,
    /// Charges, oldest month first, then in the order in which they were made.
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
    pub(in crate::simulation) period: BillPeriod,
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

/// What a reading used, in which months.
#[derive(Debug, Clone, Copy)]
struct Used {
    months: Months,
    m3: i64,
}

impl Used {
    /// What of it lies in a month.
    fn litres(&self, month: BillPeriod) -> i64 {
        let (first, last) = self.months;
        let months = i64::from(last.months_after(first) + 1);
        let is_its = (first..=last).contains(&month);
        if is_its { litres(self.m3, months, month.months_after(first).into()) } else { 0 }
    }
}

fn meet(a: Months, b: Months) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// The months of a charge, or of a reading, with all that meet them, and those that meet these.
fn met(own: Months, all: &[Months]) -> Months {
    let meeting = all.iter().filter(|other| meet(**other, own));
    let wide = meeting.fold(own, |wide, other| (wide.0.min(other.0), wide.1.max(other.1)));
    if wide == own { own } else { met(wide, all) }
}

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
        let billed_later = self.standing().any(|charge| charge.period > period);
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
        own.readings.insert(period, Reading { index: last + m3, m3, since, state, by });
        state
    }

    /// Who pays for a month: whoever did on its last day.
    fn payer(&self, period: BillPeriod) -> &str {
        let held = self.payers.iter().rev().find(|(since, _)| *since <= period.last_day());
        &held.or(self.payers.first()).expect("an account has a payer").1
    }

    /// True where a charge is of who pays today.
    pub(in crate::simulation) fn is_own(&self, at: usize) -> bool {
        self.payers.last().is_some_and(|(_, payer)| *payer == self.charges[at].payer)
    }

    /// True where a bill of this month or of a later one stands.
    pub(in crate::simulation) fn is_billed_from(&self, period: BillPeriod) -> bool {
        self.standing().any(|charge| charge.period >= period)
    }

    fn standing(&self) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(|charge| charge.reversed.is_none())
    }

    /// Bills the readings of a month, where there are any to bill; gives what they come to.
    pub(in crate::simulation) fn bill(
        &mut self,
        period: BillPeriod,
        due: NaiveDate,
        prices: &Prices,
    ) -> Option<i64> {
        let is_ready = |at: &usize| {
            let reading = self.meters[*at].readings.get(&period);
            reading.is_some_and(|reading| reading.state == State::Ready)
        };
        let meters: Vec<usize> = (0..self.meters.len()).filter(is_ready).collect();
        let taken = meters.iter().map(|at| &self.meters[*at].readings[&period]);
        let used: Vec<Used> = taken.map(|reading| reading.used(period)).collect();
        let m3: i64 = used.iter().map(|used| used.m3).sum();
        if m3 == 0 {
            return None;
        }
        let own = used.iter().map(|used| used.months).reduce(|a, b| (a.0.min(b.0), period))?;
        let (wide, tiers) = self.tiers(own, m3)?;
        let garbage = self.garbage(wide, &used, prices);
        let fees = fees(tiers, garbage.values().sum());
        let at = self.charges.partition_point(|charge| charge.period <= period);
        self.made += 1;
        for meter in &meters {
            if let Some(reading) = self.meters[*meter].readings.get_mut(&period) {
                reading.state = State::Billed;
            }
        }
        let charge = Charge {
            id: None,
            made: self.made - 1,
            period,
            first: wide.0,
            used,
            due,
            payer: self.payer(period).to_owned(),
            m3,
            tiers,
            garbage,
            meters,
            fees,
            paid_by: [None; 3],
            reversed: None,
            held: None,
        };
        self.charges.insert(at, charge);
        Some(fees.iter().sum())
    }

    /// The tiers of so much water of some months, and all months that it meets. In whatever order months are billed, they
    /// come to what they come to in order: each goes on from those before it, in the limits of all up to it that meet. Of
    /// that, what was billed is taken off; none where more was billed of a tier than there is.
    fn tiers(&self, own: Months, m3: i64) -> Option<(Months, Tiers)> {
        let months: Vec<Months> = self.standing().map(Charge::own).collect();
        let wide = met(own, &months);
        let bills: Vec<&Charge> = self.standing().filter(|c| meet(c.own(), wide)).collect();
        let mut all: Vec<(Months, i64)> = bills.iter().map(|c| (c.own(), c.m3)).collect();
        all.push((own, m3));
        let mut left = [0; 3];
        for period in all.iter().map(|(months, _)| months.1).collect::<BTreeSet<_>>() {
            let upto: Vec<_> = all.iter().filter(|(months, _)| months.1 <= period).collect();
            let months: Vec<Months> = upto.iter().map(|(months, _)| *months).collect();
            let own = months.iter().copied().filter(|months| months.1 == period);
            let reach = met(own.reduce(|a, b| (a.0.min(b.0), period))?, &months);
            let in_reach = upto.iter().copied().filter(|(months, _)| meet(*months, reach));
            let (before, its) =
                in_reach.partition::<Vec<&(Months, i64)>, _>(|(months, _)| months.1 < period);
            let from: i64 = before.iter().map(|(_, m3)| m3).sum();
            let its: i64 = its.iter().map(|(_, m3)| m3).sum();
            let whole = tiers(from, from + its, i64::from(period.months_after(reach.0) + 1));
            (0..3).for_each(|tier| left[tier] += whole[tier]);
        }
        for (tier, left) in left.iter_mut().enumerate() {
            *left -= bills.iter().map(|c| c.tiers[tier]).sum::<i64>();
        }
        left.iter().all(|left| *left >= 0).then_some((wide, left))
    }

    /// What garbage comes to, by price, less what the bills that meet it bear: each month at the price of its own.
    fn garbage(&self, wide: Months, used: &[Used], prices: &Prices) -> Priced {
        let bills = || self.standing().filter(|c| meet(c.own(), wide));
        let mut litres: Priced = BTreeMap::new();
        for month in
            std::iter::successors(Some(wide.0), |m| Some(m.next())).take_while(|m| *m <= wide.1)
        {
            let since = prices.range(..=month).next_back().map(|(since, _)| *since);
            let all = bills().flat_map(|c| &c.used).chain(used);
            *litres.entry(since).or_default() += all.map(|used| used.litres(month)).sum::<i64>();
        }
        let due = litres.into_iter().map(|(since, litres)| {
            let fen = since.map_or(GARBAGE_FEN, |since| prices[&since]);
            let billed: i64 = bills().filter_map(|c| c.garbage.get(&since)).sum();
            (since, garbage_of(litres, fen) - billed)
        });
        due.collect()
    }

    /// True where nothing is left to bill of all that meets a month's readings: then they come to what they come to in
    /// order.
    pub(in crate::simulation) fn is_settled(&self, period: BillPeriod) -> bool {
        let readings = self.meters.iter().flat_map(|meter| &meter.readings);
        let all: Vec<(Months, &Reading)> =
            readings.map(|(of, reading)| (reading.used(*of).months, reading)).collect();
        let months: Vec<Months> = all.iter().map(|(months, _)| *months).collect();
        let own = months.iter().copied().filter(|months| months.1 == period);
        let Some(own) = own.reduce(|a, b| (a.0.min(b.0), period)) else { return true };
        let wide = met(own, &months);
        let is_left = |(months, reading): &(Months, &Reading)| {
            let is_wide = self.meters.len() > 1 && months.0 < months.1;
            meet(*months, wide) && reading.state != State::Billed && (reading.m3 > 0 || is_wide)
        };
        !all.iter().any(is_left)
    }

    /// Why a charge stays; none where it must be taken back when asked.
    pub(in crate::simulation) fn keeps(&self, at: usize) -> Option<Kept> {
        let own = &self.charges[at];
        let meets = |c: &Charge| c.first <= own.period && own.first <= c.period;
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
        let (period, sum) = (charge.period, charge.total());
        for meter in std::mem::take(&mut charge.meters) {
            if let Some(reading) = self.meters[meter].readings.get_mut(&period) {
                reading.state = State::Ready;
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
        (first.unwrap_or(self.period), self.period)
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
