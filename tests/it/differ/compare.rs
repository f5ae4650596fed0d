//! Whether two answers are the same: to the fen, to the microsecond, letter by letter, under the same names.

use std::collections::VecDeque;

use rust_decimal::{Decimal, RoundingStrategy};

use super::ask::{Answer, Cell};
use super::generate::{Grain, Statement};

/// A quotient that PostgreSQL carries further than we do may lie this near to the middle between two fen.
const HAIR: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
/// How near floats must come, in parts of the value.
const NEAR: f64 = 1e-6;

/// A column that may be called otherwise than in PostgreSQL.
struct Renamed {
    /// Whether it is one, by PostgreSQL's name and ours in a statement.
    is: fn(&str, &str, &str) -> bool,
    why: &'static str,
}

/// Whatever else PostgreSQL calls a column, we call it so too.
const RENAMED: [Renamed; 3] = [
    Renamed {
        is: |_, ours, sql| !is_word(ours) && bare(sql).contains(&bare(ours)),
        why: "an item without a name is headed by what the analyst wrote",
    },
    Renamed {
        is: |theirs, _, _| theirs == "?column?",
        why: "what PostgreSQL has no name for is headed by its words, also out of a subquery",
    },
    Renamed {
        is: |theirs, ours, _| theirs.len() >= 60 && ours.starts_with(theirs),
        why: "PostgreSQL cuts names at 63 bytes",
    },
];

fn is_word(name: &str) -> bool {
    name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A text without its blanks, and without those that `trim(leading from …)` means.
fn bare(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace("''", "")
}

/// What is different; none where nothing is.
pub(super) fn difference(statement: &Statement, theirs: &Answer, ours: &Answer) -> Option<String> {
    in_rows(statement, theirs, &ours.rows).or_else(|| in_names(&statement.sql, theirs, ours))
}

/// The first column that is called otherwise, for no reason of the list; PostgreSQL's names are known where there are
/// rows.
fn in_names(sql: &str, theirs: &Answer, ours: &Answer) -> Option<String> {
    let is_same = |(theirs, ours): &(&String, &String)| {
        theirs == ours || RENAMED.iter().any(|known| (known.is)(theirs, ours, sql))
    };
    let (theirs, ours) = theirs.names.iter().zip(&ours.names).find(|names| !is_same(names))?;
    let reasons: Vec<&str> = RENAMED.iter().map(|known| known.why).collect();
    Some(format!(
        "PostgreSQL calls “{theirs}” what we call “{ours}”, not as {}",
        reasons.join("; ")
    ))
}

fn in_rows(statement: &Statement, theirs: &Answer, ours: &[Vec<Cell>]) -> Option<String> {
    if theirs.rows.len() != ours.len() {
        return Some(format!("PostgreSQL has {} rows, we have {}", theirs.rows.len(), ours.len()));
    }
    let width = theirs.kinds.len();
    if let Some(row) = ours.iter().find(|row| row.len() != width) {
        return Some(format!("PostgreSQL has {width} columns, we have {}", row.len()));
    }
    let grains = (0..width).map(|at| statement.grains.get(at).copied().unwrap_or(Grain::Exact));
    let kinds: Vec<Kind> =
        theirs.kinds.iter().zip(grains).map(|(name, g)| Kind::of(name, g)).collect();
    let same = |theirs: &Vec<Cell>, ours: &Vec<Cell>| {
        kinds.iter().enumerate().all(|(at, kind)| kind.same(&theirs[at], &ours[at]))
    };
    let (theirs, ours) = if statement.ordered {
        theirs.rows.iter().zip(ours).find(|(theirs, ours)| !same(theirs, ours))?
    } else {
        let mut left = sorted(ours, &kinds);
        let mut theirs = sorted(&theirs.rows, &kinds).into_iter();
        // Each finds its like near the front; only what is equal to the fen may stand a little further back.
        let without = theirs.find(|row| match left.iter().position(|ours| same(row, ours)) {
            Some(at) => left.remove(at).is_none(),
            None => true,
        })?;
        (without, left.front().copied()?)
    };
    Some(format!("PostgreSQL: {}\n  we:         {}", line(theirs), line(ours)))
}

/// Rows without an order, sorted: by what is exact first.
fn sorted<'a>(rows: &'a [Vec<Cell>], kinds: &[Kind]) -> VecDeque<&'a Vec<Cell>> {
    let mut rows: Vec<&Vec<Cell>> = rows.iter().collect();
    let key = |row: &Vec<Cell>, exact: bool| -> Vec<Cell> {
        let cells = kinds.iter().zip(row).filter(|(kind, _)| kind.is_exact() == exact);
        cells.map(|(kind, cell)| kind.key(cell)).collect()
    };
    rows.sort_by_cached_key(|row| (key(row, true), key(row, false)));
    rows.into()
}

/// How the values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number(Grain),
    Time,
    Truth,
    Text,
}

impl Kind {
    /// By PostgreSQL's type.
    fn of(name: &str, grain: Grain) -> Self {
        match name {
            "INT2" | "INT4" | "INT8" | "NUMERIC" => Self::Number(grain),
            "FLOAT4" | "FLOAT8" => Self::Number(Grain::Rough),
            "DATE" | "TIMESTAMP" | "TIMESTAMPTZ" => Self::Time,
            "BOOL" => Self::Truth,
            _ => Self::Text,
        }
    }

