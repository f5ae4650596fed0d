//! Payments of channels, taken back.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::PaymentId;

/// Records the mirror of a channel's payment; its account must be locked.
pub(in crate::channels) async fn mirror(
    connection: &mut PgConnection,
    original: PaymentId,
    reason: &str,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<PaymentId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"
        with red as (
            insert into payment (id, kind, account_id, town_id, outlet_id, method, channel_item_id, account_date,
                posted_at, received, net, late_fee, prepaid_in, reverses_id, reason, idempotency_key, request_hash)
            select next_payment_id($3), 'reversal', account_id, town_id, outlet_id, method, channel_item_id, $2, $3,
                -received, -net, -late_fee, -prepaid_in, id, $4, 'channel-reversal:' || id, request_hash
            from payment where id = $1
            returning *
        ), opened as (
            insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                method, account_date, owner_id, fee_item, amount, late_fee)
            select a.bill_period, red.id, a.charge_id, a.charge_line_id, a.account_id, a.town_id, a.outlet_id,
                a.method, red.account_date, a.owner_id, a.fee_item, -a.amount, -a.late_fee
            from red join allocation a on a.payment_id = $1
        ), taken as (
            insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta,
                balance_before, balance_after)
            select e.account_id, e.town_id, e.outlet_id, red.id, e.kind, red.account_date, -e.delta, b.balance, b.balance - e.delta
            from red join prepaid_entry e on e.payment_id = $1
            join prepaid_balance b on b.account_id = e.account_id
        )
        select id from red
        "#,
        original.0,
        day,
        now,
        reason
    )
    .fetch_one(connection)
    .await?;
    Ok(PaymentId(id))
}
