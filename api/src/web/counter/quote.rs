//! What an account owes today.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum_extra::extract::Query;
use chrono::NaiveDate;
use engine::channels::{self, Held};
use engine::counter::{self, Apart, Payer, Quote, QuotedCharge, QuotedFee, QuotedLine};
use engine::register::UseClass;
use serde::{Deserialize, Serialize};
use terms::{AccountId, BillPeriod, ChargeId, FeeItem, Money, PayMethod, shanghai};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    account: AccountId,
    /// A fee that is to be taken apart.
    only: Option<FeeItem>,
}

#[derive(Serialize)]
pub(super) struct QuoteView {
    payer: PayerView,
    day: NaiveDate,
    charges: Vec<ChargeView>,
    late_fee: Money,
    total: Money,
    /// Null where not all fees are seen, for which it is.
    prepaid: Option<Money>,
    /// What is to be known of the bills, a sentence each: a channel holds some, or they are of somebody else.
    notes: Vec<String>,
    /// Fees that may be taken apart here.
    apart: Vec<ApartView>,
    /// Set where only these are quoted.
    fees: Vec<FeeItem>,
    /// True where this outlet serves the account, and takes its bills whole.
    is_ours: bool,
}

#[derive(Serialize)]
struct ApartView {
    code: FeeItem,
    label: &'static str,
}

#[derive(Serialize)]
struct PayerView {
    account: AccountId,
    no: String,
    payer_name: String,
    phone: Option<String>,
    address: String,
    town: String,
    use_class: String,
    pay_method: String,
    open: bool,
}

#[derive(Serialize)]
struct ChargeView {
    id: ChargeId,
    /// Whose it is, where another pays for the account now.
    former_payer: Option<String>,
    period: BillPeriod,
    due_date: NaiveDate,
    /// Null where water is not seen.
    volume: Option<String>,
    fees: Vec<QuotedFee>,
    late_fee: Money,
    total: Money,
    /// Days since the day it was due; 0 until then.
    overdue: i64,
    /// How each fee came about, for a payer who asks.
    steps: Vec<String>,
    /// What this charge and all older ones of its payer come to, in capitals.
    in_capitals: String,
}

pub(super) async fn read(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Json<QuoteView>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let today = app.0.clock.today();
    let quote = counter::quote(&mut connection, asked.account, today).await?;
    let quote = quote.ok_or_else(|| WebError::Invalid("没有这个用户，请重新查询。".to_owned()))?;
    let apart = counter::apart(&mut connection, clerk.outlet).await?;
    let serves = (quote.payer.outlet, quote.payer.town);
    let asked_fees: Vec<FeeItem> = asked.only.into_iter().collect();
    let fees = apart.fees_of(serves, &asked_fees)?.unwrap_or_default();
    let is_ours = apart.takes_whole(quote.payer.outlet);
    let shown = apart.shown(&clerk.visitor.reach);
    let seen: Vec<FeeItem> = shown.of(quote.payer.outlet).iter().copied().collect();
    let quote = quote.only(&seen);
    let held = channels::held(&mut connection, asked.account, app.0.clock.now()).await?;
    let mut notes: Vec<_> = held.iter().filter_map(|held| sentence(held, &quote)).collect();
    let quote = if fees.is_empty() { quote } else { quote.only(&fees) };
    notes.extend(former(&quote));
    Ok(Json(QuoteView { notes, fees, is_ours, ..QuoteView::of(quote, &apart, &seen) }))
}

impl QuoteView {
    fn of(quote: Quote, apart: &Apart, seen: &[FeeItem]) -> Self {
        let mut sums: HashMap<_, Money> = HashMap::new();
        let view = |charge: QuotedCharge| {
            let payer = charge.former_payer.as_ref().map(|payer| payer.id);
            let sum = sums.entry(payer).or_default();
            *sum += charge.total;
            ChargeView::on(charge, quote.day, *sum, seen)
        };
        let charges = quote.charges.into_iter().map(view).collect();
        Self {
            payer: quote.payer.into(),
            day: quote.day,
            charges,
            late_fee: quote.late_fee,
            total: quote.total,
            prepaid: (seen.len() == FeeItem::ALL.len()).then_some(quote.prepaid),
            notes: Vec::new(),
            apart: apart
                .fees
                .iter()
                .map(|fee| ApartView { code: *fee, label: fee.label() })
                .collect(),
            fees: Vec::new(),
            is_ours: true,
        }
    }
}

/// Who holds a bill that is seen, and until when.
fn sentence(held: &Held, quote: &Quote) -> Option<String> {
    let month = quote.charges.iter().find(|charge| charge.id == held.charge)?.period;
    let until = held.ends_at.with_timezone(&shanghai()).format("%m-%d %H:%M");
    let Held { channel, reference, .. } = held;
    Some(format!("{month} 账单已由{channel}（{reference}）锁定至 {until}，期间不能在柜台收款"))
}

/// Which bills are not of who pays for the account now.
fn former(quote: &Quote) -> Option<String> {
    let theirs = quote.charges.iter().filter_map(|charge| {
        Some(format!("{} 账单属于原缴费人{}", charge.period, charge.former_payer.as_ref()?.name))
    });
    let theirs: Vec<_> = theirs.collect();
    let now = &quote.payer.payer_name;
    (!theirs.is_empty()).then(|| {
        format!(
            "{}，不是现缴费人{now}的，未选入合计；来缴的请另选，票据按缴费人分别开具，{now}的预存不抵扣",
            theirs.join("、")
        )
    })
}

impl ChargeView {
    fn on(charge: QuotedCharge, day: NaiveDate, with_older: Money, seen: &[FeeItem]) -> Self {
        Self {
            steps: charge.fees.iter().map(|fee| steps(fee, &charge.lines)).collect(),
            in_capitals: with_older.in_capitals(),
            id: charge.id,
            period: charge.period,
            due_date: charge.due_date,
            volume: seen.contains(&FeeItem::Water).then(|| charge.volume.to_string()),
            former_payer: charge.former_payer.map(|payer| payer.name),
            fees: charge.fees,
            late_fee: charge.late_fee,
            total: charge.total,
            overdue: (day - charge.due_date).num_days().max(0),
        }
    }
}

/// A fee as quantity times price, tier by tier: `水费 22 × 1.72 + 8 × 2.58 = 58.48`.
fn steps(fee: &QuotedFee, lines: &[QuotedLine]) -> String {
    let part = |line: &QuotedLine| {
        let mut price = line.unit_price.yuan().normalize();
        price.rescale(price.scale().max(2));
        format!("{} × {price}", line.quantity)
    };
    let parts: Vec<String> =
        lines.iter().filter(|line| line.fee_item == fee.fee_item).map(part).collect();
    format!("{} {} = {}", fee.fee_item.label(), parts.join(" + "), fee.amount)
}

impl From<Payer> for PayerView {
    fn from(payer: Payer) -> Self {
        let use_class =
            payer.use_class.parse::<UseClass>().map_or(payer.use_class, |c| c.label().to_owned());
        let pay_method = payer
            .pay_method
            .parse::<PayMethod>()
            .map_or(payer.pay_method, |m| m.label().to_owned());
        Self {
            account: payer.account,
            no: payer.no,
            payer_name: payer.payer_name,
            phone: payer.phone,
            address: payer.address,
            town: payer.town_name,
            use_class,
            pay_method,
            open: payer.status == "open",
        }
    }
}
