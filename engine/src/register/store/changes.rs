//! Versions of accounts, and what was decided on them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{
    AccountId, AccountVersionId, OrganisationId, OutletId, PayerId, Reason, TownId, UserId,
};

use crate::access::Reach;
use crate::register::payer::NewPayer;
use crate::register::state::{AccountChange, AccountState, AccountVersion};

/// An account on a day.
pub(in crate::register) struct Found {
    pub(in crate::register) account: i64,
    pub(in crate::register) town: i32,
    pub(in crate::register) opened_on: NaiveDate,
    pub(in crate::register) state: AccountState,
}

/// What an account is charged as on a day, by its number; the account is locked, so that nothing is approved meanwhile.
pub(in crate::register) async fn state_on(
    connection: &mut PgConnection,
    account_no: &str,
    day: NaiveDate,
) -> Result<Option<Found>, sqlx::Error> {
    // A statement of its own: what was approved while it waited is seen by the next one.
    sqlx::query!("select id from account where no = $1 for no key update", account_no)
        .fetch_optional(&mut *connection)
        .await?;
    let row = sqlx::query!(
        r#"select a.id as "id!", a.town_id as "town_id!", a.opened_on as "opened_on!", coalesce(v.use_class, a.use_class) as "use_class!",
                  coalesce(v.sewage_class, a.sewage_class) as "sewage_class!",
                  coalesce(v.garbage_class, a.garbage_class) as "garbage_class!",
                  coalesce(v.persons, a.persons) as "persons!", coalesce(v.supplier_id, a.supplier_id) as "supplier_id!",
                  case when v.id is null then a.area_m2 else v.area_m2 end as "area_m2: Decimal",
                  case when v.id is null then a.bins else v.bins end as "bins: Decimal",
                  case when v.id is null then a.households else v.households end as "households: Decimal",
                  case when v.id is null then a.levy_ratio else v.levy_ratio end as "levy_ratio: Decimal",
                  coalesce(v.payer_id, a.payer_id) as "payer_id!"
           from account a
           left join lateral (
               select * from account_state s where s.account_id = a.id and s.valid_from <= $2
                   and (s.valid_until is null or s.valid_until > $2)) v on true
           where a.no = $1"#,
        account_no,
        day
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Found {
        account: row.id,
        town: row.town_id,
        opened_on: row.opened_on,
        state: AccountState::read(
            [&row.use_class, &row.sewage_class, &row.garbage_class],
            (row.persons, row.supplier_id),
            [row.area_m2, row.bins, row.households, row.levy_ratio],
            row.payer_id,
        ),
    }))
}

/// Whoever sells water under this name.
pub(in crate::register) async fn supplier(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<OrganisationId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from organisation where name = $1 and kind in ('water_branch', 'waterworks')",
        name.trim()
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(OrganisationId))
}

pub(in crate::register) async fn insert(
    connection: &mut PgConnection,
    found: &Found,
    state: &AccountState,
    change: &AccountChange,
    (reason, by, now): (&Reason, UserId, DateTime<Utc>),
) -> Result<AccountVersionId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons,
            supplier_id, area_m2, bins, households, levy_ratio, payer_id, doc_no, reason, submitted_by, recorded_at)
         values ($1, $2, $3, $4::text, $5::text, $6::text, $7, $8, $9::numeric, $10::numeric, $11::numeric, $12, $13, $14,
            $15, $16, $17) returning id",
        found.account,
        found.town,
        change.valid_from,
        state.use_class.code(),
        state.sewage_class.code(),
        state.garbage_class.code(),
        state.persons,
        state.supplier.0,
        state.quantities.area_m2,
        state.quantities.bins,
        state.quantities.households,
        state.levy_ratio,
        state.payer.0,
        change.doc_no.as_deref(),
        reason.as_str(),
        by.0,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(AccountVersionId(id))
}

/// Enters a payer in a town.
pub(in crate::register) async fn insert_payer(
    connection: &mut PgConnection,
    town: i32,
    payer: &NewPayer,
) -> Result<PayerId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "insert into payer (town_id, name, phone, document) values ($1, $2, $3, $4) returning id",
        town,
        payer.name,
        payer.phone.as_deref(),
        payer.document.as_deref()
    )
    .fetch_one(connection)
    .await?;
    Ok(PayerId(id))
}

