//! What readers and those who judge them do.

use engine::closing::PeriodKind;
use engine::reading::{
    Decision, EnterError, Entered, NewReading, Review, ReviewError, Source, correct, enter, review,
    waiting,
};
use rand::Rng;
use terms::BillPeriod;

use super::Simulation;
use super::model::State;
use crate::city::m3;

/// Who reads.
const READERS: [&str; 2] = ["李抄表", "赵抄表"];

impl Simulation {
    /// A meter of an account, and a month: this one, sometimes the one before.
    fn a_meter_and_month(&mut self) -> (usize, usize, BillPeriod) {
        let home = self.a_home();
        let meter = self.dice.random_range(0..self.model.homes[home].meters.len());
        let period = self.city.period();
        let late = self.dice.random_range(0..6) == 0;
        (home, meter, if late { period.previous() } else { period })
    }

    /// A reader reads a meter, or puts right what was read; what cannot be read is refused.
    pub(super) async fn read(&mut self, corrects: bool) {
        let (home, meter, period) = self.a_meter_and_month();
        let used = match self.dice.random_range(0..12) {
            0 => 0,
            1 => self.dice.random_range(60..200),
            _ => self.dice.random_range(1..45),
        };
        let by = self.dice.random_range(0..READERS.len());
        let index = self.model.homes[home].meters[meter].before(period).0 + used;
        let what = if corrects { "put right" } else { "read" };
        self.note(format!("{what} {home}/{meter} at {index} for {period} by {by}"));
        let entered = self.enter((home, meter), period, (index, by), corrects).await;
        if !self.model.homes[home].may_read(meter, period, corrects) {
            assert!(matches!(entered, Err(EnterError::Refused(_))), "{entered:?}");
        } else if self.model.is_closed(PeriodKind::Read, period) {
            assert!(matches!(entered, Err(EnterError::MonthClosed)), "{entered:?}");
        } else {
            let entered = entered.unwrap();
            let state = self.model.homes[home].read(meter, period, (used, by));
            *self.model.entered.entry(period).or_default() += 1;
            assert_eq!(entered.waiting() > 0, state == State::Waiting, "{entered:?}");
        }
    }

    /// An index below the last one, or one that the meter cannot show.
    pub(super) async fn read_wrongly(&mut self) {
        let (home, meter, period) = self.a_meter_and_month();
        let last = self.model.homes[home].meters[meter].before(period).0;
        let index = if last > 0 && self.dice.random() { last - 1 } else { 10_000_000 };
        self.note(format!("read {home}/{meter} wrongly at {index}"));
        let entered = self.enter((home, meter), period, (index, 0), self.dice_says()).await;
        assert!(matches!(entered, Err(EnterError::Refused(_))), "{entered:?}");
    }

    fn dice_says(&self) -> bool {
        self.keys.is_multiple_of(2)
    }

    async fn enter(
        &self,
        (home, meter): (usize, usize),
        period: BillPeriod,
        (index, by): (i64, usize),
        corrects: bool,
    ) -> Result<Entered, EnterError> {
        let reading = NewReading {
            meter: self.accounts[home].meters[meter].0,
            read_at: self.city.clock.0,
            end_index: m3(&index.to_string()),
            source: Source::Manual,
        };
        let (pool, clock) = (&self.city.pool, &self.city.clock);
        let reader = Some(self.city.somebody(READERS[by]).await);
        if corrects {
            correct(pool, clock, period, reader, vec![reading]).await
        } else {
            enter(pool, clock, period, reader, vec![reading]).await
        }
    }

    /// A second person judges a reading that waits.
    pub(super) async fn judge(&mut self) {
        let mut all = Vec::new();
        for (home, own) in self.model.homes.iter().enumerate() {
            for (meter, own) in own.meters.iter().enumerate() {
                let waits = own.readings.iter().filter(|(_, r)| r.state == State::Waiting);
                all.extend(waits.map(|(period, _)| (home, meter, *period)));
            }
        }
        if all.is_empty() {
            return;
        }
        let (home, meter, period) = all[self.dice.random_range(0..all.len())];
        let accepts = self.dice.random_range(0..3) > 0;
        self.note(format!("judge {home}/{meter} of {period}: {accepts}"));
        let mut connection = self.city.pool.acquire().await.unwrap();
        let list = waiting(&mut connection, period, None, 1_000).await.unwrap();
        drop(connection);
        let serial = &self.accounts[home].meters[meter].1;
        let id = list.iter().find(|w| w.meter_serial_no == *serial).unwrap().id;
        let decision = if accepts { Decision::Accepted } else { Decision::Rejected };
        let reviewed_by = self.city.somebody("王审核").await;
        let order = Review { readings: vec![id], decision, reviewed_by };
        let done = review(&self.city.pool, &self.city.clock, order).await;
        let own = &mut self.model.homes[home].meters[meter];
        if accepts {
            done.unwrap();
            own.readings.get_mut(&period).unwrap().state = State::Ready;
        } else if own.newest() == Some(period) {
            done.unwrap();
            own.readings.remove(&period);
        } else {
            assert!(matches!(done, Err(ReviewError::LaterReading(_))), "{done:?}");
        }
    }
}
