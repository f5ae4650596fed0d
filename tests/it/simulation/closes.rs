//! Days and months are closed.

use chrono::NaiveDate;
use engine::closing::{
    CloseDay, CloseError, CloseMonth, DayClose, MonthError, PeriodKind, close_day, close_month,
};
use rand::Rng;

use super::Simulation;

impl Simulation {
    /// A till closes its day, or the one that it forgot.
    pub(super) async fn close(&mut self) {
        let (till, today) = (self.a_till(), self.today());
        let forgotten = self.model.forgotten(till, today);
        let day = if self.dice.random() { forgotten.unwrap_or(today) } else { today };
        self.note(format!("till {till} closes {day}"));
        let done = self.close_day(till, day).await;
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

    /// The outlet closes the next month of one kind; whether the tills are done or not.
    pub(super) async fn close_month(&mut self) {
        let kind = PeriodKind::ALL[self.dice.random_range(0..PeriodKind::ALL.len())];
        let Some(period) = self.model.next_to_close(kind) else { return };
        if kind == PeriodKind::Pay && self.dice.random() {
            self.close_forgotten_days().await;
        }
        self.note(format!("close {kind:?} {period}"));
        let order = CloseMonth {
            organisation: self.tills[0].1,
            kind,
            period,
            by: self.city.manager().await,
        };
        let done = close_month(&self.city.pool, &self.city.clock, order).await;
        if period >= self.city.period() {
            assert!(matches!(done, Err(MonthError::NotOver(_))), "{done:?}");
        } else if !self.model.may_close(kind, period) {
            assert!(matches!(done, Err(MonthError::Obstacles(_))), "{done:?}");
        } else {
            let done = done.unwrap();
            let holds = self.model.month_holds(kind, period);
            assert_eq!((done.entries, done.amount.fen()), holds, "{kind:?} {period}");
            self.model.open_months.insert(kind.code(), period.next());
            self.months_closed += 1;
        }
    }

    async fn close_day(&self, till: usize, day: NaiveDate) -> Result<DayClose, CloseError> {
        let (cashier, outlet) = self.tills[till];
        close_day(&self.city.pool, &self.city.clock, CloseDay::own(cashier, outlet, day)).await
    }

    async fn close_forgotten_days(&mut self) {
        let today = self.today();
        for till in 0..super::TILLS {
            while let Some(day) = self.model.forgotten(till, today) {
                self.note(format!("till {till} closes {day} at last"));
                let done = self.close_day(till, day).await;
                assert_eq!(done.unwrap().sheet.total.net.fen(), self.model.taken(till, day).2);
                self.model.closed.entry(till).or_default().insert(day);
            }
        }
    }
}
