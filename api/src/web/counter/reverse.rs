//! Takes a payment back, with a reason.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use engine::counter::{self, Reverse, Reversed};
use serde::{Deserialize, Serialize};
use terms::{Money, PaymentId};

use super::collect::{ReceiptView, caller_key};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReverseBody {
    key: String,
    payment: PaymentId,
    reason: String,
}

#[derive(Serialize)]
pub(super) struct ReversedView {
    payment: PaymentId,
    refund: Money,
    prepaid_back: Money,
    receipts: Vec<ReceiptView>,
    replayed: bool,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
    body: Result<Json<ReverseBody>, JsonRejection>,
) -> Result<Json<ReversedView>, WebError> {
    let Json(body) = body?;
    let order = Reverse {
        payment: body.payment,
        cashier: clerk.visitor.user,
        outlet: clerk.outlet,
        reason: body.reason.trim().to_owned(),
        key: caller_key(body.key)?,
    };
    let reversed = counter::reverse(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Json(reversed.into()))
}

impl From<Reversed> for ReversedView {
    fn from(done: Reversed) -> Self {
        Self {
            payment: done.payment,
            refund: done.refund,
            prepaid_back: done.prepaid_back,
            receipts: done.receipts.into_iter().map(ReceiptView::from).collect(),
            replayed: done.replayed,
        }
    }
}
