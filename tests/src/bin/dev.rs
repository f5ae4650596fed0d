//! `cargo dev`: the developer's chores.

use clap::{Parser, Subcommand};
use tests::dev;

#[derive(Parser)]
#[command(name = "cargo dev", about = "The developer's chores of Weir")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Installs the Debian packages that the tests need, where they are missing
    Install,
    /// Writes `.sqlx` anew: every query of the engine, described by a real database
    Prepare,
    /// Format, lints, documentation, generated and vendored files, the shape of the tree
    Check,
    /// Asks PostgreSQL and the warehouse thousands of made-up statements, long beyond what the suite does
    Soak {
        /// How many
        #[arg(long, default_value_t = 5_000)]
        statements: u64,
        /// Which; by default another each time, and printed
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Acts on the books in any order, kills among them, against a note book in memory
    SoakBooks {
        /// How many of each seed
        #[arg(long, default_value_t = 10_000)]
        acts: u64,
        /// How many seeds
        #[arg(long, default_value_t = 5)]
        seeds: u64,
        /// The first of them
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Installs what the tests need, then runs them all
    Test {
        /// Handed on to nextest, such as a name to filter by
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().chore {
        Chore::Install => dev::install(),
        Chore::Prepare => dev::prepare(),
        Chore::Check => dev::check(),
        Chore::Soak { statements, seed } => dev::soak(statements, seed),
        Chore::SoakBooks { acts, seeds, seed } => dev::soak_books(acts, seeds, seed),
        Chore::Test { more } => dev::test(&more),
    }
}
