//! One act after the other: the engine does it, the model does it, and both must say the same.

use chrono::Days;
use engine::billing::BillRun;
use engine::channels::{Settled, Settles};
use engine::closing::{CloseError, CloseMonth, MonthError, PeriodKind, close_day, close_month};
use engine::counter::{
    Collect, CollectError, Collected, Reverse, ReverseError, Stands, Surplus, Tender, collect,
    reverse,
};
use engine::reading::{
    Decision, EnterError, NewReading, Review, ReviewError, Source, enter, review, waiting,
};
use rand::Rng;
use terms::{BillPeriod, Money, PayMethod, PaymentId};

use super::model::{Payment, State, Stays};
use super::{Simulation, fen};
use crate::city::m3;

/// A payment on its way: what the clerk orders, and what the note book will say.
pub(super) struct Visit {
    pub(super) order: Collect,
    pub(super) till: usize,
    pub(super) count: usize,
    pub(super) payment: Payment,
}

impl Simulation {
    /// A reader reads a meter this month; one that was read already is refused.
    pub(super) async fn read(&mut self) {
        let home = self.a_home();
        let used = match self.dice.random_range(0..12) {
            0 => 0,
            1 => self.dice.random_range(60..200),
            _ => self.dice.random_range(1..45),
        };
        let (period, own) = (self.city.period(), self.model.homes[home].clone());
        let index = own.index + used;
        self.note(format!("read {home} at {index} for {period}"));
        let entered = self.enter(home, period, index).await;
        if own.readings.contains_key(&period) {
            assert!(matches!(entered, Err(EnterError::Refused(_))), "{entered:?}");
            return;
        }
        let entered = entered.unwrap();
        self.model.homes[home].read(period, used);
        let state = self.model.homes[home].readings[&period].state;
        assert_eq!(entered.waiting() > 0, state == State::Waiting, "{entered:?}");
    }

    /// An index below the last one, or one that the meter cannot show.
    pub(super) async fn read_wrongly(&mut self) {
        let home = self.a_home();
        let last = self.model.homes[home].index;
        let index = if last > 0 && self.dice.random() { last - 1 } else { 10_000_000 };
        self.note(format!("read {home} wrongly at {index}"));
        let entered = self.enter(home, self.city.period(), index).await;
        assert!(matches!(entered, Err(EnterError::Refused(_))), "{entered:?}");
    }

    async fn enter(
        &self,
        home: usize,
        period: BillPeriod,
        index: i64,
    ) -> Result<engine::reading::Entered, EnterError> {
        let reading = NewReading {
            meter: self.accounts[home].meter,
            read_at: self.city.clock.0,
            end_index: m3(&index.to_string()),
            source: Source::Manual,
        };
        let reader = Some(self.city.somebody("李抄表").await);
        enter(&self.city.pool, &self.city.clock, period, reader, vec![reading]).await
    }

    /// A second person judges a reading that waits.
    pub(super) async fn judge(&mut self) {
        let waits = |(home, own): (usize, &super::Home)| {
            let waiting = own.readings.iter().filter(|(_, r)| r.state == State::Waiting);
            waiting.map(move |(period, _)| (home, *period)).collect::<Vec<_>>()
        };
        let all: Vec<_> = self.model.homes.iter().enumerate().flat_map(waits).collect();
        if all.is_empty() {
            return;
        }
        let (home, period) = all[self.dice.random_range(0..all.len())];
        let accepts = self.dice.random_range(0..3) > 0;
        self.note(format!("judge {home} of {period}: {accepts}"));
        let mut connection = self.city.pool.acquire().await.unwrap();
        let list = waiting(&mut connection, period, None, 1_000).await.unwrap();
        drop(connection);
        let id = list.iter().find(|w| w.account == self.accounts[home].id).unwrap().id;
        let decision = if accepts { Decision::Accepted } else { Decision::Rejected };
        let reviewed_by = self.city.somebody("王审核").await;
        let order = Review { readings: vec![id], decision, reviewed_by };
        let done = review(&self.city.pool, &self.city.clock, order).await;
        let own = &mut self.model.homes[home];
        let is_newest = own.readings.keys().max() == Some(&period);
        if accepts {
            done.unwrap();
            own.readings.get_mut(&period).unwrap().state = State::Ready;
        } else if is_newest {
            done.unwrap();
            own.reject(period);
        } else {
            assert!(matches!(done, Err(ReviewError::LaterReading(_))), "{done:?}");
        }
    }

