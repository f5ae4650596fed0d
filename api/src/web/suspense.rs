//! 挂账: what a channel brought and nobody could post; a person posts it after all, or sends it back.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use engine::access::Action;
use engine::channels::{
    self, PostItem, ReturnItem, SuspenseError, SuspenseReason, Target, Waiting, account_of,
    post_item, return_item,
};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::moment;

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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostBody {
    /// The account that it is for, where the channel named another or none.
    #[serde(default)]
    account_no: String,
    /// Set where it is kept for the account.
    prepaid: Option<String>,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Html<String>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let items = channels::suspense(&mut connection, &visitor.reach, SHOWN).await?;
    drop(connection);
    let items: Vec<_> = items.iter().map(line).collect();
    page(&app, &visitor, HERE, "suspense.html", context! { items })
}

async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(item): Path<i64>,
    body: Result<Form<PostBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, item).await?;
    let account = match body.account_no.trim() {
        "" => None,
        no => {
            let found = account_of(&mut *app.0.pool.acquire().await?, no).await?;
            Some(found.ok_or(SuspenseError::UnknownAccount)?)
        }
    };
    let target = if body.prepaid.is_some() { Target::Prepaid } else { Target::AsItSays };
    let order = PostItem { item, account, target, by: visitor.user };
    let payment = post_item(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("/payments/{payment}")))
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

fn line(item: &Waiting) -> Value {
    context! {
        id => item.item,
        channel => &item.channel,
        batch_no => &item.batch_no,
        day => item.settled_on.to_string(),
        serial => &item.serial,
        account_no => &item.account_no,
        gross => item.gross.grouped(),
        reason => item.reason.as_deref().unwrap_or("待入账"),
        // What nobody has tried yet is posted with its batch; what stands under another's serial only goes back.
        waits => item.refusal.is_some(),
        contested => item.refusal == Some(SuspenseReason::SerialUsed),
        since => moment(item.since),
    }
}

impl From<SuspenseError> for WebError {
    fn from(error: SuspenseError) -> Self {
        use SuspenseError as E;
        match error {
            E::NoReason | E::UnknownAccount => Self::Invalid(error.to_string()),
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}
