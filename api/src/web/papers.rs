//! The papers of a payment of whatever day: printed again where it was taken, and looked at by everybody who sees it.

use axum::extract::{Path, State};
use axum::response::Html;
use engine::access::Action;
use engine::counter::{IssuedReceipt, PaymentSlip, receipt_view, shown};
use minijinja::{Value, context};
use terms::PaymentId;

use super::App;
use super::counter::receipt;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;

pub(super) fn doors() -> Doors {
    Doors::new().page("/payments/{payment}/papers", Action::ReadPayments, show)
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(payment): Path<PaymentId>,
) -> Result<Html<String>, WebError> {
    let slip = seen_by(&app, &visitor, payment).await?;
    let values = context! { payment => payment.0, is_shown => true, ..receipt::view(&slip) };
    page(&app, &visitor, "/payments", "payment_papers.html", values)
}

/// A payment of another outlet or town is as good as none, and one of fees that the visitor does not see.
pub(super) async fn seen_by(
    app: &App,
    visitor: &Visitor,
    payment: PaymentId,
) -> Result<PaymentSlip, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let slip = receipt_view(&mut connection, payment).await?;
    let shown = shown(&mut connection, &visitor.reach).await?;
    let sees = |slip: &PaymentSlip| {
        visitor.sees(Some(slip.town), Some(slip.outlet)) && slip.is_within(shown.own())
    };
    slip.filter(sees).ok_or(WebError::NotFound)
}

/// Each paper by its series and number.
pub(super) fn named(slip: &PaymentSlip) -> Vec<Value> {
    let name = |paper: &IssuedReceipt| {
        context! {
            title => paper.receipt_type.label(),
            code => &paper.code,
            no => &paper.no,
            red => paper.is_red,
            amount => paper.amount.grouped(),
        }
    };
    slip.receipts.iter().map(name).collect()
}

/// Where the visitor sees them: a clerk of the outlet that took the money prints them again.
pub(super) fn place(visitor: &Visitor, slip: &PaymentSlip) -> String {
    if visitor.reach.outlet == Some(slip.outlet) && visitor.rights.may(Action::UseCounter) {
        return format!("/counter/receipt/{}", slip.payment);
    }
    format!("/payments/{}/papers", slip.payment)
}
