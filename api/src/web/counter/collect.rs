//! Takes a payment.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum_extra::extract::Query;
use engine::counter::{self, Collect, Collected, IssuedReceipt, Surplus, Tender};
use serde::{Deserialize, Serialize};
use terms::{AccountId, ChargeId, FeeItem, Money, PayMethod, PaymentId, ReceiptId};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CollectBody {
    key: String,
    account: AccountId,
    charges: Vec<ChargeId>,
    expected_total: Money,
    #[serde(default)]
    fees: Vec<FeeItem>,
    #[serde(default)]
    prepaid_used: Money,
    received: Money,
    surplus: Surplus,
    method: PayMethod,
    #[serde(default)]
    channel_serial: Option<String>,
    #[serde(default)]
    slip_total: Option<Money>,
    #[serde(default)]
    also: Vec<Tender>,
    /// Said once somebody was asked whether the same money is meant once more.
    #[serde(default)]
    again: bool,
}

#[derive(Serialize)]
pub(super) struct CollectedView {
    payment: PaymentId,
    change: Money,
    prepaid_used: Money,
    prepaid: Money,
    receipts: Vec<ReceiptView>,
    replayed: bool,
}

/// A receipt by its number.
#[derive(Serialize)]
pub(super) struct ReceiptView {
    id: ReceiptId,
    receipt_type: &'static str,
    code: String,
    no: String,
    amount: Money,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
    body: Result<Json<CollectBody>, JsonRejection>,
) -> Result<Json<CollectedView>, WebError> {
    let Json(body) = body?;
    let order = body.into_order(&clerk)?;
    let collected = counter::collect(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Json(collected.into()))
}

/// What a page asks that heard no answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedKey {
    account: AccountId,
    key: String,
}

/// The payment under a key; null where there is none and will be none.
#[derive(Serialize)]
pub(super) struct PostedView {
    payment: Option<PaymentId>,
}

pub(super) async fn posted(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<AskedKey>,
) -> Result<Json<PostedView>, WebError> {
    let key = caller_key(asked.key)?;
    let payment = counter::posted_under(&app.0.pool, asked.account, &key).await?;
    if let Some(payment) = payment {
        // No null: it is posted, elsewhere.
        super::receipt::own(&app, &clerk, payment).await?;
    }
    Ok(Json(PostedView { payment }))
}

impl CollectBody {
    fn into_order(self, clerk: &Clerk) -> Result<Collect, WebError> {
        let main = Tender {
            method: self.method,
            amount: self.received,
            reference: self.channel_serial,
            slip_total: self.slip_total,
        };
        // Nothing is handed over where the purse pays all.
        let main = Some(main).filter(|main| main.amount != Money::ZERO);
        Ok(Collect {
            account: self.account,
            charges: self.charges,
            expected_total: self.expected_total,
            fees: self.fees,
            prepaid_used: self.prepaid_used,
            tenders: main.into_iter().chain(self.also).collect(),
            surplus: self.surplus,
            cashier: clerk.visitor.user,
            outlet: clerk.outlet,
            key: caller_key(self.key)?,
            again: self.again,
        })
    }
}

/// A key as callers make it: a UUID or another short word.
pub(in crate::web) fn caller_key(key: String) -> Result<String, WebError> {
    let fits = (8..=72).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if fits {
        Ok(key)
    } else {
        Err(WebError::Invalid("提交编号有误，请刷新页面后再试。".to_owned()))
    }
}

impl From<Collected> for CollectedView {
    fn from(done: Collected) -> Self {
        Self {
            payment: done.payment,
            change: done.change,
            prepaid_used: done.prepaid_used,
            prepaid: done.prepaid,
            receipts: done.receipts.into_iter().map(ReceiptView::from).collect(),
            replayed: done.replayed,
        }
    }
}

impl From<IssuedReceipt> for ReceiptView {
    fn from(receipt: IssuedReceipt) -> Self {
        let IssuedReceipt { id, receipt_type, code, no, amount, .. } = receipt;
        Self { id, receipt_type: receipt_type.code(), code, no, amount }
    }
}
