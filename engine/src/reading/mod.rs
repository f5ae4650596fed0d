//! 用水管理: readings entered, imported and reviewed.
//!
//! A list of readings is taken whole or not at all: each one is judged against the meter's last index
//! ([`consumption`]) and the account's habit ([`flag`]). A reading that crosses an alert line waits for a
//! second person ([`review()`]) before it is billed; one without use does not wait. A rejected reading counts for
//! nothing, and the next one of its month supersedes it; one that stands is put right by [`correct`], while no
//! standing charge has taken it. The row of a meter is locked while its indices are read and written, so that no
//! water is counted twice between two readers.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Clock, OutletId, ReadingId, UserId, business_day};

use crate::access::{self, Act, Action};
use crate::database::{commit, write};
use crate::room::{self, Of};

mod entered;
mod imported;
mod consume;
mod alert;
mod accept;
mod import;
mod parse;
mod hidden;
mod work_book;
pub(crate) mod sheet;
mod hourly;
mod review;
mod store;

pub use accept::{Column, Refusal};
pub use alert::{Flag, flag};
pub use consume::{Consumption, WrongIndex, consumption};
pub use entered::{Decision, EnterError, Entered, NewReading, Source, Waiting};
pub use hourly::{HourlyError, HourlyFile, HourlyFlags, HourlyReport, import_hourly};
pub use import::import;
pub use imported::{ImportError, ImportFile, ImportReport, RefusedRow};
pub use review::{Review, ReviewError, review};
pub use sheet::SheetError;

use accept::{Accepted, Entry, accept};

/// Enters the readings of a period, all or none; `by` read or typed them, nobody where meters told them.
///
/// # Errors
/// A reading is refused, or the database fails.
pub async fn enter(
    pool: &PgPool,
    clock: &dyn Clock,
    period: BillPeriod,
    by: Option<UserId>,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    take(pool, clock.now(), period, by, false, readings).await
}

/// Puts readings of a period right, all or none: each comes in place of the one that stands for its meter, which no
/// standing charge may have taken. What somebody entered and puts right alone waits for a second person. 更正
///
/// # Errors
/// A reading is refused, or the database fails.
pub async fn correct(
    pool: &PgPool,
    clock: &dyn Clock,
    period: BillPeriod,
    by: Option<UserId>,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    take(pool, clock.now(), period, by, true, readings).await
}

async fn take(
    pool: &PgPool,
    now: DateTime<Utc>,
    period: BillPeriod,
    by: Option<UserId>,
    corrects: bool,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    make_room(pool, now, period).await?;
    write(pool, move |mut tx| async move {
        let entry = Entry { by, corrects, by_file: false };
        let entered = put_in(&mut tx, now, period, entry, &readings).await?;
        commit(tx).await?;
        Ok(entered)
    })
    .await
}

/// Judges and stores readings inside the caller's transaction, with its mark; there is room for them.
async fn put_in(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
    entry: Entry,
    readings: &[NewReading],
) -> Result<Entered, EnterError> {
    let entered = record(&mut *connection, now, period, entry, readings).await?;
    access::mark(connection, &act_of(period, entry, entered), now).await?;
    Ok(entered)
}

/// The act of whoever enters readings of a month, for its mark.
fn act_of(period: BillPeriod, entry: Entry, entered: Entered) -> Act {
    let action = if entry.corrects { Action::CorrectReadings } else { Action::EnterReadings };
    Act::new(action, entry.by, format!("抄表 {period} {} 条", entered.readings))
}

/// Where a book stands, if there is one of this code.
///
/// # Errors
/// The database fails.
pub async fn outlet_of_book(
    connection: &mut PgConnection,
    code: &str,
) -> Result<Option<OutletId>, sqlx::Error> {
    store::outlet_of_book(connection, code).await
}

/// Makes room for the readings of a month, in a transaction of its own; a month to come is refused before.
async fn make_room(
    pool: &PgPool,
    now: DateTime<Utc>,
    period: BillPeriod,
) -> Result<(), EnterError> {
    opened(now, period)?;
    Ok(room::ready_for(pool, period, Of::Readings).await?)
}

/// Refuses a month to come, but for the next one, which may be begun early.
fn opened(now: DateTime<Utc>, period: BillPeriod) -> Result<(), EnterError> {
    match period > BillPeriod::of(business_day(now)).next() {
        true => Err(EnterError::NotOpen(period)),
        false => Ok(()),
    }
}

/// Judges and stores readings inside the caller's transaction; there is room for them.
async fn record(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
    entry: Entry,
    readings: &[NewReading],
) -> Result<Entered, EnterError> {
    let (entered, judged) = judge(&mut *connection, now, period, entry, readings).await?;
    store::insert_readings(connection, now, period, entry.by, &judged).await?;
    Ok(entered)
}

/// Judges readings, with their meters locked, and stores nothing. A meter of another place is as good as none.
async fn judge(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
    entry: Entry,
    readings: &[NewReading],
) -> Result<(Entered, Vec<(NewReading, Accepted)>), EnterError> {
    let ids: Vec<i64> = readings.iter().map(|reading| reading.meter.0).collect();
    store::lock_meters(&mut *connection, &ids).await?;
    let facts = store::meter_facts(&mut *connection, &ids, period).await?;
    let reach = access::reach_of(connection, entry.by).await?;
    let mut judged = Vec::with_capacity(readings.len());
    let mut refused = Vec::new();
    let mut entered = Entered::default();
    let mut seen = std::collections::HashSet::with_capacity(readings.len());
    for (place, (reading, facts)) in readings.iter().zip(&facts).enumerate() {
        let verdict = if seen.insert(reading.meter) {
            let facts = facts.as_ref().filter(|meter| meter.is_within(&reach));
            accept(facts, entry, period, now, reading.read_at, reading.end_index)
        } else {
            Err(Refusal::new(Column::Meter, "同一水表在名单中重复"))
        };
        match verdict {
            Ok(accepted) => {
                entered.count(accepted.flag);
                judged.push((*reading, accepted));
            }
            Err(refusal) => refused.push((place, refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(EnterError::Refused(refused));
    }
    Ok((entered, judged))
}

/// The readings that wait for a review in a period, oldest first, at most `limit`; of one outlet, or of all.
///
/// # Errors
/// The database fails.
pub async fn waiting(
    connection: &mut PgConnection,
    period: BillPeriod,
    outlet: Option<OutletId>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    store::waiting(connection, period, outlet, limit).await
}

/// The reading of a period that counts for each meter, by serial number; none where there is none.
///
/// # Errors
/// The database fails.
pub async fn of_meters(
    connection: &mut PgConnection,
    period: BillPeriod,
    serials: &[String],
) -> Result<Vec<Option<ReadingId>>, sqlx::Error> {
    store::of_meters(connection, period, serials).await
}
