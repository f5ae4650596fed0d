//! The SQL of orders of rates, and of the rows that come with them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, FeeItem, OrganisationId, Reason, TownId, UserId};

use crate::access::Reach;
use crate::database::{known, period};
use crate::tariff::ordered::{RateKind, RateOrder};
use crate::tariff::rows::{NewLateFee, NewOwner, NewQuota, NewTariff, status};
use crate::tariff::tables::Places;

pub(in crate::tariff) async fn insert(
    connection: &mut PgConnection,
    kind: RateKind,
    reason: &Reason,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into rate_order (kind, reason, submitted_by, recorded_at) values ($1::text, $2, $3, $4) returning id",
        kind.code(),
        reason.as_str(),
        by.0,
        now
    )
    .fetch_one(connection)
    .await
}

/// Puts in versions with their tiers; without an order they are what Weir ships with.
pub(in crate::tariff) async fn insert_tariffs(
    connection: &mut PgConnection,
    order: Option<i64>,
    versions: &[NewTariff],
) -> Result<(), sqlx::Error> {
    for version in versions {
        let id = sqlx::query_scalar!(
            "insert into tariff_version (fee_item, class, town_id, supplier_id, valid_from, valid_to, levy_ratio, base_persons,
                basis, fixed_charge, minimum_charge, doc_no, source, status, order_id, replaces_id)
             values ($1::text, $2, $3, $4, $5, $6, $7, $8, $9::text, $10::numeric, $11::numeric, $12, $13, $14, $15, $16)
             returning id",
            version.fee_item.code(),
            version.class,
            version.town.map(|town| town.0),
            version.supplier.map(|supplier| supplier.0),
            version.valid_from,
            version.valid_to,
            version.levy_ratio,
            version.base_persons,
            version.basis.code(),
            version.fixed_charge,
            version.minimum_charge,
            version.doc_no.as_deref(),
            version.source,
            version.status(),
            order,
            version.replaces.map(|replaced| replaced.0)
        )
        .fetch_one(&mut *connection)
        .await?;
        insert_tiers(&mut *connection, id, version).await?;
    }
    Ok(())
}

