//! Export jobs: ordered, listed, stopped, ordered again. 导出任务

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Html;
use engine::extract::{self, Job, JobState, NewJob};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{ExportFormat, grouped, moment};
use warehouse::Person;

use super::worker;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::render;
use crate::web::visitor::Visitor;
use crate::web::words::size;

/// Jobs that the page lists.
const SHOWN: usize = 12;
/// Letters that a purpose has at most.
const PURPOSE_LETTERS: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    sql: String,
    purpose: String,
    format: ExportFormat,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    shown(&app, &visitor).await
}

pub(super) async fn order(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<OrderBody>, FormRejection>,
) -> Result<Html<String>, WebError> {
    let Form(body) = body?;
    let purpose = body.purpose.trim().to_owned();
    if purpose.is_empty() || body.sql.trim().is_empty() {
        return Err(WebError::Invalid("请写好语句并填写用途。".to_owned()));
    }
    if purpose.chars().count() > PURPOSE_LETTERS {
        return Err(WebError::Invalid(format!("“用途”过长：至多{PURPOSE_LETTERS}个字。")));
    }
    let new = NewJob { user: visitor.user, statement: body.sql, purpose, format: body.format };
    begin(&app, &visitor, new).await
}

/// A job that ended without a file, or whose file shows too much now, is ordered once more, as a new job.
pub(super) async fn retry(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Html<String>, WebError> {
    let job = own(&app, &visitor, id).await?;
    let Job { user, statement, purpose, format, .. } = job;
    begin(&app, &visitor, NewJob { user, statement, purpose, format }).await
}

pub(super) async fn cancel(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Html<String>, WebError> {
    own(&app, &visitor, id).await?;
    if extract::cancel(&app.0.pool, &*app.0.clock, id, visitor.user).await? {
        app.0.jobs.stop(id);
    }
    shown(&app, &visitor).await
}

/// A job of this visitor; another's is as good as none.
pub(super) async fn own(app: &App, visitor: &Visitor, id: i64) -> Result<Job, WebError> {
    let job = extract::get(&app.0.pool, id).await?;
    job.filter(|job| job.user == visitor.user).ok_or(WebError::NotFound)
}

/// True where the visitor may see now what the file of a job shows: what they might see when it was made may be more.
pub(super) fn still_shown(job: &Job, visitor: &Visitor) -> bool {
    let made_for = job.made_for.clone().map(serde_json::from_value::<Person>);
    made_for.is_some_and(|person| person.is_ok_and(|then| visitor.reader.sees_as(&then)))
}

async fn begin(app: &App, visitor: &Visitor, new: NewJob) -> Result<Html<String>, WebError> {
    let id = extract::queue(&app.0.pool, &*app.0.clock, new).await?;
    worker::begin(app, id);
    draw(app, visitor, true).await
}

async fn shown(app: &App, visitor: &Visitor) -> Result<Html<String>, WebError> {
    draw(app, visitor, false).await
}

/// The list; with what was `ordered` just now on it, what was refused before has been put right.
async fn draw(app: &App, visitor: &Visitor, ordered: bool) -> Result<Html<String>, WebError> {
    let jobs = extract::list(&app.0.pool, visitor.user).await?;
    let jobs: Vec<_> = jobs.iter().take(SHOWN).map(|job| line(job, visitor)).collect();
    render("jobs.html", context! { jobs, ordered, csrf => &visitor.csrf })
}

fn line(job: &Job, visitor: &Visitor) -> Value {
    use JobState as S;
    let tone = match job.state {
        S::Done => "ok",
        S::Failed => "bad",
        S::Interrupted => "warn",
        S::Queued | S::Running | S::Cancelled => "",
    };
    let state = if job.state == S::Interrupted { "中断，可重试" } else { job.state.label() };
    let is_whole = job.state == S::Done;
    let is_lost = is_whole && !still_shown(job, visitor);
    let ended = matches!(job.state, S::Failed | S::Cancelled | S::Interrupted);
    let words =
        if is_lost { Some("权限已变更，请重新提取") } else { job.message.as_deref() };
    context! {
        id => job.id,
        state, tone,
        statement => job.statement.split_whitespace().collect::<Vec<_>>().join(" "),
        progress => progress(job),
        size => size(job.bytes),
        file => is_whole && !is_lost,
        can_cancel => matches!(job.state, S::Queued | S::Running),
        can_retry => ended || is_lost,
        format => job.format.code(),
        purpose => &job.purpose,
        at => moment(job.created_at),
        words,
    }
}

fn progress(job: &Job) -> String {
    match job.state {
        JobState::Queued => String::new(),
        _ => format!("{} 行", grouped(job.rows)),
    }
}
