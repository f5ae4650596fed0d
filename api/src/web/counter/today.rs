//! The cashier's day: payments, sums, paper left.

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Query;
use chrono::{Days, NaiveDate};
use engine::closing::{self, DayClose, DayOf};
use engine::counter::{self, CollectError, PaymentSummary, Request, RequestState};
use engine::receipts::{self, Stock};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use sqlx::PgConnection;
use terms::{Money, PaymentId, ReceiptType, clock_time};

use super::day::{Asked, elsewhere};
use super::handover;
use crate::web::App;
use crate::web::approvals::tone;
use crate::web::error::WebError;
use crate::web::pages::page as framed;
use crate::web::visitor::Clerk;
use crate::web::words::{fact, ways};

/// What the counter page shows of the day.
#[derive(Serialize)]
pub(super) struct TodayView {
    count: i32,
    reversals: i32,
    net: String,
    /// What stands against taking money, or should be done before.
    standing: Vec<StandingView>,
    last: Option<PaymentView>,
    stock: Vec<StockView>,
}

#[derive(Serialize)]
struct StandingView {
    text: String,
    /// True where no money is taken at all.
    stops: bool,
    /// Where something can be done about it.
    at: Option<String>,
}

#[derive(Serialize)]
struct PaymentView {
    payment: PaymentId,
    time: String,
    payer_name: String,
    net: String,
}

#[derive(Serialize)]
struct StockView {
    receipt_type: ReceiptType,
    label: &'static str,
    code: String,
    next: String,
    left: i64,
}

/// All that both forms of the day are made of.
struct Day {
    day: NaiveDate,
    payments: Vec<PaymentSummary>,
    /// What the cashier asked to take back, the newest first.
    requests: Vec<Request>,
    stock: Vec<Stock>,
    close: DayClose,
    /// The earliest day before it that has something and is open, wherever.
    forgotten: Option<DayOf>,
    /// Today's sheet at another outlet, where the clerk sat there too and has not closed it.
    other: Option<DayOf>,
}

impl Day {
    async fn of(connection: &mut PgConnection, of: DayOf) -> Result<Self, WebError> {
        let DayOf { cashier, day, .. } = of;
        let payments = counter::recent(connection, (cashier, of.outlet), day).await?;
        let requests = counter::requests_by(connection, cashier, day).await?;
        let stock = receipts::stock(connection, cashier, of.outlet).await?;
        let close = closing::preview(connection, of).await?;
        let open = closing::forgotten_days(connection, cashier, day + Days::new(1)).await?;
        let forgotten = open.iter().find(|open| open.day < day).copied();
        let other = open.into_iter().find(|open| open.day == day && open.outlet != of.outlet);
        Ok(Self { day, payments, requests, stock, close, forgotten, other })
    }
}

pub(super) async fn read(
    State(app): State<App>,
    clerk: Clerk,
) -> Result<Json<TodayView>, WebError> {
    let (cashier, today) = (clerk.visitor.user, app.0.clock.today());
    let mut connection = app.0.pool.acquire().await?;
    let of = DayOf { cashier, outlet: clerk.outlet, day: today };
    let close = closing::preview(&mut connection, of).await?;
    let last = counter::latest(&mut connection, (cashier, of.outlet), today).await?;
    let stock = receipts::stock(&mut connection, cashier, of.outlet).await?;
    let forgotten = closing::forgotten_days(&mut connection, cashier, today).await?;
    let forgotten = forgotten.first().map(|of| {
        let text = format!("{} 的收款尚未日结，请先日结该日再收款", of.day);
        StandingView { text, stops: false, at: Some(address(*of)) }
    });
    let closed = close.closed_at.map(|_| StandingView {
        text: CollectError::DayClosed.to_string(),
        stops: true,
        at: None,
    });
    let total = &close.sheet.total;
    Ok(Json(TodayView {
        count: total.payments,
        reversals: total.reversals,
        net: total.net.grouped(),
        standing: closed.into_iter().chain(forgotten).collect(),
        last: last.map(PaymentView::from),
        stock: stock.iter().map(StockView::from).collect(),
    }))
}

