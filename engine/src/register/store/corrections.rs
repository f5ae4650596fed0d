//! Versions of what payers, places and meters are called.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{PayerId, Reason, TownId, UserId};

use crate::access::Reach;
use crate::database::{known, volume};
use crate::register::account::NewMeter;
use crate::register::called::{Corrected, Present, Said, Standing, WaitingPayer};
use crate::register::payer::NewPayer;

/// Since when, why, by whom and when.
pub(in crate::register) struct Entry<'a> {
    pub(in crate::register) valid_from: NaiveDate,
    pub(in crate::register) reason: &'a Reason,
    pub(in crate::register) by: UserId,
    pub(in crate::register) now: DateTime<Utc>,
}

/// Payer and place of an account as they are called now. Both are locked, so that what is written is a correction of this.
pub(in crate::register) async fn present(
    connection: &mut PgConnection,
    account_no: &str,
) -> Result<Option<Present>, sqlx::Error> {
    // A statement of its own: what was corrected while it waited is seen by the next one.
    sqlx::query!("select id from account where no = $1 for no key update", account_no)
        .fetch_optional(&mut *connection)
        .await?;
    let row = sqlx::query!(
        "select a.id, p.id as payer_id, p.town_id as payer_town, p.name, p.phone, p.document, s.id as point, s.town_id as point_town,
                s.address
         from account a join payer p on p.id = a.payer_id join service_point s on s.id = a.service_point_id where a.no = $1",
        account_no
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Present {
        account: row.id,
        payer_id: PayerId(row.payer_id),
        payer_town: row.payer_town,
        payer: NewPayer { name: row.name, phone: row.phone, document: row.document },
        point: row.point,
        point_town: row.point_town,
        address: row.address,
    }))
}

pub(in crate::register) async fn insert_payer(
    connection: &mut PgConnection,
    found: &Present,
    to: &NewPayer,
    entry: &Entry<'_>,
) -> Result<Corrected, sqlx::Error> {
    let row = sqlx::query!(
        "insert into payer_version (payer_id, town_id, valid_from, name, phone, document, reason, submitted_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id, waits",
        found.payer_id.0,
        found.payer_town,
        entry.valid_from,
        to.name,
        to.phone.as_deref(),
        to.document.as_deref(),
        entry.reason.as_str(),
        entry.by.0,
        entry.now
    )
    .fetch_one(connection)
    .await?;
    Ok(Corrected { version: row.id, waits: row.waits })
}

pub(in crate::register) async fn insert_address(
    connection: &mut PgConnection,
    found: &Present,
    address: &str,
    entry: &Entry<'_>,
) -> Result<Corrected, sqlx::Error> {
    let version = sqlx::query_scalar!(
        "insert into service_point_version (service_point_id, town_id, valid_from, village_code, address, reason, submitted_by, recorded_at)
         select s.id, $2, $3, s.village_code, $4, $5, $6, $7 from service_point s where s.id = $1 returning id",
        found.point,
        found.point_town,
        entry.valid_from,
        address,
        entry.reason.as_str(),
        entry.by.0,
        entry.now
    )
    .fetch_one(connection)
    .await?;
    Ok(Corrected { version, waits: false })
}

/// A meter of an account, as it is called now.
pub(in crate::register) struct Found {
    pub(in crate::register) id: i64,
    pub(in crate::register) account: i64,
    pub(in crate::register) is: NewMeter,
}

pub(in crate::register) async fn meter(
    connection: &mut PgConnection,
    account: i64,
    serial_no: &str,
) -> Result<Option<Found>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id, account_id, serial_no, caliber_mm, max_range as "max_range!: Decimal", start_index as "start_index!: Decimal"
           from meter where account_id = $1 and serial_no = $2"#,
        account,
        serial_no.trim()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Found {
        id: row.id,
        account: row.account_id,
        is: NewMeter {
            serial_no: row.serial_no,
            caliber_mm: row.caliber_mm,
            max_range: volume(row.max_range),
            start_index: volume(row.start_index),
        },
    }))
}

pub(in crate::register) async fn insert_meter(
    connection: &mut PgConnection,
    found: &Found,
    to: &NewMeter,
    entry: &Entry<'_>,
) -> Result<Corrected, sqlx::Error> {
    let version = sqlx::query_scalar!(
        "insert into meter_version (meter_id, account_id, valid_from, serial_no, caliber_mm, max_range, reason, submitted_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6::numeric, $7, $8, $9) returning id",
        found.id,
        found.account,
        entry.valid_from,
        to.serial_no,
        to.caliber_mm,
        to.max_range.figure(),
        entry.reason.as_str(),
        entry.by.0,
        entry.now
    )
    .fetch_one(connection)
    .await?;
    Ok(Corrected { version, waits: false })
}

