//! Requests for reversals, and their answers.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{OutletId, PaymentId, TownId, UserId};

use crate::access::Reach;
use crate::counter::asked::{Answer, AnswerRequest, Request, RequestReversal};
use crate::counter::entry::Original;
use crate::database::yuan;

/// Notes a request; gives its id.
pub(in crate::counter) async fn request(
    connection: &mut PgConnection,
    order: &RequestReversal,
    original: &Original,
    (day, now): (NaiveDate, DateTime<Utc>),
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into reversal_request (payment_id, town_id, outlet_id, asked_by, reason, asked_on, asked_at)
        values ($1, $2, $3, $4, $5, $6, $7) returning id",
        order.payment.0,
        original.town.0,
        original.outlet.0,
        order.cashier.0,
        order.reason.trim(),
        day,
        now
    )
    .fetch_one(connection)
    .await
}

/// Notes an answer.
pub(in crate::counter) async fn answer(
    connection: &mut PgConnection,
    order: &AnswerRequest,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reversal_answer (request_id, approved, answered_by, reason, answered_at)
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

/// What a cashier asked on a day, the newest first.
pub(in crate::counter) async fn requests_by(
    connection: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<Request>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from reversal_request where asked_on = $2 and asked_by = $1 order by id desc",
        cashier.0,
        day
    )
    .fetch_all(&mut *connection)
    .await?;
    requests(connection, &ids).await
}

/// What waits for an answer on a day, the newest first.
pub(in crate::counter) async fn requests_waiting(
    connection: &mut PgConnection,
    reach: &Reach,
    day: NaiveDate,
) -> Result<Vec<Request>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select q.id from reversal_request q
        where q.asked_on = $1 and ($2::int is null or q.outlet_id = $2) and ($3::int is null or q.town_id = $3)
            and not exists (select from reversal_answer a where a.request_id = q.id)
            and not exists (select from payment_reversal r where r.payment_id = q.payment_id)
        order by q.id desc",
        day,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0)
    )
    .fetch_all(&mut *connection)
    .await?;
    requests(connection, &ids).await
}

/// The newest requests that a person answered.
pub(in crate::counter) async fn requests_answered(
    connection: &mut PgConnection,
    by: UserId,
) -> Result<Vec<Request>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select request_id from reversal_answer where answered_by = $1 order by answered_at desc, request_id desc limit 50",
        by.0
    )
    .fetch_all(&mut *connection)
    .await?;
    requests(connection, &ids).await
}

/// Requests with what became of them, in the order of their ids here.
pub(in crate::counter) async fn requests(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<Vec<Request>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select q.id, q.payment_id, p.account_date, c.no, called_at(c.id, p.posted_at) as "payer_name!", p.net, q.town_id, q.outlet_id, o.name as outlet_name,
            p.cashier_id as "cashier_id!", q.asked_by, u.name, q.reason, q.asked_at, a.approved as "approved?",
            s.name as "answered_by?", a.reason as "answer?", a.answered_at as "answered_at?",
            exists (select from reversal_approved d where d.request_id = q.id) as "used!"
        from reversal_request q join payment p on p.id = q.payment_id join account c on c.id = p.account_id
        join organisation o on o.id = q.outlet_id join app_user u on u.id = q.asked_by
        left join reversal_answer a on a.request_id = q.id left join app_user s on s.id = a.answered_by
        where q.id = any($1) order by array_position($1, q.id)
        "#,
        ids
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|r| {
        let answer = match (r.approved, r.answered_by, r.answered_at) {
            (Some(approved), Some(by), Some(at)) => {
                Some(Answer { approved, by, reason: r.answer, at })
            }
            _ => None,
        };
        Request {
            id: r.id,
            payment: PaymentId(r.payment_id),
            paid_on: r.account_date,
            account_no: r.no,
            payer_name: r.payer_name,
            net: yuan(r.net),
            town: TownId(r.town_id),
            outlet: OutletId(r.outlet_id),
            outlet_name: r.outlet_name,
            taken_by: UserId(r.cashier_id),
            asked_by: UserId(r.asked_by),
            cashier_name: r.name,
            reason: r.reason,
            asked_at: r.asked_at,
            answer,
            used: r.used,
        }
    });
    Ok(found.collect())
}
