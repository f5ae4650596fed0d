//! Many at once: what happens in any order must come to the same.

use std::time::Duration;

use engine::billing::{BillError, BillRun};
use engine::counter::{CollectError, collect, posted_under};
use rand::Rng;
use rand::seq::SliceRandom;
use tokio::task::{JoinHandle, JoinSet};

use super::Simulation;
use super::model::By;
use super::tills::Visit;

impl Simulation {
    /// Three tills serve three payers while the bills of the month are made.
    pub(super) async fn rush(&mut self) {
        let mut homes: Vec<usize> = (0..self.accounts.len()).collect();
        homes.shuffle(&mut self.dice);
        let mut visits = Vec::new();
        for (till, home) in homes.into_iter().take(super::TILLS).enumerate() {
            visits.extend(self.visit(home, till).await);
        }
        let order = self.run_of(self.city.period());
        self.note(format!("a rush: {} payers and the bills of {}", visits.len(), order.period));
        let bills = self.bills_of(order);
        let paid = self.all_at_once(&visits).await;
        // The oldest bills stay the oldest: the note book may take the payments first.
        for (visit, done) in visits.into_iter().zip(paid) {
            self.posted(visit, done);
        }
        let (made, _) = self.billed(order);
        assert_eq!(bills.await.unwrap().unwrap(), made, "bills of {}", order.period);
    }

    /// Two tills take money for the same bills: one of them does.
    pub(super) async fn race(&mut self) {
        let (home, today) = (self.a_home(), self.today());
        let open: Vec<usize> =
            (0..super::TILLS).filter(|till| !self.model.has_closed(*till, today)).collect();
        let [one, two, ..] = open[..] else { return };
        let Some(first) =
            self.visit(home, one).await.filter(|v| !v.settles.0.is_empty() && v.refused.is_none())
        else {
            return;
        };
        let mut order = first.order.clone();
        order.key = self.key();
        for tender in &mut order.tenders {
            tender.reference = tender.reference.take().map(|slip| format!("{slip}-2"));
        }
        (order.cashier, order.outlet) = self.tills[two];
        let mut payment = first.payment.clone();
        payment.by = By::Till(two);
        let second =
            Visit { order, till: two, settles: first.settles.clone(), payment, refused: None };
        self.note(format!("a race for {home}: {:?}", first.order));
        let visits = [first, second];
        let done = self.all_at_once(&visits).await;
        let taken = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(taken, 1, "{done:?}");
        for (visit, done) in visits.into_iter().zip(done) {
            match done {
                Err(
                    CollectError::StaleQuote { .. }
                    | CollectError::TakenAlready(_)
                    | CollectError::Busy,
                ) => {}
                done => drop(self.posted(visit, done)),
            }
        }
    }

    /// Every connection is cut while payers are served and bills are made, as by `kill -9`: what stands under a key is
    /// what was posted, the same order again makes it whole, and so does another run.
    pub(super) async fn cut(&mut self) {
        let mut homes: Vec<usize> = (0..self.accounts.len()).collect();
        homes.shuffle(&mut self.dice);
        let mut visits = Vec::new();
        for (till, home) in homes.into_iter().take(super::TILLS).enumerate() {
            if !self.model.has_closed(till, self.today()) {
                visits.extend(self.visit(home, till).await);
            }
        }
        let run = self.run_of(self.city.period());
        self.note(format!("cut while {} pay and {} is billed", visits.len(), run.period));
        let bills = self.bills_of(run);
        let wait = Duration::from_micros(self.dice.random_range(0..12_000));
        let cut = async {
            tokio::time::sleep(wait).await;
            let sql = "select pg_terminate_backend(pid) from pg_stat_activity
                       where datname = current_database() and usename = 'weir_app'";
            sqlx::query(sql).execute(&self.city.owner).await.unwrap();
        };
        let (done, ()) = tokio::join!(self.all_at_once(&visits), cut);
        for (visit, done) in visits.into_iter().zip(done) {
            let (pool, order) = (&self.city.pool, &visit.order);
            // The pool finds out of its dead connections one by one.
            let stands = loop {
                match posted_under(pool, order.account, &order.key).await {
                    Ok(stands) => break stands,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            };
            match (&done, stands) {
                (Ok(done), stands) => assert_eq!(stands, Some(done.payment)),
                (Err(CollectError::Database(_)), None) => {}
                (Err(CollectError::Database(e)), _) if engine::is_in_doubt(e) => {}
                (Err(CollectError::Held(_)), None) if visit.refused.is_some() => {}
                (done, stands) => panic!("{done:?} and {stands:?}"),
            }
            let again = loop {
                match collect(pool, &self.city.clock, order.clone()).await {
                    Err(CollectError::Database(_)) => {}
                    again => break again,
                }
            };
            assert!(stands.is_none() || again.as_ref().is_ok_and(|again| again.replayed));
            self.posted(visit, again);
        }
        let before = bills.await.unwrap();
        let after = loop {
            match self.bills_of(run).await.unwrap() {
                Err(BillError::Database(_)) => {}
                after => break after.unwrap(),
            }
        };
        let (made, _) = self.billed(run);
        match before {
            Ok(before) => assert_eq!(before + after, made, "bills of {}", run.period),
            // Nobody heard what it did; the rest was done now.
            Err(error) => {
                assert!(matches!(error, BillError::Database(_)) && after <= made, "{error:?}")
            }
        }
    }

    /// A run on its way, and how many bills it makes.
    fn bills_of(&self, order: BillRun) -> JoinHandle<Result<u64, BillError>> {
        let (pool, clock) = (self.city.pool.clone(), self.city.clock);
        tokio::spawn(async move {
            engine::billing::run(&pool, &clock, order, |_| {}).await.map(|report| report.charges)
        })
    }

    async fn all_at_once(
        &self,
        visits: &[Visit],
    ) -> Vec<Result<engine::counter::Collected, CollectError>> {
        let mut tasks = JoinSet::new();
        for (place, visit) in visits.iter().enumerate() {
            let (pool, clock, order) =
                (self.city.pool.clone(), self.city.clock, visit.order.clone());
            tasks.spawn(async move { (place, collect(&pool, &clock, order).await) });
        }
        let mut done = tasks.join_all().await;
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, done)| done).collect()
    }
}
