//! Requests for items that go to another account, and their answers.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{AccountId, OutletId, TownId, UserId};

use crate::access::Reach;
use crate::channels::asked::{AnswerItem, ItemRequest, RequestItem, Target};
use crate::database::yuan;

/// Notes a request; gives its number, and none where there is no such account.
pub(in crate::channels) async fn note_request(
    connection: &mut PgConnection,
    order: &RequestItem,
    now: DateTime<Utc>,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into item_request (item_id, account_id, town_id, outlet_id, is_prepaid, asked_by, asked_at)
         select $1, a.id, a.town_id, a.outlet_id, $3, $4, $5 from account a where a.id = $2 returning id",
        order.item,
        order.account.0,
        order.target == Target::Prepaid,
        order.by.0,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Notes an answer.
pub(in crate::channels) async fn note_answer(
    connection: &mut PgConnection,
    order: &AnswerItem,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into item_answer (request_id, approved, answered_by, reason, answered_at)
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

/// Requests that wait for an answer within the reach, the oldest first: one, or all.
pub(in crate::channels) async fn requests(
    connection: &mut PgConnection,
    request: Option<i64>,
    reach: &Reach,
) -> Result<Vec<ItemRequest>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select q.id, q.item_id, c.name as channel, i.serial, i.account_no, i.gross, q.account_id, k.no, k.payer_name, q.town_id,
            q.outlet_id, q.is_prepaid, coalesce((select sum(l.open_amount) from charge_balance l
                where l.account_id = k.id and l.payer_id = k.payer_id), 0) as "owes!", q.asked_by, u.name as asked_by_name, q.asked_at
        from item_request q
        join channel_item_open w on w.item_id = q.item_id and w.state = 'suspense'
        join channel_item i on i.id = q.item_id and i.settled_period = month_of_id(q.item_id)
        join channel c on c.id = i.channel_id
        join account k on k.id = q.account_id
        join app_user u on u.id = q.asked_by
        where ($1::bigint is null or q.id = $1)
            and ($2::int is null or q.outlet_id = $2) and ($3::int is null or q.town_id = $3)
            and not exists (select from item_answer a where a.request_id = q.id)
        order by q.id
        "#,
        request,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0)
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|r| ItemRequest {
        id: r.id,
        item: r.item_id,
        channel: r.channel,
        serial: r.serial,
        named: r.account_no,
        gross: yuan(r.gross),
        account: AccountId(r.account_id),
        account_no: r.no,
        payer_name: r.payer_name,
        town: TownId(r.town_id),
        outlet: OutletId(r.outlet_id),
        is_prepaid: r.is_prepaid,
        owes: yuan(r.owes),
        asked_by: UserId(r.asked_by),
        asked_by_name: r.asked_by_name,
        asked_at: r.asked_at,
    });
    Ok(found.collect())
}
