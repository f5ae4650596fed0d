//! The SQL of readings.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, ChargeId, OutletId, ReadingId, TownId, UserId, Volume};

use super::accept::{Accepted, LastReading, MeterFacts, Newest, OfPeriod};
use super::entered::{Decision, NewReading, Waiting};
use crate::copy::{CopyRows, copy_in};
use crate::database::{known, number_of, period, volume};

/// Locks meters: a meter is the mutex of its indices, so that the next reading begins where the last one ended,
/// whoever enters or reviews them at the same moment.
pub(super) async fn lock_meters(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from meter where id = any($1) order by id for no key update", ids)
        .fetch_all(connection)
        .await?;
    Ok(())
}

/// What is known of each meter before it is read for `asked`, in the order of `ids`; None where there is no
/// such meter. A rejected reading counts for nothing, nor does one with another in its place.
pub(super) async fn meter_facts(
    connection: &mut PgConnection,
    ids: &[i64],
    asked: BillPeriod,
) -> Result<Vec<Option<MeterFacts>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.account_id as "account_id?", a.town_id as "town_id?", a.outlet_id as "outlet_id?",
                  m.max_range as "max_range?", m.installed_on as "installed_on?: NaiveDate",
                  m.removed_on is not null as "removed!", m.start_index as "first_index?",
                  last.end_index as "end_index?: Decimal", last.to_date as "last_day?: NaiveDate",
                  last.bill_period as "last_period?: i32", last.mean as "mean?: Decimal",
                  (select r.bill_period from reading_counting r where r.meter_id = m.id
                   order by r.bill_period desc limit 1) as "newest?: i32",
                  own.id as "own_id?", own.entered_by as "own_by?", own.charge_id as "own_charge?",
                  exists (select from charge_standing c where c.account_id = m.account_id and c.bill_period > $2
                          and c.service_period > $2) as "billed_later!"
           from unnest($1::bigint[]) with ordinality as asked (id, place)
           left join meter m on m.id = asked.id
           left join account a on a.id = m.account_id
           left join lateral (
               select (array_agg(three.end_index order by three.bill_period desc))[1] as end_index,
                      max(three.to_date) as to_date, max(three.bill_period) as bill_period,
                      case when count(*) = 3 then avg(three.consumption_m3) end as mean
               from (select r.bill_period, r.to_date, r.end_index, r.consumption_m3 from reading_counting r
                     where r.meter_id = m.id and r.bill_period < $2
                     order by r.bill_period desc limit 3) three) last on true
           left join lateral (
               select r.id, r.entered_by,
                      (select t.charge_id from charge_reading_standing t
                       where t.reading_id = r.id and t.service_period = $2) as charge_id
               from reading r
               where r.meter_id = m.id and r.bill_period = $2
                 and not exists (select from reading_superseded s where s.reading_id = r.id)) own on true
           order by asked.place"#,
        ids,
        asked.number()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let installed_on = row.installed_on?;
            Some(MeterFacts {
                account_id: row.account_id?,
                town_id: row.town_id?,
                outlet_id: row.outlet_id?,
                max_range: volume(row.max_range?),
                removed: row.removed,
                last: LastReading {
                    day: row.last_day.unwrap_or(installed_on),
                    period: row.last_period.map_or(BillPeriod::of(installed_on), period),
                    index: volume(row.end_index.or(row.first_index)?),
                },
                mean: row.mean,
                newest: match row.newest {
                    Some(newest) if newest == asked.number() => Newest::Same,
                    Some(newest) if newest > asked.number() => Newest::Later(period(newest)),
                    _ => Newest::Before,
                },
                of_period: row.own_id.map(|id| OfPeriod {
                    id: ReadingId(id),
                    entered_by: row.own_by.map(UserId),
                    charge: row.own_charge.map(ChargeId),
                }),
                billed_later: row.billed_later,
            })
        })
        .collect())
}

/// The meters with these serial numbers, in their order.
pub(super) async fn find_meters(
    connection: &mut PgConnection,
    serials: &[String],
) -> Result<Vec<Option<i64>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select m.id as "id?" from unnest($1::text[]) with ordinality as asked (serial_no, place)
           left join meter m on m.serial_no = asked.serial_no order by asked.place"#,
        serials
    )
    .fetch_all(connection)
    .await
}

