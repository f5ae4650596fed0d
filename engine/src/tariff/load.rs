//! The rates and the late-fee rules, as the books have them.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::book::TariffBook;
use super::late::LateFeeRules;
use super::store;

impl TariffBook {
    /// Reads the versions that hold on `day`.
    ///
    /// # Errors
    /// The database fails, or the tiers of a version do not rise to an open one.
    pub async fn load(connection: &mut PgConnection, day: NaiveDate) -> Result<Self, sqlx::Error> {
        store::load_book(connection, day).await
    }
}

impl LateFeeRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        store::load_late_fee_rules(connection).await.map(Self::of)
    }
}