/// The last day from which a change that was approved holds, or will.
pub(in crate::register) async fn last_approved(
    connection: &mut PgConnection,
    account: i64,
) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(valid_from) from account_version_held where account_id = $1 and submitted_by is not null",
        account
    )
    .fetch_one(connection)
    .await
}

/// Changes whose day has come and that are not shown yet.
pub(in crate::register) async fn due(
    connection: &mut PgConnection,
    today: NaiveDate,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "due!" from change_ahead where valid_from <= $1"#,
        today
    )
    .fetch_one(connection)
    .await
}

/// Shows the changes whose day has come.
pub(in crate::register) async fn begin(
    connection: &mut PgConnection,
    today: NaiveDate,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select begin_changes($1) as "begun!""#, today)
        .fetch_one(connection)
        .await
}

/// A change that is about to be decided on.
pub(in crate::register) struct Waiting {
    pub(in crate::register) submitted_by: Option<UserId>,
    pub(in crate::register) is_decided: bool,
    /// Another change was approved since it was submitted.
    pub(in crate::register) is_overtaken: bool,
}

/// The months that were billed and that a change would price anew, in words.
pub(in crate::register) async fn billed(
    connection: &mut PgConnection,
    version: AccountVersionId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select billed_by_change($1)", version.0).fetch_one(connection).await
}

/// The change, with its account locked: two of one account are decided one after the other. Bill runs are waited for
/// first where it is to hold, as by whoever takes a charge back.
pub(in crate::register) async fn lock(
    connection: &mut PgConnection,
    version: AccountVersionId,
    approve: bool,
) -> Result<Option<Waiting>, sqlx::Error> {
    if approve {
        sqlx::query!(r#"select hold_billing(true) as "held!: ()""#)
            .fetch_one(&mut *connection)
            .await?;
    }
    hold_account(&mut *connection, version).await?;
    let row = sqlx::query!(
        r#"select v.submitted_by,
                  exists (select from account_approval p where p.version_id = v.id) as "is_decided!",
                  v.approved_before <> approved_changes(v.account_id) as "is_overtaken!"
           from account_version v where v.id = $1"#,
        version.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Waiting {
        submitted_by: row.submitted_by.map(UserId),
        is_decided: row.is_decided,
        is_overtaken: row.is_overtaken,
    }))
}

/// Locks the account of a version.
async fn hold_account(
    connection: &mut PgConnection,
    version: AccountVersionId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select a.id from account a join account_version v on v.account_id = a.id where v.id = $1 for no key update of a",
        version.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(())
}

/// A change that somebody wants to take back.
pub(in crate::register) struct Unwanted {
    pub(in crate::register) account: AccountId,
    pub(in crate::register) account_no: String,
    /// It was approved, not withdrawn, and its day has not come.
    pub(in crate::register) is_ahead: bool,
    /// Another change was approved after it.
    pub(in crate::register) is_built_upon: bool,
    /// Somebody has asked for it already.
    pub(in crate::register) is_asked: bool,
}

/// The change, with its account locked.
pub(in crate::register) async fn unwanted(
    connection: &mut PgConnection,
    version: AccountVersionId,
    today: NaiveDate,
) -> Result<Option<Unwanted>, sqlx::Error> {
    hold_account(&mut *connection, version).await?;
    let row = sqlx::query!(
        r#"select v.account_id, a.no,
                  exists (select from change_ahead c where c.version_id = v.id and c.valid_from > $2) as "is_ahead!",
                  exists (select from change_ahead c where c.account_id = v.account_id and c.version_id > v.id) as "is_built_upon!",
                  exists (select from account_version w where w.withdraws = v.id
                          and not exists (select from account_approval p where p.version_id = w.id)) as "is_asked!"
           from account_version v join account a on a.id = v.account_id
           where v.id = $1 and v.submitted_by is not null"#,
        version.0,
        today
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Unwanted {
        account: AccountId(row.account_id),
        account_no: row.no,
        is_ahead: row.is_ahead,
        is_built_upon: row.is_built_upon,
        is_asked: row.is_asked,
    }))
}

/// Enters what takes a change back: the same, said once more.
pub(in crate::register) async fn insert_withdrawal(
    connection: &mut PgConnection,
    version: AccountVersionId,
    (reason, by, now): (&Reason, UserId, DateTime<Utc>),
) -> Result<AccountVersionId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons,
            supplier_id, area_m2, bins, households, levy_ratio, payer_id, doc_no, reason, submitted_by, recorded_at, withdraws)
         select account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons, supplier_id, area_m2, bins,
            households, levy_ratio, payer_id, doc_no, $2, $3, $4, id
         from account_version where id = $1 returning id",
        version.0,
        reason.as_str(),
        by.0,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(AccountVersionId(id))
}

