//! Asks for the word of a second person, and hears what it is. 冲正申请

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use engine::counter::{self, Request, RequestReversal, RequestState};
use serde::{Deserialize, Serialize};
use terms::PaymentId;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestBody {
    payment: PaymentId,
    reason: String,
}

#[derive(Serialize)]
pub(super) struct AskedView {
    request: i64,
}

/// How a request of today stands.
#[derive(Serialize)]
pub(super) struct RequestView {
    payment: PaymentId,
    state: RequestState,
    label: &'static str,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
    body: Result<Json<RequestBody>, JsonRejection>,
) -> Result<Json<AskedView>, WebError> {
    let Json(RequestBody { payment, reason }) = body?;
    let order = RequestReversal {
        payment,
        cashier: clerk.visitor.user,
        outlet: clerk.outlet,
        reason: reason.trim().to_owned(),
    };
    let request = counter::request_reversal(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Json(AskedView { request }))
}

pub(super) async fn read(
    State(app): State<App>,
    clerk: Clerk,
) -> Result<Json<Vec<RequestView>>, WebError> {
    let (cashier, today) = (clerk.visitor.user, app.0.clock.today());
    let mut connection = app.0.pool.acquire().await?;
    let requests = counter::requests_by(&mut connection, cashier, today).await?;
    Ok(Json(requests.iter().map(RequestView::of).collect()))
}

impl RequestView {
    fn of(request: &Request) -> Self {
        let state = request.state();
        Self { payment: request.payment, state, label: state.label() }
    }
}
