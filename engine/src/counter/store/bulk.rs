//! Payments without a till, recorded by COPY.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use terms::PaymentId;

use crate::copy::{CopyRows, copy_in};
use crate::counter::bulk::{BulkPayment, Posted};
use crate::database::number_of;

/// Ids of payments that are posted at a moment, in order.
pub(crate) async fn payment_ids(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
    count: usize,
) -> Result<Vec<PaymentId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select next_payment_id($2) as "id!" from generate_series(1, $1::bigint)"#,
        number_of(count),
        at
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(PaymentId).collect())
}

/// Records payments, their allocations and how they move the purses; their accounts must be locked.
pub(crate) async fn record_all(
    connection: &mut PgConnection,
    payments: &[BulkPayment],
) -> Result<Posted, sqlx::Error> {
    let (mut heads, mut lines, mut moves) = (CopyRows::new(), CopyRows::new(), CopyRows::new());
    for payment in payments {
        write_head(&mut heads, payment);
        write_lines(&mut lines, payment);
        write_moves(&mut moves, payment);
    }
    copy_in(
        &mut *connection,
        "copy payment (id, kind, account_id, town_id, outlet_id, method, channel_item_id, account_date, posted_at,
            received, net, late_fee, prepaid_used, prepaid_in, idempotency_key, request_hash) from stdin (format binary)",
        heads,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, method,
            account_date, owner_id, fee_item, amount, late_fee) from stdin (format binary)",
        lines,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before,
            balance_after) from stdin (format binary)",
        moves,
    )
    .await?;
    let ids: Vec<PaymentId> = payments.iter().map(|payment| payment.id).collect();
    posted(connection, &ids).await
}

/// What the mark of whoever posts these payments says of them.
pub(crate) async fn posted(
    connection: &mut PgConnection,
    payments: &[PaymentId],
) -> Result<Posted, sqlx::Error> {
    let ids: Vec<i64> = payments.iter().map(|payment| payment.0).collect();
    let told = sqlx::query_scalar!(
        r#"select posted_of(range_agg(int8range(id, id, '[]'))) as "told!: Value" from unnest($1::bigint[]) as id"#,
        &ids
    )
    .fetch_one(connection)
    .await?;
    Ok(Posted(told))
}

fn write_head(rows: &mut CopyRows, payment: &BulkPayment) {
    let row = rows
        .row(16)
        .i64(payment.id.0)
        .text("payment")
        .i64(payment.account.0)
        .i32(payment.town.0)
        .i32(payment.outlet.0)
        .text(payment.method.code());
    match payment.item {
        Some(item) => row.i64(item),
        None => row.null(),
    }
    .date(payment.account_date)
    .timestamptz(payment.posted_at)
    .decimal(payment.received.yuan())
    .decimal(payment.received.yuan())
    .decimal(payment.late_fee().yuan())
    .decimal(payment.prepaid_used.yuan())
    .decimal(payment.prepaid_in().yuan())
    .text(&payment.key)
    .bytea(&payment.request_hash);
}

fn write_lines(rows: &mut CopyRows, payment: &BulkPayment) {
    for line in &payment.lines {
        rows.row(13)
            .i32(line.period.number())
            .i64(payment.id.0)
            .i64(line.charge.0)
            .i64(line.line.0)
            .i64(payment.account.0)
            .i32(payment.town.0)
            .i32(payment.outlet.0)
            .text(payment.method.code())
            .date(payment.account_date)
            .i32(line.owner.0)
            .text(line.fee_item.code())
            .decimal(line.amount.yuan())
            .decimal(line.late_fee.yuan());
    }
}

fn write_moves(rows: &mut CopyRows, payment: &BulkPayment) {
    let mut had = payment.had;
    for (kind, delta) in payment.moves() {
        rows.row(9)
            .i64(payment.account.0)
            .i32(payment.town.0)
            .i32(payment.outlet.0)
            .i64(payment.id.0)
            .text(kind)
            .date(payment.account_date)
            .decimal(delta.yuan())
            .decimal(had.yuan())
            .decimal((had + delta).yuan());
        had += delta;
    }
}
