//! What is said of one statement, and the count of it all.

use std::collections::BTreeMap;
use std::fmt;

use warehouse::WarehouseError;

use super::ask::{Answer, Failure};
use super::generate::Statement;
use super::{compare, refusal};

/// Wrong statements that are printed.
const PRINTED: usize = 20;
/// What fails in PostgreSQL and may be answered here.
struct Leeway {
    /// PostgreSQL's code, and what stands in its message.
    failure: (&'static str, &'static str),
    /// What the statement must have in it; nothing where that does not matter.
    feature: &'static str,
    why: &'static str,
}

/// Whatever else PostgreSQL does not take, we must not answer either.
const LEEWAY: [Leeway; 3] = [
    Leeway {
        failure: ("22003", "smallint out of range"),
        feature: "",
        why: "a small integer runs over where an integer does",
    },
    Leeway {
        failure: ("23514", "for domain"),
        feature: "",
        why: "a word that stands in place of a neighbour's is of no domain here",
    },
    Leeway {
        failure: ("42804", "text"),
        feature: "null in a union",
        why: "a NULL that meets only NULLs or a distinct is a text there before it meets its column",
    },
];

impl Leeway {
    fn covers(&self, statement: &Statement, failure: &Failure) -> bool {
        let (code, words) = self.failure;
        let has_feature = self.feature.is_empty() || statement.features.contains(self.feature);
        has_feature && failure.code == code && failure.message.contains(words)
    }
}

