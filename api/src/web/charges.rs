//! 应收冲正: a charge looked up, what taking it back does, and the asking for it.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Query;
use engine::access::Action;
use engine::billing::{
    ChargeSheet, ChargeState, RequestChargeReversal, charge_request_for, charge_sheet, charges_of,
    request_charge_reversal,
};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{BillPeriod, ChargeId};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::Reason;

/// Where the page is.
const HERE: &str = "/charges";
/// Charges that the list shows, the newest first.
const SHOWN: i64 = 36;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadCharges, list)
        .page("/charges/{id}", Action::ReadCharges, show)
        .act("/charges/{id}/request", Action::RequestChargeReversal, request)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    no: String,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let no = asked.no.trim();
    let mut connection = app.0.pool.acquire().await?;
    let charges = charges_of(&mut connection, no, &visitor.reach, SHOWN).await?;
    drop(connection);
    let charges: Vec<_> = charges.iter().map(facts).collect();
    page(&app, &visitor, HERE, "charges.html", context! { no, charges })
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Html<String>, WebError> {
    let sheet = seen_by(&app, &visitor, ChargeId(id)).await?;
    let against = sheet.may_be_reversed().err().map(|against| against.to_string());
    let period = BillPeriod::of(app.0.clock.today()).max(sheet.period).to_string();
    let asked = charge_request_for(&mut *app.0.pool.acquire().await?, sheet.id).await?;
    let asked = asked.as_ref().map(super::approvals::bill_row);
    let mine = visitor.rights.may(Action::RequestChargeReversal);
    let values =
        context! { charge => facts(&sheet), lines => lines(&sheet), against, period, asked, mine };
    page(&app, &visitor, HERE, "charge.html", values)
}

async fn request(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, ChargeId(id)).await?;
    let order =
        RequestChargeReversal { charge: ChargeId(id), reason: body.reason, by: visitor.user };
    request_charge_reversal(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}")))
}

/// A charge of another town or outlet is as good as none.
async fn seen_by(app: &App, visitor: &Visitor, charge: ChargeId) -> Result<ChargeSheet, WebError> {
    let sheet = charge_sheet(&mut *app.0.pool.acquire().await?, charge).await?;
    let sees = |sheet: &ChargeSheet| visitor.sees(Some(sheet.town), Some(sheet.outlet));
    sheet.filter(sees).ok_or(WebError::NotFound)
}

fn facts(sheet: &ChargeSheet) -> Value {
    let state = sheet.state();
    let tone = match state {
        ChargeState::IsReversal | ChargeState::Reversed => "bad",
        ChargeState::Open | ChargeState::PartlyPaid => "warn",
        ChargeState::Nothing | ChargeState::Paid => "ok",
    };
    let state = state.label();
    context! {
        id => sheet.id.0,
        kind => sheet.kind.label(),
        account_no => &sheet.account_no,
        payer_name => &sheet.payer_name,
        period => sheet.period.to_string(),
        bill_date => sheet.bill_date.to_string(),
        due_date => sheet.due_date.to_string(),
        months => sheet.months,
        volume => sheet.volume.to_string(),
        total => sheet.total.grouped(),
        open => sheet.open.grouped(),
        reversal => sheet.reversal.map(|charge| charge.0),
        replaces => sheet.replaces.map(|charge| charge.0),
        reason => sheet.reason.as_deref(),
        state, tone,
    }
}

fn lines(sheet: &ChargeSheet) -> Vec<Value> {
    let lines = sheet.lines.iter().map(|line| {
        context! {
            fee => line.fee_item.label(),
            tier => line.tier,
            quantity => line.quantity.to_string(),
            unit_price => line.unit_price.to_string(),
            amount => line.amount.grouped(),
            owner => &line.owner,
        }
    });
    lines.collect()
}
