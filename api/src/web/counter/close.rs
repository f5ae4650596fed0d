//! Closes the cashier's day, or one that was forgotten. 日结

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use chrono::NaiveDate;
use engine::closing::{self, CloseDay, Seen};
use serde::{Deserialize, Serialize};
use terms::{Money, OutletId};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

/// Which day; today unless said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseBody {
    #[serde(default)]
    day: Option<NaiveDate>,
    /// Where the clerk sat that day; at the own outlet unless said.
    #[serde(default)]
    outlet: Option<OutletId>,
    /// The digest of the sheet to which the clerk has said yes: no other sheet is closed.
    seen: String,
    /// Notes and coins as counted.
    #[serde(default)]
    counted: Option<Money>,
    /// Why that is not what is due.
    #[serde(default)]
    reason: Option<String>,
    /// What is left of slips that are handed in, as the clerk has looked at it.
    #[serde(default)]
    free: Money,
}

#[derive(Serialize)]
pub(super) struct ClosedView {
    day: NaiveDate,
    net: Money,
    payments: i32,
    reversals: i32,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
    body: Result<Json<CloseBody>, JsonRejection>,
) -> Result<Json<ClosedView>, WebError> {
    let Json(body) = body?;
    let cashier = clerk.visitor.user;
    let day = body.day.unwrap_or_else(|| app.0.clock.today());
    let mut order = CloseDay::own(cashier, body.outlet.unwrap_or(clerk.outlet), day);
    let CloseBody { seen, counted, reason, free, .. } = body;
    order.seen = Some(Seen { digest: seen, counted, reason, free });
    let closed = closing::close_day(&app.0.pool, &*app.0.clock, order).await?;
    let total = closed.sheet.total;
    Ok(Json(ClosedView {
        day,
        net: total.net,
        payments: total.payments,
        reversals: total.reversals,
    }))
}
