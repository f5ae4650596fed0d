//! The vocabulary of a definition: all that is known of a report, as a constant.

use std::iter;

use terms::Role;

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

/// A column. 栏目
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the SQL.
    pub name: &'static str,
    /// What stands in the header.
    pub label: &'static str,
    /// The header above, shared with its neighbours of the same group.
    pub group: Option<&'static str>,
    /// What its figures are.
    pub kind: Kind,
    /// How it is added up.
    pub total: Total,
    /// Share of the width of the paper, in millimetres of a full table.
    pub width: u16,
    /// When it is shown.
    pub shown: Shown,
}

/// What the figures of a column are; decides how they are read, aligned and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A number that names something: never grouped, never counted. 编号
    Id,
    /// A pay method by its code, shown in Chinese. 缴费方式
    Method,
    /// The time of a moment in Dongguan.
    Time,
    /// How many.
    Count,
    /// Cubic metres. 水量
    Volume,
    /// Yuan with two decimals. 金额
    Money,
}

/// How a column is added up; each measure owns its aggregation, so that none is added that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Not at all: the sum stays blank.
    Blank,
    /// By its sum.
    Sum,
}

/// When a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// Only when the named outlet parameter says all outlets.
    WhenAll(&'static str),
    /// Never on paper: it serves the summary and the proofs.
    InProofs,
}

impl Column {
    const fn new(
        name: &'static str,
        label: &'static str,
        kind: Kind,
        total: Total,
        width: u16,
    ) -> Self {
        Self { name, label, group: None, kind, total, width, shown: Shown::Always }
    }

    /// Puts the column under a header that it shares.
    #[must_use]
    pub const fn under(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Says when the column is shown.
    #[must_use]
    pub const fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }

    /// True for figures that are set to the right.
    pub const fn is_figure(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Volume | Kind::Money)
    }
}

/// A column of words.
pub const fn text(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Text, Total::Blank, width)
}

/// A column of numbers that name something.
pub const fn id(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Id, Total::Blank, width)
}

/// A column of pay methods.
pub const fn method(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Method, Total::Blank, width)
}

/// A column of times of the day.
pub const fn time(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Time, Total::Blank, width)
}

/// A column of counts, added up.
pub const fn count(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Count, Total::Sum, width)
}

/// A column of cubic metres, added up.
pub const fn volume(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Volume, Total::Sum, width)
}

/// A column of yuan, added up.
pub const fn money(name: &'static str, label: &'static str, width: u16) -> Column {
    Column::new(name, label, Kind::Money, Total::Sum, width)
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
