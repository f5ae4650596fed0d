//! The books as a clerk would keep them in a note book: no SQL, no triggers, amounts in whole fen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use terms::{BillPeriod, ChargeId, PaymentId};

use super::prices::{Fees, fees, is_unusual, late_fee};

/// Everything that is on the books.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) homes: Vec<Home>,
    pub(super) payments: BTreeMap<PaymentId, Payment>,
    /// Days that each till has closed.
    pub(super) closed: BTreeMap<usize, BTreeSet<NaiveDate>>,
    /// The first month whose readings, and whose bills, are not closed; none before the first close.
    pub(super) reads_from: Option<BillPeriod>,
    pub(super) bills_from: Option<BillPeriod>,
}

/// An account.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// The index of its meter and the month of the last effective reading, or of the installation.
    pub(super) index: i64,
    pub(super) since: BillPeriod,
    /// Use of each effective reading, oldest first.
    pub(super) uses: Vec<i64>,
    pub(super) readings: BTreeMap<BillPeriod, Reading>,
    /// The month of the first reading, even one that was rejected.
    first_read: Option<BillPeriod>,
    /// Charges, oldest month first, then in the order in which they were made.
    pub(super) charges: Vec<Charge>,
    pub(super) prepaid: i64,
    /// Each move of the purse that was not taken back, oldest first.
    purse: Vec<(PaymentId, NaiveDate, i64)>,
    /// Issues of bills after which the purse was opened.
    offset: BTreeSet<i64>,
}

/// The effective reading of a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) m3: i64,
    months: i64,
    pub(super) state: State,
    /// The meter before it.
    before: (i64, BillPeriod),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Ready,
    Billed,
}

/// A bill.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    /// Known once somebody has asked for it.
    pub(super) id: Option<ChargeId>,
    pub(super) period: BillPeriod,
    pub(super) due: NaiveDate,
    pub(super) fees: Fees,
    /// The payment that settles it.
    pub(super) paid_by: Option<PaymentId>,
}

/// Money that came in, or went back.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) home: usize,
    /// None for a channel's.
    pub(super) till: Option<usize>,
    pub(super) day: NaiveDate,
    pub(super) net: i64,
    pub(super) late_fee: i64,
    /// Into the purse, and out of it.
    pub(super) prepaid_in: i64,
    pub(super) prepaid_used: i64,
    pub(super) is_reversal: bool,
    pub(super) reversed: bool,
}

/// Why a payment is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stays {
    IsReversal,
    Reversed,
    OfAChannel,
    DrawnOn,
    Spent,
}

impl Home {
    pub(super) fn new(since: BillPeriod) -> Self {
        Self {
            index: 0,
            since,
            uses: Vec::new(),
            readings: BTreeMap::new(),
            first_read: None,
            charges: Vec::new(),
            prepaid: 0,
            purse: Vec::new(),
            offset: BTreeSet::new(),
        }
    }

    /// Enters a reading that the engine must take.
    pub(super) fn read(&mut self, period: BillPeriod, m3: i64) {
        let months = i64::from(period.months_after(self.since).max(1));
        let state = if is_unusual(m3, &self.uses) { State::Waiting } else { State::Ready };
        let before = (self.index, self.since);
        self.readings.insert(period, Reading { m3, months, state, before });
        self.uses.push(m3);
        self.first_read.get_or_insert(period);
        (self.index, self.since) = (self.index + m3, period);
    }

    /// Strikes out the newest reading, which was rejected.
    pub(super) fn reject(&mut self, period: BillPeriod) {
        let Some(reading) = self.readings.remove(&period) else { return };
        self.uses.pop();
        (self.index, self.since) = reading.before;
    }

    /// Bills the reading of a month, where there is one to bill; gives what it comes to.
    pub(super) fn bill(&mut self, period: BillPeriod, due: NaiveDate) -> Option<i64> {
        let reading = self.readings.get_mut(&period)?;
        if reading.state != State::Ready || reading.m3 == 0 {
            return None;
        }
        reading.state = State::Billed;
        let fees = fees(reading.m3, reading.months);
        let at = self.charges.partition_point(|charge| charge.period <= period);
        self.charges.insert(at, Charge { id: None, period, due, fees, paid_by: None });
        Some(fees.iter().sum())
    }

