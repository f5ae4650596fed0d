//! Takes a spoilt sheet out of the clerk's paper, by the number that is printed on it. 作废票据

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use engine::receipts::{self, Void, VoidError};
use serde::{Deserialize, Serialize};
use terms::{ReceiptType, half_width};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VoidBody {
    receipt_type: ReceiptType,
    code: String,
    /// As it is printed, with its zeros.
    no: String,
    reason: String,
}

#[derive(Serialize)]
pub(super) struct VoidedView {
    no: i64,
}

pub(super) async fn post(
    State(app): State<App>,
    clerk: Clerk,
    body: Result<Json<VoidBody>, JsonRejection>,
) -> Result<Json<VoidedView>, WebError> {
    let Json(VoidBody { receipt_type, code, no, reason }) = body?;
    let no = printed(&no)
        .ok_or_else(|| WebError::Invalid("票号应为数字，请按纸质票据填写。".to_owned()))?;
    let order = Void { holder: clerk.visitor.user, receipt_type, code, no, reason };
    receipts::void(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Json(VoidedView { no }))
}

/// The number of a sheet, in digits of any width and nothing else.
fn printed(no: &str) -> Option<i64> {
    let no = half_width(no);
    no.bytes().all(|digit| digit.is_ascii_digit()).then(|| no.parse().ok())?
}

impl From<VoidError> for WebError {
    fn from(error: VoidError) -> Self {
        match error {
            VoidError::NoReason => Self::Invalid(error.to_string()),
            VoidError::NotNext => Self::Conflict(error.to_string()),
            VoidError::Database(_) => Self::busy(error.to_string(), &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_and_nothing_else() {
        assert_eq!(printed("01500007"), Some(1_500_007));
        assert_eq!(printed("０１５００００７"), Some(1_500_007));
        for no in ["", "+1500007", "-1", "15 00007", "1e5", "①", "99999999999999999999"] {
            assert_eq!(printed(no), None, "{no}");
        }
    }
}
