//! 交款单: what a cashier hands in at the end of a day, notes and coins, card slips and cheques one by one.

use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Query;
use engine::closing::{self, Count, DayClose, PaperRange, Slip};
use minijinja::{Value, context};
use terms::{Money, PayMethod, moment};

use super::day::{Asked, elsewhere};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page as framed;
use crate::web::visitor::Clerk;

pub(super) async fn page(
    State(app): State<App>,
    clerk: Clerk,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let of = asked.of(&app, &clerk);
    let mut connection = app.0.pool.acquire().await?;
    let close = closing::preview(&mut connection, of).await?;
    let place = elsewhere(&mut connection, &clerk, of.outlet).await?;
    drop(connection);
    let total = &close.sheet.total;
    let handed = total.cash + total.pos + total.cheque;
    let values = context! {
        day => of.day.to_string(),
        place => place.unwrap_or_else(|| clerk.visitor.place.clone()),
        login => &clerk.visitor.reader.login,
        closed => close.closed_at.map(moment),
        cash => cash(&close),
        kinds => slips(&close),
        free => free(&close),
        papers => papers(&close),
        payments => total.payments,
        reversals => total.reversals,
        handed => handed.grouped(),
        in_capitals => handed.in_capitals(),
    };
    framed(&app, &clerk.visitor, "/counter/today", "handover.html", values)
}

/// What is due, what was counted, and by how much they differ.
pub(super) fn cash(close: &DayClose) -> Value {
    let due = close.sheet.total.cash;
    context! {
        due => due.grouped(),
        is_due => due > Money::ZERO,
        ..close.count.as_ref().map(counted).unwrap_or_default()
    }
}

/// What was counted, and by how much and why it is not what was due.
pub(in crate::web) fn counted(count: &Count) -> Value {
    let short = count.counted - count.due;
    context! {
        due => count.due.grouped(),
        counted => count.counted.grouped(),
        difference => short.grouped(),
        reason => count.reason.as_ref().map(ToString::to_string),
        differs => short != Money::ZERO,
    }
}

/// Card slips and cheques.
pub(super) fn by_kind(close: &DayClose) -> [(PayMethod, Vec<&Slip>); 2] {
    let of = |method| close.slips.iter().filter(|slip| slip.method == method).collect();
    [PayMethod::Pos, PayMethod::Cheque].map(|method| (method, of(method)))
}

/// What became of the paper, range by range, and what is left in hand.
pub(super) fn papers(close: &DayClose) -> Vec<Value> {
    let all = close.sheet.papers.iter().chain(&close.left);
    let line = |range: &PaperRange| {
        context! {
            label => range.receipt_type.label(),
            fate => range.fate.label(),
            code => &range.code,
            first => format!("{:08}", range.first_no),
            last => format!("{:08}", range.last_no),
            count => range.count(),
        }
    };
    all.map(line).collect()
}

/// A slip, and what is left of its paper where not all of it is booked.
fn slip(slip: &Slip) -> Value {
    let shared = slip.amount > Money::ZERO && slip.total != slip.amount;
    context! {
        kind => slip.method.label(),
        number => &slip.reference,
        amount => slip.amount.grouped(),
        total => shared.then(|| slip.total.grouped()),
        used => slip.used.grouped(),
        free => slip.free().grouped(),
    }
}

/// The slips of whose paper something is left, and how much that is of all; none where there are none.
pub(super) fn free(close: &DayClose) -> Option<Value> {
    let slips: Vec<_> = close.slips.iter().filter(|s| s.free() != Money::ZERO).map(slip).collect();
    let sum = close.free();
    (!slips.is_empty()).then(|| context! { slips, sum => sum.grouped(), plain => sum.to_string() })
}

/// Each kind with its number of slips and its sum.
fn slips(close: &DayClose) -> Vec<Value> {
    let kind = |(method, slips): (PayMethod, Vec<&Slip>)| {
        let sum: Money = slips.iter().map(|slip| slip.amount).sum();
        context! {
            label => method.label(),
            count => slips.len(),
            sum => sum.grouped(),
            slips => slips.into_iter().map(slip).collect::<Vec<_>>(),
        }
    };
    by_kind(close).map(kind).to_vec()
}
