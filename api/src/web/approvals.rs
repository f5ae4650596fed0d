//! 冲正核准: what cashiers ask to take back today lies before those who answer for their outlet, town or city; and so do
//! the bills that somebody wants back, before those who may say yes to that too.

use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use axum::{Form, Json};
use engine::access::Action;
use engine::billing::{
    AnswerChargeReversal, ChargeRequest, answer_charge_reversal, charge_request,
    charge_requests_answered, charge_requests_waiting,
};
use engine::counter::{self, AnswerRequest, Request, RequestState};
use minijinja::{Value, context};
use serde::Serialize;
use terms::{UserId, clock_time, moment};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::Reason;

/// Where the page is.
const HERE: &str = "/approvals";
/// Bills that the page shows, those that wait and those that were answered.
const BILLS: i64 = 50;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ApproveReversal, list)
        .page("/approvals/waiting", Action::ApproveReversal, waiting)
        .act("/approvals/{id}/approve", Action::ApproveReversal, approve)
        .act("/approvals/{id}/refuse", Action::ApproveReversal, refuse)
        .act("/approvals/charges/{id}/approve", Action::ApproveChargeReversal, approve_bill)
        .act("/approvals/charges/{id}/refuse", Action::ApproveChargeReversal, refuse_bill)
}

/// The newest request that waits; the page looks whether there is a newer one than it shows.
#[derive(Serialize)]
struct WaitingView {
    newest: Option<i64>,
    count: usize,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Html<String>, WebError> {
    let asked = asked(&app, &visitor).await?;
    let mut connection = app.0.pool.acquire().await?;
    let given = counter::requests_answered(&mut connection, visitor.user).await?;
    let says_of_bills = visitor.rights.may(Action::ApproveChargeReversal);
    let (mut bills, mut bills_given) = (Vec::new(), Vec::new());
    if says_of_bills {
        bills = charge_requests_waiting(&mut connection, &visitor.reach, BILLS).await?;
        bills_given = charge_requests_answered(&mut connection, visitor.user, BILLS).await?;
    }
    drop(connection);
    let bill = |request: &ChargeRequest| context! { own => request.asked_by == visitor.user, ..bill_row(request) };
    let values = context! {
        newest => asked.first().map(|request| request.id),
        waiting => asked.iter().map(|request| row(request, visitor.user)).collect::<Vec<_>>(),
        given => given.iter().map(|request| row(request, visitor.user)).collect::<Vec<_>>(),
        says_of_bills,
        bills => bills.iter().map(bill).collect::<Vec<_>>(),
        bills_given => bills_given.iter().map(bill_row).collect::<Vec<_>>(),
    };
    page(&app, &visitor, HERE, "approvals.html", values)
}

async fn waiting(State(app): State<App>, visitor: Visitor) -> Result<Json<WaitingView>, WebError> {
    let asked = asked(&app, &visitor).await?;
    let newest = asked.first().map(|request| request.id);
    Ok(Json(WaitingView { newest, count: asked.len() }))
}

async fn approve(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    answer(&app, &visitor, (id, true), body?.0).await
}

async fn refuse(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    answer(&app, &visitor, (id, false), body?.0).await
}

async fn answer(
    app: &App,
    visitor: &Visitor,
    (request, approved): (i64, bool),
    Reason { reason }: Reason,
) -> Result<Redirect, WebError> {
    let found = counter::request_named(&mut *app.0.pool.acquire().await?, request).await?;
    // A request of another outlet or town is as good as none.
    found.filter(|r| visitor.sees(Some(r.town), Some(r.outlet))).ok_or(WebError::NotFound)?;
    let order = AnswerRequest { request, by: visitor.user, approved, reason };
    counter::answer_request(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
}

async fn approve_bill(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    answer_bill(&app, &visitor, (id, true), body?.0).await
}

async fn refuse_bill(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    answer_bill(&app, &visitor, (id, false), body?.0).await
}

async fn answer_bill(
    app: &App,
    visitor: &Visitor,
    (request, approved): (i64, bool),
    Reason { reason }: Reason,
) -> Result<Redirect, WebError> {
    let found = charge_request(&mut *app.0.pool.acquire().await?, request).await?;
    found.filter(|r| visitor.sees(Some(r.town), Some(r.outlet))).ok_or(WebError::NotFound)?;
    let order = AnswerChargeReversal { request, by: visitor.user, approved, reason };
    answer_charge_reversal(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
}

async fn asked(app: &App, visitor: &Visitor) -> Result<Vec<Request>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    Ok(counter::requests_waiting(&mut connection, &visitor.reach, app.0.clock.today()).await?)
}

fn row(request: &Request, me: UserId) -> Value {
    let answer = request.answer.as_ref();
    context! {
        id => request.id,
        payment => request.payment.0,
        paid_on => request.paid_on.to_string(),
        account_no => &request.account_no,
        payer_name => &request.payer_name,
        net => request.net.grouped(),
        outlet => &request.outlet_name,
        cashier => &request.cashier_name,
        reason => &request.reason,
        since => clock_time(request.asked_at),
        own => request.is_of(me),
        state => request.state().label(),
        tone => tone(request.state()),
        answered_at => answer.map(|answer| moment(answer.at)),
        answer => answer.and_then(|answer| answer.reason.as_deref()),
    }
}

/// In which tone a state is said.
pub(super) fn tone(state: RequestState) -> &'static str {
    match state {
        RequestState::Waiting => "warn",
        RequestState::Approved => "ok",
        RequestState::Refused => "bad",
        RequestState::Used => "",
    }
}

/// A request for a bill to be taken back.
pub(super) fn bill_row(request: &ChargeRequest) -> Value {
    let answer = request.answer.as_ref();
    let reversal = answer.and_then(|answer| answer.reversal);
    let (state, tone) = match (answer, reversal) {
        (None, _) => ("待核准", "warn"),
        (Some(_), None) => ("不予核准", "bad"),
        (Some(_), Some(_)) => ("已冲正", "ok"),
    };
    context! {
        id => request.id,
        charge => request.charge.0,
        period => request.period.to_string(),
        account_no => &request.account_no,
        payer_name => &request.payer_name,
        total => request.total.grouped(),
        outlet => &request.outlet_name,
        asked_by => &request.asked_by_name,
        asked_at => moment(request.asked_at),
        reason => &request.reason,
        waits => answer.is_none(),
        by => answer.map(|answer| &answer.by),
        answer => answer.and_then(|answer| answer.reason.as_deref()),
        answered_at => answer.map(|answer| moment(answer.at)),
        reversal => reversal.map(|charge| charge.0),
        state, tone,
    }
}
