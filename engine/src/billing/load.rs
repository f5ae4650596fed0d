//! What a run is priced by, read from the books.

use sqlx::PgConnection;

use super::rates::{Rate, Rates};
use super::store;
use crate::tariff::TariffBook;

impl Rates {
    /// Reads them, those of later months too: what was billed of them already is moved on by what is billed now.
    pub(super) async fn load(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut days = Vec::new();
        for from in store::days_of_new_rates(&mut *connection).await? {
            let book = TariffBook::load(&mut *connection, from).await?;
            let owners = store::owners(&mut *connection, from).await?;
            days.push(Rate { from, book, owners });
        }
        Ok(Self::since(days))
    }
}