    /// The bill run of this month, or once more of the month before, for what was judged since.
    pub(super) async fn bill(&mut self) {
        let period = self.city.period();
        let period = if self.dice.random_range(0..4) == 0 { period.previous() } else { period };
        if self.model.bills_are_closed(period) {
            return;
        }
        self.bill_month(period).await;
    }

    pub(super) async fn bill_month(&mut self, period: BillPeriod) {
        let order = self.run_of(period);
        self.note(format!("bill {period}"));
        let report = engine::billing::run(&self.city.pool, &self.city.clock, order, |_| {}).await;
        let report = report.unwrap();
        let made = self.billed(order);
        assert_eq!((report.charges, report.amount.fen()), made, "bills of {period}");
        if self.dice.random() {
            self.offset(report.issue).await;
        }
    }

    /// The purses pay what they can.
    async fn offset(&mut self, issue: i64) {
        self.note(format!("purses after issue {issue}"));
        let (pool, clock) = (&self.city.pool, &self.city.clock);
        let before = self.newest_payment().await;
        let paid = engine::prepaid::offset(pool, clock, issue, |_| {}).await.unwrap();
        let (mut accounts, mut charges, mut amount) = (0, 0, 0);
        let posted: Vec<(i64, i64)> =
            sqlx::query_as("select account_id, id from payment where id > $1 order by id")
                .bind(before.0)
                .fetch_all(&self.city.owner)
                .await
                .unwrap();
        let day = self.today();
        for home in 0..self.accounts.len() {
            let (count, principal, late_fee) = self.model.offset(home, issue, day);
            if count == 0 {
                continue;
            }
            accounts += 1;
            charges += count as u64;
            amount += principal + late_fee;
            let account = self.accounts[home].id.0;
            let id = posted.iter().find(|(of, _)| *of == account).expect("a purse that pays").1;
            let payment = Payment {
                home,
                till: None,
                day,
                net: 0,
                late_fee,
                prepaid_in: 0,
                prepaid_used: principal + late_fee,
                is_reversal: false,
                reversed: false,
            };
            self.model.pay(PaymentId(id), count, payment);
        }
        assert_eq!((paid.accounts, paid.charges, paid.amount.fen()), (accounts, charges, amount));
    }

    /// A run under dates of today.
    pub(super) fn run_of(&self, period: BillPeriod) -> BillRun {
        let today = self.today();
        BillRun { period, bill_date: today, due_date: today + Days::new(20), workers: 2 }
    }

    /// What the note book bills: how many, and how much.
    pub(super) fn billed(&mut self, order: BillRun) -> (u64, i64) {
        let homes = self.model.homes.iter_mut();
        let made = homes.filter_map(|home| home.bill(order.period, order.due_date));
        made.fold((0, 0), |(count, sum), amount| (count + 1, sum + amount))
    }

    /// Somebody pays at a till: some of the oldest bills, with change or with money kept.
    pub(super) async fn pay(&mut self) {
        let (home, till) = (self.a_home(), self.a_till());
        let Some(visit) = self.visit(home, till).await else { return };
        self.note(format!("pay {:?}", visit.order));
        let done = collect(&self.city.pool, &self.city.clock, visit.order.clone()).await;
        let Some(paid) = self.posted(visit, done) else { return };
        let (order, id) = paid;
        if self.dice.random_range(0..5) == 0 {
            let again = collect(&self.city.pool, &self.city.clock, order.clone()).await.unwrap();
            assert!(again.replayed && again.payment == id, "{again:?}");
            let other = Collect { tenders: vec![Tender::cash(fen(987_654))], ..order };
            let other = collect(&self.city.pool, &self.city.clock, other).await;
            assert!(matches!(other, Err(CollectError::KeyReused)), "{other:?}");
        }
    }

