//! 挂账: what a channel brought and nobody could post; a person posts it after all, or sends it back. To an account that it
//! does not name it goes by the word of two.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use engine::access::Action;
use engine::channels::{
    self, AnswerItem, ItemRequest, PostItem, RequestItem, ReturnItem, SuspenseError,
    SuspenseReason, Target, Waiting, account_of, answer_item, post_item, request_item, return_item,
};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{Money, UserId, moment};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::Reason;

/// Where the page is.
const HERE: &str = "/suspense";
/// Items that the list shows, the oldest first.
const SHOWN: i64 = 10_000;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadSuspense, list)
        .act("/suspense/{id}/post", Action::PostItem, post)
        .act("/suspense/{id}/return", Action::ReturnItem, give_back)
        .act("/suspense/{id}/request", Action::RequestItem, request)
        .act("/suspense/requests/{id}/approve", Action::ApproveItem, approve)
        .act("/suspense/requests/{id}/refuse", Action::ApproveItem, refuse)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostBody {
    /// Set where it is kept for the account.
    prepaid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    /// The account that it is for.
    account_no: String,
    /// Set where it is kept for the account.
    prepaid: Option<String>,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Html<String>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let items = channels::suspense(&mut connection, &visitor.reach, SHOWN).await?;
    let asked = channels::item_requests(&mut connection, &visitor.reach).await?;
    drop(connection);
    let items: Vec<_> = items.iter().map(line).collect();
    let asked: Vec<_> = asked.iter().map(|asked| request_row(asked, visitor.user)).collect();
    page(&app, &visitor, HERE, "suspense.html", context! { items, asked })
}

async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(item): Path<i64>,
    body: Result<Form<PostBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, item).await?;
    let order = PostItem { item, target: target(body.prepaid.as_ref()), by: visitor.user };
    let payment = post_item(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("/payments/{payment}")))
}

async fn request(
    State(app): State<App>,
    visitor: Visitor,
    Path(item): Path<i64>,
    body: Result<Form<RequestBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, item).await?;
    let no = body.account_no.trim();
    let account = account_of(&mut *app.0.pool.acquire().await?, no).await?;
    let account = account.ok_or(SuspenseError::UnknownAccount)?;
    let target = target(body.prepaid.as_ref());
    let order = RequestItem { item, account, target, by: visitor.user };
    request_item(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
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
    let found = channels::item_request(&mut *app.0.pool.acquire().await?, request).await?;
    // A request for an account of another outlet or town is as good as none.
    found.filter(|r| visitor.sees(Some(r.town), Some(r.outlet))).ok_or(WebError::NotFound)?;
    let order = AnswerItem { request, by: visitor.user, approved, reason };
    let payment = answer_item(&app.0.pool, &*app.0.clock, order).await?;
    let payment = payment.map(|payment| format!("/payments/{payment}"));
    Ok(Redirect::to(payment.as_deref().unwrap_or(HERE)))
}

fn target(prepaid: Option<&String>) -> Target {
    if prepaid.is_some() { Target::Prepaid } else { Target::AsItSays }
}

async fn give_back(
    State(app): State<App>,
    visitor: Visitor,
    Path(item): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, item).await?;
    let order = ReturnItem { item, reason: body.reason, by: visitor.user };
    return_item(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
}

/// An item of another town or outlet is as good as none.
async fn seen_by(app: &App, visitor: &Visitor, item: i64) -> Result<(), WebError> {
    let found = channels::in_suspense(&mut *app.0.pool.acquire().await?, item).await?;
    let sees = |item: &Waiting| visitor.sees(item.town, item.outlet);
    found.filter(sees).map(drop).ok_or(WebError::NotFound)
}

/// What the purse does not pay at once.
fn owed(amount: Money) -> Option<String> {
    (amount != Money::ZERO).then(|| amount.grouped())
}

fn line(item: &Waiting) -> Value {
    context! {
        id => item.item,
        channel => &item.channel,
        batch_no => &item.batch_no,
        day => item.settled_on.to_string(),
        serial => &item.serial,
        account_no => &item.account_no,
        payer_name => item.payer_name.as_deref().unwrap_or_default(),
        gross => item.gross.grouped(),
        owes => owed(item.owes),
        reason => item.reason.as_deref().unwrap_or("待入账"),
        // What nobody has tried yet is posted with its batch; what stands under another's serial only goes back.
        waits => item.refusal.is_some(),
        contested => item.refusal == Some(SuspenseReason::SerialUsed),
        known => item.town.is_some(),
        since => moment(item.since),
    }
}

fn request_row(asked: &ItemRequest, me: UserId) -> Value {
    context! {
        id => asked.id,
        channel => &asked.channel,
        serial => &asked.serial,
        named => &asked.named,
        gross => asked.gross.grouped(),
        account_no => &asked.account_no,
        payer_name => &asked.payer_name,
        prepaid => asked.is_prepaid,
        owes => owed(asked.owes),
        asked_by => &asked.asked_by_name,
        asked_at => moment(asked.asked_at),
        own => asked.asked_by == me,
    }
}

impl From<SuspenseError> for WebError {
    fn from(error: SuspenseError) -> Self {
        use SuspenseError as E;
        match error {
            E::NoReason | E::UnknownAccount => Self::Invalid(error.to_string()),
            E::NotAllowed => Self::NotAllowed(None),
            E::NoRequest => Self::NotFound,
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}