/// The reading of a period that counts for each of these meters, in their order.
pub(super) async fn of_meters(
    connection: &mut PgConnection,
    asked: BillPeriod,
    serials: &[String],
) -> Result<Vec<Option<ReadingId>>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select r.id as "id?" from unnest($1::text[]) with ordinality as asked (serial_no, place)
           left join meter m on m.serial_no = asked.serial_no
           left join reading_counting r on r.meter_id = m.id and r.bill_period = $2
           order by asked.place"#,
        serials,
        asked.number()
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(|id| id.map(ReadingId)).collect())
}

pub(super) async fn insert_readings(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
    entered_by: Option<UserId>,
    readings: &[(NewReading, Accepted)],
) -> Result<(), sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select first_id($1::int) + n as "id!" from next_ids('reading_id', $2) n"#,
        period.number(),
        number_of(readings.len())
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut rows = CopyRows::new();
    for ((reading, accepted), id) in readings.iter().zip(ids) {
        rows.row(18)
            .i64(id)
            .i32(period.number())
            .i64(reading.meter.0)
            .i64(accepted.account_id)
            .i32(accepted.town_id)
            .i32(accepted.outlet_id)
            .date(accepted.from_date)
            .date(accepted.to_date)
            .i32(accepted.since.number())
            .timestamptz(reading.read_at)
            .decimal(accepted.start_index.figure())
            .decimal(reading.end_index.figure())
            .decimal(accepted.volume.figure())
            .text(reading.source.code())
            .text(accepted.flag.code());
        match entered_by {
            Some(person) => rows.i32(person.0),
            None => rows.null(),
        };
        rows.timestamptz(now);
        match accepted.supersedes {
            Some(reading) => rows.i64(reading.0),
            None => rows.null(),
        };
    }
    copy_in(
        connection,
        "copy reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
            start_index, end_index, consumption_m3, source, flag, entered_by, entered_at, supersedes_id)
         from stdin (format binary)",
        rows,
    )
    .await?;
    Ok(())
}

/// A reading that is asked to be reviewed.
pub(super) struct ForReview {
    pub(super) id: i64,
    pub(super) waits: bool,
    /// It counts, and nobody reviewed it.
    pub(super) stands: bool,
    /// The standing charge that took it.
    pub(super) charge: Option<ChargeId>,
    pub(super) entered_by: Option<UserId>,
    pub(super) has_later: bool,
    /// Where its account is.
    pub(super) town: Option<TownId>,
    pub(super) outlet: Option<OutletId>,
}

/// Locks the meters of readings, as [`lock_meters`] does.
pub(super) async fn lock_meters_of_readings(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select m.id from meter m where m.id in (
             select r.meter_id from unnest($1::bigint[]) as asked (id)
             join reading r on r.id = asked.id and r.bill_period = month_of_id(asked.id))
         order by m.id for no key update",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// The readings, one for each id; an unknown one does not wait.
pub(super) async fn for_review(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<Vec<ForReview>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select asked.id as "id!",
                  exists (select from reading_waiting w where w.id = asked.id and w.bill_period = month_of_id(asked.id)) as "waits!",
                  exists (select from reading_counting c where c.id = asked.id and c.bill_period = month_of_id(asked.id)) and not exists
                      (select from reading_review v where v.reading_id = asked.id and v.bill_period = month_of_id(asked.id)) as "stands!",
                  (select t.charge_id from charge_reading_standing t
                   where t.reading_id = asked.id and t.service_period = month_of_id(asked.id)) as "charge_id?",
                  r.entered_by as "entered_by?", a.town_id as "town_id?", a.outlet_id as "outlet_id?",
                  exists (select from reading_counting later
                          where later.meter_id = r.meter_id and later.bill_period > r.bill_period) as "has_later!"
           from unnest($1::bigint[]) as asked (id)
           left join reading r on r.id = asked.id and r.bill_period = month_of_id(asked.id)
           left join account a on a.id = r.account_id"#,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ForReview {
            id: row.id,
            waits: row.waits,
            stands: row.stands,
            charge: row.charge_id.map(ChargeId),
            entered_by: row.entered_by.map(UserId),
            has_later: row.has_later,
            town: row.town_id.map(TownId),
            outlet: row.outlet_id.map(OutletId),
        })
        .collect())
}

