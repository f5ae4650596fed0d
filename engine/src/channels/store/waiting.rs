//! Items whose money is neither posted nor gone back.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{AccountId, OutletId, TownId, UserId};

use super::items::settles;
use crate::access::Reach;
use crate::channels::item::{Channel, Item, Refusal, Waiting};
use crate::database::{known, yuan};

/// Those of the items that nobody has tried to post yet.
pub(in crate::channels) async fn received(
    connection: &mut PgConnection,
    items: &[i64],
) -> Result<HashSet<i64>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select item_id from channel_item_open where item_id = any($1) and state = 'received'",
        items
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().collect())
}

/// Puts items into suspense, each with its reason.
pub(in crate::channels) async fn refuse(
    connection: &mut PgConnection,
    refused: &[(i64, Refusal)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if refused.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into channel_item_event (item_id, event, refusal, reason, at)
        select item, 'refused', refusal, reason, $4 from unnest($1::bigint[], $2::text[], $3::text[]) as r(item, refusal, reason)",
        &refused.iter().map(|r| r.0).collect::<Vec<_>>(),
        &refused.iter().map(|r| r.1.kind().code().to_owned()).collect::<Vec<_>>(),
        &refused.iter().map(|r| r.1.to_string()).collect::<Vec<_>>(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that the money of an item goes back through its channel.
pub(in crate::channels) async fn give_back(
    connection: &mut PgConnection,
    item: i64,
    reason: &str,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into channel_item_event (item_id, event, reason, by_user_id, at) values ($1, 'returned', $2, $3, $4)",
        item,
        reason,
        by.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An item in suspense, with where it came from.
pub(in crate::channels) struct InSuspense {
    pub(in crate::channels) item: Item,
    pub(in crate::channels) channel: Channel,
    pub(in crate::channels) settled_on: NaiveDate,
    pub(in crate::channels) is_contested: bool,
}

/// An item, if it is in suspense.
pub(in crate::channels) async fn waiting(
    connection: &mut PgConnection,
    item: i64,
) -> Result<Option<InSuspense>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select i.id, i.account_id, i.serial, i.gross, i.up_to as "up_to: i32", i.charge_ids, i.hash, i.is_contested, b.settled_on,
            c.id as channel_id, c.code, c.name, c.method, c.serial_scope
        from channel_item_open o
        join channel_item i on i.id = o.item_id and i.settled_period = month_of_id(o.item_id)
        join channel_batch b on b.id = i.batch_id
        join channel c on c.id = i.channel_id
        where o.item_id = $1 and o.state = 'suspense'
        "#,
        item
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| InSuspense {
        item: Item {
            id: r.id,
            account: r.account_id.map(AccountId),
            settles: settles(r.up_to, r.charge_ids),
            serial: r.serial,
            gross: yuan(r.gross),
            hash: r.hash,
        },
        channel: Channel {
            id: r.channel_id,
            code: r.code,
            name: r.name,
            method: known(&r.method),
            serial_scope: known(&r.serial_scope),
        },
        settled_on: r.settled_on,
        is_contested: r.is_contested,
    }))
}

/// Items in suspense within the reach, the oldest first: one, or all.
pub(in crate::channels) async fn suspense(
    connection: &mut PgConnection,
    item: Option<i64>,
    (reach, limit): (&Reach, i64),
) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select i.id, c.name, b.batch_no, b.settled_on, i.serial, i.account_no, i.town_id, a.outlet_id as "outlet_id?", i.gross,
            called_at(a.id, b.settled_on::timestamp at time zone 'Asia/Shanghai') as payer_name,
            coalesce((select sum(l.open_amount) from charge_balance l where l.account_id = a.id and l.payer_id = a.payer_id), 0) as "owes!",
            o.refusal as "refusal: String", o.reason, o.since
        from channel_item_open o
        join channel_item i on i.id = o.item_id and i.settled_period = month_of_id(o.item_id)
        join channel_batch b on b.id = i.batch_id
        join channel c on c.id = i.channel_id
        left join account a on a.id = i.account_id
        where ($1::bigint is null or o.item_id = $1)
            and ($2::int is null or a.outlet_id = $2) and ($3::int is null or i.town_id = $3)
        order by o.since, i.id limit $4
        "#,
        item,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    let waiting = rows.into_iter().map(|r| Waiting {
        item: r.id,
        channel: r.name,
        batch_no: r.batch_no,
        settled_on: r.settled_on,
        serial: r.serial,
        account_no: r.account_no,
        town: r.town_id.map(TownId),
        outlet: r.outlet_id.map(OutletId),
        payer_name: r.payer_name,
        owes: yuan(r.owes),
        gross: yuan(r.gross),
        refusal: r.refusal.as_deref().map(known),
        reason: r.reason,
        since: r.since,
    });
    Ok(waiting.collect())
}
