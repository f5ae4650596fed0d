//! Bills held for a channel.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{AccountId, ChargeId, UserId};

use crate::access::Reach;
use crate::channels::held::{Held, HeldBy, PlaceHold};
use crate::channels::item::Channel;

/// Holds the open bills of accounts, which must be locked, of who pays for them now; gives how many.
pub(in crate::channels) async fn hold(
    connection: &mut PgConnection,
    channel: &Channel,
    order: &PlaceHold,
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let accounts: Vec<i64> = order.accounts.iter().map(|a| a.0).collect();
    let held = sqlx::query!(
        "insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_by, placed_at, ends_at)
        select distinct c.id, c.bill_period, c.account_id, c.town_id, $2::int, $3::text, $4::int, $5::timestamptz, $6::timestamptz
        from charge_balance b join charge c on c.id = b.charge_id and c.bill_period = b.bill_period
        join account a on a.id = b.account_id and a.payer_id = b.payer_id
        where b.account_id = any($1) and b.open_amount > 0",
        &accounts,
        channel.id,
        order.reference.trim(),
        order.by.0,
        now,
        order.ends_at
    )
    .execute(connection)
    .await?;
    Ok(held.rows_affected())
}

/// Frees the live holds of a reference; gives how many.
pub(in crate::channels) async fn release(
    connection: &mut PgConnection,
    channel: i32,
    (reference, reach): (&str, &Reach),
    (reason, by, now): (&str, UserId, DateTime<Utc>),
) -> Result<u64, sqlx::Error> {
    let freed = sqlx::query!(
        "insert into hold_release (hold_id, reason, by_user_id, at)
        select h.id, $3::text, $4::int, $5::timestamptz
        from hold h join held_charge l on l.hold_id = h.id join account a on a.id = h.account_id
        where h.channel_id = $1 and h.reference = $2
            and ($6::int is null or a.town_id = $6) and ($7::int is null or a.outlet_id = $7)",
        channel,
        reference.trim(),
        reason,
        by.0,
        now,
        reach.town.map(|town| town.0),
        reach.outlet.map(|outlet| outlet.0)
    )
    .execute(connection)
    .await?;
    Ok(freed.rows_affected())
}

/// The held bills of an account.
pub(in crate::channels) async fn held(
    connection: &mut PgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Held>, sqlx::Error> {
    let rows = sqlx::query!(
        "select h.charge_id, c.name, o.reference, h.ends_at
        from held_charge h join hold o on o.id = h.hold_id join channel c on c.id = h.channel_id
        where h.account_id = $1 and h.ends_at > $2 order by h.charge_id",
        account.0,
        now
    )
    .fetch_all(connection)
    .await?;
    let held = rows.into_iter().map(|r| Held {
        charge: ChargeId(r.charge_id),
        channel: r.name,
        reference: r.reference,
        ends_at: r.ends_at,
    });
    Ok(held.collect())
}

/// Who holds the bills of accounts at a moment, by bill.
pub(crate) async fn held_by(
    connection: &mut PgConnection,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashMap<ChargeId, HeldBy>, sqlx::Error> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select h.charge_id, h.channel_id, c.name, o.reference
        from held_charge h join hold o on o.id = h.hold_id join channel c on c.id = h.channel_id
        where h.account_id = any($1) and h.ends_at > $2",
        &ids,
        now
    )
    .fetch_all(connection)
    .await?;
    let held = rows.into_iter().map(|r| {
        let by = HeldBy { channel: r.channel_id, name: r.name, reference: r.reference };
        (ChargeId(r.charge_id), by)
    });
    Ok(held.collect())
}
