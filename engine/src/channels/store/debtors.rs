//! The accounts of a piece, and what they owe.

use sqlx::PgConnection;
use terms::{AccountId, ChargeId, ChargeLineId, OrganisationId, OutletId, TownId};

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
/// Only what is open is looked into, whatever the months.
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
    let rows = sqlx::query!(
        "select account_id, bill_period, charge_id, due_date, charge_line_id, owner_id, fee_item, open_amount from charge_balance
        where account_id = any($1) and ($2::int is null or bill_period <= $2)
        order by account_id, bill_period, charge_id, charge_line_id",
        &accounts,
        last
    )
    .fetch_all(conn)
    .await?;
    let mut debtor = 0;
    for r in rows {
        while debtors[debtor].account.0 < r.account_id {
            debtor += 1;
        }
        let line = OpenLine {
            id: ChargeLineId(r.charge_line_id),
            owner: OrganisationId(r.owner_id),
            fee_item: known(&r.fee_item),
            amount: yuan(r.open_amount),
        };
        let open = &mut debtors[debtor].open;
        match open.last_mut() {
            Some(charge) if charge.id.0 == r.charge_id => charge.lines.push(line),
            _ => open.push(OpenCharge {
                id: ChargeId(r.charge_id),
                period: period(r.bill_period),
                due_date: r.due_date,
                lines: vec![line],
                held: None,
            }),
        }
    }
    Ok(())
}