/// A correction of a payer that is about to be decided on.
pub(in crate::register) struct Asked {
    pub(in crate::register) submitted_by: UserId,
    pub(in crate::register) is_decided: bool,
}

pub(in crate::register) async fn asked(
    connection: &mut PgConnection,
    version: i64,
) -> Result<Option<Asked>, sqlx::Error> {
    sqlx::query!(
        "select a.id from account a join payer_version v on v.payer_id = a.payer_id where v.id = $1 order by a.id for no key update of a",
        version
    )
    .fetch_all(&mut *connection)
    .await?;
    let row = sqlx::query!(
        r#"select v.submitted_by as "submitted_by!",
                  exists (select from payer_approval p where p.version_id = v.id) as "is_decided!"
           from payer_version v where v.id = $1 and v.waits"#,
        version
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Asked { submitted_by: UserId(row.submitted_by), is_decided: row.is_decided }))
}

pub(in crate::register) async fn decide(
    connection: &mut PgConnection,
    version: i64,
    by: UserId,
    approve: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payer_approval (version_id, town_id, decision, approved_by, approved_at)
         select id, town_id, $2::text, $3, $4 from payer_version where id = $1",
        version,
        if approve { "approved" } else { "refused" },
        by.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Versions of the payer, the place and the meters of an account, the newest first.
pub(in crate::register) async fn of_account(
    connection: &mut PgConnection,
    account_no: &str,
    limit: i64,
) -> Result<Vec<Said>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.of as "of!", v.id as "id!", v.valid_from as "valid_from!", v.words as "words!: Vec<Option<String>>", v.reason,
                  s.name as "submitted_by?", v.recorded_at as "recorded_at!", d.name as "decided_by?", p.decision as "decision?",
                  v.waits as "waits!"
           from account a
           cross join lateral (
               select 'payer' as of, v.id, v.valid_from, array[v.name::text, v.phone::text] as words, v.reason, v.submitted_by,
                      v.recorded_at, v.waits
               from payer_version v where v.payer_id = a.payer_id
               union all
               select 'address', v.id, v.valid_from, array[v.address::text], v.reason, v.submitted_by, v.recorded_at, false
               from service_point_version v where v.service_point_id = a.service_point_id
               union all
               select 'meter', v.id, v.valid_from, array[v.serial_no::text, v.caliber_mm::text, v.max_range::text], v.reason,
                      v.submitted_by, v.recorded_at, false
               from meter_version v where v.account_id = a.id) v
           left join payer_approval p on v.of = 'payer' and p.version_id = v.id
           left join app_user s on s.id = v.submitted_by
           left join app_user d on d.id = p.approved_by
           where a.no = $1
           order by v.recorded_at desc, v.submitted_by is null, v.id desc limit $2"#,
        account_no,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Said {
            of: known(&row.of),
            version: row.id,
            valid_from: row.valid_from,
            words: row.words.into_iter().flatten().collect::<Vec<_>>().join(" "),
            standing: match (row.reason.is_some(), row.waits, row.decision.as_deref()) {
                (false, ..) => Standing::First,
                (true, true, None) => Standing::Waits,
                (true, true, Some("refused")) => Standing::Refused,
                (true, ..) => Standing::Holds,
            },
            reason: row.reason,
            submitted_by: row.submitted_by,
            recorded_at: row.recorded_at,
            decided_by: row.decided_by,
        })
        .collect())
}

/// Corrections of payers within the reach that wait, the oldest first; or one of them, decided or not. No payer is of an
/// outlet alone.
pub(in crate::register) async fn waiting(
    connection: &mut PgConnection,
    version: Option<i64>,
    (reach, limit): (&Reach, i64),
) -> Result<Vec<WaitingPayer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.town_id, p.name, v.name as to_name, v.document is distinct from p.document as "is_other_document!",
                  array(select a.no from account a where a.payer_id = p.id order by a.id limit 5) as "accounts!: Vec<String>",
                  v.valid_from, v.reason as "reason!", v.submitted_by as "submitted_by!", s.name as submitter, v.recorded_at
           from payer_version v
           join payer p on p.id = v.payer_id
           join app_user s on s.id = v.submitted_by
           where v.waits and case when $1::bigint is null
               then not exists (select from payer_approval d where d.version_id = v.id) else v.id = $1 end
               and $2::int is null and ($3::int is null or (v.town_id = $3 and not exists (
                   select from account a where a.payer_id = v.payer_id and a.town_id <> $3)))
           order by v.id limit $4"#,
        version,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WaitingPayer {
            version: row.id,
            town: TownId(row.town_id),
            name: row.name,
            to_name: row.to_name,
            is_other_document: row.is_other_document,
            accounts: row.accounts,
            valid_from: row.valid_from,
            reason: row.reason,
            submitted_by: UserId(row.submitted_by),
            submitter: row.submitter,
            recorded_at: row.recorded_at,
        })
        .collect())
}