    fn same(self, theirs: &Cell, ours: &Cell) -> bool {
        let (Some(theirs), Some(ours)) = (theirs, ours) else { return theirs == ours };
        match self {
            Self::Number(Grain::Exact) => digits(theirs) == digits(ours),
            Self::Number(Grain::Fen) => digits(theirs) == digits(ours) || to_the_fen(theirs, ours),
            Self::Number(Grain::Rough) => near(theirs, ours),
            Self::Time => time(theirs) == time(ours),
            Self::Truth => theirs.as_bytes().first() == ours.as_bytes().first(),
            Self::Text => theirs == ours,
        }
    }

    /// What rows are sorted by where they have no order.
    fn key(self, cell: &Cell) -> Cell {
        let text = cell.as_ref()?;
        Some(match self {
            Self::Number(Grain::Exact) => digits(text),
            Self::Number(_) => match text.parse::<f64>() {
                Ok(number) => format!("{number:.4e}"),
                Err(_) => text.clone(),
            },
            Self::Time => time(text),
            Self::Truth => text.chars().take(1).collect(),
            Self::Text => text.clone(),
        })
    }

    fn is_exact(self) -> bool {
        !matches!(self, Self::Number(Grain::Fen | Grain::Rough))
    }
}

/// A number without the zeros that say nothing.
fn digits(number: &str) -> String {
    let (sign, plain) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    if !plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return number.to_owned();
    }
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let sign = if whole.is_empty() && part.is_empty() { "" } else { sign };
    format!("{sign}{whole}.{part}")
}

fn to_the_fen(theirs: &str, ours: &str) -> bool {
    let (Some(theirs), Some(ours)) = (decimal(theirs), decimal(ours)) else {
        return near(theirs, ours);
    };
    let fen =
        |yuan: Decimal| yuan.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    fen(theirs) == fen(ours) || (theirs - ours).abs() <= HAIR
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

fn near(theirs: &str, ours: &str) -> bool {
    let (Ok(theirs), Ok(ours)) = (theirs.parse::<f64>(), ours.parse::<f64>()) else {
        return theirs == ours;
    };
    let both_nowhere = theirs.is_nan() && ours.is_nan();
    both_nowhere || theirs == ours || (theirs - ours).abs() <= NEAR * theirs.abs().max(1.0)
}

/// A moment as the wall shows it: a day is its midnight, and zeros of a second say nothing.
fn time(text: &str) -> String {
    // Before 1901 Shanghai kept its own sun's time, which a fixed zone does not know.
    let wall = text.trim_end_matches("+08:05:43").trim_end_matches("+08");
    let whole =
        if wall.len() == "2026-12-01".len() { format!("{wall} 00:00:00") } else { wall.to_owned() };
    match whole.split_once('.') {
        Some((seconds, part)) => format!("{seconds}.{}", part.trim_end_matches('0')),
        None => format!("{whole}."),
    }
}

fn line(row: &[Cell]) -> String {
    let shown = |cell: &Cell| cell.clone().unwrap_or_else(|| "∅".to_owned());
    row.iter().map(shown).collect::<Vec<_>>().join(" | ")
}

#[test]
fn columns_are_compared_by_their_names() {
    let called = |name: &str| Answer { names: vec![name.to_owned()], ..Answer::default() };
    let same = |sql: &str, theirs: &str, ours: &str| {
        in_names(sql, &called(theirs), &called(ours)).is_none()
    };
    assert!(same("select sum( net ) from payment", "sum", "sum( net )"));
    assert!(same("select 1 + 1 from town", "?column?", "1 + 1"));
    assert!(same("select * from (select 5) x", "?column?", "5"));
    assert!(same("select trim(leading from no) from town", "ltrim", "trim(leading ' ' from no)"));
    assert!(!same("select net as Total from payment", "total", "Total"));
    assert!(!same("select net as total from payment", "total", "net"));
    assert!(!same("select sum(net) from payment", "sum", "sum(amount)"));
    assert!(!same("select a.id, b.id from town a, town b", "id", "id:1"));
    assert!(in_names("", &Answer::default(), &called("id")).is_none());
}

#[test]
fn answers_are_compared_to_the_fen_and_to_the_letter() {
    let same = |kind: Kind, theirs: &str, ours: &str| {
        kind.same(&Some(theirs.to_owned()), &Some(ours.to_owned()))
    };
    let (exact, fen) = (Kind::Number(Grain::Exact), Kind::Number(Grain::Fen));
    assert!(
        same(exact, "103.3300", "103.33") && same(exact, "-0.00", "0") && same(exact, "7", "7.0")
    );
    assert!(
        !same(exact, "103.331", "103.33") && !same(exact, "10", "1") && !same(exact, "-1", "1")
    );
    assert!(same(fen, "0.3333333333333333", "0.333333") && !same(fen, "0.33", "0.34"));
    assert!(same(
        fen,
        "99999999999999999999999999999999999999",
        "99999999999999999999999999999999999999"
    ));
    assert!(same(Kind::Number(Grain::Rough), "0.1", "0.10000000000000001"));
    assert!(same(Kind::Time, "2026-12-01 03:10:00+08", "2026-12-01 03:10:00"));
    assert!(same(Kind::Time, "2026-12-01 00:00:00", "2026-12-01"));
    assert!(!same(Kind::Time, "2026-12-01 03:10:00.5+08", "2026-12-01 03:10:00"));
    assert!(same(Kind::Truth, "t", "true") && !same(Kind::Text, "a ", "a"));
    assert!(!exact.same(&None, &Some("0".to_owned())) && exact.same(&None, &None));
}
