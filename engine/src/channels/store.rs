//! The channels' questions to the database, each for a whole piece.

use std::collections::HashMap;

use sqlx::PgConnection;
use terms::{AccountId, ChargeId, ChargeLineId, Money, OutletId, PayMethod, PaymentId, TownId};

use super::post::{Common, Posting, request_hash};
use super::settle::{Debtor, OpenCharge, OpenLine, Settled, Settles};
use crate::copy::{CopyRows, copy_in};
use crate::database::{known, period, yuan};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Forgets the session's plans: one that a trigger made while a month had no payments yet would read
/// the whole month for each payment of this piece.
pub(super) async fn forget_plans(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("discard plans").execute(conn).await?;
    Ok(())
}

/// Locks the accounts that exist, in the order of their ids.
pub(super) async fn lock_debtors(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<Vec<Debtor>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select id, town_id, outlet_id from account where id = any($1) order by id for no key update",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let debtors = rows.into_iter().map(|r| Debtor {
        account: AccountId(r.id),
        town: TownId(r.town_id),
        outlet: OutletId(r.outlet_id),
        open: Vec::new(),
    });
    Ok(debtors.collect())
}

/// Serials of the piece that were posted before, each with the hash of its item.
pub(super) async fn posted(
    conn: &mut PgConnection,
    method: PayMethod,
    piece: &[Settled],
) -> Result<HashMap<String, Vec<u8>>> {
    let serials: Vec<String> = piece.iter().map(|item| item.serial.clone()).collect();
    let rows = sqlx::query!(
        r#"select channel_serial as "serial!", request_hash from payment where method = $1 and channel_serial = any($2)"#,
        method.code(),
        &serials
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.serial, r.request_hash)).collect())
}

/// Gives every debtor the open charges that the piece may settle, oldest first, with their lines.
///
/// Charges and lines are fetched by period and id, so that other partitions are not touched.
pub(super) async fn load_open(
    conn: &mut PgConnection,
    debtors: &mut [Debtor],
    piece: &[Settled],
) -> Result<()> {
    let last = piece.iter().map(|item| match item.settles {
        Settles::UpTo(period) => Some(period.number()),
        Settles::Charges(_) => None,
    });
    let last = last.collect::<Option<Vec<i32>>>().and_then(|periods| periods.into_iter().max());
    let accounts: Vec<i64> = debtors.iter().map(|d| d.account.0).collect();
    let balances = sqlx::query!(
        "select account_id, bill_period, charge_id from charge_balance
        where account_id = any($1) and open_amount > 0 and ($2::int is null or bill_period <= $2)
        order by account_id, bill_period, charge_id",
        &accounts,
        last
    )
    .fetch_all(&mut *conn)
    .await?;
    let charges: Vec<i64> = balances.iter().map(|b| b.charge_id).collect();
    let mut periods: Vec<i32> = balances.iter().map(|b| b.bill_period).collect();
    periods.sort_unstable();
    periods.dedup();

    let due = sqlx::query!(
        "select id, due_date from charge where bill_period = any($1) and id = any($2)",
        &periods,
        &charges
    )
    .fetch_all(&mut *conn)
    .await?;
    let due: HashMap<i64, _> = due.into_iter().map(|r| (r.id, r.due_date)).collect();
    let mut lines = open_lines(conn, &periods, &charges).await?;

    let mut debtor = 0;
    for b in balances {
        while debtors[debtor].account.0 < b.account_id {
            debtor += 1;
        }
        debtors[debtor].open.push(OpenCharge {
            id: ChargeId(b.charge_id),
            period: period(b.bill_period),
            due_date: *due.get(&b.charge_id).ok_or(sqlx::Error::RowNotFound)?,
            lines: lines.remove(&b.charge_id).unwrap_or_default(),
        });
    }
    Ok(())
}

async fn open_lines(
    conn: &mut PgConnection,
    periods: &[i32],
    charges: &[i64],
) -> Result<HashMap<i64, Vec<OpenLine>>> {
    let rows = sqlx::query!(
        "select charge_id, id, fee_item, amount from charge_line
        where bill_period = any($1) and charge_id = any($2) and amount <> 0 order by id",
        periods,
        charges
    )
    .fetch_all(conn)
    .await?;
    let mut lines: HashMap<i64, Vec<OpenLine>> = HashMap::with_capacity(charges.len());
    for r in rows {
        lines.entry(r.charge_id).or_default().push(OpenLine {
            id: ChargeLineId(r.id),
            fee_item: known(&r.fee_item),
            amount: yuan(r.amount),
        });
    }
    Ok(lines)
}

/// A block of payment ids.
pub(super) async fn payment_ids(conn: &mut PgConnection, count: usize) -> Result<Vec<PaymentId>> {
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
pub(super) async fn record(
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
        "copy payment (id, kind, account_id, town_id, outlet_id, method, channel_serial, account_date, posted_at,
            received, net, late_fee, idempotency_key, request_hash) from stdin (format binary)",
        payments,
    )
    .await?;
    copy_in(
        conn,
        "copy allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, method,
            account_date, fee_item, amount, late_fee) from stdin (format binary)",
        allocations,
    )
    .await?;
    Ok(())
}

fn write_payment(rows: &mut CopyRows, common: Common, debtor: &Debtor, posting: &Posting) {
    let item = &posting.item;
    let late_fee: Money = posting.lines.iter().map(|l| l.late_fee).sum();
    rows.row(14)
        .i64(posting.payment.0)
        .text("payment")
        .i64(debtor.account.0)
        .i32(debtor.town.0)
        .i32(debtor.outlet.0)
        .text(common.method.code())
        .text(&item.serial)
        .date(common.account_date)
        .timestamptz(common.posted_at)
        .decimal(item.gross.yuan())
        .decimal(item.gross.yuan())
        .decimal(late_fee.yuan())
        .text(&format!("{}:{}", common.method, item.serial))
        .bytea(&request_hash(common.method, item));
}

fn write_allocations(rows: &mut CopyRows, common: Common, debtor: &Debtor, posting: &Posting) {
    for paid in &posting.lines {
        rows.row(12)
            .i32(paid.period.number())
            .i64(posting.payment.0)
            .i64(paid.charge.0)
            .i64(paid.line.id.0)
            .i64(debtor.account.0)
            .i32(debtor.town.0)
            .i32(debtor.outlet.0)
            .text(common.method.code())
            .date(common.account_date)
            .text(paid.line.fee_item.code())
            .decimal(paid.line.amount.yuan())
            .decimal(paid.late_fee.yuan());
    }
}
