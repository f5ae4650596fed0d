//! Accounts opened, those left out that are there already.

use std::collections::HashMap;

use anyhow::Context;
use engine::register::{self, AccountChange, NewAccount, Opened, SewageClass};
use sqlx::PgPool;
use terms::SystemClock;

use super::dice::Dice;
use super::household::Household;
use super::place::Place;
use super::plan::Plan;
use super::{people, store};

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
    let opened: Vec<Opened> = households.iter().map(find).collect::<anyhow::Result<_>>()?;
    let_off(pool, households, plan).await?;
    Ok(opened)
}

/// Lets off, by a paper and two persons, whoever is to be and is not yet.
async fn let_off(pool: &PgPool, households: &[Household], plan: Plan) -> anyhow::Result<()> {
    let done = store::let_off(pool).await?;
    let is_missing =
        |home: &&Household| home.is_let_off(Dice(plan.seed)) && !done.contains(&home.no());
    let missing: Vec<&Household> = households.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let [maker, second] = people::two_persons(pool).await?;
    for home in missing {
        let change = AccountChange {
            account_no: home.no(),
            valid_from: plan.first_period().first_day(),
            sewage_class: Some(SewageClass::Exempt),
            doc_no: Some("东民〔2024〕31号".to_owned()),
            reason: "低保户免征".to_owned(),
            ..AccountChange::default()
        };
        let version = register::submit_change(pool, &SystemClock, maker, change).await;
        let version = version.context("submit a change")?;
        register::decide_change(pool, &SystemClock, second, version, true).await?;
    }
    Ok(())
}