    /// What a payer who comes now would pay; none where there is nothing to pay and nothing is kept.
    pub(super) async fn visit(&mut self, home: usize, till: usize) -> Option<Visit> {
        self.learn_bills(home).await;
        let open = self.model.homes[home].open().count();
        let count = if open == 0 { 0 } else { self.dice.random_range(0..=open) };
        let today = self.today();
        let (principal, late_fee) = self.model.due(home, count, today);
        let due = principal + late_fee;
        let used = match self.dice.random_range(0..3) {
            0 => due.min(self.model.homes[home].prepaid),
            _ => 0,
        };
        let extra = match self.dice.random_range(0..3) {
            0 => 0,
            _ => self.dice.random_range(1..20_000),
        };
        let method = match self.dice.random_range(0..4) {
            _ if due - used + extra == 0 => PayMethod::Cash,
            0 => PayMethod::Pos,
            1 => PayMethod::Cheque,
            _ => PayMethod::Cash,
        };
        let handed = fen(due - used + extra);
        let keeps = method != PayMethod::Cash || self.dice.random();
        if count == 0 && (extra == 0 || !keeps) {
            return None;
        }
        let charges = self.model.homes[home].open().take(count);
        let charges = charges.map(|charge| charge.id.unwrap()).collect();
        let key = self.key();
        let (cashier, outlet) = self.tills[till];
        let order = Collect {
            account: self.accounts[home].id,
            charges,
            fees: Vec::new(),
            expected_total: fen(due),
            prepaid_used: fen(used),
            tenders: match method {
                _ if handed == Money::ZERO => Vec::new(),
                PayMethod::Cash => vec![Tender::cash(handed)],
                by_slip => vec![Tender::slip(by_slip, handed, format!("{}-{key}", self.seed))],
            },
            surplus: if keeps { Surplus::Prepaid } else { Surplus::Change },
            cashier,
            outlet,
            key,
        };
        let prepaid_in = if keeps { extra } else { 0 };
        let payment = Payment {
            home,
            till: Some(till),
            day: today,
            net: due - used + prepaid_in,
            late_fee,
            prepaid_in,
            prepaid_used: used,
            is_reversal: false,
            reversed: false,
        };
        Some(Visit { order, till, count, payment })
    }

    /// Takes into the note book what became of a visit; gives the order and its payment where it was posted.
    pub(super) fn posted(
        &mut self,
        visit: Visit,
        done: Result<Collected, CollectError>,
    ) -> Option<(Collect, PaymentId)> {
        let Visit { order, till, count, payment } = visit;
        if self.model.has_closed(till, payment.day) {
            assert!(matches!(done, Err(CollectError::DayClosed)), "{done:?}");
            return None;
        }
        let done = done.unwrap();
        let (kept, used) = (payment.prepaid_in, payment.prepaid_used);
        let handed: Money = order.tenders.iter().map(|tender| tender.amount).sum();
        let change = (handed + order.prepaid_used - order.expected_total).fen() - kept;
        let said = (done.change.fen(), done.prepaid.fen(), done.prepaid_used.fen());
        assert_eq!(said, (change, kept, used));
        self.model.pay(done.payment, count, payment);
        Some((order, done.payment))
    }

    /// Too little, another total than what stands there, a bill left out: nothing is posted.
    pub(super) async fn pay_wrongly(&mut self) {
        let (home, till) = (self.a_home(), self.a_till());
        let Some(mut visit) = self.visit(home, till).await else { return };
        if visit.count == 0 || self.model.has_closed(till, self.today()) {
            return;
        }
        let order = &mut visit.order;
        let want: fn(&CollectError) -> bool = match self.dice.random_range(0..3) {
            0 if order.expected_total > order.prepaid_used => {
                let short = order.expected_total - order.prepaid_used - fen(1);
                order.tenders = Some(short)
                    .filter(|left| left.fen() > 0)
                    .map(Tender::cash)
                    .into_iter()
                    .collect();
                |e| matches!(e, CollectError::Short { .. })
            }
            1 => {
                order.expected_total += fen(1);
                |e| matches!(e, CollectError::StaleQuote { .. })
            }
            _ if visit.count > 1 => {
                order.charges.remove(0);
                |e| matches!(e, CollectError::OlderFirst { .. } | CollectError::StaleQuote { .. })
            }
            _ => {
                order.charges.push(order.charges[0]);
                |e| matches!(e, CollectError::ChosenTwice)
            }
        };
        self.note(format!("pay wrongly {:?}", visit.order));
        let done = collect(&self.city.pool, &self.city.clock, visit.order).await;
        assert!(done.as_ref().is_err_and(want), "{done:?}");
    }

