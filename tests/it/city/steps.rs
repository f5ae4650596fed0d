//! Steps that many stories take beside the till: a bank holds bills, an account changes, a month is closed.

use chrono::TimeDelta;
use engine::channels::{HoldError, PlaceHold, place_hold};
use engine::closing::{CloseMonth, MonthClose, MonthError, PeriodKind, close_month};
use engine::register::{AccountChange, decide_change, submit_change};
use terms::{BillPeriod, Clock};

use super::{Account, City, DAOJIAO};

impl City {
    /// A bank is about to collect what accounts owe, for two days.
    pub(crate) async fn hold(
        &self,
        accounts: &[&Account],
        reference: &str,
    ) -> Result<u64, HoldError> {
        let order = PlaceHold {
            channel: "withhold".to_owned(),
            reference: reference.to_owned(),
            accounts: accounts.iter().map(|account| account.id).collect(),
            ends_at: self.clock.now() + TimeDelta::hours(48),
            by: self.manager().await,
        };
        place_hold(&self.pool, &self.clock, order).await
    }

    /// An account becomes something else, by two persons of the water group.
    pub(crate) async fn changed(&self, change: AccountChange) {
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        let version = submit_change(&self.pool, &self.clock, maker, change).await.unwrap();
        decide_change(&self.pool, &self.clock, checker, version, true).await.unwrap();
    }

    /// 道滘 closes one kind of a month.
    pub(crate) async fn close_month(
        &self,
        kind: PeriodKind,
        period: i32,
    ) -> Result<MonthClose, MonthError> {
        let (organisation, _) = self.outlet(DAOJIAO).await;
        let period = BillPeriod::from_number(period).unwrap();
        let by = self.manager().await;
        close_month(&self.pool, &self.clock, CloseMonth { organisation, kind, period, by }).await
    }

    /// 道滘 closes a month, all kinds of it.
    pub(crate) async fn close_whole_month(&self, period: i32) {
        for &kind in PeriodKind::ALL {
            self.close_month(kind, period).await.unwrap();
        }
    }
}
