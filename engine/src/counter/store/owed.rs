//! What accounts owe, and what lies in their purses.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{
    AccountId, BillPeriod, ChargeId, ChargeLineId, Money, OrganisationId, UnitPrice, Volume,
};

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
        let charges = owed.entry(AccountId(r.account_id)).or_default();
        let of = (ChargeId(r.charge_id), period(r.bill_period), r.due_date, Volume(r.volume_m3));
        add_line(charges, of, line);
    }
    Ok(owed)
}

/// Puts the next line to its charge: the lines of a charge come one after the other.
pub(super) fn add_line(
    charges: &mut Vec<QuotedCharge>,
    (id, period, due_date, volume): (ChargeId, BillPeriod, NaiveDate, Volume),
    line: QuotedLine,
) {
    match charges.last_mut() {
        Some(charge) if charge.id == id => charge.lines.push(line),
        _ => charges.push(QuotedCharge {
            id,
            period,
            due_date,
            volume,
            fees: Vec::new(),
            lines: vec![line],
            principal: Money::ZERO,
            late_fee: Money::ZERO,
            total: Money::ZERO,
        }),
    }
}

/// The purses of accounts as a day knows them; those that nobody ever filled are not in it.
pub(crate) async fn purses(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Purse>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        r#"
        select account_id as "account_id!", account_date as "account_date!", balance as "balance!"
        from purse_steps($1, $2) with ordinality as p(account_id, account_date, balance, place) order by place
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