    /// A channel's batch of one: everything that is open, or a sum that fits nothing and waits for a person.
    pub(super) async fn channel(&mut self) {
        let home = self.a_home();
        let today = self.today();
        let count = self.model.homes[home].open().count();
        let (principal, late_fee) = self.model.due(home, count, today);
        let (channel, late_fee) = match self.dice.random_range(0..3) {
            // The bank chooses the day, so lateness costs nothing.
            0 => ("withhold", 0),
            1 => ("alipay", late_fee),
            _ => ("wechat", late_fee),
        };
        let wrong = i64::from(self.dice.random_range(0..5) == 0);
        let key = self.key();
        let gross = principal + late_fee + wrong;
        if gross == 0 {
            return;
        }
        self.note(format!("channel {channel} {gross} fen for {home}"));
        let item = Settled {
            account: self.accounts[home].id,
            settles: Settles::UpTo(self.city.period()),
            serial: key.clone(),
            gross: fen(gross),
        };
        let outcome = self.city.settle(channel, &key, vec![item.clone()]).await;
        if count == 0 || wrong == 1 {
            let word = if count == 0 { "nothing_open" } else { "differs" };
            assert_eq!((outcome.posted, outcome.refused[0].refusal.as_str()), (0, word));
            return;
        }
        assert_eq!((outcome.posted, outcome.amount.fen()), (1, gross), "{outcome:?}");
        let id = self.newest_payment().await;
        let payment = Payment {
            home,
            till: None,
            day: today,
            net: gross,
            late_fee,
            prepaid_in: 0,
            prepaid_used: 0,
            is_reversal: false,
            reversed: false,
        };
        self.model.pay(id, count, payment);
        let again = self.city.settle(channel, &key, vec![item]).await;
        assert_eq!((again.posted, again.already), (0, 1));
    }

    /// A till takes a payment back: mostly the newest of an account.
    pub(super) async fn take_back(&mut self) {
        let (home, till) = (self.a_home(), self.a_till());
        let its: Vec<_> = self.model.payments.iter().filter(|(_, p)| p.home == home).collect();
        let standing = its.iter().rev().find(|(_, p)| !p.is_reversal && !p.reversed);
        let newest = standing.map(|(id, _)| **id);
        let any = (!its.is_empty()).then(|| *its[self.dice.random_range(0..its.len())].0);
        let Some(id) = (if self.dice.random_range(0..4) == 0 { any } else { newest }) else {
            return;
        };
        let (key, (cashier, outlet)) = (self.key(), self.tills[till]);
        self.note(format!("take back {id} at till {till}"));
        let order =
            Reverse { payment: id, cashier, outlet, reason: "收错用户".to_owned(), key };
        self.city.consent(id, cashier).await;
        let done = reverse(&self.city.pool, &self.city.clock, order.clone()).await;
        let today = self.today();
        match self.model.stays(id) {
            Some(why) => {
                let refused = done.unwrap_err();
                let as_known = match why {
                    Stays::IsReversal => {
                        matches!(refused, ReverseError::Stands(Stands::IsReversal))
                    }
                    Stays::Reversed => {
                        matches!(refused, ReverseError::Stands(Stands::AlreadyReversed))
                    }
                    Stays::OfAChannel => matches!(refused, ReverseError::NotTakenAtCounter),
                    Stays::DrawnOn => {
                        matches!(refused, ReverseError::Stands(Stands::OffsetFirst { .. }))
                    }
                    Stays::Spent => {
                        matches!(refused, ReverseError::Stands(Stands::PrepaidSpent { .. }))
                    }
                };
                assert!(as_known, "{why:?} and {refused:?}");
            }
            None if self.model.payments[&id].till.is_some()
                && self.model.has_closed(till, today) =>
            {
                assert!(matches!(done, Err(ReverseError::DayClosed)), "{done:?}");
            }
            None => {
                let done = done.unwrap();
                let blue = &self.model.payments[&id];
                let said = (done.refund.fen(), done.prepaid_back.fen());
                assert_eq!(said, (blue.net, blue.prepaid_used));
                self.model.take_back(id, done.payment, till, today);
                let again = reverse(&self.city.pool, &self.city.clock, order).await.unwrap();
                assert!(again.replayed && again.payment == done.payment, "{again:?}");
            }
        }
    }