pub(in crate::register) async fn decide(
    connection: &mut PgConnection,
    version: AccountVersionId,
    by: UserId,
    approve: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
         select id, town_id, $2::text, $3, $4 from account_version where id = $1",
        version.0,
        if approve { "approved" } else { "refused" },
        by.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which versions are listed.
pub(in crate::register) enum Which<'a> {
    /// Those of an account, newest first.
    Of(&'a str),
    /// Those that wait, of the accounts within the reach, oldest first.
    Waiting(&'a Reach),
    /// One that somebody submitted.
    One(AccountVersionId),
}

pub(in crate::register) async fn list(
    connection: &mut PgConnection,
    which: Which<'_>,
    limit: i64,
) -> Result<Vec<AccountVersion>, sqlx::Error> {
    let all = Reach::default();
    let (account_no, version, reach) = match which {
        Which::Of(no) => (Some(no), None, &all),
        Which::Waiting(reach) => (None, None, reach),
        Which::One(version) => (None, Some(version.0), &all),
    };
    let rows = sqlx::query!(
        r#"select v.id, v.account_id, a.no, a.town_id, a.outlet_id, a.payer_name, v.valid_from, v.use_class, v.sewage_class, v.garbage_class,
                  v.persons, v.supplier_id, v.area_m2 as "area_m2: Decimal", v.bins as "bins: Decimal",
                  v.households as "households: Decimal", v.levy_ratio, a.levy_ratio as levy_today, v.payer_id, h.name as payer_then, o.name as supplier_then,
                  a.area_m2 as "area_today: Decimal", a.bins as "bins_today: Decimal",
                  a.households as "households_today: Decimal", a.payer_id as payer_today, a.use_class as use_today, a.sewage_class as sewage_today,
                  a.garbage_class as garbage_today, a.persons as persons_today, a.supplier_id as supplier_today,
                  v.doc_no, v.reason, v.submitted_by as submitter, s.name as "submitted_by?", v.recorded_at, d.name as "decided_by?",
                  p.decision as "decision?", v.withdraws,
                  exists (select from account_version w join account_approval q on q.version_id = w.id and q.decision = 'approved'
                          where w.withdraws = v.id) as "is_withdrawn!"
           from account_version v
           join account a on a.id = v.account_id
           join payer h on h.id = v.payer_id
           join organisation o on o.id = v.supplier_id
           left join app_user s on s.id = v.submitted_by
           left join account_approval p on p.version_id = v.id
           left join app_user d on d.id = p.approved_by
           where a.no = $1 or (v.id = $2 and v.submitted_by is not null)
               or ($1::text is null and $2::bigint is null and p.version_id is null and v.submitted_by is not null
                   and ($3::int is null or a.outlet_id = $3) and ($4::int is null or a.town_id = $4))
           order by case when $1::text is null then v.id end, v.valid_from desc, v.id desc limit $5"#,
        account_no,
        version,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AccountVersion {
            id: AccountVersionId(row.id),
            account: AccountId(row.account_id),
            account_no: row.no,
            town: TownId(row.town_id),
            outlet: OutletId(row.outlet_id),
            payer_name: row.payer_name,
            payer_then: row.payer_then,
            supplier_then: row.supplier_then,
            valid_from: row.valid_from,
            state: AccountState::read(
                [&row.use_class, &row.sewage_class, &row.garbage_class],
                (row.persons, row.supplier_id),
                [row.area_m2, row.bins, row.households, row.levy_ratio],
                row.payer_id,
            ),
            today: AccountState::read(
                [&row.use_today, &row.sewage_today, &row.garbage_today],
                (row.persons_today, row.supplier_today),
                [row.area_today, row.bins_today, row.households_today, row.levy_today],
                row.payer_today,
            ),
            doc_no: row.doc_no,
            reason: row.reason,
            submitter: row.submitter.map(UserId),
            submitted_by: row.submitted_by,
            recorded_at: row.recorded_at,
            decided_by: row.decided_by,
            approved: row.decision.map(|decision| decision == "approved"),
            withdraws: row.withdraws.map(AccountVersionId),
            is_withdrawn: row.is_withdrawn,
        })
        .collect())
}
