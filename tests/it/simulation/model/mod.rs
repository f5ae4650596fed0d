//! The books as a clerk would keep them in a note book: no SQL, no triggers, amounts in whole fen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use engine::closing::PeriodKind;
use terms::{BillPeriod, PaymentId};

mod home;

pub(super) use home::{Charge, Cost, Home, Kept, State};

use super::prices::GARBAGE;

/// Everything that is on the books.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) homes: Vec<Home>,
    pub(super) payments: BTreeMap<PaymentId, Payment>,
    /// Days that each till has closed.
    pub(super) closed: BTreeMap<usize, BTreeSet<NaiveDate>>,
    /// The first month of each kind that is open; none before the first close.
    pub(super) open_months: BTreeMap<&'static str, BillPeriod>,
    /// How many readings were entered for each month, those that count for nothing too.
    pub(super) entered: BTreeMap<BillPeriod, i64>,
    /// Cheques: what each is worth, and what of it pays for something.
    pub(super) slips: BTreeMap<String, (i64, i64)>,
    /// What waits in suspense.
    pub(super) items: BTreeMap<i64, Item>,
    /// Fen of garbage treatment for a cubic metre, from each of these months on.
    pub(super) garbage: BTreeMap<BillPeriod, i64>,
}

/// Money that came in, or went back.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) home: usize,
    pub(super) by: By,
    pub(super) day: NaiveDate,
    pub(super) net: i64,
    pub(super) late_fee: i64,
    /// Into the purse, and out of it.
    pub(super) prepaid_in: i64,
    pub(super) prepaid_used: i64,
    /// What of the cheque it took.
    pub(super) slip: Option<(String, i64)>,
    /// Sheets of paper that came with it.
    pub(super) papers: i64,
    pub(super) is_reversal: bool,
    pub(super) reversed: bool,
}

/// Who took the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    Till(usize),
    Channel(Item),
    /// The night after a bill run.
    Purse,
}

/// What a channel brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) home: usize,
    pub(super) channel: &'static str,
    pub(super) day: NaiveDate,
    pub(super) gross: i64,
    pub(super) up_to: BillPeriod,
    /// Another one came under its number before.
    pub(super) contested: bool,
}

/// Why a payment is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stays {
    NotOurs,
    IsReversal,
    Reversed,
    NewestFirst,
    DrawnOn,
    Spent,
}

/// Why an item is not posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    NothingOpen,
    Held,
    Differs,
}

impl Payment {
    /// Nothing yet, of an account on a day.
    pub(super) fn new(home: usize, by: By, day: NaiveDate) -> Self {
        Self {
            home,
            by,
            day,
            net: 0,
            late_fee: 0,
            prepaid_in: 0,
            prepaid_used: 0,
            slip: None,
            papers: 0,
            is_reversal: false,
            reversed: false,
        }
    }

    /// The month in which money and paper count.
    fn month(&self) -> BillPeriod {
        BillPeriod::of(self.day)
    }

    pub(super) fn till(&self) -> Option<usize> {
        match self.by {
            By::Till(till) => Some(till),
            By::Channel(_) | By::Purse => None,
        }
    }
}

impl Model {
    /// What a channel's money must come to, and for which bills: those of who paid when its day began.
    pub(super) fn fits(&self, item: &Item, now: DateTime<Utc>) -> Result<(Vec<usize>, i64), Unfit> {
        let home = &self.homes[item.home];
        let open = home.open();
        let costs = home.costs(&open, item.day);
        let mut asked: Vec<(usize, Cost)> = open.into_iter().zip(costs).collect();
        let payer = home.payer_on(item.day);
        let is_theirs = |own: &Charge| own.period <= item.up_to && own.payer == payer;
        asked.retain(|(at, _)| is_theirs(&home.charges[*at]));
        if asked.is_empty() {
            return Err(Unfit::NothingOpen);
        }
        let others =
            |at: usize| home.charges[at].holder(now).is_some_and(|channel| channel != item.channel);
        if asked.iter().any(|(at, _)| others(*at)) {
            return Err(Unfit::Held);
        }
        let all = asked.iter().fold(Cost::default(), |sum, (_, cost)| sum.plus(*cost));
        let sum = all.principal();
        // The bank chooses the day of its file, so lateness costs nothing.
        let late_fee = if item.channel == "withhold" { 0 } else { all.late_fee() };
        let open = asked.into_iter().map(|(at, _)| at).collect();
        if sum + late_fee == item.gross { Ok((open, late_fee)) } else { Err(Unfit::Differs) }
    }

