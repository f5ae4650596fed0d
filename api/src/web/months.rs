//! 月结: how the months of an organisation stand, what is left to do in the next, and its close; the days of its tills
//! that nobody has closed, for whoever closes them in the cashier's stead; and those that were closed last, with what was
//! counted.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{Html, Redirect};
use axum_extra::extract::Query;
use chrono::NaiveDate;
use engine::access::Action;
use engine::closing::{
    CloseDay, CloseMonth, ClosedDay, MonthError, MonthState, OpenDay, Organisation, Substitute,
    close_day, close_month, closed_days, months, open_days, organisations,
};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{BillPeriod, OutletId, UserId, moment};

use super::App;
use super::counter::counted;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;

/// Where the page is.
const HERE: &str = "/months";
/// So many closed days are shown.
const CLOSED_DAYS: i64 = 60;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadMonths, show)
        .act("/months/close", Action::CloseMonth, close)
        .act("/months/day", Action::SubstituteDay, close_for)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    organisation: Option<OutletId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    organisation: OutletId,
    kind: String,
    period: BillPeriod,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseForBody {
    organisation: OutletId,
    cashier: UserId,
    day: NaiveDate,
    reason: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let mut all = organisations(&mut connection).await?;
    all.retain(|organisation| sees(&visitor, organisation));
    let today = app.0.clock.today();
    let chosen = all.iter().find(|organisation| Some(organisation.id) == asked.organisation);
    let (mut states, mut days, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(organisation) = chosen {
        states = months(&mut connection, organisation.id, today).await?;
        days = open_days(&mut connection, organisation.id, today).await?;
        closed = closed_days(&mut connection, organisation.id, CLOSED_DAYS).await?;
    }
    let choices: Vec<_> = all
        .iter()
        .map(|o| {
            let chosen = Some(o.id) == asked.organisation;
            context! { id => o.id.0, name => &o.name, chosen }
        })
        .collect();
    let may_close = visitor.rights.may(Action::CloseMonth);
    let states: Vec<_> = states.iter().map(|state| line(state, may_close)).collect();
    let may_stand_in = visitor.rights.may(Action::SubstituteDay);
    let days: Vec<_> = days.iter().map(|day| open_day(day, today, may_stand_in)).collect();
    let closed: Vec<_> = closed.iter().map(closed_day).collect();
    let organisation = asked.organisation.map(|o| o.0);
    let values = context! { choices, states, days, closed, organisation };
    page(&app, &visitor, HERE, "months.html", values)
}

async fn close(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<CloseBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(CloseBody { organisation, kind, period }) = body?;
    let kind = kind.parse().map_err(|_| WebError::Invalid("没有这类账期。".into()))?;
    let all = organisations(&mut *app.0.pool.acquire().await?).await?;
    if !all.iter().any(|o| o.id == organisation && sees(&visitor, o)) {
        return Err(WebError::NotFound);
    }
    let order = CloseMonth { organisation, kind, period, by: visitor.user };
    close_month(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("{HERE}?organisation={organisation}")))
}

/// Closes the day of a cashier who cannot.
async fn close_for(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<CloseForBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(CloseForBody { organisation, cashier, day, reason }) = body?;
    let all = organisations(&mut *app.0.pool.acquire().await?).await?;
    if !all.iter().any(|o| o.id == organisation && sees(&visitor, o)) {
        return Err(WebError::NotFound);
    }
    let mut order = CloseDay::own(cashier, organisation, day);
    order.substitute = Some(Substitute { by: visitor.user, reason });
    close_day(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("{HERE}?organisation={organisation}")))
}

/// An outlet closes its own months.
fn sees(visitor: &Visitor, organisation: &Organisation) -> bool {
    visitor.sees(organisation.town, Some(organisation.id))
}

fn line(state: &MonthState, may_close: bool) -> Value {
    let is_over = state.is_over;
    let obstacles: Vec<_> = state.obstacles.iter().map(ToString::to_string).collect();
    context! {
        kind => state.kind.code(),
        label => state.kind.label(),
        last => state.last.as_ref().map(|last| context! {
            period => last.period.to_string(),
            entries => last.entries,
            amount => last.amount.grouped(),
            at => moment(last.closed_at),
        }),
        next => state.next.map(|next| next.to_string()),
        closable => may_close && is_over && obstacles.is_empty(),
        is_over, obstacles,
    }
}

/// A day of a till that is open; whoever is at work closes today's alone.
fn open_day(open: &OpenDay, today: NaiveDate, may_stand_in: bool) -> Value {
    context! {
        cashier => open.of.cashier.0,
        name => &open.name,
        gone => !open.active,
        day => open.of.day.to_string(),
        entries => open.entries,
        net => open.net.grouped(),
        closable => may_stand_in && (!open.active || open.of.day < today),
    }
}

fn closed_day(closed: &ClosedDay) -> Value {
    context! {
        name => &closed.name,
        day => closed.of.day.to_string(),
        entries => closed.payments + closed.reversals,
        net => closed.net.grouped(),
        cash => closed.count.as_ref().map(counted),
        at => moment(closed.closed_at),
        substitute => closed.substitute.as_ref().map(|(by, reason)| context! { by, reason }),
    }
}

impl From<MonthError> for WebError {
    fn from(error: MonthError) -> Self {
        match error {
            MonthError::Unknown => Self::NotFound,
            MonthError::Busy | MonthError::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}
