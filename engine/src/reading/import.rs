//! Excel 导入: a file of readings, taken whole or not at all.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use terms::{BillPeriod, Clock, MeterId, UserId};

use super::accept::{Column, Entry};
use super::parse::{Parsed, parse};
use super::sheet::SheetError;
use super::{EnterError, Entered, NewReading, make_room, record, store};
use crate::access::{self, Act, Action};
use crate::database::{Tx, commit, write};

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

/// Imports a file of readings: all of its rows, or, if one is refused, none.
///
/// # Errors
/// The file does not read as readings, or the database fails. Refused rows are no error: the report has them.
pub async fn import(
    pool: &PgPool,
    clock: &dyn Clock,
    file: ImportFile,
) -> Result<ImportReport, ImportError> {
    let now = clock.now();
    let parsed = parse(&file.bytes)?;
    make_room(pool, now, file.period).await?;
    write(pool, move |tx| take_in(tx, now, file, parsed)).await
}

async fn take_in(
    mut tx: Tx,
    now: DateTime<Utc>,
    file: ImportFile,
    parsed: Parsed,
) -> Result<ImportReport, ImportError> {
    let mut report = ImportReport {
        name: file.name,
        period: file.period,
        rows: parsed.rows,
        refused: parsed.refused,
        entered: Entered::default(),
        imported: false,
    };
    let serials: Vec<String> = parsed.good.iter().map(|row| row.meter.clone()).collect();
    let meters = store::find_meters(&mut tx, &serials).await?;
    // An unknown serial number goes on as a meter that cannot exist, and is refused with the others.
    let readings: Vec<NewReading> = parsed
        .good
        .iter()
        .zip(meters)
        .map(|(row, meter)| NewReading {
            meter: MeterId(meter.unwrap_or(-i64::try_from(row.row).unwrap_or(i64::MAX))),
            read_at: row.read_at,
            end_index: row.end_index,
            source: parsed.source,
        })
        .collect();
    let entry = Entry { by: file.entered_by, corrects: file.corrects, by_file: true };
    match record(&mut tx, now, file.period, entry, &readings).await {
        Ok(entered) if report.refused.is_empty() => {
            if !file.all_zero && entered.readings > 1 && entered.zero == entered.readings {
                return Err(ImportError::AllZero(entered.readings));
            }
            report.entered = entered;
        }
        Ok(_) => {}
        Err(EnterError::Refused(refused)) => {
            let good = &parsed.good;
            report
                .refused
                .extend(refused.into_iter().map(|(at, refusal)| good[at].refuse(refusal)));
        }
        Err(error) => return Err(error.into()),
    }
    report.refused.sort_by_key(|row| row.row);
    report.imported = report.refused.is_empty() && !file.dry_run;
    if report.imported {
        let action = if file.corrects { Action::CorrectReadings } else { Action::ImportReadings };
        let act = Act::new(action, file.entered_by, &report.name);
        let details = json!({ "period": report.period, "rows": report.rows });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
    } else {
        tx.rollback().await?;
    }
    Ok(report)
}
