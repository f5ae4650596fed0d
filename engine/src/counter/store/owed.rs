//! What accounts owe, and what lies in their purses.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{AccountId, ChargeId, ChargeLineId, Money, OrganisationId, UnitPrice, Volume};

use super::Result;
use crate::counter::purse::Purse;
use crate::counter::quoted::{QuotedCharge, QuotedLine};
use crate::database::{known, period, yuan};

/// Open charges of accounts with their lines, oldest first; late fees are still nothing. Those that owe nothing are
/// not in it.
pub(crate) async fn owed(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<QuotedCharge>>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select account_id, charge_id, bill_period, due_date, volume_m3, charge_line_id, owner_id, fee_item, tier, quantity,
            unit_price, open_amount
        from charge_balance where account_id = any($1) order by account_id, bill_period, charge_id, charge_line_id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut owed: HashMap<AccountId, Vec<QuotedCharge>> = HashMap::with_capacity(ids.len());
    for r in rows {
        let charges = owed.entry(AccountId(r.account_id)).or_default();
        let line = QuotedLine {
            id: ChargeLineId(r.charge_line_id),
            owner: OrganisationId(r.owner_id),
            fee_item: known(&r.fee_item),
            tier: r.tier,
            quantity: Volume(r.quantity),
            unit_price: UnitPrice(r.unit_price),
            amount: yuan(r.open_amount),
            late_fee: Money::ZERO,
        };
        match charges.last_mut() {
            Some(charge) if charge.id.0 == r.charge_id => charge.lines.push(line),
            _ => charges.push(QuotedCharge {
                id: ChargeId(r.charge_id),
                period: period(r.bill_period),
                due_date: r.due_date,
                volume: Volume(r.volume_m3),
                fees: Vec::new(),
                lines: vec![line],
                principal: Money::ZERO,
                late_fee: Money::ZERO,
                total: Money::ZERO,
            }),
        }
    }
    Ok(owed)
}

/// The purses of accounts as a day knows them; those that nobody ever filled are not in it.
///
/// What was taken back counts as if it had never been: an offset that is open again has left the purse as full as it
/// was all the time. An entry before the purse was last empty is looked at only where one of them was taken back since.
pub(crate) async fn purses(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Purse>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        r#"
        select e.account_id, e.account_date,
            sum(e.delta) over (partition by e.account_id order by e.id) as "balance!"
        from prepaid_balance b
        left join lateral (
            select z.payment_id, z.id from prepaid_entry z
            where z.account_id = b.account_id and z.balance_after = 0 and not exists (
                select from prepaid_entry m join payment_reversal r on r.reversal_id = m.payment_id
                join prepaid_entry o on o.payment_id = r.payment_id
                where m.account_id = z.account_id and m.payment_id >= z.payment_id and m.id > z.id and o.id <= z.id)
            order by z.payment_id desc, z.id desc limit 1
        ) emptied on true
        join prepaid_entry e on e.account_id = b.account_id
            and e.payment_id >= coalesce(emptied.payment_id, 0) and e.id > coalesce(emptied.id, 0)
        where b.account_id = any($1) and e.account_date <= $2
            and not exists (select from payment_reversal r where r.reversal_id = e.payment_id)
            and not exists (select from payment_reversal r where r.payment_id = e.payment_id)
        order by e.account_id, e.id desc
        "#,
        &ids,
        day
    )
    .fetch_all(conn)
    .await?;
    let mut purses: HashMap<AccountId, Purse> = HashMap::with_capacity(rows.len());
    for r in rows {
        let purse = purses.entry(AccountId(r.account_id)).or_default();
        purse.steps.push((r.account_date, yuan(r.balance)));
    }
    Ok(purses)
}
