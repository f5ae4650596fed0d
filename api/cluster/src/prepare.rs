//! What every database of Weir holds, whoever runs its server.

use anyhow::Context;
use engine::DatabaseClock;
use terms::{BillPeriod, Clock};

use super::Logins;

/// Migrations in the owner's role; reference data, tariffs and room for the months to come as the application. Idempotent.
///
/// # Errors
/// A login is not named, a migration fails, or the data cannot be stored.
pub async fn prepare(logins: &Logins) -> anyhow::Result<()> {
    let (migrator, application) = (logins.migrator()?, logins.application()?);
    engine::migrate(&migrator.options()).await.context("migrate the schema")?;
    let pool = engine::connect(application.options()).await;
    let pool = pool.with_context(|| format!("open {application}"))?;
    let clock = DatabaseClock::start(&pool).await.context("ask the database for the time")?;
    engine::register::load_reference(&pool, &clock).await.context("load the reference data")?;
    engine::channels::load_channels(&pool, &clock).await.context("enter the channels")?;
    let tariffs = engine::tariff::set_tariffs(&pool, &clock).await.context("set the tariffs")?;
    for rate in tariffs.unheld {
        tracing::warn!(%rate, "this release ships a rate that the books do not hold; weir rate shipped prints it as a table to submit");
    }
    let month = BillPeriod::of(clock.today());
    engine::room::open_months(&pool, month).await.context("make room for the months to come")?;
    pool.close().await;
    Ok(())
}
