//! One account: what it is, what it was, and the forms that change it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::access::Action;
use engine::counter;
use engine::register::{
    AccountFile, Arrears, GarbageClass, Said, SewageClass, Standing, UseClass, account_history,
    arrears, corrections,
};
use minijinja::{Value, context};
use terms::{AccountId, BillPeriod, FeeItem, moment};

use super::{HERE, seen, versions};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;
use crate::web::words::fact;

/// Versions that the page shows, the newest first.
const SHOWN: i64 = 60;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    draw(&app, &visitor, id, None).await
}

/// An account that the visitor may see.
pub(super) async fn file_of(
    app: &App,
    visitor: &Visitor,
    id: i64,
) -> Result<AccountFile, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    seen(&mut connection, visitor, AccountId(id)).await?.ok_or(WebError::NotFound)
}

/// What was typed into a form that was refused, and why.
struct Refused {
    form: &'static str,
    typed: Value,
    message: String,
}

/// Back to the account, or the page again with what is wrong.
pub(super) async fn answer(
    app: &App,
    visitor: &Visitor,
    id: i64,
    (form, typed): (&'static str, Value),
    done: Result<(), WebError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}/{id}")).into_response()),
        Err(refused @ (WebError::Invalid(_) | WebError::Conflict(_))) => {
            let again = Refused { form, typed, message: refused.words() };
            let mut page = draw(app, visitor, id, Some(again)).await?;
            *page.status_mut() = refused.status();
            Ok(page)
        }
        Err(other) => Err(other),
    }
}

async fn draw(
    app: &App,
    visitor: &Visitor,
    id: i64,
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let file = file_of(app, visitor, id).await?;
    let mut connection = app.0.pool.acquire().await?;
    let no = &file.card.no;
    let changes = account_history(&mut connection, no, SHOWN).await?;
    let said = corrections(&mut connection, no, SHOWN).await?;
    let shown = counter::shown(&mut connection, &visitor.reach).await?;
    let owed = arrears(&mut connection, std::slice::from_ref(&file.card), &shown).await?;
    let owed = owed.get(&file.card.id).copied().unwrap_or_default();
    // Who does not see water sees no meter.
    let sees_water = shown.of(file.card.outlet).contains(&FeeItem::Water);
    drop(connection);
    let today = app.0.clock.today();
    let may = |act| visitor.rights.may(act);
    let (form, typed, message) = match refused {
        None => ("", context! {}, None),
        Some(Refused { form, typed, message }) => (form, typed, Some(message)),
    };
    let values = context! {
        id, no, form, typed, message,
        name => &file.card.payer_name,
        phone => file.card.phone.as_deref().unwrap_or_default(),
        address => &file.card.address,
        open => file.card.open,
        facts => facts(&file, owed),
        charged => charged(&file),
        sees_water,
        meters => if sees_water { meters(&file) } else { Vec::new() },
        use_classes => UseClass::ALL.iter().map(|of| (of.code(), of.label())).collect::<Vec<_>>(),
        sewage_classes => SewageClass::ALL.iter().map(|of| (of.code(), of.label())).collect::<Vec<_>>(),
        garbage_classes => GarbageClass::ALL.iter().map(|of| (of.code(), of.label())).collect::<Vec<_>>(),
        this_month => BillPeriod::of(today).first_day().to_string(),
        today => today.to_string(),
        changes => versions::history(&changes, today),
        said => said.iter().map(line).collect::<Vec<_>>(),
        may_change => may(Action::ChangeAccount),
        may_payer => may(Action::CorrectPayer),
        may_point => may(Action::CorrectPoint),
        may_meter => may(Action::CorrectMeter),
    };
    Ok(page(app, visitor, HERE, "account.html", values)?.into_response())
}

fn facts(file: &AccountFile, owed: Arrears) -> Vec<Value> {
    let card = &file.card;
    let others = match file.accounts_of_payer {
        1 => "1 户".to_owned(),
        more => format!("{more} 户（更正户名、电话时一并更正）"),
    };
    vec![
        fact("户号", &card.no),
        fact("户名", &card.payer_name),
        fact("电话", card.phone.as_deref().unwrap_or("未登记")),
        fact("证件号码", if file.has_document { "已登记" } else { "未登记" }),
        fact("该缴费人名下", others),
        fact("用水地址", &card.address),
        fact("用水点", file.point.label()),
        fact("镇街、网点", format!("{} · {}", card.town_name, card.outlet_name)),
        fact("表册", format!("{} 第 {} 位", card.book_code, card.book_seq)),
        fact("开户日期", file.opened_on.to_string()),
        fact("欠费", format!("{} 元", owed.amount.grouped())),
    ]
}

fn charged(file: &AccountFile) -> Vec<Value> {
    let mut facts: Vec<_> = versions::words(&file.state, Some("未登记"))
        .into_iter()
        .map(|(label, is)| fact(label, is))
        .collect();
    facts.push(fact("供水单位", &file.supplier_name));
    facts
}

fn meters(file: &AccountFile) -> Vec<Value> {
    let meters = file.meters.iter().map(|meter| {
        context! {
            serial_no => &meter.serial_no,
            caliber_mm => meter.caliber_mm,
            max_range => meter.max_range.to_string(),
            start_index => meter.start_index.to_string(),
            installed_on => meter.installed_on.to_string(),
            installed_by => meter.installed_by.as_deref(),
            recorded_at => moment(meter.recorded_at),
            removed_on => meter.removed_on.map(|day| day.to_string()),
            removed_by => meter.removed_by.as_deref(),
        }
    });
    meters.collect()
}

fn line(said: &Said) -> Value {
    let tone = match said.standing {
        Standing::First => "",
        Standing::Waits => "warn",
        Standing::Holds => "ok",
        Standing::Refused => "bad",
    };
    context! {
        of => said.of.label(),
        words => &said.words,
        valid_from => said.valid_from.to_string(),
        reason => said.reason.as_deref(),
        by => said.submitted_by.as_deref(),
        at => moment(said.recorded_at),
        decided_by => said.decided_by.as_deref(),
        state => said.standing.label(),
        tone,
    }
}
