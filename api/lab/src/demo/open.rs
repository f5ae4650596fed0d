//! Accounts opened, those left out that are there already.

use std::collections::HashMap;

use anyhow::Context;
use engine::register::{self, NewAccount, Opened};
use sqlx::PgPool;
use terms::SystemClock;

use super::household::Household;
use super::place::Place;
use super::plan::Plan;
use super::store;

/// Accounts of one transaction.
const CHUNK: usize = 5_000;

/// Opens what is missing; gives all accounts in the order of the plan.
pub(super) async fn accounts(
    pool: &PgPool,
    places: &[Place],
    households: &[Household],
    plan: Plan,
) -> anyhow::Result<Vec<Opened>> {
    let known = store::accounts(pool).await?;
    let opened_on = plan.first_period().first_day();
    let missing: Vec<&Household> =
        households.iter().filter(|home| !known.contains_key(&home.no())).collect();
    for chunk in missing.chunks(CHUNK) {
        let new: Vec<NewAccount> = chunk
            .iter()
            .map(|home| home.account(&places[home.place], plan.seed, opened_on))
            .collect();
        register::open_accounts(pool, &SystemClock, None, &new).await.context("open accounts")?;
    }
    let known: HashMap<String, Opened> =
        if missing.is_empty() { known } else { store::accounts(pool).await? };
    let find = |home: &Household| {
        known.get(&home.no()).copied().with_context(|| format!("account {}", home.no()))
    };
    households.iter().map(find).collect()
}
