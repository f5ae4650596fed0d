//! Closes the cashier's day. 日结

use axum::Json;
use axum::extract::State;
use engine::closing;
use serde::Serialize;
use terms::Money;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Serialize)]
pub(super) struct ClosedView {
    net: Money,
    payments: i32,
    reversals: i32,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
) -> Result<Json<ClosedView>, WebError> {
    let cashier = clerk.visitor.user;
    let closed =
        closing::close_day(&app.0.pool, &*app.0.clock, cashier, app.0.clock.today()).await?;
    let total = closed.sheet.total;
    Ok(Json(ClosedView { net: total.net, payments: total.payments, reversals: total.reversals }))
}
