//! `cargo dev soak`: the long form of what the suite runs in short.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::{cargo, install, step};

/// Acts on the books in any order against a note book: so many of each of `seeds` seeds, from `seed` on.
///
/// # Errors
/// A package cannot be installed, or the books differ.
pub fn soak_books(acts: u64, seeds: u64, seed: u64) -> Result<()> {
    install()?;
    let story =
        ["test", "--release", "--workspace", "--test", "it", "--", "simulation::", "--nocapture"];
    step(
        &format!("{acts} acts of each of {seeds} seeds from {seed}"),
        cargo(&story)
            .env("WEIR_BOOKS_ACTS", acts.to_string())
            .env("WEIR_BOOKS_SEEDS", seeds.to_string())
            .env("WEIR_BOOKS_SEED", seed.to_string()),
    )
}

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
