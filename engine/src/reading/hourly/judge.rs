//! Judges the month-end reads of a file: those of all months, before any is entered.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{BillPeriod, MeterId};

use super::reads::{Read, Refusals};
use super::{ENTRY, MonthEnds};
use crate::reading::accept::{LastReading, MeterFacts, accept};
use crate::reading::entered::{NewReading, Source};
use crate::reading::store;

/// What of a file may be entered.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) months: BTreeMap<BillPeriod, Vec<NewReading>>,
    /// The first and the last month of each outlet.
    pub(super) spans: BTreeMap<i32, (BillPeriod, BillPeriod)>,
    /// Month-end reads of months that were read already.
    pub(super) already_read: u64,
}

/// Judges the month-end reads of meters, which are locked; each month begins where the one before it will end. A read that is
/// refused is named, and so is every other one.
pub(super) async fn judge(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    meters: &[(&str, Option<MeterId>)],
    ends: &MonthEnds,
    refused: &mut Refusals,
) -> Result<Judged, sqlx::Error> {
    let mut judged = Judged::default();
    let mut read_to: HashMap<MeterId, LastReading> = HashMap::new();
    for (&period, ends) in ends {
        // What could not be opened was refused.
        let known = ends.iter().filter_map(|(place, read)| {
            let (serial, meter) = meters[*place];
            Some((serial, meter?, *read))
        });
        let known: Vec<_> = known.collect();
        let known_count = known.len();
        let unread = unread(&mut *connection, period, known).await?;
        judged.already_read += (known_count - unread.len()) as u64;
        let asked: Vec<i64> = unread.iter().map(|(_, meter, _)| meter.0).collect();
        let facts = store::meter_facts(&mut *connection, &asked, period).await?;
        for ((serial, meter, read), facts) in unread.into_iter().zip(facts) {
            let facts = facts.map(|facts| MeterFacts {
                last: read_to.get(&meter).copied().unwrap_or(facts.last),
                ..facts
            });
            match accept(facts.as_ref(), ENTRY, period, now, read.at, read.index) {
                Ok(accepted) => {
                    let last = LastReading { day: accepted.to_date, period, index: read.index };
                    read_to.insert(meter, last);
                    let span = judged.spans.entry(accepted.outlet_id).or_insert((period, period));
                    span.1 = period;
                    judged.months.entry(period).or_default().push(NewReading {
                        meter,
                        read_at: read.at,
                        end_index: read.index,
                        source: Source::Amr,
                    });
                }
                Err(refusal) => refused.push(read.refuse(serial, refusal)),
            }
        }
    }
    Ok(judged)
}

/// The reads of meters that were not read for a month yet, nor for a later one.
async fn unread<'a>(
    connection: &mut PgConnection,
    period: BillPeriod,
    known: Vec<(&'a str, MeterId, Read)>,
) -> Result<Vec<(&'a str, MeterId, Read)>, sqlx::Error> {
    let asked: Vec<i64> = known.iter().map(|(_, meter, _)| meter.0).collect();
    let unread = store::unread(connection, &asked, period).await?;
    let unread: HashSet<i64> = unread.into_iter().collect();
    Ok(known.into_iter().filter(|(_, meter, _)| unread.contains(&meter.0)).collect())
}
