//! Excel 导入: a file of readings, taken whole or not at all.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, MeterId};

use super::accept::Entry;
use super::entered::{EnterError, Entered, NewReading};
use super::imported::{ImportError, ImportFile, ImportReport};
use super::parse::{Parsed, parse};
use super::{judge, make_room, opened, record, store};
use crate::access::{self, Act, Action};
use crate::database::{Tx, commit, number_of, write};

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
    if file.dry_run {
        opened(now, file.period)?;
    } else {
        make_room(pool, now, file.period).await?;
    }
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
            meter: MeterId(meter.unwrap_or_else(|| -number_of(row.row))),
            read_at: row.read_at,
            end_index: row.end_index,
            source: parsed.source,
        })
        .collect();
    let entry = Entry { by: file.entered_by, corrects: file.corrects, by_file: true };
    let read = if file.dry_run {
        judge(&mut tx, now, file.period, entry, &readings).await.map(|(entered, _)| entered)
    } else {
        record(&mut tx, now, file.period, entry, &readings).await
    };
    match read {
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