pub(super) async fn page(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let today = app.0.clock.today();
    let of = asked.of(&app, &clerk);
    if of.day > today {
        return Err(WebError::NotFound);
    }
    let mut connection = app.0.pool.acquire().await?;
    let day = Day::of(&mut connection, of).await?;
    let place = elsewhere(&mut connection, &clerk, of.outlet).await?;
    drop(connection);
    // A payment of an earlier day is taken back on today's books, from its receipt.
    let open = of.day == today && place.is_none() && day.close.closed_at.is_none();
    let request_of = |payment: &PaymentSummary| {
        day.requests.iter().find(|request| request.payment == payment.payment)
    };
    let payments: Vec<_> =
        day.payments.iter().map(|payment| line(payment, request_of(payment), open)).collect();
    let stock: Vec<_> = day.stock.iter().map(|s| Value::from(Serde(StockView::from(s)))).collect();
    let values = context! {
        day => day.day.to_string(),
        is_today => day.day == today,
        today => today.to_string(),
        outlet => of.outlet.0,
        forgotten => day.forgotten.map(sheet),
        other => day.other.map(sheet),
        place,
        payments, stock,
        close => close(&day.close),
    };
    framed(&app, &clerk.visitor, "/counter/today", "today.html", values)
}

fn sheet(of: DayOf) -> Value {
    context! { day => of.day.to_string(), at => address(of) }
}

/// Where a sheet is shown.
fn address(DayOf { outlet, day, .. }: DayOf) -> String {
    format!("/counter/today?day={day}&outlet={outlet}")
}

fn line(payment: &PaymentSummary, request: Option<&Request>, open: bool) -> Value {
    let (state, tone) = match (payment.is_reversal, payment.reversed, request) {
        (true, ..) => ("冲正", "bad"),
        (false, true, _) => ("已冲正", "warn"),
        (false, false, None) => ("", ""),
        (false, false, Some(asked)) => (asked.state().label(), tone(asked.state())),
    };
    let may_go = open && !payment.is_reversal && !payment.reversed;
    let asked = request.map(Request::state);
    context! {
        id => payment.payment.0,
        time => clock_time(payment.posted_at),
        account_no => &payment.account_no,
        payer => &payment.payer_name,
        method => payment.method.label(),
        ways => ways(&payment.sources, false),
        net => payment.net.grouped(),
        late_fee => payment.late_fee.grouped(),
        purse => (payment.prepaid_used != Money::ZERO).then(|| payment.prepaid_used.grouped()),
        receipts => payment.receipts.join("、"),
        negative => payment.net.is_negative(),
        void => payment.reversed,
        // What the cashier can do now: ask, wait, or take it back.
        askable => may_go && matches!(asked, None | Some(RequestState::Refused)),
        waiting => may_go && asked == Some(RequestState::Waiting),
        reversible => may_go && asked == Some(RequestState::Approved),
        reason => request.map(|request| &request.reason),
        answer => request.and_then(|request| request.answer.as_ref()?.reason.as_deref()),
        state, tone,
    }
}

fn close(close: &DayClose) -> Value {
    let total = &close.sheet.total;
    let amount = |label: &str, amount: Money| fact(label, amount.grouped());
    let sums = vec![
        fact("笔数", total.payments.to_string()),
        fact("冲正", total.reversals.to_string()),
        amount("水费", total.water),
        amount("污水处理费", total.sewage),
        amount("垃圾处理费", total.garbage),
        amount("累计加价", total.overquota),
        amount("滞纳金", total.late_fee),
        amount("转入预存", total.prepaid_in),
        amount("预存抵扣", -total.prepaid_used),
        amount("合计", total.net),
        amount("应交现金", total.cash),
        amount("刷卡", total.pos),
        amount("支票", total.cheque),
    ];
    let count = |slips: usize| format!("{slips} 张");
    let kinds = handover::by_kind(close)
        .map(|(method, slips)| fact(&format!("{}凭证", method.label()), count(slips.len())));
    let sums = sums.into_iter().chain(kinds).collect::<Vec<_>>();
    context! { sums, digest => &close.sheet.digest, closed => close.closed_at.map(clock_time), cash => handover::cash(close), free => handover::free(close), papers => handover::papers(close) }
}

impl From<PaymentSummary> for PaymentView {
    fn from(payment: PaymentSummary) -> Self {
        Self {
            payment: payment.payment,
            time: clock_time(payment.posted_at),
            payer_name: payment.payer_name,
            net: payment.net.grouped(),
        }
    }
}

impl From<&Stock> for StockView {
    fn from(stock: &Stock) -> Self {
        let Stock { receipt_type, code, next, remaining: left, .. } = stock;
        let next = format!("{code} {next}");
        Self {
            receipt_type: *receipt_type,
            label: receipt_type.label(),
            code: code.clone(),
            next,
            left: *left,
        }
    }
}