async fn insert_tiers(
    connection: &mut PgConnection,
    id: i32,
    version: &NewTariff,
) -> Result<(), sqlx::Error> {
    let steps = version.tiers.steps().iter();
    let steps = steps.map(|step| {
        (Some(step.upto.figure()), step.unit_price.yuan(), step.add_per_person.figure())
    });
    let above = (None, version.tiers.above().yuan(), Decimal::ZERO);
    for (number, (upto, price, widening)) in (1i16..).zip(steps.chain([above])) {
        if version.fee_item == FeeItem::Overquota {
            sqlx::query!(
                "insert into surcharge_step (version_id, tier, quota_share, price_factor) values ($1, $2, $3, $4)",
                id,
                number,
                upto,
                price
            )
            .execute(&mut *connection)
            .await?;
            continue;
        }
        sqlx::query!(
            "insert into tariff_tier (version_id, tier, upto, unit_price, add_per_person)
             values ($1, $2, $3::numeric, $4::numeric, $5::numeric)",
            id,
            number,
            upto,
            price,
            widening
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(in crate::tariff) async fn insert_late_fees(
    connection: &mut PgConnection,
    order: Option<i64>,
    rules: &[NewLateFee],
) -> Result<(), sqlx::Error> {
    for new in rules {
        let rule = &new.rule;
        sqlx::query!(
            "insert into late_fee_rule (fee_item, valid_from, grace_days, rate_per_day, cap_ratio, doc_no, source, status, order_id)
             values ($1::text, $2, $3, $4, $5, $6, $7, $8, $9)",
            rule.fee_item.code(),
            rule.valid_from,
            rule.grace_days,
            rule.rate_per_day,
            rule.cap_ratio,
            new.doc_no.as_deref(),
            new.source,
            status(new.is_official),
            order
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(in crate::tariff) async fn insert_owners(
    connection: &mut PgConnection,
    order: i64,
    owners: &[NewOwner],
) -> Result<(), sqlx::Error> {
    for new in owners {
        sqlx::query!(
            "insert into fee_owner (town_id, fee_item, valid_from, owner_id, order_id) values ($1, $2::text, $3, $4, $5)",
            new.town.0,
            new.fee_item.code(),
            new.valid_from,
            new.owner.0,
            order
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Gives the number of quotas of accounts that exist.
pub(in crate::tariff) async fn insert_quotas(
    connection: &mut PgConnection,
    order: i64,
    quotas: &[NewQuota],
) -> Result<u64, sqlx::Error> {
    let accounts: Vec<i64> = quotas.iter().map(|quota| quota.account.0).collect();
    let periods: Vec<i32> = quotas.iter().map(|quota| quota.period.number()).collect();
    let volumes: Vec<Decimal> = quotas.iter().map(|quota| quota.volume.figure()).collect();
    let done = sqlx::query!(
        "insert into overquota_plan (account_id, bill_period, quota_m3, order_id)
         select q.account_id, q.period, q.m3, $4
         from unnest($1::bigint[], $2::int[], $3::numeric[]) q (account_id, period, m3)",
        &accounts,
        &periods,
        &volumes,
        order
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Towns and organisations by name.
pub(in crate::tariff) async fn places(
    connection: &mut PgConnection,
) -> Result<Places, sqlx::Error> {
    let towns = sqlx::query!("select short_name, id from town").fetch_all(&mut *connection).await?;
    let all = sqlx::query!("select name, id from organisation").fetch_all(connection).await?;
    Ok(Places {
        towns: towns.into_iter().map(|town| (town.short_name, TownId(town.id))).collect(),
        organisations: all.into_iter().map(|of| (of.name, OrganisationId(of.id))).collect(),
    })
}

/// The accounts of these numbers.
pub(in crate::tariff) async fn accounts(
    connection: &mut PgConnection,
    numbers: &[String],
) -> Result<HashMap<String, AccountId>, sqlx::Error> {
    let rows = sqlx::query!("select no, id from account where no = any($1)", numbers)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.no, AccountId(row.id))).collect())
}

/// The first month that was billed by what an order would change.
pub(in crate::tariff) async fn billed(
    connection: &mut PgConnection,
    order: i64,
) -> Result<Option<BillPeriod>, sqlx::Error> {
    let month =
        sqlx::query_scalar!("select billed_by_order($1)", order).fetch_one(connection).await?;
    Ok(month.map(period))
}

/// An order that is about to be decided on.
pub(in crate::tariff) struct Asked {
    pub(in crate::tariff) submitted_by: UserId,
    pub(in crate::tariff) is_decided: bool,
}

pub(in crate::tariff) async fn find(
    connection: &mut PgConnection,
    order: i64,
) -> Result<Option<Asked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select submitted_by, exists (select from rate_decision d where d.order_id = o.id) as "is_decided!"
           from rate_order o where id = $1"#,
        order
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Asked { submitted_by: UserId(row.submitted_by), is_decided: row.is_decided }))
}

pub(in crate::tariff) async fn decide(
    connection: &mut PgConnection,
    order: i64,
    by: UserId,
    approve: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into rate_decision (order_id, decision, decided_by, decided_at) values ($1, $2::text, $3, $4)",
        order,
        if approve { "approved" } else { "refused" },
        by.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The digest of the rows of an order.
pub(in crate::tariff) async fn digest(
    connection: &mut PgConnection,
    order: i64,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(r#"select order_digest($1) as "digest!""#, order)
        .fetch_one(connection)
        .await
}

/// The towns of accounts.
pub(in crate::tariff) async fn towns_of(
    connection: &mut PgConnection,
    accounts: &[i64],
) -> Result<Vec<TownId>, sqlx::Error> {
    let towns = sqlx::query_scalar!(
        "select distinct town_id from account where id = any($1) order by town_id",
        accounts
    );
    Ok(towns.fetch_all(connection).await?.into_iter().map(TownId).collect())
}

/// Those within the reach that wait, oldest first, then the others, newest first, or one of them; without their rows.
/// What reaches beyond a town is not within it, and nothing is of an outlet alone.
pub(in crate::tariff) async fn list(
    connection: &mut PgConnection,
    order: Option<i64>,
    (reach, limit): (&Reach, i64),
) -> Result<Vec<RateOrder>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.id, o.kind, o.reason, o.submitted_by, s.name as submitter, o.recorded_at, u.name as "decided_by?",
                  d.decision as "decision?",
                  (select count(*) from tariff_version r where r.order_id = o.id)
                  + (select count(*) from late_fee_rule r where r.order_id = o.id)
                  + (select count(*) from fee_owner r where r.order_id = o.id)
                  + (select count(*) from overquota_plan r where r.order_id = o.id) as "count!",
                  t.is_of_city as "is_of_city!", t.towns as "towns!: Vec<i32>"
           from rate_order o
           cross join lateral (
               select o.kind = 'late_fee' or exists (select from tariff_version r where r.order_id = o.id and r.town_id is null)
                      as is_of_city,
                  array(select r.town_id from tariff_version r where r.order_id = o.id and r.town_id is not null
                        union select r.town_id from fee_owner r where r.order_id = o.id
                        union select a.town_id from overquota_plan r join account a on a.id = r.account_id
                        where r.order_id = o.id) as towns) t
           join app_user s on s.id = o.submitted_by
           left join rate_decision d on d.order_id = o.id
           left join app_user u on u.id = d.decided_by
           where ($1::bigint is null or o.id = $1) and $2::int is null
               and ($3::int is null or not t.is_of_city and t.towns <@ array[$3])
           order by d.order_id is not null, case when d.order_id is null then o.id else -o.id end limit $4"#,
        order,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RateOrder {
            id: row.id,
            kind: known(&row.kind),
            rows: Vec::new(),
            count: row.count,
            towns: (!row.is_of_city).then(|| row.towns.into_iter().map(TownId).collect()),
            reason: row.reason,
            submitted_by: UserId(row.submitted_by),
            submitter: row.submitter,
            recorded_at: row.recorded_at,
            decided_by: row.decided_by,
            approved: row.decision.map(|decision| decision == "approved"),
        })
        .collect())
}
