//! The proofs that stand beside a report: the same figure, found in two ways at the same position. 勾稽

use futures::future::try_join_all;
use terms::Money;

use crate::ReportError;
use crate::cell::{Cell, Figure};
use crate::column::{Column, count, money};
use crate::laid_out::TieOut;
use crate::question::Question;
use crate::report::{Check, Report};
use crate::table::Table;

/// What a pair statement gives.
const PAIR: &[Column] =
    &[count("present", "笔数", 1), money("ours", "本表", 1), money("theirs", "对方", 1)];

/// What the other side of a proof says.
pub(crate) enum Proof {
    /// The totals of another report.
    Totals(Table),
    /// Our figure and theirs; none where there is nothing to compare.
    Pair(Option<(Money, Money)>),
}

/// Asks the other side of each proof of a report.
pub(crate) async fn gather(
    report: &'static Report,
    question: &Question<'_>,
) -> Result<Vec<Proof>, ReportError> {
    try_join_all(report.checks.iter().map(async |check| match check {
        Check::SameTotals { other, .. } => {
            question.table(other.title, other.sql, other.columns).await.map(Proof::Totals)
        }
        Check::Pair { label, sql } => {
            question.table(label, sql, PAIR).await.map(|table| Proof::Pair(pair(&table)))
        }
    }))
    .await
}

/// Compares both sides; pure.
pub(crate) fn conclude(report: &Report, table: &Table, proofs: Vec<Proof>) -> Vec<TieOut> {
    let sums = table.totals();
    let mut outcome = Vec::new();
    for (check, proof) in report.checks.iter().zip(proofs) {
        match (check, proof) {
            (Check::SameTotals { label, columns, .. }, Proof::Totals(other)) => {
                let theirs = other.totals();
                let differences: Vec<(bool, Money)> = (columns.iter())
                    .map(|name| difference(table.cell(&sums, name), other.cell(&theirs, name)))
                    .collect();
                let equal = differences.iter().all(|(equal, _)| *equal);
                // The widest difference speaks for all of them.
                let widest = differences
                    .into_iter()
                    .map(|(_, d)| d)
                    .max_by_key(|d| d.fen().abs())
                    .unwrap_or_default();
                outcome.push(TieOut { label: (*label).to_owned(), equal, difference: widest });
            }
            (Check::Pair { label, .. }, Proof::Pair(Some((ours, theirs)))) => {
                outcome.push(TieOut {
                    label: (*label).to_owned(),
                    equal: ours == theirs,
                    difference: ours - theirs,
                });
            }
            _ => {}
        }
    }
    outcome
}

fn difference(ours: Option<&Cell>, theirs: Option<&Cell>) -> (bool, Money) {
    let figures = (ours.and_then(|cell| cell.figure), theirs.and_then(|cell| cell.figure));
    let amount = match figures {
        (Some(Figure::Money(ours)), Some(Figure::Money(theirs))) => ours - theirs,
        _ => Money::ZERO,
    };
    (figures.0.is_some() && figures.0 == figures.1, amount)
}

fn pair(table: &Table) -> Option<(Money, Money)> {
    let row = table.rows.first()?;
    let money = |name| match table.cell(row, name)?.figure {
        Some(Figure::Money(amount)) => Some(amount),
        _ => None,
    };
    match table.cell(row, "present")?.figure {
        Some(Figure::Count(n)) if n > 0 => Some((money("ours")?, money("theirs")?)),
        _ => None,
    }
}