pub(super) async fn insert_reviews(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    ids: &[i64],
    decision: Decision,
    reviewed_by: UserId,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
         select id, month_of_id(id), $2, $3, $4 from unnest($1::bigint[]) as asked (id)",
        ids,
        decision.code(),
        reviewed_by.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn waiting(
    connection: &mut PgConnection,
    asked: BillPeriod,
    outlet: Option<OutletId>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.id as "id!", r.bill_period as "bill_period!: i32", r.account_id as "account_id!", a.no as account_no,
                  a.payer_name, m.serial_no, r.start_index as "start_index!: Decimal", r.end_index as "end_index!: Decimal",
                  r.consumption_m3 as "consumption_m3!: Decimal", r.flag as "flag!: String", u.name as "entered_by?",
                  (select case when count(*) = 3 then avg(three.consumption_m3) end
                   from (select b.consumption_m3 from reading_counting b
                         where b.meter_id = r.meter_id and b.bill_period < r.bill_period
                         order by b.bill_period desc limit 3) three) as "mean?: Decimal"
           from reading_waiting r join account a on a.id = r.account_id join meter m on m.id = r.meter_id
           left join app_user u on u.id = r.entered_by
           where r.bill_period = $1 and ($2::int is null or r.outlet_id = $2)
           order by r.entered_at, r.id limit $3"#,
        asked.number(),
        outlet.map(|id| id.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Waiting {
            id: ReadingId(row.id),
            period: period(row.bill_period),
            account: AccountId(row.account_id),
            account_no: row.account_no,
            payer_name: row.payer_name,
            meter_serial_no: row.serial_no,
            start_index: volume(row.start_index),
            end_index: volume(row.end_index),
            volume: volume(row.consumption_m3),
            mean: row.mean.map(Volume::rounded),
            flag: known(&row.flag),
            entered_by: row.entered_by,
        })
        .collect())
}

/// Of these numbers of accounts, the ones that are taken.
pub(super) async fn taken_numbers(
    connection: &mut PgConnection,
    numbers: &[String],
) -> Result<HashSet<String>, sqlx::Error> {
    let taken = sqlx::query_scalar!("select no from account where no = any($1)", numbers)
        .fetch_all(connection)
        .await?;
    Ok(taken.into_iter().collect())
}

/// The meters that were not read for a period, nor for a later one.
pub(super) async fn unread(
    connection: &mut PgConnection,
    ids: &[i64],
    period: BillPeriod,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select asked.id as "id!" from unnest($1::bigint[]) as asked (id)
           where not exists (select from reading r where r.meter_id = asked.id and r.bill_period >= $2)"#,
        ids,
        period.number()
    )
    .fetch_all(connection)
    .await
}

/// Sees to it that the months of outlets, from one to another, may be read for, and keeps them from being closed until the
/// transaction ends.
pub(super) async fn check_read_months(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    spans: &BTreeMap<i32, (BillPeriod, BillPeriod)>,
) -> Result<(), sqlx::Error> {
    let outlets: Vec<i32> = spans.keys().copied().collect();
    let firsts: Vec<i32> = spans.values().map(|(first, _)| first.number()).collect();
    let lasts: Vec<i32> = spans.values().map(|(_, last)| last.number()).collect();
    sqlx::query!(
        "select check_read_months(o, first_period, last_period, $4)
         from unnest($1::int[], $2::int[], $3::int[]) as asked (o, first_period, last_period) order by o",
        &outlets,
        &firsts,
        &lasts,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A book that a file of hourly reads names.
pub(super) struct KnownBook {
    pub(super) id: i32,
    /// Where it stands.
    pub(super) outlet: String,
    /// The outlet that was asked for, where that is another one.
    pub(super) asked: Option<String>,
}

/// The book of a code, and whether it stands where it is asked for.
pub(super) async fn find_book(
    connection: &mut PgConnection,
    code: &str,
    asked: OutletId,
) -> Result<Option<KnownBook>, sqlx::Error> {
    sqlx::query_as!(
        KnownBook,
        r#"select b.id, o.name as outlet,
                  (select w.name from organisation w where w.id = $2 and w.id <> b.outlet_id) as "asked?"
           from reading_book b join organisation o on o.id = b.outlet_id where b.code = $1"#,
        code,
        asked.0
    )
    .fetch_optional(connection)
    .await
}

pub(super) async fn outlet_of_book(
    connection: &mut PgConnection,
    code: &str,
) -> Result<Option<OutletId>, sqlx::Error> {
    let outlet = sqlx::query_scalar!("select outlet_id from reading_book where code = $1", code)
        .fetch_optional(connection)
        .await?;
    Ok(outlet.map(OutletId))
}
