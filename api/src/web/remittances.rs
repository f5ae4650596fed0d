//! 上缴: what each town collected and has still to pass on, what was passed on, and what was typed wrongly.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Query;
use engine::access::Action;
use engine::remittance::{
    self, Recorded, Remit, RemitError, ReverseError, ReverseRemittance, Unremitted,
};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{BillPeriod, FeeItem, Money, OrganisationId, TownId};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::Reason;

/// Where the page is.
const HERE: &str = "/remittances";
/// Entries that the list shows, the newest first.
const SHOWN: i64 = 60;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadRemittances, list)
        .act("/remittances/record", Action::Remit, record)
        .act("/remittances/{id}/reverse", Action::ReverseRemittance, reverse)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Up to the end of this month; the last one that is over, unless said.
    month: Option<BillPeriod>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemitBody {
    town: TownId,
    owner: OrganisationId,
    fee_item: FeeItem,
    month: BillPeriod,
    amount: Money,
    voucher_no: String,
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let now = BillPeriod::of(app.0.clock.today());
    let month = asked.month.unwrap_or_else(|| now.previous());
    if month > now {
        return Err(RemitError::InTheFuture.into());
    }
    let mut connection = app.0.pool.acquire().await?;
    let books = remittance::unremitted(&mut connection, month).await?;
    let recorded = remittance::recorded(&mut connection, &visitor.reach, SHOWN).await?;
    let books: Vec<_> = books.iter().filter(|b| sees(&visitor, b.town)).collect();
    let values = context! {
        month => month.to_string(),
        books => books.iter().map(|b| left(b)).collect::<Vec<_>>(),
        totals => totals(&books),
        recorded => recorded.iter().map(|r| line(r, &visitor)).collect::<Vec<_>>(),
        may_record => visitor.rights.may(Action::Remit),
    };
    page(&app, &visitor, HERE, "remittances.html", values)
}

async fn record(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<RemitBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    if !sees(&visitor, body.town) {
        return Err(WebError::NotFound);
    }
    let order = Remit {
        town: body.town,
        owner: body.owner,
        fee_item: body.fee_item,
        pay_period: body.month,
        amount: body.amount,
        voucher_no: body.voucher_no.trim().to_owned(),
    };
    remittance::record(&app.0.pool, &*app.0.clock, visitor.user, order).await?;
    Ok(Redirect::to(&format!("{HERE}?month={}", body.month)))
}

async fn reverse(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<Reason>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let town = remittance::town_of(&mut *app.0.pool.acquire().await?, id).await?;
    if !town.is_some_and(|town| sees(&visitor, town)) {
        return Err(WebError::NotFound);
    }
    let order = ReverseRemittance { id, reason: body.reason, by: visitor.user };
    remittance::reverse(&app.0.pool, &*app.0.clock, order).await?;
    Ok(Redirect::to(HERE))
}

/// Money is remitted by the town, not by the outlet.
fn sees(visitor: &Visitor, town: TownId) -> bool {
    visitor.sees(Some(town), None)
}

fn left(books: &Unremitted) -> Value {
    let left = books.collected - books.remitted;
    context! {
        town => books.town.0,
        town_name => &books.town_name,
        owner => books.owner.0,
        owner_name => &books.owner_name,
        fee => books.fee_item.label(),
        fee_item => books.fee_item.code(),
        collected => books.collected.grouped(),
        remitted => books.remitted.grouped(),
        left => left.grouped(),
        amount => (left > Money::ZERO).then(|| left.to_string()),
    }
}

/// The sums of each fee, and of all where there are several.
fn totals(books: &[&Unremitted]) -> Vec<Value> {
    let sum = |label: &str, fees: &[FeeItem]| {
        let of: Vec<_> = books.iter().filter(|b| fees.contains(&b.fee_item)).collect();
        let collected: Money = of.iter().map(|b| b.collected).sum();
        let remitted: Money = of.iter().map(|b| b.remitted).sum();
        let left = (collected - remitted).grouped();
        context! { label, collected => collected.grouped(), remitted => remitted.grouped(), left }
    };
    let there = FeeItem::ALL.iter().filter(|fee| books.iter().any(|b| b.fee_item == **fee));
    let mut totals: Vec<_> = there.map(|fee| sum(fee.label(), &[*fee])).collect();
    if totals.len() > 1 {
        totals.push(sum("全部", FeeItem::ALL));
    }
    totals
}

fn line(entry: &Recorded, visitor: &Visitor) -> Value {
    let (state, tone) = match (entry.is_reversal, entry.is_reversed) {
        (true, _) => ("冲正", "bad"),
        (false, true) => ("已冲正", "warn"),
        (false, false) => ("已上缴", "ok"),
    };
    let standing = !entry.is_reversal && !entry.is_reversed;
    let may = standing && visitor.rights.may(Action::ReverseRemittance);
    context! {
        id => entry.id,
        town_name => &entry.town_name,
        owner_name => &entry.owner_name,
        fee => entry.fee_item.label(),
        month => entry.pay_period.to_string(),
        amount => entry.amount.grouped(),
        voucher_no => &entry.voucher_no,
        day => entry.remitted_on.to_string(),
        by => &entry.recorded_by,
        reverses => entry.reverses,
        reason => entry.reason.as_deref(),
        // Whoever recorded it leaves it to a second person.
        reversible => may && entry.person != visitor.user,
        own => may && entry.person == visitor.user,
        state, tone,
    }
}

impl From<RemitError> for WebError {
    fn from(error: RemitError) -> Self {
        match error {
            RemitError::Database(cause) => cause.into(),
            RemitError::TooMuch { .. } | RemitError::VoucherUsed => {
                Self::Conflict(error.to_string())
            }
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<ReverseError> for WebError {
    fn from(error: ReverseError) -> Self {
        match error {
            ReverseError::Database(cause) => cause.into(),
            ReverseError::Unknown => Self::NotFound,
            ReverseError::NoReason => Self::Invalid(error.to_string()),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}
