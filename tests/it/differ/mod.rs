//! Statements that nobody thought of, asked of PostgreSQL and of the warehouse: the answers are equal to the fen, or
//! the warehouse refuses for a reason that stands on a short list.
//!
//! Seeded dice make the statements: every kind of join, subquery, aggregate, window and grouping over tables and
//! views, with the values at which engines part. They are asked by readers with and without scope and masks; for
//! those, PostgreSQL is asked over copies of what they may see. Where the query engine is wrong, the form is refused or
//! rewritten; nothing wrong is let through.
//!
//! `WEIR_DIFFER_STATEMENTS` says how many are asked and `WEIR_DIFFER_SEED` which; statement `n` of seed `s` is always
//! the same over the same books. `WEIR_DIFFER_ONLY` asks one number so many times, and tells it. With `--nocapture` the
//! count of every feature and verdict is seen.
//!
//! - `generate`: the grammar.
//! - `world`: the books. `readers`: who asks, and their schemas in PostgreSQL.
//! - `ask`: one statement, both sides. `compare`: whether answers are the same.
//! - `refusal`: the short list. `verdict`: what is said of a statement, and the count.
//! - `written`: statements of people instead of dice.

mod generate;
mod world;
mod readers;
mod ask;
mod compare;
mod refusal;
mod verdict;
mod written;

use std::sync::Arc;

use sqlx::PgPool;
use tokio::task::JoinSet;
use warehouse::{Limits, Pinned};

use readers::Reader;
use verdict::{Tally, Verdict};

/// Statements of the suite; `cargo dev soak` asks some thousands.
const STATEMENTS: u64 = 400;
/// Their seed.
const SEED: u64 = 20_261_124;
/// Statements that are asked at the same time.
const AT_ONCE: u64 = 4;
/// Which reader asks: the whole city most often.
const TURNS: [usize; 10] = [0, 3, 0, 1, 4, 0, 2, 3, 0, 4];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_statements_get_the_answer_of_postgres_or_a_reason() {
    let (seed, count) =
        (number("WEIR_DIFFER_SEED", SEED), number("WEIR_DIFFER_STATEMENTS", STATEMENTS));
    let city = world::city().await;
    let (books, pinned) = world::live(&city).await;
    let readers = Arc::new(readers::all(&city).await);
    let pool = city.database.owner().await;
    let mut workers = JoinSet::new();
    for first in 0..AT_ONCE {
        let numbers = (first..count).step_by(usize::try_from(AT_ONCE).unwrap());
        let numbers = numbers.map(|number| self::number("WEIR_DIFFER_ONLY", number)).collect();
        workers.spawn(run(pool.clone(), pinned.clone(), readers.clone(), seed, numbers));
    }
    let mut tally = Tally::default();
    for part in workers.join_all().await {
        tally.merge(part);
    }
    println!("{count} statements of seed {seed}\n{tally}");
    assert!(tally.is_right(), "{count} statements of seed {seed}: see the count above");
    pool.close().await;
    books.stop().await;
}

/// Asks the statements of these numbers, one after the other.
async fn run(
    pool: PgPool,
    pinned: Pinned,
    readers: Arc<Vec<Reader>>,
    seed: u64,
    numbers: Vec<u64>,
) -> Tally {
    let mut tally = Tally::default();
    for number in numbers {
        let reader = &readers[TURNS[usize::try_from(number).unwrap() % TURNS.len()]];
        let statement = generate::statement(&reader.schema, seed.wrapping_mul(1_000_003) + number);
        let theirs = ask::postgres(&pool, reader, &statement.sql).await;
        // On a machine of one core, of two and of four.
        let threads = [1, 2, 4][usize::try_from(number).unwrap() % 3];
        let pinned = pinned.clone().with_limits(Limits { threads, ..Limits::default() });
        let ours = ask::warehouse(&pinned, reader, &statement.sql).await;
        let verdict = Verdict::of(&statement, theirs, ours);
        if std::env::var_os("WEIR_DIFFER_ONLY").is_some() {
            println!("{}\n  {verdict:?}", statement.sql);
        }
        tally.add(&format!("statement {number} by {}", reader.name), &statement, &verdict);
    }
    tally
}

/// A number out of the environment, or the usual one.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}
