//! The vocabulary of a definition: all that is known of a report, as a constant.

use std::iter;

use terms::Role;

use crate::column::Column;
use crate::table::Table;

/// A report. 报表
#[derive(Debug)]
pub struct Report {
    /// Its name in addresses and commands, such as `daily-collection`.
    pub code: &'static str,
    /// Its series of numbers, such as `R02`.
    pub series: &'static str,
    /// Its place in the bureau's list of forms, such as `P2`.
    pub form: &'static str,
    /// Its title. 标题
    pub title: &'static str,
    /// Who may read it.
    pub readers: &'static [Role],
    /// What the reader fills in.
    pub asks: &'static [Ask],
    /// What the days in it mean. 统计口径
    pub date_basis: &'static str,
    /// The statement over the warehouse; gives one column for each of `columns`, in the order to print.
    pub sql: &'static str,
    /// What is shown, from left to right.
    pub columns: &'static [Column],
    /// Columns whose change closes a group with a 小计 (where it has more than one row).
    pub groups: &'static [&'static str],
    /// The money column whose total is also written in capitals. 大写
    pub in_capitals: &'static str,
    /// The line beside the capitals; `{column}` stands for the total of that column.
    pub summary: &'static str,
    /// Footnotes that need a statement of their own.
    pub notes: &'static [Note],
    /// Proofs that are run beside it. 勾稽
    pub checks: &'static [Check],
    /// Signature lines. 签字栏
    pub signatures: &'static [&'static str],
    /// Size of the body text on paper, in tenths of a point.
    pub text_size: u16,
    /// Said in place of rows when there are none.
    pub empty: &'static str,
}

impl Report {
    /// Every statement that is run for it: its rows, its footnotes, its proofs.
    pub fn statements(&self) -> impl Iterator<Item = &'static str> {
        let proofs = self.checks.iter().map(|check| match check {
            Check::SameTotals { other, .. } => other.sql,
            Check::Pair { sql, .. } => sql,
        });
        iter::once(self.sql).chain(self.notes.iter().map(|note| note.sql)).chain(proofs)
    }
}

/// A question to the reader, typed. 参数
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Its placeholder in the SQL, and its name in addresses.
    pub name: &'static str,
    /// Its Chinese name.
    pub label: &'static str,
    /// What is asked.
    pub kind: AskKind,
}

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskKind {
    /// A business day, such as 2026-11-24; today unless said. 收费日期
    Day,
    /// An outlet by its id; the reader's own unless said, and 0 for all that the reader may see. 网点
    Outlet,
}

impl Ask {
    /// Asks for a business day.
    pub const fn day(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: AskKind::Day }
    }

    /// Asks for an outlet.
    pub const fn outlet(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: AskKind::Outlet }
    }
}

/// A footnote with a statement of its own. 附注
#[derive(Debug)]
pub struct Note {
    /// Takes the parameters of the report.
    pub sql: &'static str,
    /// The columns that the statement gives.
    pub columns: &'static [Column],
    /// Writes the rows as lines of text.
    pub write: fn(&Table) -> Vec<String>,
}

/// A proof beside a report: two figures, found in two ways, that must be equal. 勾稽
#[derive(Debug)]
pub enum Check {
    /// The totals of these columns equal those of another report over the same parameters.
    SameTotals {
        /// What is proved, as its reader says it.
        label: &'static str,
        /// The other report.
        other: &'static Report,
        /// Columns that both have.
        columns: &'static [&'static str],
    },
    /// A statement gives `ours`, `theirs`, and `present`: without anything present, nothing is said.
    Pair {
        /// What is proved, as its reader says it.
        label: &'static str,
        /// Takes the parameters of the report.
        sql: &'static str,
    },
}
