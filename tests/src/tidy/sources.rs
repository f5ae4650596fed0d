//! Rules about Rust files: where SQL stands, where floats and clocks must not, and how a file begins.

use super::Tree;

/// Files outside the `store` modules that speak SQL, and why.
const SQL_ELSEWHERE: &[(&str, &str)] = &[
    ("engine/src/database.rs", "opens the pool and takes the application's role"),
    (
        "engine/src/billing/oracle.rs",
        "the second rater is one statement, apart from the first on purpose",
    ),
    ("engine/src/copy.rs", "COPY BINARY, which knows no table"),
    ("ingest/", "asks catalogs and slots, not the trade"),
    ("api/lab/src/bench/", "measures statements as such"),
    ("api/src/web/extract/page.rs", "shows an analyst how a statement looks"),
    ("tests/", "looks at the books from outside"),
];

/// Where an amount passes; floats there are refused.
const MONEY: &[&str] =
    &["engine/terms/src/", "engine/src/", "warehouse/tables/src/", "reports/src/"];

/// Files of those folders in which a float is a length on paper or screen, or one of Excel's day numbers.
const LENGTHS: &[&str] =
    &["reports/src/chart", "reports/src/render", "reports/src/extract/xlsx_file.rs"];

/// Commands that take the machine's clock, and why.
const COMMAND_CLOCKS: &[(&str, &str)] = &[
    ("api/src/cli/bench.rs", "measures on a database of its own"),
    ("api/src/cli/books.rs", "refuses a moment that has not come on this machine"),
    ("api/src/cli/doctor.rs", "counts what waits, and enters nothing"),
    ("api/src/cli/demo.rs", "makes a city on a database of its own, and shows it"),
];

/// Files that ask the machine for the time, and only stamp or are the clock.
const CLOCKS: &[&str] = &["engine/terms/src/clock.rs", "warehouse/tables/src/delta_log.rs"];

/// SQL stands in `store` modules only: a file `store.rs`, or a folder `store` where one file grew long.
pub fn sql_in_stores(tree: &Tree) -> Vec<String> {
    let words = [
        "sqlx::query(",
        "sqlx::query_",
        "sqlx::query!",
        "query!(",
        "query_as!(",
        "query_scalar!(",
        "raw_sql(",
    ];
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let elsewhere = SQL_ELSEWHERE.iter().any(|(place, _)| file.starts_with(place));
        if elsewhere || file.ends_with("/store.rs") || file.contains("/store/") {
            continue;
        }
        // What a page asks of the warehouse is a statement too, whoever carries it there.
        let is_page = file.starts_with("api/src/");
        let hits = lines(&text).filter(|(_, line)| {
            words.iter().any(|word| line.contains(word)) || is_page && line.contains("\"select ")
        });
        found.extend(hits.map(|(n, _)| format!("{file}:{n}: SQL stands in `store` modules only")));
    }
    found
}

/// No float near money.
pub fn money_without_floats(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let money = MONEY.iter().any(|place| file.starts_with(place));
        if !money || LENGTHS.iter().any(|place| file.starts_with(place)) {
            continue;
        }
        let hits = lines(&text).filter(|(_, line)| has_word(line, "f64") || has_word(line, "f32"));
        found.extend(hits.map(|(n, _)| format!("{file}:{n}: a float near money")));
    }
    found
}

/// One helper begins every transaction: `begin` of sqlx 0.9 is not safe to cancel, so it stands in a task
/// of its own, which a browser that goes away does not end.
pub fn one_place_begins(tree: &Tree) -> Vec<String> {
    const HELPER: &str = "engine/src/database.rs";
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let writes =
            ["engine/", "api/", "reports/", "warehouse/"].iter().any(|p| file.starts_with(p));
        if !writes || file == HELPER {
            continue;
        }
        let words = [".begin()", ".begin_with(", "Transaction::begin", "raw_sql(\"begin"];
        let hits = lines(&text).filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(
            hits.map(|(n, _)| format!("{file}:{n}: transactions begin in `database::write`")),
        );
    }
    found
}

