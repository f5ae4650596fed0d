//! Requests for reversals of charges, and their answers.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{ChargeId, OutletId, Reason, TownId, UserId};

use crate::access::Reach;
use crate::billing::request::{AnswerChargeReversal, ChargeAnswer, ChargeRequest};
use crate::billing::sheet::ChargeSheet;
use crate::database::{period, yuan};

/// Notes a request; gives its number.
pub(in crate::billing) async fn request(
    connection: &mut PgConnection,
    (charge, reason): (&ChargeSheet, &Reason),
    by: UserId,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into charge_reversal_request (charge_id, town_id, outlet_id, asked_by, reason, asked_at)
         values ($1, $2, $3, $4, $5, $6) returning id",
        charge.id.0,
        charge.town.0,
        charge.outlet.0,
        by.0,
        reason.as_str(),
        now
    )
    .fetch_one(connection)
    .await
}

/// Notes an answer.
pub(in crate::billing) async fn answer(
    connection: &mut PgConnection,
    order: &AnswerChargeReversal,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into charge_reversal_answer (request_id, approved, answered_by, reason, answered_at)
         values ($1, $2, $3, nullif($4, ''), $5)",
        order.request,
        order.approved,
        order.by.0,
        order.reason.trim(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(in crate::billing) async fn requests_waiting(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select q.id from charge_reversal_request q
         where ($1::int is null or q.outlet_id = $1) and ($2::int is null or q.town_id = $2)
            and not exists (select from charge_reversal_answer a where a.request_id = q.id)
         order by q.id limit $3",
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await
}

pub(in crate::billing) async fn requests_answered(
    connection: &mut PgConnection,
    by: UserId,
    limit: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select request_id from charge_reversal_answer where answered_by = $1
         order by answered_at desc, request_id desc limit $2",
        by.0,
        limit
    )
    .fetch_all(connection)
    .await
}

pub(in crate::billing) async fn newest_request(
    connection: &mut PgConnection,
    charge: ChargeId,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(id) from charge_reversal_request where charge_id = $1",
        charge.0
    )
    .fetch_one(connection)
    .await
}

/// Requests with what became of them, in the order of their numbers here.
pub(in crate::billing) async fn requests(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<Vec<ChargeRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select q.id, q.charge_id, c.bill_period, k.no, p.name as payer_name, c.total, q.town_id, q.outlet_id, o.name as outlet_name,
                  q.asked_by, u.name, q.reason, q.asked_at, d.reversal_id as "reversal_id?", s.name as "answered_by?",
                  a.reason as "answer?", a.answered_at as "answered_at?"
           from charge_reversal_request q join charge c on c.id = q.charge_id join account k on k.id = c.account_id
           join payer p on p.id = c.payer_id
           join organisation o on o.id = q.outlet_id join app_user u on u.id = q.asked_by
           left join charge_reversal_answer a on a.request_id = q.id left join app_user s on s.id = a.answered_by
           left join charge_reversal_approved d on d.request_id = q.id
           where q.id = any($1) order by array_position($1, q.id)"#,
        ids
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|row| {
        let answer = row.answered_by.zip(row.answered_at).map(|(by, at)| ChargeAnswer {
            reversal: row.reversal_id.map(ChargeId),
            by,
            reason: row.answer,
            at,
        });
        ChargeRequest {
            id: row.id,
            charge: ChargeId(row.charge_id),
            period: period(row.bill_period),
            account_no: row.no,
            payer_name: row.payer_name,
            total: yuan(row.total),
            town: TownId(row.town_id),
            outlet: OutletId(row.outlet_id),
            outlet_name: row.outlet_name,
            asked_by: UserId(row.asked_by),
            asked_by_name: row.name,
            reason: row.reason,
            asked_at: row.asked_at,
            answer,
        }
    });
    Ok(found.collect())
}