/// What is said of one statement.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The same answer.
    Equal,
    /// Not answered, for a reason on the list.
    Refused(&'static str),
    /// Not answered, in good Chinese, for a reason that nobody has agreed to.
    Unlisted(String),
    /// Neither side answers.
    BothFail,
    /// PostgreSQL fails for a reason for which we need not.
    Wider(&'static str),
    /// Anything else.
    Wrong(String),
}

impl Verdict {
    pub(super) fn of(
        statement: &Statement,
        theirs: Result<Answer, Failure>,
        ours: Result<Answer, WarehouseError>,
    ) -> Self {
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => match compare::difference(statement, &theirs, &ours) {
                None => Self::Equal,
                Some(difference) => Self::Wrong(difference),
            },
            (Ok(theirs), Err(error)) => match refusal::reason(&error.to_string()) {
                Some(reason) if says_no(&error) => Self::Refused(reason),
                None if says_no(&error) && !refusal::is_english(&error.to_string()) => {
                    Self::Unlisted(error.to_string())
                }
                _ => Self::Wrong(format!(
                    "PostgreSQL has {} rows, we say: {error} ({error:?})",
                    theirs.rows.len()
                )),
            },
            (Err(_), Err(error)) if says_no(&error) && !refusal::is_english(&error.to_string()) => {
                Self::BothFail
            }
            (Err(failure), Err(error)) => {
                Self::Wrong(format!("PostgreSQL: {}; we: {error} ({error:?})", failure.message))
            }
            (Err(failure), Ok(ours)) => {
                match LEEWAY.iter().find(|leeway| leeway.covers(statement, &failure)) {
                    Some(leeway) => Self::Wider(leeway.why),
                    None => Self::Wrong(format!(
                        "PostgreSQL: {}: {}; we have {} rows",
                        failure.code,
                        failure.message,
                        ours.rows.len()
                    )),
                }
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Refused(_) => "refused for a reason on the list",
            Self::Unlisted(_) => "refused for a reason that is not on the list",
            Self::BothFail => "both fail",
            Self::Wider(_) => "wider than PostgreSQL",
            Self::Wrong(_) => "wrong",
        }
    }
}

/// True for an error that tells the reader about the statement, not about us.
fn says_no(error: &WarehouseError) -> bool {
    use WarehouseError::{Computation, Invalid, Refused};
    matches!(error, Refused(_) | Invalid { .. } | Computation(_))
}

/// The count of it all.
#[derive(Debug, Default)]
pub(super) struct Tally {
    verdicts: BTreeMap<&'static str, usize>,
    reasons: BTreeMap<&'static str, usize>,
    /// How often each reason that is not on the list came, and a statement.
    unlisted: BTreeMap<String, (usize, String)>,
    /// How often a feature came, how often it was answered alike, and how often wrongly.
    features: BTreeMap<&'static str, [usize; 3]>,
    wrong: Vec<String>,
}

impl Tally {
    /// Counts one statement; `place` tells where to find it again.
    pub(super) fn add(&mut self, place: &str, statement: &Statement, verdict: &Verdict) {
        *self.verdicts.entry(verdict.name()).or_default() += 1;
        for feature in &statement.features {
            let [came, equal, wrong] = self.features.entry(feature).or_default();
            *came += 1;
            *equal += usize::from(matches!(verdict, Verdict::Equal));
            *wrong += usize::from(matches!(verdict, Verdict::Wrong(_)));
        }
        let sql = &statement.sql;
        match verdict {
            Verdict::Refused(reason) | Verdict::Wider(reason) => {
                *self.reasons.entry(reason).or_default() += 1
            }
            Verdict::Unlisted(said) => {
                let found = self.unlisted.entry(refusal::beginning(said));
                found.or_insert_with(|| (0, format!("{sql}\n  {said}"))).0 += 1;
            }
            Verdict::Wrong(why) => self.wrong.push(format!("{place}: {sql}\n  {why}")),
            Verdict::Equal | Verdict::BothFail => {}
        }
    }

    /// Adds another count.
    pub(super) fn merge(&mut self, other: Self) {
        for (name, count) in other.verdicts {
            *self.verdicts.entry(name).or_default() += count;
        }
        for (name, count) in other.reasons {
            *self.reasons.entry(name).or_default() += count;
        }
        for (name, (count, sample)) in other.unlisted {
            self.unlisted.entry(name).or_insert((0, sample)).0 += count;
        }
        for (name, counts) in other.features {
            let sums = self.features.entry(name).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        self.wrong.extend(other.wrong);
    }

    /// True where nothing wrong was let through, nothing was refused without agreement, and most was answered.
    pub(super) fn is_right(&self) -> bool {
        let asked: usize = self.verdicts.values().sum();
        let equal = self.verdicts.get(Verdict::Equal.name()).copied().unwrap_or(0);
        self.wrong.is_empty() && self.unlisted.is_empty() && equal * 10 >= asked * 7
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, [came, equal, wrong]) in &self.features {
            writeln!(f, "{came:6} {equal:6} equal {wrong:4} wrong  {name}")?;
        }
        for one in self.wrong.iter().take(PRINTED) {
            writeln!(f, "wrong: {one}")?;
        }
        for (count, sample) in self.unlisted.values() {
            writeln!(f, "{count:6} not on the list: {sample}")?;
        }
        for (name, count) in &self.verdicts {
            writeln!(f, "{count:6} {name}")?;
        }
        for (reason, count) in &self.reasons {
            writeln!(f, "{count:6} for: {reason}…")?;
        }
        Ok(())
    }
}

#[test]
fn what_postgres_does_not_take_is_answered_for_a_listed_reason_only() {
    let said = |code: &str, message: &str, features: &[&'static str]| {
        let statement = Statement {
            sql: String::new(),
            grains: Vec::new(),
            ordered: false,
            features: features.iter().copied().collect(),
        };
        let failure = Failure { code: code.to_owned(), message: message.to_owned() };
        let verdict = Verdict::of(&statement, Err(failure), Ok(Answer::default()));
        let mut tally = Tally::default();
        tally.add("a test", &statement, &verdict);
        (verdict.name(), tally.wrong.is_empty())
    };
    let (wider, wrong) = (("wider than PostgreSQL", true), ("wrong", false));
    for (code, message, features, want) in [
        ("22003", "smallint out of range", &[][..], wider),
        ("22003", "integer out of range", &[], wrong),
        ("22012", "division by zero", &[], wrong),
        ("42883", "operator does not exist: text + integer", &[], wrong),
        ("42804", "UNION types text and bigint cannot be matched", &["null in a union"], wider),
        ("42804", "UNION types text and bigint cannot be matched", &["union"], wrong),
        ("42803", "column \"a\" must appear in the GROUP BY clause", &[], wrong),
    ] {
        assert_eq!(said(code, message, features), want, "{code} {message}");
    }
}
