//! Bills: made, made late, taken back; and what the purses pay of them by themselves.

use chrono::Days;
use engine::billing::{BillRun, ReverseChargeError};
use engine::closing::PeriodKind;
use rand::Rng;
use terms::{BillPeriod, ChargeId, Clock, PaymentId};

use super::Simulation;
use super::model::{By, Kept, Model, Payment};

impl Simulation {
    /// The bill run of this month, or once more of a month before, for what was judged or taken back since.
    pub(super) async fn bill(&mut self) {
        let back = [0, 0, 0, 1, 2][self.dice.random_range(0..5)];
        // Nothing was owed before the books, but for the month that the first readings end.
        let first = BillPeriod::from_number(202_512).expect("a month");
        let period = self.city.period().back(back).max(first);
        if !self.model.is_closed(PeriodKind::Bill, period) {
            self.bill_month(period).await;
        }
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
        let (day, now) = (self.today(), self.city.clock.now());
        for home in 0..self.accounts.len() {
            let (pays, cost) = self.model.offset(home, issue, (day, now));
            if pays.is_empty() {
                continue;
            }
            accounts += 1;
            charges += pays.len() as u64;
            amount += cost.sum();
            let account = self.accounts[home].account.id.0;
            let id = posted.iter().find(|(of, _)| *of == account).expect("a purse that pays").1;
            let payment = Payment {
                late_fee: cost.late_fee(),
                prepaid_used: cost.sum(),
                ..Payment::new(home, By::Purse, day)
            };
            self.model.pay(PaymentId(id), (&pays, false), payment);
        }
        assert_eq!((paid.accounts, paid.charges, paid.amount.fen()), (accounts, charges, amount));
    }

    /// A run under dates of today.
    pub(super) fn run_of(&self, period: BillPeriod) -> BillRun {
        let today = self.today();
        BillRun { period, bill_date: today, due_date: today + Days::new(20), workers: 2, by: None }
    }

    /// What the note book bills: how many, and how much.
    pub(super) fn billed(&mut self, order: BillRun) -> (u64, i64) {
        let (period, due) = (order.period, order.due_date);
        let is_first_open = self.model.open_month(PeriodKind::Bill) == Some(period);
        let Model { homes, garbage, .. } = &mut self.model;
        let homes = homes.iter_mut();
        let made = homes.flat_map(|home| home.bill(period, is_first_open, due, garbage));
        made.fold((0, 0), |(count, sum), amount| (count + 1, sum + amount))
    }

    /// A charge is taken back, mostly one of which nothing is paid.
    pub(super) async fn take_charge_back(&mut self) {
        let home = self.a_home();
        self.learn_bills(home).await;
        let own = &self.model.homes[home];
        let free: Vec<usize> =
            (0..own.charges.len()).filter(|at| own.keeps(*at).is_none()).collect();
        let any = self.dice.random_range(0..4) == 0 || free.is_empty();
        let list = if any { (0..own.charges.len()).collect() } else { free };
        if list.is_empty() {
            return;
        }
        let at = list[self.dice.random_range(0..list.len())];
        let charge = self.model.homes[home].charges[at].id.unwrap();
        self.note(format!("take bill {charge} of {home} back"));
        let done = self.city.reverse_charge(charge, "抄表录错").await;
        let own = &mut self.model.homes[home];
        if let Some(why) = own.keeps(at) {
            let refused = done.unwrap_err();
            let as_known = match why {
                Kept::Reversed => matches!(refused, ReverseChargeError::AlreadyReversed(_)),
                Kept::Paid => matches!(refused, ReverseChargeError::Paid(_)),
                Kept::NewerFirst => matches!(refused, ReverseChargeError::NewerFirst(_)),
            };
            assert!(as_known, "{why:?} and {refused:?}");
        } else if own.charges[at].holder(self.city.clock.now()).is_some() {
            assert!(matches!(done, Err(ReverseChargeError::Held(_))), "{done:?}");
        } else {
            let done = done.unwrap();
            let month = BillPeriod::of(self.city.clock.today());
            let sum = own.take_charge_back(at, month);
            assert_eq!((done.amount.fen(), Some(done.period)), (sum, own.charges[at].reversed));
        }
    }

    /// The note book learns the numbers of an account's bills.
    pub(super) async fn learn_bills(&mut self, home: usize) {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id from charge where account_id = $1 and kind <> 'reversal' order by bill_period, id",
        )
        .bind(self.accounts[home].account.id.0)
        .fetch_all(&self.city.owner)
        .await
        .unwrap();
        let own = &mut self.model.homes[home].charges;
        assert_eq!(ids.len(), own.len(), "bills of {home}");
        for (own, seen) in own.iter_mut().zip(ids.into_iter().map(ChargeId)) {
            assert!(own.id.is_none_or(|id| id == seen), "a bill of {home} has changed");
            own.id = Some(seen);
        }
    }

    pub(super) async fn newest_payment(&self) -> PaymentId {
        PaymentId(self.city.count("select coalesce(max(id), 0) from payment").await)
    }
}
