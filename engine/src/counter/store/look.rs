//! All that a till looks at before it takes a payment, in one question.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use terms::{AccountId, OutletId, PaymentId, TownId, UserId};

use super::owed::{ToldLine, add_line};
use crate::counter::purse::Purse;
use crate::counter::quoted::QuotedCharge;
use crate::database::{known, yuan};
use crate::tariff::{LateFeeRule, LateFeeRules};

/// What decides about a payment, once nobody else moves the account's money.
pub(in crate::counter) struct Looked {
    /// The id that the payment will have.
    pub(in crate::counter) payment: PaymentId,
    pub(in crate::counter) town: TownId,
    /// The outlet that serves the account.
    pub(in crate::counter) serves: OutletId,
    /// The till's outlet takes what it takes apart, and nothing else.
    pub(in crate::counter) alone: bool,
    /// Open charges, oldest first; late fees are still nothing.
    pub(in crate::counter) open: Vec<QuotedCharge>,
    pub(in crate::counter) rules: LateFeeRules,
    pub(in crate::counter) purse: Purse,
}

/// The same as the database says it.
#[derive(Deserialize)]
struct Told {
    payment: i64,
    town: i32,
    serves: i32,
    alone: bool,
    owed: Vec<ToldLine>,
    rules: Vec<ToldRule>,
    purse: Vec<(NaiveDate, Decimal)>,
}

#[derive(Deserialize)]
struct ToldRule {
    fee_item: String,
    valid_from: NaiveDate,
    grace_days: i32,
    rate_per_day: Decimal,
    cap_ratio: Decimal,
}

/// Locks the account as [`super::lock`] does, and tells what is to be known then. None where account, cashier or outlet
/// is unknown.
pub(in crate::counter) async fn look(
    connection: &mut PgConnection,
    account: AccountId,
    (cashier, outlet): (UserId, OutletId),
    (at, today): (DateTime<Utc>, NaiveDate),
) -> Result<Option<Looked>, sqlx::Error> {
    let told = sqlx::query_scalar!(
        r#"select till_look($1, $2, $3, $4, $5) as "told: Json<Told>""#,
        account.0,
        cashier.0,
        outlet.0,
        today,
        at
    )
    .fetch_one(connection)
    .await?;
    Ok(told.map(|Json(told)| told.into()))
}

impl From<Told> for Looked {
    fn from(told: Told) -> Self {
        let mut open = Vec::new();
        for line in told.owed {
            add_line(&mut open, line);
        }
        let rules = told.rules.into_iter().map(|r| LateFeeRule {
            fee_item: known(&r.fee_item),
            valid_from: r.valid_from,
            grace_days: r.grace_days,
            rate_per_day: r.rate_per_day,
            cap_ratio: r.cap_ratio,
        });
        Self {
            payment: PaymentId(told.payment),
            town: TownId(told.town),
            serves: OutletId(told.serves),
            alone: told.alone,
            open,
            rules: LateFeeRules::of(rules.collect()),
            purse: Purse {
                steps: told.purse.into_iter().map(|(day, rest)| (day, yuan(rest))).collect(),
            },
        }
    }
}
