//! `cargo dev soak`: the long form of what the suite runs in short.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::{cargo, install, step};

/// Asks PostgreSQL and the warehouse thousands of made-up statements; the seed is printed and may be given again.
///
/// # Errors
/// A package cannot be installed, or an answer is wrong.
pub fn soak(statements: u64, seed: Option<u64>) -> Result<()> {
    install()?;
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    let seed = seed.unwrap_or(now.as_secs());
    let story =
        ["test", "--release", "--workspace", "--test", "it", "--", "differ::", "--nocapture"];
    step(
        &format!("{statements} statements of seed {seed}"),
        cargo(&story)
            .env("WEIR_DIFFER_STATEMENTS", statements.to_string())
            .env("WEIR_DIFFER_SEED", seed.to_string()),
    )
}