/// Engine, tables and reports take the time from their caller; and what the engine hands out is the database's time, in which
/// this machine's clock has no part.
pub fn time_is_handed_in(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let asks = ["engine/", "warehouse/tables/", "reports/"]
            .iter()
            .any(|place| file.starts_with(place));
        if !asks || CLOCKS.contains(&file) {
            continue;
        }
        let is_engine = file.starts_with("engine/src/");
        let hits = lines(&text).filter(|(_, line)| {
            line.contains("Utc::now")
                || line.contains("SystemTime::now")
                || is_engine && has_word(line, "SystemClock")
        });
        found.extend(hits.map(|(n, _)| format!("{file}:{n}: time is handed in (terms::Clock)")));
    }
    found
}

/// What a command enters is dated by the database: its machine may be a day ahead.
pub fn commands_are_dated_by_the_database(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let may = COMMAND_CLOCKS.iter().any(|(place, _)| file == *place);
        if may || !file.starts_with("api/src/") {
            continue;
        }
        let hits = lines(&text).filter(|(_, line)| has_word(line, "SystemClock"));
        found.extend(hits.map(|(n, _)| format!("{file}:{n}: the database's clock dates it")));
    }
    found
}

/// The session's day is UTC's: until eight in the morning it is the day before Dongguan's, which is over.
pub fn days_are_those_of_dongguan(tree: &Tree) -> Vec<String> {
    let days = ["current_date", "current_time", "localtime", "localtimestamp"];
    let asked = |file: &&String| {
        let place = ["engine/", "ingest/", "api/lab/"].iter().any(|place| file.starts_with(place));
        place && (file.ends_with(".rs") || file.ends_with(".sql"))
    };
    let mut found = Vec::new();
    for file in tree.files.iter().filter(asked) {
        let text = tree.text(file);
        let hits = lines(&text).filter(|(_, line)| days.iter().any(|day| has_word(line, day)));
        found.extend(hits.map(|(n, _)| format!("{file}:{n}: the day is not Dongguan's")));
    }
    found
}

/// Every Rust file, other than the tests of its neighbour, opens with a paragraph that says what it is for.
pub fn first_paragraphs(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|(file, text)| !file.ends_with("/tests.rs") && !text.starts_with("//! "))
        .map(|(file, _)| format!("{file}: opens without a paragraph (`//! …`)"))
        .collect()
}

/// What comes in by a door has no field that nobody reads: a typing error in an amount is no amount of nothing.
pub fn doors_know_their_fields(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in tree.rust().filter(|(file, _)| file.starts_with("api/src/web/")) {
        let lines: Vec<_> = text.lines().collect();
        let reads = |line: &str| line.contains("derive(") && has_word(line, "Deserialize");
        let held =
            |at: usize| lines.get(at + 1).is_some_and(|l| has_word(l, "deny_unknown_fields"));
        let open = (0..lines.len()).filter(|at| reads(lines[*at]) && !held(*at));
        found.extend(open.map(|at| format!("{file}:{}: passes unknown fields over", at + 1)));
    }
    found
}

/// Nothing is left for later.
pub fn no_leftovers(tree: &Tree) -> Vec<String> {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut found = Vec::new();
    for (file, text) in tree.rust() {
        let hits = text
            .lines()
            .enumerate()
            .filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
        found.extend(hits.map(|(n, _)| format!("{file}:{}: left for later", n + 1)));
    }
    found
}

/// The lines of code, numbered from one, without comments.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(n, line)| (n + 1, line))
}

fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_letters_end() {
        assert!(has_word("let x: f64 = 0.0;", "f64"));
        assert!(has_word("1f32, as f32", "f32"));
        assert!(!has_word("buf640", "f64"));
        assert!(!has_word("self.f64s", "f64"));
    }
}
