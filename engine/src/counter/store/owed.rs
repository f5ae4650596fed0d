//! What accounts owe, and what lies in their purses.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use terms::{AccountId, ChargeId, ChargeLineId, Money, OrganisationId};

use crate::counter::purse::Purse;
use crate::counter::quoted::{FormerPayer, QuotedCharge, QuotedLine};
use crate::database::{known, period, unit_price, volume, yuan};

/// A line that is owed, as the database tells it to whoever asks.
#[derive(Deserialize)]
pub(super) struct ToldLine {
    account: i64,
    charge: i64,
    period: i32,
    due_date: NaiveDate,
    volume: Decimal,
    line: i64,
    owner: i32,
    fee_item: String,
    tier: i16,
    quantity: Decimal,
    unit_price: Decimal,
    amount: Decimal,
    former_payer: Option<FormerPayer>,
}

/// Open charges of accounts with their lines, oldest first; late fees are still nothing. Those that owe nothing are
/// not in it.
pub(crate) async fn owed(
    connection: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<QuotedCharge>>, sqlx::Error> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let told =
        sqlx::query_scalar!(r#"select owed_lines($1) as "told!: Json<Vec<ToldLine>>""#, &ids)
            .fetch_one(connection)
            .await?;
    let mut owed: HashMap<AccountId, Vec<QuotedCharge>> = HashMap::with_capacity(ids.len());
    for line in told.0 {
        add_line(owed.entry(AccountId(line.account)).or_default(), line);
    }
    Ok(owed)
}

/// Puts the next line to its charge: the lines of a charge come one after the other.
pub(super) fn add_line(charges: &mut Vec<QuotedCharge>, told: ToldLine) {
    let line = QuotedLine {
        id: ChargeLineId(told.line),
        owner: OrganisationId(told.owner),
        fee_item: known(&told.fee_item),
        tier: told.tier,
        quantity: volume(told.quantity),
        unit_price: unit_price(told.unit_price),
        amount: yuan(told.amount),
        late_fee: Money::ZERO,
    };
    let id = ChargeId(told.charge);
    match charges.last_mut() {
        Some(charge) if charge.id == id => charge.lines.push(line),
        _ => charges.push(QuotedCharge {
            id,
            former_payer: told.former_payer,
            period: period(told.period),
            due_date: told.due_date,
            volume: volume(told.volume),
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
    connection: &mut PgConnection,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Purse>, sqlx::Error> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        r#"
        select account_id as "account_id!", account_date as "account_date!", balance as "balance!"
        from purse_steps($1, $2) with ordinality as p(account_id, account_date, balance, place) order by place
        "#,
        &ids,
        day
    )
    .fetch_all(connection)
    .await?;
    let mut purses: HashMap<AccountId, Purse> = HashMap::with_capacity(rows.len());
    for r in rows {
        let purse = purses.entry(AccountId(r.account_id)).or_default();
        purse.steps.push((r.account_date, yuan(r.balance)));
    }
    Ok(purses)
}
