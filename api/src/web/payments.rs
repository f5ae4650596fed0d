//! 缴费查询与冲正: the payments of an account, of whatever day and door, and how one is taken back.
//!
//! The list of the day at the counter knows the cashier's own payments. Here stand those of other days and cashiers,
//! those of channels, and what a purse paid in the night; each is taken back by whom its door belongs to.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Query;
use engine::access::Action;
use engine::channels::{self, ReversePayment};
use engine::counter::{self, PaymentSlip, Request, RequestReversal, RequestState, Reverse};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{Money, PaymentId, moment};

use super::App;
use super::approvals::tone;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::papers::{self, seen_by};
use super::visitor::{Clerk, Visitor};
use super::words::{Reason, fee_line, ways};

/// Where the page is.
const HERE: &str = "/payments";
/// Payments that the list shows, the newest first.
const SHOWN: i64 = 48;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadPayments, list)
        .page("/payments/{payment}", Action::ReadPayments, show)
        .act("/payments/{payment}/request", Action::RequestReversal, request)
        .act("/payments/{payment}/reverse", Action::Reverse, reverse)
        .act("/payments/{payment}/refund", Action::ReverseChannel, refund)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    no: String,
    /// The number on a paper, in place of the account's.
    #[serde(default)]
    paper: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    reason: String,
    /// Set where the money stays with us, in suspense.
    keep: Option<String>,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let (no, paper) = (asked.no.trim(), asked.paper.trim());
    let mut connection = app.0.pool.acquire().await?;
    let found = match paper {
        "" => counter::payments_of(&mut connection, no, &visitor.reach, SHOWN).await?,
        paper => counter::payments_by_paper(&mut connection, paper, &visitor.reach, SHOWN).await?,
    };
    drop(connection);
    let payments: Vec<_> = found.iter().map(facts).collect();
    page(&app, &visitor, HERE, "payments.html", context! { no, paper, payments })
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(payment): Path<PaymentId>,
) -> Result<Html<String>, WebError> {
    let slip = seen_by(&app, &visitor, payment).await?;
    let mut connection = app.0.pool.acquire().await?;
    let against = counter::stands(&mut connection, payment).await?;
    let today = app.0.clock.today();
    let asked = counter::request_for(&mut connection, payment, visitor.user, today).await?;
    drop(connection);
    let state = asked.as_ref().map(Request::state);
    // A till gives back what a till or a purse paid, a channel what came through it.
    let act = if slip.of_channel { Action::ReverseChannel } else { Action::Reverse };
    let values = context! {
        payment => facts(&slip),
        lines => slip.lines.iter().map(fee_line).collect::<Vec<_>>(),
        papers => papers::named(&slip),
        papers_at => papers::place(&visitor, &slip),
        against => against.map(|against| against.to_string()),
        mine => visitor.rights.may(act),
        of_channel => slip.of_channel,
        asked => asked.as_ref().map(asking),
        // Money goes out of a till by the word of a second person; a purse that paid by itself gets its own back.
        asks => slip.cashier.is_some() && matches!(state, None | Some(RequestState::Refused)),
        waits => state == Some(RequestState::Waiting),
    };
    page(&app, &visitor, HERE, "payment.html", values)
}

async fn request(
    State(app): State<App>,
    clerk: Clerk,
    Path(payment): Path<PaymentId>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(Reason { reason }) = body?;
    seen_by(&app, &clerk.visitor, payment).await?;
    let (cashier, outlet) = (clerk.visitor.user, clerk.outlet);
    let order = RequestReversal { payment, cashier, outlet, reason };
    counter::request_reversal(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("{HERE}/{payment}")))
}

async fn reverse(
    State(app): State<App>,
    clerk: Clerk,
    Path(payment): Path<PaymentId>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &clerk.visitor, payment).await?;
    let order = Reverse {
        payment,
        cashier: clerk.visitor.user,
        outlet: clerk.outlet,
        reason: body.reason.trim().to_owned(),
        key: key(payment),
    };
    let done = counter::reverse(&app.0.pool, &*app.0.clock, order).await?;
    // Red paper is handed over where there was blue.
    let page = if done.receipts.is_empty() { HERE } else { "/counter/receipt" };
    Ok(Redirect::to(&format!("{page}/{}", done.payment)))
}

async fn refund(
    State(app): State<App>,
    visitor: Visitor,
    Path(payment): Path<PaymentId>,
    body: Result<Form<RefundBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    seen_by(&app, &visitor, payment).await?;
    let returned = body.keep.is_none();
    let order = ReversePayment { payment, reason: body.reason, returned, by: visitor.user };
    let done = channels::reverse(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(&format!("{HERE}/{}", done.payment)))
}

/// A payment is taken back once: the same form sent again finds what it did. No caller's key holds a blank.
fn key(payment: PaymentId) -> String {
    format!("page {payment}")
}

/// What the cashier has asked today, and what was answered.
fn asking(request: &Request) -> Value {
    let answer = request.answer.as_ref();
    context! {
        state => request.state().label(),
        tone => tone(request.state()),
        reason => &request.reason,
        at => moment(request.asked_at),
        by => answer.map(|answer| &answer.by),
        answer => answer.and_then(|answer| answer.reason.as_deref()),
    }
}

fn facts(slip: &PaymentSlip) -> Value {
    let (state, tone) = match (slip.is_reversal, slip.reversed_by) {
        (true, _) => ("冲正", "bad"),
        (false, Some(_)) => ("已冲正", "warn"),
        (false, None) => ("已入账", "ok"),
    };
    let by_itself = if slip.of_channel { "渠道" } else { "预存自动抵扣" };
    let some = |amount: Money| (amount != Money::ZERO).then(|| amount.grouped());
    context! {
        id => slip.payment.0,
        account_no => &slip.account_no,
        payer_name => &slip.payer_name,
        former => slip.former_payers.join("、"),
        day => slip.account_date.to_string(),
        posted_at => moment(slip.posted_at),
        outlet => &slip.outlet_name,
        cashier => slip.cashier_name.as_deref().unwrap_or(by_itself),
        method => slip.method.label(),
        reference => slip.reference.as_deref(),
        ways => ways(&slip.sources, false),
        net => slip.net.grouped(),
        late_fee => some(slip.late_fee),
        used => some(slip.prepaid_used),
        kept => some(slip.prepaid),
        reverses => slip.reverses.map(|payment| payment.0),
        reversed_by => slip.reversed_by.map(|payment| payment.0),
        taken_back_by => slip.taken_back_by.as_deref(),
        reason => slip.reason.as_deref(),
        has_paper => !slip.receipts.is_empty(),
        state, tone,
    }
}

#[cfg(test)]
mod tests {
    use super::super::counter::caller_key;
    use super::*;

    #[test]
    fn no_caller_takes_the_key_of_the_page() {
        assert!(caller_key(key(PaymentId(123_456))).is_err());
        assert!(caller_key(key(PaymentId(123_456)).replace(' ', "-")).is_ok());
    }
}
