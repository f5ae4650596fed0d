//! 用户档案: what an account is charged as, who pays and where it is; changes by two persons, and corrections.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Query;
use engine::access::Action;
use engine::register::{
    self, AccountFile, ChangeError, CorrectError, account_file, account_numbered,
};
use minijinja::{Value, context};
use serde::Deserialize;
use sqlx::PgConnection;
use terms::{AccountId, moment};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;

mod begin;
mod change;
mod correct;
mod decide;
mod show;
mod versions;

pub(super) use begin::begin_changes;

/// Where the page is.
const HERE: &str = "/accounts";
/// What waits, as many as a page shows.
const WAITING: i64 = 200;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadAccounts, list)
        .page("/accounts/{id}", Action::ReadAccounts, show::show)
        .act("/accounts/{id}/change", Action::ChangeAccount, change::submit)
        .act("/accounts/{id}/payer", Action::CorrectPayer, correct::payer)
        .act("/accounts/{id}/address", Action::CorrectPoint, correct::address)
        .act("/accounts/{id}/meter", Action::CorrectMeter, correct::meter)
        .act("/changes/{id}/approve", Action::ApproveAccount, decide::approve_change)
        .act("/changes/{id}/refuse", Action::ApproveAccount, decide::refuse_change)
        .act("/changes/{id}/withdraw", Action::ChangeAccount, decide::withdraw_change)
        .act("/corrections/{id}/approve", Action::ApprovePayer, decide::approve_name)
        .act("/corrections/{id}/refuse", Action::ApprovePayer, decide::refuse_name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    no: String,
}

/// What waits, and the way to an account by its number.
async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let no = asked.no.trim();
    let mut connection = app.0.pool.acquire().await?;
    if !no.is_empty()
        && let Some(account) = account_numbered(&mut connection, no).await?
        && let Some(file) = seen(&mut connection, &visitor, account).await?
    {
        return Ok(Redirect::to(&format!("{HERE}/{}", file.card.id)).into_response());
    }
    let may_change = visitor.rights.may(Action::ApproveAccount);
    let may_name = visitor.rights.may(Action::ApprovePayer);
    let mut changes = Vec::new();
    if may_change {
        changes = register::waiting_changes(&mut connection, &visitor.reach, WAITING).await?;
    }
    let mut names = Vec::new();
    if may_name {
        names = register::waiting_payers(&mut connection, &visitor.reach, WAITING).await?;
    }
    let changes: Vec<_> = changes.iter().map(|of| versions::waiting(of, visitor.user)).collect();
    let names: Vec<Value> = names
        .iter()
        .map(|of| {
            context! {
                id => of.version,
                name => &of.name,
                to_name => &of.to_name,
                other_document => of.is_other_document,
                accounts => of.accounts.join("、"),
                valid_from => of.valid_from.to_string(),
                reason => &of.reason,
                by => &of.submitter,
                at => moment(of.recorded_at),
                own => of.submitted_by == visitor.user,
            }
        })
        .collect();
    let values = context! { no, changes, names, may_change, may_name, unknown => !no.is_empty() };
    let page: Html<String> = page(&app, &visitor, HERE, "accounts.html", values)?;
    Ok(page.into_response())
}

/// An account of another town or outlet is as good as none.
async fn seen(
    connection: &mut PgConnection,
    visitor: &Visitor,
    account: AccountId,
) -> Result<Option<AccountFile>, WebError> {
    let file = account_file(connection, account).await?;
    Ok(file.filter(|file| visitor.sees(Some(file.card.town), Some(file.card.outlet))))
}

impl From<ChangeError> for WebError {
    fn from(error: ChangeError) -> Self {
        use ChangeError as E;
        match error {
            E::Unknown(_) | E::UnknownAccount(_) => Self::NotFound,
            E::Database(cause) => cause.into(),
            E::Busy => Self::busy(error.to_string(), &error),
            E::Decided
            | E::SamePerson
            | E::Overtaken
            | E::BeforeOneAhead(_)
            | E::NotAhead
            | E::BuiltUpon
            | E::Asked
            | E::PayerOwes
            | E::PayerHasPurse(_) => Self::Conflict(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<CorrectError> for WebError {
    fn from(error: CorrectError) -> Self {
        use CorrectError as E;
        match error {
            E::Unknown(_) | E::UnknownAccount(_) => Self::NotFound,
            E::Database(cause) => cause.into(),
            E::Busy => Self::busy(error.to_string(), &error),
            E::Decided | E::SamePerson | E::Overtaken => Self::Conflict(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}
