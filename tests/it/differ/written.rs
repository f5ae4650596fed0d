//! Statements that somebody wrote: what the looks at this door got a wrong answer to once, asked by every reader.
//!
//! `WEIR_DIFFER_FILE` names another file; with `--nocapture` everything is seen that is not answered alike.

use std::collections::BTreeSet;

use super::generate::Statement;
use super::verdict::{Tally, Verdict};
use super::{ask, readers, world};

/// A statement each, with `;` at the end of its line. Lines that begin with `--` tell what it is about; a statement
/// below `-- refused` may have no answer.
const WRITTEN: &str = include_str!("written.sql");
/// What stands above a statement that is not answered.
const REFUSED: &str = "-- refused";
/// What stands above a statement whose rows PostgreSQL 15 itself puts in a wrong order: they are the same rows, and each
/// such line says why. The dice ask such statements without an order (`generate::group`).
const UNORDERED: &str = "-- unordered";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn written_statements_get_the_answer_of_postgres() {
    let file = std::env::var("WEIR_DIFFER_FILE").map(|path| std::fs::read_to_string(path).unwrap());
    let written = file.unwrap_or_else(|_| WRITTEN.to_owned());
    let city = world::city().await;
    let (books, pinned) = world::live(&city).await;
    let readers = readers::all(&city).await;
    let pool = city.database.owner().await;
    let (mut tally, mut complaints) = (Tally::default(), 0);
    for (number, text) in written.split_inclusive(";\n").enumerate() {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        let sql = lines.collect::<Vec<_>>().join("\n").trim().trim_end_matches(';').to_owned();
        if sql.is_empty() {
            continue;
        }
        let is_marked = |mark: &str| text.lines().any(|line| line.starts_with(mark));
        let may_refuse = is_marked(REFUSED);
        let mut statement = as_written(sql);
        statement.ordered &= !is_marked(UNORDERED);
        for reader in &readers {
            let theirs = ask::postgres(&pool, reader, &statement.sql).await;
            let ours = ask::warehouse(&pinned, reader, &statement.sql).await;
            let verdict = Verdict::of(&statement, theirs, ours);
            tally.add(&format!("number {number} by {}", reader.name), &statement, &verdict);
            let right = match verdict {
                Verdict::Equal | Verdict::BothFail => true,
                Verdict::Refused(_) | Verdict::Unlisted(_) => may_refuse,
                Verdict::Wider(_) | Verdict::Wrong(_) => false,
            };
            if !right {
                complaints += 1;
                println!("number {number} by {}: {}\n  {verdict:?}", reader.name, statement.sql);
            }
        }
    }
    println!("{tally}");
    assert_eq!(complaints, 0, "see above");
    pool.close().await;
    books.stop().await;
}

/// Every figure must come exactly; rows stand in order where the last word of the statement orders them.
fn as_written(sql: String) -> Statement {
    let after = sql.rsplit(')').next().unwrap_or_default().to_lowercase();
    let ordered = after.contains("order by");
    Statement { sql, grains: Vec::new(), ordered, features: BTreeSet::new() }
}
