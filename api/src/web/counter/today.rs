//! The cashier's day: payments, sums, paper left.

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Query;
use chrono::NaiveDate;
use engine::closing::{self, DayClose};
use engine::counter::{self, PaymentSummary};
use engine::receipts::{self, Stock};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use terms::{Money, PayMethod, PaymentId};

use super::handover;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page as framed;
use crate::web::visitor::Clerk;
use crate::web::words::{clock_time, fact};

/// What the counter page shows of the day.
#[derive(Serialize)]
pub(super) struct TodayView {
    count: usize,
    reversals: usize,
    net: String,
    closed: bool,
    payments: Vec<PaymentView>,
    stock: Vec<StockView>,
}

#[derive(Serialize)]
struct PaymentView {
    payment: PaymentId,
    time: String,
    payer_name: String,
    net: String,
    reversed: bool,
    is_reversal: bool,
}

#[derive(Serialize)]
struct StockView {
    label: &'static str,
    next: String,
    left: i64,
}

/// All that both forms of the day are made of.
struct Day {
    day: NaiveDate,
    payments: Vec<PaymentSummary>,
    stock: Vec<Stock>,
    close: DayClose,
    /// The earliest day before it that has payments and is open.
    forgotten: Option<NaiveDate>,
}

/// Which day; today unless said.
#[derive(Deserialize)]
pub(super) struct Asked {
    pub(super) day: Option<NaiveDate>,
}

impl Day {
    async fn of(app: &App, clerk: &Clerk, day: NaiveDate) -> Result<Self, WebError> {
        let mut conn = app.0.pool.acquire().await?;
        let cashier = clerk.visitor.user;
        let payments = counter::recent(&mut conn, cashier, day).await?;
        let stock = receipts::stock(&mut conn, cashier).await?;
        let close = closing::preview(&mut conn, cashier, day).await?;
        let forgotten = closing::forgotten_days(&mut conn, cashier, day).await?.into_iter().next();
        Ok(Self { day, payments, stock, close, forgotten })
    }

    fn net(&self) -> Money {
        self.payments.iter().map(|payment| payment.net).sum()
    }
}

pub(super) async fn read(
    State(app): State<App>,
    clerk: Clerk,
) -> Result<Json<TodayView>, WebError> {
    let day = Day::of(&app, &clerk, app.0.clock.today()).await?;
    let reversals = day.payments.iter().filter(|payment| payment.is_reversal).count();
    Ok(Json(TodayView {
        count: day.payments.len() - reversals,
        reversals,
        net: day.net().grouped(),
        closed: day.close.closed_at.is_some(),
        payments: day.payments.into_iter().map(PaymentView::from).collect(),
        stock: day.stock.iter().map(StockView::from).collect(),
    }))
}

pub(super) async fn page(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let today = app.0.clock.today();
    let asked = asked.day.unwrap_or(today);
    if asked > today {
        return Err(WebError::NotFound);
    }
    let day = Day::of(&app, &clerk, asked).await?;
    // A payment of an earlier day is taken back on today's books, from its receipt.
    let open = asked == today && day.close.closed_at.is_none();
    let payments: Vec<_> = day.payments.iter().map(|payment| line(payment, open)).collect();
    let stock: Vec<_> = day.stock.iter().map(|s| Value::from(Serde(StockView::from(s)))).collect();
    let values = context! {
        day => day.day.to_string(),
        is_today => day.day == today,
        forgotten => day.forgotten.map(|day| day.to_string()),
        payments, stock,
        close => close(&day.close),
    };
    framed(&app, &clerk.visitor, "/counter/today", "today.html", values)
}

fn line(payment: &PaymentSummary, open: bool) -> Value {
    let (state, tone) = match (payment.is_reversal, payment.reversed) {
        (true, _) => ("冲正", "bad"),
        (false, true) => ("已冲正", "warn"),
        (false, false) => ("", ""),
    };
    context! {
        id => payment.payment.0,
        time => clock_time(payment.posted_at),
        account_no => &payment.account_no,
        payer => &payment.payer_name,
        method => payment.method.label(),
        net => payment.net.grouped(),
        late_fee => payment.late_fee.grouped(),
        purse => (payment.prepaid_used != Money::ZERO).then(|| payment.prepaid_used.grouped()),
        receipts => payment.receipts.join("、"),
        negative => payment.net.is_negative(),
        void => payment.reversed,
        reversible => open && !payment.is_reversal && !payment.reversed,
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
    let kinds: Vec<_> = [PayMethod::Pos, PayMethod::Cheque]
        .into_iter()
        .map(|method| {
            let slips = close.slips.iter().filter(|slip| slip.method == method).count();
            fact(&format!("{}凭证", method.label()), count(slips))
        })
        .collect();
    let sums = sums.into_iter().chain(kinds).collect::<Vec<_>>();
    context! { sums, digest => &close.sheet.digest, closed => close.closed_at.map(clock_time), cash => handover::cash(close) }
}

impl From<PaymentSummary> for PaymentView {
    fn from(payment: PaymentSummary) -> Self {
        Self {
            payment: payment.payment,
            time: clock_time(payment.posted_at),
            payer_name: payment.payer_name,
            net: payment.net.grouped(),
            reversed: payment.reversed,
            is_reversal: payment.is_reversal,
        }
    }
}

impl From<&Stock> for StockView {
    fn from(stock: &Stock) -> Self {
        let next = format!("{} {}", stock.code, stock.next);
        Self { label: stock.receipt_type.label(), next, left: stock.remaining }
    }
}
