//! A demo city, made through the engine's own functions: readings, bills, payments by every method,
//! receipts, day closes, remittances. Nothing is written behind the engine's back.
//!
//! Every choice is a throw of [`dice`] for one account and one month, so the same seed makes the same
//! city; a month that is whole is noted, and every step of one can be repeated, so a city that was
//! interrupted is finished by the next call.
//!
//! - [`plan`]: how large, how long, and whether it is finished.
//! - [`outlet`]: the outlets. [`place`]: their books. [`household`]: accounts, opened by [`open`]; [`smart_meters`]: real ones.
//! - [`names`]: what people and places are called.
//! - [`people`]: users and their paper.
//! - [`month`]: one month of the city. [`days`]: its days. [`dues`]: who pays. [`till`]: the counters.
//! - [`steps`]: what was done, a line each.

mod days;
mod dice;
mod dues;
mod household;
mod month;
mod names;
mod open;
mod outlet;
mod people;
mod place;
mod plan;
mod smart_meters;
mod steps;
mod store;
mod till;

use std::path::Path;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

pub use outlet::{CLERK_TOWN, Outlet};
pub use people::{CLERK, GROUP, LOGINS, PASSWORD, living_logins, logins_words};
pub use plan::{Plan, SEED};
pub use smart_meters::{hourly_words, pay_smart_meters, take_in_smart_meters};
pub use steps::{Counted, Steps};
pub use store::outlets;

use plan::Mark;

/// Makes the city in an empty database, or finishes one that was begun in it.
///
/// # Errors
/// The database holds something else, which may be real; a step of the engine fails, with the month and the step.
pub async fn build(pool: &PgPool, data: &Path, plan: Plan) -> anyhow::Result<()> {
    let mut city = City::open(pool, data, plan, Steps::aloud()).await?;
    while city.months_left() > 0 {
        city.live_a_month().await?;
    }
    city.finish().await;
    Ok(())
}

/// Makes the city where there is no account yet, and finishes one that was interrupted.
///
/// # Errors
/// A step of the engine fails.
pub async fn build_if_empty(pool: &PgPool, data: &Path, plan: Plan) -> anyhow::Result<()> {
    if Mark::is_unfinished(data, &store::identity(pool).await?) || store::is_empty(pool).await? {
        build(pool, data, plan).await
    } else {
        Ok(())
    }
}

/// Who lives the city at the same time, and their connections. More work no faster: each makes plans of its own, and
/// anew in each month, when its tables have become others.
const HANDS: u16 = 2;

/// A city between two months.
pub struct City {
    pool: PgPool,
    mark: Mark,
    plan: Plan,
    places: Vec<place::Place>,
    households: Vec<household::Household>,
    opened: Vec<engine::register::Opened>,
    cashiers: Vec<people::Cashier>,
    readers: Vec<people::Readers>,
    steps: Steps,
}

impl City {
    /// Opens users, books and accounts; the first month is ahead. A city that was begun in the data
    /// folder and not finished goes on by its own plan.
    ///
    /// # Errors
    /// A step of the engine fails.
    pub async fn open(
        pool: &PgPool,
        data: &Path,
        plan: Plan,
        steps: Steps,
    ) -> anyhow::Result<Self> {
        let identity = store::identity(pool).await?;
        let mark = Mark::begin(data, plan, &identity, store::is_empty(pool).await?)?;
        engine::play(pool).await?;
        let login = PgConnectOptions::clone(&pool.connect_options());
        // Its acts are small and many: a plan over the parts of all months costs more to make anew than to follow.
        let login = login.options([("plan_cache_mode", "force_generic_plan")]);
        let pool = pool.options().clone().max_connections(HANDS.into()).connect_with(login).await?;
        let plan = mark.plan();
        steps.time("months", open_months(&pool, plan)).await?;
        let outlets = outlets(&pool).await?;
        let cashiers = steps.time("users and paper", people::enter(&pool, &outlets, plan)).await?;
        let readers = steps.time("readers", people::readers(&pool, &outlets)).await?;
        let places = steps.time("books", place::open_books(&pool, &outlets, &readers)).await?;
        let households = household::all(&places, plan);
        let opened =
            steps.time("accounts", open::accounts(&pool, &places, &households, plan)).await?;
        Ok(Self { pool, mark, plan, places, households, opened, cashiers, readers, steps })
    }

    /// Months that were not lived yet.
    pub fn months_left(&self) -> u32 {
        self.mark.months_left()
    }

    /// Ends its connections.
    pub async fn finish(self) {
        self.pool.close().await;
    }
}

/// Makes room for all its months at once: each new room makes every connection plan anew what it has asked.
async fn open_months(pool: &PgPool, plan: Plan) -> Result<(), sqlx::Error> {
    let months = std::iter::successors(Some(plan.first_period()), |month| Some(month.next()));
    for month in months.take_while(|month| *month <= plan.last_period()).step_by(3) {
        engine::room::open_months(pool, month).await?;
    }
    Ok(())
}
