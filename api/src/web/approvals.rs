//! 冲正核准: a supervisor lets a cashier take a payment back, today and once.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{Html, Redirect};
use engine::access::{self, Action};
use engine::counter::{self, Approval, Approve};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::PaymentId;

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::moment;

/// Where the page is.
const HERE: &str = "/approvals";

pub(super) fn doors() -> Doors {
    Doors::new().page(HERE, Action::ApproveReversal, list).act(
        "/approvals/add",
        Action::ApproveReversal,
        add,
    )
}

#[derive(Deserialize)]
struct AddBody {
    payment: i64,
    cashier: String,
    reason: String,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Html<String>, WebError> {
    let given = counter::approvals(&mut *app.0.pool.acquire().await?, visitor.user).await?;
    let given: Vec<_> = given.iter().map(row).collect();
    page(&app, &visitor, HERE, "approvals.html", context! { given })
}

async fn add(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<AddBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let login = body.cashier.trim().to_lowercase();
    let cashier = access::user_named(&mut *app.0.pool.acquire().await?, &login).await?;
    let unknown = || WebError::Invalid(format!("没有用户“{login}”，或该用户已停用。"));
    let order = Approve {
        payment: PaymentId(body.payment),
        cashier: cashier.ok_or_else(unknown)?.id,
        by: visitor.user,
        reason: body.reason,
    };
    counter::approve(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
}

fn row(given: &Approval) -> Value {
    context! {
        payment => given.payment.0,
        net => given.net.grouped(),
        cashier => &given.cashier_name,
        reason => &given.reason,
        at => moment(given.approved_at),
        used => given.used,
    }
}