    /// What a purse pays after an issue of bills: the oldest charges of its payer, and their late fees.
    pub(super) fn offset(
        &mut self,
        home: usize,
        issue: i64,
        (day, now): (NaiveDate, DateTime<Utc>),
    ) -> (Vec<usize>, Cost) {
        let own = &mut self.homes[home];
        let (mut paid, mut all) = (Vec::new(), Cost::default());
        if own.offset.contains(&issue) {
            return (paid, all);
        }
        // What it holds for a bill that a channel is about to collect pays no other.
        let open = own.open();
        let mut left = own.prepaid;
        let costs = open.iter().zip(own.costs(&open, day));
        for (at, cost) in costs.filter(|(at, _)| own.is_own(**at)) {
            left -= cost.sum();
            if left < 0 {
                break;
            }
            if own.charges[*at].holder(now).is_none() {
                paid.push(*at);
                all = all.plus(cost);
            }
        }
        if !paid.is_empty() {
            own.offset.insert(issue);
        }
        (paid, all)
    }

    /// A payment that settles what is open of these charges, or their garbage alone; the rest is kept for the account.
    pub(super) fn pay(
        &mut self,
        id: PaymentId,
        (charges, apart): (&[usize], bool),
        payment: Payment,
    ) {
        let home = &mut self.homes[payment.home];
        for at in charges {
            let charge = &mut home.charges[*at];
            let fees = charge.paid_by.iter_mut().enumerate();
            for (_, fee) in fees.filter(|(fee, _)| !apart || *fee == GARBAGE) {
                fee.get_or_insert(id);
            }
            charge.held = None;
        }
        // What is used goes out first, what is kept comes in after it.
        home.move_purse(id, payment.day, -payment.prepaid_used);
        home.move_purse(id, payment.day, payment.prepaid_in);
        if let Some((slip, amount)) = &payment.slip
            && let Some((_, standing)) = self.slips.get_mut(slip)
        {
            *standing += amount;
        }
        let known = self.payments.insert(id, payment);
        assert!(known.is_none(), "payment {id} was given twice");
    }

    /// The day of a channel's money: that of its settlement, or today where that month is closed.
    pub(super) fn day_of(&self, item: &Item, today: NaiveDate) -> NaiveDate {
        let closed = self.is_closed(PeriodKind::Pay, BillPeriod::of(item.day));
        if closed { today } else { item.day }
    }

    pub(super) fn open_month(&self, kind: PeriodKind) -> Option<BillPeriod> {
        self.open_months.get(kind.code()).copied()
    }

    /// Why a payment cannot be taken back, at a till or by its channel; none where it must be.
    pub(super) fn stays(&self, id: PaymentId, at_till: bool) -> Option<Stays> {
        let payment = &self.payments[&id];
        let home = &self.homes[payment.home];
        let of_channel = matches!(payment.by, By::Channel(_));
        let settles = |charge: &&Charge| charge.paid_by.contains(&Some(id));
        let later_on_charges = home
            .charges
            .iter()
            .filter(settles)
            .any(|charge| charge.paid_by.iter().flatten().any(|by| *by > id));
        let later = self.payments.range(id..).skip(1).map(|(_, later)| later);
        let mut later = later.filter(|p| p.home == payment.home && !p.is_reversal && !p.reversed);
        if of_channel == at_till {
            Some(Stays::NotOurs)
        } else if payment.is_reversal {
            Some(Stays::IsReversal)
        } else if payment.reversed {
            Some(Stays::Reversed)
        } else if later_on_charges {
            Some(Stays::NewestFirst)
        } else if payment.prepaid_in > 0 && later.any(|later| later.prepaid_used > 0) {
            Some(Stays::DrawnOn)
        } else {
            (home.prepaid < payment.prepaid_in).then_some(Stays::Spent)
        }
    }

    /// True where taking a payment back would fill the purse of who came with the money of who left.
    pub(super) fn is_anothers_purse(&self, id: PaymentId) -> bool {
        let payment = &self.payments[&id];
        payment.prepaid_used > 0 && self.homes[payment.home].passed_on_after >= Some(id)
    }

    /// An account passes to another payer from a day on.
    pub(super) fn pass_on(&mut self, home: usize, day: NaiveDate, payer: String) {
        self.homes[home].passed_on_after = self.payments.keys().next_back().copied();
        self.homes[home].payers.push((day, payer));
    }

