//! 用户查询 at the counters of the whole city: numbers, names and addresses as payers say them.

use std::time::Instant;

use anyhow::ensure;
use engine::register::{self, SearchScope};
use terms::grouped;

use super::figure::{Figure, percentile};
use super::ground::Ground;
use super::store::{self, Said};
use crate::demo::{Plan, SEED};

/// Accounts that are looked up, each in several ways.
const LOOKED_UP: u32 = 500;
/// Searches that only warm up.
const WARM_UP: usize = 200;

pub(super) async fn measure(accounts: u32) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("search").await?;
    drop(ground.city(Plan::new(accounts, 1, SEED)).await?);
    store::tidy_up(&ground.address).await?;
    let said = store::what_payers_say(&ground.pool, LOOKED_UP).await?;
    let mut connection = ground.pool.acquire().await?;
    let mut delays = Vec::new();
    for Said { outlet, account, words } in said {
        for word in words {
            let start = Instant::now();
            let scope = SearchScope::Outlet(outlet);
            let found = register::search(&mut connection, scope, &word).await?;
            delays.push(start.elapsed().as_secs_f64() * 1e3);
            let there = found.cards.iter().any(|card| card.id == account);
            let is_more = found.and_more || found.total > found.cards.len();
            ensure!(there || is_more, "{word} does not find {account}");
        }
    }
    drop(connection);
    let mut delays = delays.split_off(WARM_UP.min(delays.len() / 2));
    delays.sort_by(f64::total_cmp);
    let measure = |percent: &str| {
        format!(
            "{percent} of {} searches among {} accounts",
            grouped(delays.len() as u64),
            grouped(accounts)
        )
    };
    let promise = ("at most 30 ms", 30.0);
    let figures = vec![
        Figure::delay("search", measure("p50"), percentile(&delays, 50), promise),
        Figure::delay("search", measure("p95"), percentile(&delays, 95), promise),
        Figure::delay("search", measure("p99"), percentile(&delays, 99), ("at most 100 ms", 100.0)),
    ];
    ground.close().await?;
    Ok(figures)
}