    /// A till closes its day, or the one that it forgot.
    pub(super) async fn close(&mut self) {
        let (till, today) = (self.a_till(), self.today());
        let forgotten = self.model.forgotten(till, today);
        let day = if self.dice.random() { forgotten.unwrap_or(today) } else { today };
        self.note(format!("till {till} closes {day}"));
        let done = close_day(&self.city.pool, &self.city.clock, self.tills[till].0, day).await;
        if forgotten.is_some_and(|earlier| earlier < day) {
            assert!(matches!(done, Err(CloseError::EarlierOpen { .. })), "{done:?}");
        } else if self.model.has_closed(till, day) {
            assert!(matches!(done, Err(CloseError::AlreadyClosed)), "{done:?}");
        } else {
            let total = done.unwrap().sheet.total;
            let seen =
                (u64::try_from(total.payments).unwrap(), u64::try_from(total.reversals).unwrap());
            let (paid, back, net) = self.model.taken(till, day);
            assert_eq!((seen, total.net.fen()), ((paid, back), net), "{day} of till {till}");
            self.model.closed.entry(till).or_default().insert(day);
        }
    }

    /// The outlet closes the next month of its readings or bills.
    pub(super) async fn close_month(&mut self) {
        let bills = self.dice.random();
        let Some(period) = self.model.next_to_close(bills) else { return };
        let kind = if bills { PeriodKind::Bill } else { PeriodKind::Read };
        self.note(format!("close {kind:?} {period}"));
        let order = CloseMonth { organisation: self.tills[0].1, kind, period, by: None };
        let done = close_month(&self.city.pool, &self.city.clock, order).await;
        if period >= self.city.period() {
            assert!(matches!(done, Err(MonthError::NotOver(_))), "{done:?}");
        } else if !self.model.may_close(bills, period) {
            assert!(matches!(done, Err(MonthError::Obstacles(_))), "{done:?}");
        } else {
            let done = done.unwrap();
            if bills {
                let its = self.model.homes.iter().flat_map(|home| &home.charges);
                let its: Vec<_> = its.filter(|charge| charge.period == period).collect();
                let sum: i64 = its.iter().map(|charge| charge.principal()).sum();
                assert_eq!((done.entries, done.amount.fen()), (its.len() as i64, sum));
                self.model.bills_from = Some(period.next());
            } else {
                self.model.reads_from = Some(period.next());
            }
        }
    }

    /// The note book learns the numbers of an account's open bills.
    pub(super) async fn learn_bills(&mut self, home: usize) {
        let mut connection = self.city.pool.acquire().await.unwrap();
        let account = self.accounts[home].id;
        let quote = engine::counter::quote(&mut connection, account, self.today());
        let quote = quote.await.unwrap().unwrap();
        let own = self.model.homes[home].charges.iter_mut();
        for (own, seen) in own.filter(|c| c.paid_by.is_none()).zip(&quote.charges) {
            own.id = Some(seen.id);
        }
    }

    async fn newest_payment(&self) -> PaymentId {
        PaymentId(self.city.count("select coalesce(max(id), 0) from payment").await)
    }
}
