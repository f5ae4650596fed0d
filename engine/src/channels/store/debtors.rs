//! The accounts of a piece, and what they owe.

use std::collections::HashMap;

use sqlx::PgConnection;
use terms::{AccountId, ChargeId, ChargeLineId, OutletId, TownId};

use super::Result;
use crate::channels::item::Settles;
use crate::channels::settle::{Debtor, OpenCharge, OpenLine};
use crate::database::{known, period, yuan};

/// Forgets the session's plans: one that a trigger made while a month had no payments yet would read
/// the whole month for each payment of this piece.
pub(in crate::channels) async fn forget_plans(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("discard plans").execute(conn).await?;
    Ok(())
}

/// Locks the accounts that exist, in the order of their ids.
pub(in crate::channels) async fn lock_debtors(
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

/// Gives every debtor the open charges that the piece may settle, oldest first, with their lines.
///
/// Charges and lines are fetched by period and id, so that other partitions are not touched.
pub(in crate::channels) async fn load_open(
    conn: &mut PgConnection,
    debtors: &mut [Debtor],
    piece: &[&Settles],
) -> Result<()> {
    let last = piece.iter().map(|settles| match settles {
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
            held: None,
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
