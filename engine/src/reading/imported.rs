//! A file of readings as it is taken in, and what is told of it.

use serde::Serialize;
use terms::{BillPeriod, UserId};

use super::accept::Column;
use super::entered::{EnterError, Entered};
use super::sheet::SheetError;

/// A file of readings and what to do with it.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its name, for the report.
    pub name: String,
    /// CSV or XLSX.
    pub bytes: Vec<u8>,
    /// The period that was read.
    pub period: BillPeriod,
    /// Who brings it; nobody where it comes by itself.
    pub entered_by: Option<UserId>,
    /// True where the readings come in place of those that stand.
    pub corrects: bool,
    /// True where it is meant that no meter of several has turned.
    pub all_zero: bool,
    /// Check only, and store nothing.
    pub dry_run: bool,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Its name.
    pub name: String,
    /// The period that was read.
    pub period: BillPeriod,
    /// Rows with data.
    pub rows: usize,
    /// Every row that is refused; with one of them, nothing is imported.
    pub refused: Vec<RefusedRow>,
    /// What the alert lines said of the readings; nothing while rows are refused.
    pub entered: Entered,
    /// True if the readings were stored.
    pub imported: bool,
}

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// Its number in the file, from 1.
    pub row: usize,
    /// What it says for the meter.
    pub meter: String,
    /// The column that is wrong.
    pub column: Column,
    /// What stands there.
    pub value: String,
    /// Why it is refused, for people.
    pub reason: String,
}

/// A file that was not looked into row by row.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It does not read as rows.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Columns are missing, by their titles.
    #[error("文件缺少列：{}", .0.join("、"))]
    MissingColumns(Vec<&'static str>),
    /// Several columns are titled as one.
    #[error("有{}列都可作“{column}”：{}，请只保留一列", .titles.len(), .titles.join("、"))]
    DoubtfulColumn {
        /// What they could be.
        column: &'static str,
        /// Their titles in the file.
        titles: Vec<String>,
    },
    /// No meter has turned: mostly the file of the month before under other dates.
    #[error("全部{0}只水表的用量都为零，疑似重复导入上期文件；确认无误请加 --all-zero 再导入")]
    AllZero(u64),
    /// Its readings were not entered. Rows that are refused are no such error: the report has them.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Enter(error.into())
    }
}
