//! Payments of channels as they go to the books, and their mirrors.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{Money, PaymentId};

use super::Result;
use crate::channels::post::{Common, Posting};
use crate::channels::settle::Debtor;
use crate::copy::{CopyRows, copy_in};
use crate::database::yuan;

/// A block of payment ids.
pub(in crate::channels) async fn payment_ids(
    conn: &mut PgConnection,
    count: usize,
) -> Result<Vec<PaymentId>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let ids = sqlx::query_scalar!(
        r#"select nextval('payment_id_seq') as "id!" from generate_series(1, $1::bigint)"#,
        count
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(PaymentId).collect())
}

/// Records payments and allocations.
pub(in crate::channels) async fn record(
    conn: &mut PgConnection,
    common: Common,
    debtors: &[Debtor],
    postings: &[Posting],
) -> Result<()> {
    let mut payments = CopyRows::new();
    let mut allocations = CopyRows::new();
    for posting in postings {
        let debtor = &debtors[posting.debtor];
        write_payment(&mut payments, common, debtor, posting);
        write_allocations(&mut allocations, common, debtor, posting);
    }
    copy_in(
        conn,
        "copy payment (id, kind, account_id, town_id, outlet_id, method, channel_serial, channel_item_id,
            account_date, posted_at, received, net, late_fee, prepaid_in, idempotency_key, request_hash) from stdin (format binary)",
        payments,
    )
    .await?;
    copy_in(
        conn,
        "copy allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, method,
            account_date, owner_id, fee_item, amount, late_fee) from stdin (format binary)",
        allocations,
    )
    .await?;
    Ok(())
}

fn write_payment(rows: &mut CopyRows, common: Common, debtor: &Debtor, posting: &Posting) {
    let item = &posting.item;
    let late_fee: Money = posting.lines.iter().map(|l| l.late_fee).sum();
    let settled: Money = posting.lines.iter().map(|l| l.line.amount + l.late_fee).sum();
    rows.row(16)
        .i64(posting.payment.0)
        .text("payment")
        .i64(debtor.account.0)
        .i32(debtor.town.0)
        .i32(debtor.outlet.0)
        .text(common.method.code())
        .text(&item.serial)
        .i64(item.id)
        .date(common.account_date)
        .timestamptz(common.posted_at)
        .decimal(item.gross.yuan())
        .decimal(item.gross.yuan())
        .decimal(late_fee.yuan())
        .decimal((item.gross - settled).yuan())
        .text(&format!("channel:{}", posting.payment))
        .bytea(&item.hash);
}

fn write_allocations(rows: &mut CopyRows, common: Common, debtor: &Debtor, posting: &Posting) {
    for paid in &posting.lines {
        rows.row(13)
            .i32(paid.period.number())
            .i64(posting.payment.0)
            .i64(paid.charge.0)
            .i64(paid.line.id.0)
            .i64(debtor.account.0)
            .i32(debtor.town.0)
            .i32(debtor.outlet.0)
            .text(common.method.code())
            .date(common.account_date)
            .i32(paid.line.owner.0)
            .text(paid.line.fee_item.code())
            .decimal(paid.line.amount.yuan())
            .decimal(paid.late_fee.yuan());
    }
}

/// Keeps the money of a payment for its account.
pub(in crate::channels) async fn keep(
    conn: &mut PgConnection,
    posting: &Posting,
    debtor: &Debtor,
    common: Common,
) -> Result<()> {
    sqlx::query!(
        "insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta,
            balance_before, balance_after)
        select $1, $2, $3, $4, 'deposit', $5, $6::numeric, had.balance, had.balance + $6::numeric
        from (select coalesce(max(balance), 0) as balance from prepaid_balance where account_id = $1) had",
        debtor.account.0,
        debtor.town.0,
        debtor.outlet.0,
        posting.payment.0,
        common.account_date,
        posting.item.gross.yuan(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A channel's payment that is to be taken back.
pub(in crate::channels) struct Original {
    pub(in crate::channels) is_reversal: bool,
    pub(in crate::channels) is_reversed: bool,
    pub(in crate::channels) net: Money,
    pub(in crate::channels) item: i64,
}

/// Locks the account of a channel's payment, and gives the payment as it then stands.
pub(in crate::channels) async fn lock_original(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Original>> {
    sqlx::query!(
        "select a.id from account a join payment p on p.account_id = a.id where p.id = $1 for no key update of a",
        payment.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let row = sqlx::query!(
        r#"select kind, net, channel_item_id as "item!",
            exists (select from payment r where r.reverses_id = p.id) as "is_reversed!"
        from payment p where id = $1 and channel_item_id is not null"#,
        payment.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Original {
        is_reversal: r.kind == "reversal",
        is_reversed: r.is_reversed,
        net: yuan(r.net),
        item: r.item,
    }))
}

/// The newest standing payment after this one that settles a bill of it.
pub(in crate::channels) async fn later_on_its_charges(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<PaymentId>> {
    let later = sqlx::query_scalar!(
        "select max(p.id) from allocation mine
        join allocation a on a.charge_id = mine.charge_id and a.payment_id > mine.payment_id
        join payment p on p.id = a.payment_id
        where mine.payment_id = $1 and p.kind = 'payment'
            and not exists (select from payment r where r.reverses_id = p.id)",
        payment.0
    )
    .fetch_one(conn)
    .await?;
    Ok(later.map(PaymentId))
}

/// Records the mirror of a channel's payment; its account must be locked.
pub(in crate::channels) async fn mirror(
    conn: &mut PgConnection,
    original: PaymentId,
    reason: &str,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<PaymentId> {
    let id = sqlx::query_scalar!(
        r#"
        with red as (
            insert into payment (kind, account_id, town_id, outlet_id, method, channel_serial, channel_item_id, account_date,
                posted_at, received, net, late_fee, prepaid_in, reverses_id, reason, idempotency_key, request_hash)
            select 'reversal', account_id, town_id, outlet_id, method, channel_serial, channel_item_id, $2, $3,
                -received, -net, -late_fee, -prepaid_in, id, $4, 'channel-reversal:' || id, request_hash
            from payment where id = $1
            returning *
        ), opened as (
            insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                method, account_date, owner_id, fee_item, amount, late_fee)
            select a.bill_period, red.id, a.charge_id, a.charge_line_id, a.account_id, a.town_id, a.outlet_id,
                a.method, red.account_date, a.owner_id, a.fee_item, -a.amount, -a.late_fee
            from red join allocation a on a.payment_id = red.reverses_id
        ), taken as (
            insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta,
                balance_before, balance_after)
            select e.account_id, e.town_id, e.outlet_id, red.id, e.kind, red.account_date, -e.delta, b.balance, b.balance - e.delta
            from red join prepaid_entry e on e.payment_id = red.reverses_id
            join prepaid_balance b on b.account_id = e.account_id
        )
        select id from red
        "#,
        original.0,
        day,
        now,
        reason
    )
    .fetch_one(conn)
    .await?;
    Ok(PaymentId(id))
}
