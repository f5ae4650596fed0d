//! The purses' questions to the database, each for a whole chunk of accounts.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use terms::{AccountId, ChargeId, Money, OutletId, PayMethod, PaymentId, TownId};

use super::offset::Paid;
use crate::copy::{CopyRows, copy_in};
use crate::counter::Purse;
use crate::database::yuan;

type Result<T> = std::result::Result<T, sqlx::Error>;

/// An account with something in its purse and something open, locked.
pub(super) struct Holder {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
}

/// What is posted for an account and an issue has this key, once.
fn key(issue: i64, account: AccountId) -> String {
    format!("prepaid:{issue}:{account}")
}

/// Locks the next accounts after one that have money with us and owe, in the order of their ids; those whose
/// purse paid in this issue already are left out.
pub(super) async fn lock_holders(
    conn: &mut PgConnection,
    issue: i64,
    after: AccountId,
    limit: i64,
) -> Result<Vec<Holder>> {
    let rows = sqlx::query!(
        "select a.id, a.town_id, a.outlet_id from account a join prepaid_balance p on p.account_id = a.id
        where p.account_id > $2 and p.balance > 0
            and exists (select from charge_balance b where b.account_id = a.id)
            and not exists (select from payment d where d.idempotency_key = 'prepaid:' || $1::bigint || ':' || a.id)
        order by p.account_id limit $3 for no key update of a",
        issue,
        after.0,
        limit
    )
    .fetch_all(conn)
    .await?;
    let holders = rows.into_iter().map(|r| Holder {
        account: AccountId(r.id),
        town: TownId(r.town_id),
        outlet: OutletId(r.outlet_id),
    });
    Ok(holders.collect())
}

/// The purses of locked accounts, each back to where it was empty.
pub(super) async fn purses(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Purse>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select e.account_id, e.account_date, e.balance_after from unnest($1::bigint[]) as asked(id)
        cross join lateral (
            select max(id) as id from prepaid_entry where account_id = asked.id and balance_after = 0) emptied
        join prepaid_entry e on e.account_id = asked.id and e.id > coalesce(emptied.id, 0)
        order by e.account_id, e.id desc",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut purses: HashMap<AccountId, Purse> = HashMap::with_capacity(ids.len());
    for r in rows {
        let purse = purses.entry(AccountId(r.account_id)).or_default();
        purse.steps.push((r.account_date, yuan(r.balance_after)));
    }
    Ok(purses)
}

/// Bills that a channel is about to collect, and that are left to it.
pub(super) async fn held(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashSet<ChargeId>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query_scalar!(
        "select charge_id from held_charge where account_id = any($1) and ends_at > $2",
        &ids,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ChargeId).collect())
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

/// Records payments, their allocations and what leaves the purses.
pub(super) async fn record(
    conn: &mut PgConnection,
    issue: i64,
    (now, today): (DateTime<Utc>, NaiveDate),
    payments: &[Paid],
) -> Result<()> {
    let (mut heads, mut lines, mut moves) = (CopyRows::new(), CopyRows::new(), CopyRows::new());
    for paid in payments {
        write_payment(&mut heads, issue, now, today, paid);
        write_allocations(&mut lines, today, paid);
        write_move(&mut moves, today, paid);
    }
    copy_in(
        conn,
        "copy payment (id, kind, account_id, town_id, outlet_id, method, account_date, posted_at, received, net, late_fee,
            prepaid_used, idempotency_key, request_hash) from stdin (format binary)",
        heads,
    )
    .await?;
    copy_in(
        conn,
        "copy allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, method,
            account_date, owner_id, fee_item, amount, late_fee) from stdin (format binary)",
        lines,
    )
    .await?;
    copy_in(
        conn,
        "copy prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before,
            balance_after) from stdin (format binary)",
        moves,
    )
    .await?;
    Ok(())
}

fn write_payment(
    rows: &mut CopyRows,
    issue: i64,
    now: DateTime<Utc>,
    today: NaiveDate,
    paid: &Paid,
) {
    let late_fee: Money = paid.charges.iter().map(|charge| charge.late_fee).sum();
    let key = key(issue, paid.holder.account);
    rows.row(14)
        .i64(paid.payment.0)
        .text("payment")
        .i64(paid.holder.account.0)
        .i32(paid.holder.town.0)
        .i32(paid.holder.outlet.0)
        .text(PayMethod::Prepaid.code())
        .date(today)
        .timestamptz(now)
        .decimal(Money::ZERO.yuan())
        .decimal(Money::ZERO.yuan())
        .decimal(late_fee.yuan())
        .decimal(paid.amount().yuan())
        .text(&key)
        .bytea(&Sha256::digest(&key));
}

fn write_allocations(rows: &mut CopyRows, today: NaiveDate, paid: &Paid) {
    for charge in &paid.charges {
        for line in charge.lines.iter().filter(|line| line.amount != Money::ZERO) {
            rows.row(13)
                .i32(charge.period.number())
                .i64(paid.payment.0)
                .i64(charge.id.0)
                .i64(line.id.0)
                .i64(paid.holder.account.0)
                .i32(paid.holder.town.0)
                .i32(paid.holder.outlet.0)
                .text(PayMethod::Prepaid.code())
                .date(today)
                .i32(line.owner.0)
                .text(line.fee_item.code())
                .decimal(line.amount.yuan())
                .decimal(line.late_fee.yuan());
        }
    }
}

fn write_move(rows: &mut CopyRows, today: NaiveDate, paid: &Paid) {
    rows.row(9)
        .i64(paid.holder.account.0)
        .i32(paid.holder.town.0)
        .i32(paid.holder.outlet.0)
        .i64(paid.payment.0)
        .text("offset")
        .date(today)
        .decimal(-paid.amount().yuan())
        .decimal(paid.had.yuan())
        .decimal((paid.had - paid.amount()).yuan());
}
