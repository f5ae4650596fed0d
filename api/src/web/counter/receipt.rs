//! The receipts of a payment, on the screen and on paper.

use axum::extract::{Path, State};
use axum::response::Html;
use axum_extra::extract::Query;
use engine::counter::{self, IssuedReceipt, PaymentSlip};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{Money, PaymentId, ReceiptType, moment};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::{page, render};
use crate::web::visitor::Clerk;
use crate::web::words::{fee_line, ways};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Set where the page only wants its part.
    part: Option<u8>,
}

pub(super) async fn show(
    State(app): State<App>,
    clerk: Clerk,
    Path(payment): Path<PaymentId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let slip = own(&app, &clerk, payment).await?;
    match asked.part {
        Some(_) => render("receipt.html", view(&slip)),
        None => page(&app, &clerk.visitor, "/counter/today", "receipt_page.html", view(&slip)),
    }
}

/// A payment of the clerk's outlet; one of another is as good as none.
pub(super) async fn own(
    app: &App,
    clerk: &Clerk,
    payment: PaymentId,
) -> Result<PaymentSlip, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let slip = counter::receipt_view(&mut connection, payment).await?;
    let shown = counter::shown(&mut connection, &clerk.visitor.reach).await?;
    let is_own = |slip: &PaymentSlip| slip.outlet == clerk.outlet && slip.is_within(shown.own());
    slip.filter(is_own).ok_or(WebError::NotFound)
}

/// What a payment and its papers show.
pub(in crate::web) fn view(slip: &PaymentSlip) -> Value {
    let heading = match (slip.is_reversal, slip.reversed_by) {
        (true, _) => "已冲正",
        (false, Some(_)) => "收款（其后已冲正）",
        (false, None) => "收款完成",
    };
    let due: Money = slip.lines.iter().map(|line| line.amount + line.late_fee).sum();
    let slips: Vec<_> = slip.receipts.iter().map(|receipt| paper(receipt, slip)).collect();
    context! {
        heading,
        payer => &slip.payer_name,
        former => slip.former_payers.join("、"),
        account_no => &slip.account_no,
        outlet => &slip.outlet_name,
        cashier => slip.cashier_name.as_deref(),
        day => slip.account_date.to_string(),
        posted_at => moment(slip.posted_at),
        refund => slip.is_reversal.then(|| (-slip.net).grouped()),
        due => due.grouped(),
        received => slip.received.grouped(),
        change => slip.change_given.grouped(),
        prepaid => slip.prepaid.grouped(),
        // Out of the purse, or back into it.
        purse => (slip.prepaid_used != Money::ZERO).then(|| if slip.is_reversal { -slip.prepaid_used } else { slip.prepaid_used }.grouped()),
        method => slip.method.label(),
        ways => ways(&slip.sources, slip.is_reversal),
        reason => slip.reason.as_deref(),
        slips,
    }
}

fn paper(receipt: &IssuedReceipt, slip: &PaymentSlip) -> Value {
    let mut lines: Vec<_> = receipt.lines.iter().map(fee_line).collect();
    if receipt.receipt_type == ReceiptType::Prepaid {
        let amount = receipt.amount.grouped();
        lines.push(context! { fee => "预存款（用于抵扣以后的账单）", period => "", amount, late_fee => "" });
    }
    context! {
        title => receipt.receipt_type.label(),
        red => receipt.is_red,
        payer => receipt.former_payer.as_ref().unwrap_or(&slip.payer_name),
        code => &receipt.code,
        takes_back => receipt.takes_back.as_deref(),
        no => &receipt.no,
        capitals => &receipt.in_capitals,
        amount => receipt.amount.grouped(),
        lines,
    }
}