    /// Takes a payment back on a day: `red` is its mirror, made by `by`.
    pub(super) fn take_back(&mut self, id: PaymentId, red: PaymentId, by: By, day: NaiveDate) {
        let Some(blue) = self.payments.get_mut(&id) else { return };
        blue.reversed = true;
        let red_one = Payment {
            home: blue.home,
            by,
            day,
            net: -blue.net,
            late_fee: -blue.late_fee,
            prepaid_in: -blue.prepaid_in,
            prepaid_used: -blue.prepaid_used,
            slip: None,
            papers: blue.papers,
            is_reversal: true,
            reversed: false,
        };
        if let Some((slip, amount)) = &blue.slip
            && let Some((_, standing)) = self.slips.get_mut(slip)
        {
            *standing -= amount;
        }
        let home = &mut self.homes[red_one.home];
        home.forget_moves(id);
        for fee in home.charges.iter_mut().flat_map(|charge| &mut charge.paid_by) {
            *fee = fee.filter(|by| *by != id);
        }
        self.payments.insert(red, red_one);
    }

    /// The month of a kind that is closed next; none before its first entry.
    pub(super) fn next_to_close(&self, kind: PeriodKind) -> Option<BillPeriod> {
        let first = match kind {
            PeriodKind::Read | PeriodKind::Bill => self.entered.keys().next().copied(),
            PeriodKind::Pay => self.payments.values().map(Payment::month).min(),
            PeriodKind::Receipt => {
                self.payments.values().filter(|p| p.papers > 0).map(Payment::month).min()
            }
        };
        self.open_month(kind).or(first)
    }

    /// Whether nothing is left to do in a month.
    pub(super) fn may_close(&self, kind: PeriodKind, month: BillPeriod) -> bool {
        let meters = || self.homes.iter().flat_map(|home| &home.meters);
        let mut readings = meters().filter_map(|meter| meter.readings.get(&month));
        // What was set free in a month before is billed in the first that is open.
        let mut upto = meters().flat_map(|meter| meter.readings.range(..=month));
        match kind {
            PeriodKind::Read => !readings.any(|reading| reading.state == State::Waiting),
            PeriodKind::Bill => {
                self.is_closed(PeriodKind::Read, month)
                    && !upto.any(|(_, reading)| reading.is_unbilled())
            }
            PeriodKind::Pay => {
                let mut its = self.payments.values().filter(|p| p.month() == month);
                let open_day = its.any(|p| p.till().is_some_and(|t| !self.has_closed(t, p.day)));
                let waits = self.items.values().any(|item| BillPeriod::of(item.day) <= month);
                !open_day && !waits
            }
            PeriodKind::Receipt => self.is_closed(PeriodKind::Pay, month),
        }
    }

    /// What a month holds: entries, and their sum.
    pub(super) fn month_holds(&self, kind: PeriodKind, month: BillPeriod) -> (i64, i64) {
        let add = |(count, sum), (more, fen)| (count + more, sum + fen);
        match kind {
            PeriodKind::Read => (self.entered.get(&month).copied().unwrap_or_default(), 0),
            PeriodKind::Bill => {
                let charges = self.homes.iter().flat_map(|home| &home.charges);
                let entries = charges.flat_map(|charge| {
                    let red = charge.reversed.filter(|of| *of == month).map(|_| -charge.total());
                    let blue = (charge.period == month).then(|| charge.total());
                    [blue, red].into_iter().flatten().map(|fen| (1, fen))
                });
                entries.fold((0, 0), add)
            }
            PeriodKind::Pay => {
                let its = self.payments.values().filter(|p| p.month() == month);
                its.map(|p| (1, p.net)).fold((0, 0), add)
            }
            PeriodKind::Receipt => {
                let its = self.payments.values().filter(|p| p.papers > 0);
                let its = its.filter(|p| p.month() == month);
                its.map(|p| (p.papers, p.net + p.prepaid_used)).fold((0, 0), add)
            }
        }
    }

    pub(super) fn is_closed(&self, kind: PeriodKind, month: BillPeriod) -> bool {
        self.open_month(kind).is_some_and(|open| open > month)
    }

    /// What a till took on a day: payments, reversals, net.
    pub(super) fn taken(&self, till: usize, day: NaiveDate) -> (u64, u64, i64) {
        let its = self.payments.values().filter(|p| p.till() == Some(till) && p.day == day);
        its.fold((0, 0, 0), |(paid, back, net), p| {
            (paid + u64::from(!p.is_reversal), back + u64::from(p.is_reversal), net + p.net)
        })
    }

    /// The first day before `day` on which a till took something and that it has not closed.
    pub(super) fn forgotten(&self, till: usize, day: NaiveDate) -> Option<NaiveDate> {
        let its = self.payments.values().filter(|p| p.till() == Some(till) && p.day < day);
        its.map(|p| p.day).filter(|day| !self.has_closed(till, *day)).min()
    }

    pub(super) fn has_closed(&self, till: usize, day: NaiveDate) -> bool {
        self.closed.get(&till).is_some_and(|days| days.contains(&day))
    }
}
