//! What readings are billed: in whatever order months are, they come to what they come to in order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use terms::BillPeriod;

use super::{Charge, Home, Months, Priced, Prices, Reading, State};
use crate::simulation::prices::{GARBAGE_FEN, Tiers, fees, garbage_of, litres, tiers};

/// What a reading used, in which months.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) months: Months,
    pub(super) m3: i64,
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

impl Home {
    /// Bills in a month of the books the readings of that month, and where it is the first that is open those that were
    /// set free in one before it; gives what each bill comes to.
    pub(in crate::simulation) fn bill(
        &mut self,
        period: BillPeriod,
        is_first_open: bool,
        due: NaiveDate,
        prices: &Prices,
    ) -> Vec<i64> {
        let readings = self.meters.iter().flat_map(|meter| &meter.readings);
        let freed = readings.filter(|(month, reading)| reading.freed && **month < period);
        let freed: BTreeSet<BillPeriod> = freed.map(|(month, _)| *month).collect();
        let months = freed.into_iter().filter(|_| is_first_open).chain([period]);
        months.filter_map(|month| self.bill_readings(month, period, due, prices)).collect()
    }

    fn bill_readings(
        &mut self,
        month: BillPeriod,
        period: BillPeriod,
        due: NaiveDate,
        prices: &Prices,
    ) -> Option<i64> {
        let is_ready = |at: &usize| {
            let reading = self.meters[*at].readings.get(&month);
            reading.is_some_and(|r| r.state == State::Ready && (r.freed || month == period))
        };
        let meters: Vec<usize> = (0..self.meters.len()).filter(is_ready).collect();
        let taken = meters.iter().map(|at| &self.meters[*at].readings[&month]);
        let used: Vec<Used> = taken.map(|reading| reading.used(month)).collect();
        let m3: i64 = used.iter().map(|used| used.m3).sum();
        if m3 == 0 {
            return None;
        }
        let own = used.iter().map(|used| used.months).reduce(|a, b| (a.0.min(b.0), month))?;
        let (wide, tiers) = self.tiers(own, m3)?;
        let garbage = self.garbage(wide, &used, prices);
        let fees = fees(tiers, garbage.values().sum());
        let at = self.charges.partition_point(|charge| charge.period <= period);
        self.made += 1;
        for meter in &meters {
            if let Some(reading) = self.meters[*meter].readings.get_mut(&month) {
                reading.state = State::Billed;
            }
        }
        let charge = Charge {
            id: None,
            made: self.made - 1,
            period,
            month,
            first: wide.0,
            used,
            due,
            payer: self.payer(month).to_owned(),
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
}
