//! 收费标准: what waits and what was decided, the table that submits it, and the word of the second person.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Query;
use engine::access::Action;
use engine::tariff::{self, RateError, RateKind, RateOrder};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use terms::{UserId, moment};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::file_header;

/// Where the page is.
const HERE: &str = "/rates";
/// Orders that the list shows.
const SHOWN: i64 = 100;

/// The head and a row of a table of each kind, as people paste it.
const SAMPLES: &[(RateKind, &str)] = &[
    (
        RateKind::Tariff,
        "收费项目,类别,镇街,供水单位,生效日期,失效日期,计征比例,基准人数,计费依据,无用水定额,保底,阶梯,上限,单价,每人增量,状态,文号,依据,更正标准\n\
         垃圾处理费,居民,,,2027-01-01,,1,4,立方米,0,0,1,,0.64,0,正式,东发改〔2026〕9号,文件,",
    ),
    (
        RateKind::LateFee,
        "收费项目,生效日期,宽限天数,日费率,上限倍数,状态,文号,依据\n水费,2027-01-01,15,0.005,1,正式,东发改〔2026〕9号,文件",
    ),
    (RateKind::Owner, "镇街,收费项目,生效日期,归属单位\n道滘,垃圾处理费,2027-01-01,单位全称"),
    (RateKind::Quota, "户号,账务月份,定额\n0010000001,2027-01,6000"),
];

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadRates, list)
        .page("/rates/template", Action::ReadRates, template)
        .act("/rates/submit", Action::SubmitRates, submit)
        .act("/rates/{id}/approve", Action::DecideRates, approve)
        .act("/rates/{id}/refuse", Action::DecideRates, refuse)
}

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
struct OrderBody {
    kind: String,
    table: String,
    reason: String,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    draw(&app, &visitor, &OrderBody::default(), None).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    kind: String,
}

/// The sample of a kind, to be filled in with a spreadsheet.
async fn template(Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let (kind, sample) =
        SAMPLES.iter().find(|(kind, _)| kind.code() == asked.kind).ok_or(WebError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, file_header("attachment", &format!("{}样表.csv", kind.label()))),
    ];
    // Spreadsheets know the encoding by the mark at its beginning.
    Ok((headers, format!("\u{feff}{sample}\n")).into_response())
}

async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<OrderBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    match order(&app, &visitor, &body).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(refused @ (WebError::Invalid(_) | WebError::Conflict(_))) => {
            let mut page = draw(&app, &visitor, &body, Some(refused.words())).await?;
            *page.status_mut() = refused.status();
            Ok(page)
        }
        Err(other) => Err(other),
    }
}

async fn order(app: &App, visitor: &Visitor, body: &OrderBody) -> Result<(), WebError> {
    let kind = body.kind.parse().map_err(|_| WebError::Invalid("请选择变更内容。".to_owned()))?;
    let mut connection = app.0.pool.acquire().await?;
    let rows = tariff::read_rows(&mut connection, kind, body.table.trim_start()).await?;
    drop(connection);
    let by = visitor.user;
    tariff::submit_rates(&app.0.pool, &*app.0.clock, by, rows, &body.reason).await?;
    Ok(())
}

async fn approve(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    decide(&app, &visitor, id, true).await
}

async fn refuse(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    decide(&app, &visitor, id, false).await
}

async fn decide(
    app: &App,
    visitor: &Visitor,
    order: i64,
    approve: bool,
) -> Result<Redirect, WebError> {
    tariff::decide_rates(&app.0.pool, &*app.0.clock, visitor.user, order, approve).await?;
    Ok(Redirect::to(HERE))
}

async fn draw(
    app: &App,
    visitor: &Visitor,
    typed: &OrderBody,
    message: Option<String>,
) -> Result<Response, WebError> {
    let orders =
        tariff::rate_orders(&mut *app.0.pool.acquire().await?, &visitor.reach, SHOWN).await?;
    let (waiting, decided): (Vec<_>, Vec<_>) =
        orders.iter().partition(|order| order.approved.is_none());
    let rows = |orders: Vec<&RateOrder>| -> Vec<Value> {
        orders.into_iter().map(|order| row(order, visitor.user)).collect()
    };
    let samples = SAMPLES.iter().map(|(kind, sample)| {
        context! { code => kind.code(), label => kind.label(), sample => *sample }
    });
    let values = context! {
        waiting => rows(waiting),
        decided => rows(decided),
        samples => samples.collect::<Vec<_>>(),
        typed => Value::from(Serde(typed)),
        message,
        may_submit => visitor.rights.may(Action::SubmitRates),
        may_decide => visitor.rights.may(Action::DecideRates),
    };
    Ok(page(app, visitor, HERE, "rates.html", values)?.into_response())
}

fn row(order: &RateOrder, me: UserId) -> Value {
    let (state, tone) = match order.approved {
        None => ("待审批", "warn"),
        Some(true) => ("已批准", "ok"),
        Some(false) => ("已退回", "bad"),
    };
    let rows: Vec<String> = order.rows.iter().map(ToString::to_string).collect();
    context! {
        id => order.id,
        kind => order.kind.label(),
        more => order.count - i64::try_from(rows.len()).expect("few rows are shown"),
        rows,
        reason => &order.reason,
        by => &order.submitter,
        at => moment(order.recorded_at),
        decided_by => order.decided_by.as_deref(),
        own => order.submitted_by == me,
        state, tone,
    }
}

impl From<RateError> for WebError {
    fn from(error: RateError) -> Self {
        use RateError as E;
        match error {
            E::UnknownOrder(_) => Self::NotFound,
            E::Database(cause) => cause.into(),
            E::Busy => Self::busy(error.to_string(), &error),
            E::Decided | E::SamePerson | E::Billed(_) => Self::Conflict(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}
