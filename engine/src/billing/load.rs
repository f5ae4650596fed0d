//! What a run is priced by and what its workers need, read from the books.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, business_day};

use super::months::Months;
use super::order::{BillRun, Issue};
use super::rates::{Rate, Rates};
use super::shared::Shared;
use super::store;
use crate::tariff::TariffBook;

impl Rates {
    /// Reads them, for months up to `asked`.
    pub(super) async fn load(
        connection: &mut PgConnection,
        asked: BillPeriod,
    ) -> Result<Self, sqlx::Error> {
        let mut days = Vec::new();
        for from in store::days_of_new_rates(&mut *connection, asked.last_day()).await? {
            let book = TariffBook::load(&mut *connection, from).await?;
            let owners = store::owners(&mut *connection, from).await?;
            days.push(Rate { from, book, owners });
        }
        Ok(Self::since(days))
    }
}

impl Shared {
    pub(super) async fn load(
        pool: &PgPool,
        order: BillRun,
        issue: Issue,
        now: DateTime<Utc>,
    ) -> Result<Arc<Self>, sqlx::Error> {
        let rates = Rates::load(&mut *pool.acquire().await?, order.period).await?;
        let months = Months::of(order.period, order.bill_date, business_day(now));
        Ok(Arc::new(Self { order, issue, now, months, rates }))
    }
}