    fn move_purse(&mut self, id: PaymentId, day: NaiveDate, by: i64) {
        if by != 0 {
            self.prepaid += by;
            self.purse.push((id, day, by));
        }
    }

    /// What a payment did to the purse counts as if it had never been.
    fn forget_moves(&mut self, id: PaymentId) {
        self.prepaid -=
            self.purse.iter().filter(|step| step.0 == id).map(|step| step.2).sum::<i64>();
        self.purse.retain(|step| step.0 != id);
    }

    /// The purse after each move, oldest first.
    pub(super) fn purse(&self) -> Vec<(NaiveDate, i64)> {
        let mut balance = 0;
        let after = self.purse.iter().map(|(_, day, by)| {
            balance += by;
            (*day, balance)
        });
        after.collect()
    }

    /// The day since which the purse has always held so much; none where it does not.
    fn held_since(&self, fen: i64) -> Option<NaiveDate> {
        let purse = self.purse();
        let held = purse.iter().rev().take_while(|(_, balance)| *balance >= fen);
        held.last().map(|(day, _)| *day)
    }

    /// The late fee of each open charge on a day: what the purse could pay, the oldest first, is late only until
    /// the day since which it could.
    pub(super) fn late_fees(&self, day: NaiveDate) -> Vec<i64> {
        let mut older = Some(0);
        let mut fees = Vec::new();
        for charge in self.open() {
            let covered = older.and_then(|older| self.covered(charge, older, day));
            fees.push(covered.map_or_else(|| charge.late_fee(day), |(late_fee, _)| late_fee));
            older = covered.map(|(_, needed)| needed);
        }
        fees
    }

    /// The late fee of a charge that the purse pays besides older ones, and what it takes for all of them.
    fn covered(&self, charge: &Charge, older: i64, day: NaiveDate) -> Option<(i64, i64)> {
        let mut late_fee = 0;
        loop {
            let needed = older + charge.principal() + late_fee;
            let since = self.held_since(needed)?.min(day);
            let then = charge.late_fee(since);
            if then <= late_fee {
                return Some((then, needed));
            }
            late_fee = then;
        }
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Charge> {
        self.charges.iter().filter(|charge| charge.paid_by.is_none())
    }
}

impl Charge {
    pub(super) fn principal(&self) -> i64 {
        self.fees.iter().sum()
    }

    pub(super) fn late_fee(&self, day: NaiveDate) -> i64 {
        late_fee(self.fees, self.due, day)
    }
}

impl Model {
    /// What settles the oldest `count` charges of an account on a day: principal and late fee.
    pub(super) fn due(&self, home: usize, count: usize, day: NaiveDate) -> (i64, i64) {
        let home = &self.homes[home];
        let principal = home.open().take(count).map(Charge::principal).sum();
        (principal, home.late_fees(day).into_iter().take(count).sum())
    }

    /// What a purse pays after an issue of bills: how many of the oldest charges, their principal and late fees.
    pub(super) fn offset(&mut self, home: usize, issue: i64, day: NaiveDate) -> (usize, i64, i64) {
        let own = &mut self.homes[home];
        let none = (0, 0, 0);
        if own.offset.contains(&issue) {
            return none;
        }
        let late_fees = own.late_fees(day);
        let (mut count, mut principal, mut late) = none;
        for (charge, late_fee) in own.open().zip(late_fees) {
            if principal + late + charge.principal() + late_fee > own.prepaid {
                break;
            }
            count += 1;
            principal += charge.principal();
            late += late_fee;
        }
        if count > 0 {
            own.offset.insert(issue);
        }
        (count, principal, late)
    }

