//! Closes the cashier's day, or one that was forgotten. 日结

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use chrono::NaiveDate;
use engine::closing::{self, Seen};
use serde::{Deserialize, Serialize};
use terms::Money;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

/// Which day; today unless said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseBody {
    #[serde(default)]
    day: Option<NaiveDate>,
    /// The digest of the sheet to which the clerk has said yes; a program need not say it.
    #[serde(default)]
    seen: Option<String>,
    /// Notes and coins as counted, where `seen` is said.
    #[serde(default)]
    counted: Option<Money>,
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
    let (pool, clock) = (&app.0.pool, &*app.0.clock);
    let closed = match body.seen {
        Some(digest) => {
            let seen = Seen { digest, counted: body.counted };
            closing::close_day_as_seen(pool, clock, (cashier, day), seen).await?
        }
        None => closing::close_day(pool, clock, cashier, day).await?,
    };
    let total = closed.sheet.total;
    Ok(Json(ClosedView {
        day,
        net: total.net,
        payments: total.payments,
        reversals: total.reversals,
    }))
}