    /// A payment that settles the oldest `count` charges; what is over is kept for the account.
    pub(super) fn pay(&mut self, id: PaymentId, count: usize, payment: Payment) {
        let home = &mut self.homes[payment.home];
        let open = home.charges.iter_mut().filter(|charge| charge.paid_by.is_none());
        open.take(count).for_each(|charge| charge.paid_by = Some(id));
        // What is used goes out first, what is kept comes in after it.
        home.move_purse(id, payment.day, -payment.prepaid_used);
        home.move_purse(id, payment.day, payment.prepaid_in);
        let known = self.payments.insert(id, payment);
        assert!(known.is_none(), "payment {id} was given twice");
    }

    /// Why a payment cannot be taken back; none where it must be.
    pub(super) fn stays(&self, id: PaymentId) -> Option<Stays> {
        let payment = &self.payments[&id];
        let later = self.payments.range(id..).skip(1).map(|(_, later)| later);
        let mut later = later.filter(|p| p.home == payment.home && !p.is_reversal && !p.reversed);
        if payment.is_reversal {
            Some(Stays::IsReversal)
        } else if payment.reversed {
            Some(Stays::Reversed)
        } else if payment.till.is_none() && payment.prepaid_used == 0 {
            Some(Stays::OfAChannel)
        } else if payment.prepaid_in > 0 && later.any(|later| later.prepaid_used > 0) {
            Some(Stays::DrawnOn)
        } else {
            (self.homes[payment.home].prepaid < payment.prepaid_in).then_some(Stays::Spent)
        }
    }

    /// Takes a payment back at a till: `red` is its mirror.
    pub(super) fn take_back(&mut self, id: PaymentId, red: PaymentId, till: usize, day: NaiveDate) {
        let Some(blue) = self.payments.get_mut(&id) else { return };
        blue.reversed = true;
        let red_one = Payment {
            home: blue.home,
            // What a purse paid by itself goes back to it without a till.
            till: blue.till.map(|_| till),
            day,
            net: -blue.net,
            late_fee: -blue.late_fee,
            prepaid_in: -blue.prepaid_in,
            prepaid_used: -blue.prepaid_used,
            is_reversal: true,
            reversed: false,
        };
        let home = &mut self.homes[red_one.home];
        home.forget_moves(id);
        for charge in home.charges.iter_mut().filter(|charge| charge.paid_by == Some(id)) {
            charge.paid_by = None;
        }
        self.payments.insert(red, red_one);
    }

    /// The month of readings or bills that is closed next; none before the first reading.
    pub(super) fn next_to_close(&self, bills: bool) -> Option<BillPeriod> {
        let from = if bills { self.bills_from } else { self.reads_from };
        from.or_else(|| self.homes.iter().filter_map(|home| home.first_read).min())
    }

    /// Whether nothing is left to do in a month: no reading waits; or readings are closed, and all are billed.
    pub(super) fn may_close(&self, bills: bool, month: BillPeriod) -> bool {
        let mut readings = self.homes.iter().filter_map(|home| home.readings.get(&month));
        if bills {
            let reads_are_closed = self.reads_from.is_some_and(|open| open > month);
            reads_are_closed && !readings.any(|r| r.state == State::Ready && r.m3 > 0)
        } else {
            !readings.any(|r| r.state == State::Waiting)
        }
    }

    pub(super) fn bills_are_closed(&self, month: BillPeriod) -> bool {
        self.bills_from.is_some_and(|open| open > month)
    }

    /// What a till took on a day: payments, reversals, net.
    pub(super) fn taken(&self, till: usize, day: NaiveDate) -> (u64, u64, i64) {
        let its = self.payments.values().filter(|p| p.till == Some(till) && p.day == day);
        its.fold((0, 0, 0), |(paid, back, net), p| {
            (paid + u64::from(!p.is_reversal), back + u64::from(p.is_reversal), net + p.net)
        })
    }

    /// The first day before `day` on which a till took something and that it has not closed.
    pub(super) fn forgotten(&self, till: usize, day: NaiveDate) -> Option<NaiveDate> {
        let its = self.payments.values().filter(|p| p.till == Some(till) && p.day < day);
        its.map(|p| p.day).filter(|day| !self.has_closed(till, *day)).min()
    }

    pub(super) fn has_closed(&self, till: usize, day: NaiveDate) -> bool {
        self.closed.get(&till).is_some_and(|days| days.contains(&day))
    }
}
