//! 操作日志: what everybody did, for the auditor. The list is read from the newest on, and never changed.

use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Query;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use engine::access::{self, Action, Mark, MarksSought};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::{moment, shanghai};

use super::App;
use super::doors::Doors;
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::address;

/// Marks on a page.
const SHOWN: u32 = 100;
/// Characters of what a mark says beside its subject.
const SHOWN_CHARS: usize = 500;

pub(super) fn doors() -> Doors {
    Doors::new().page("/marks", Action::ReadMarks, show)
}

/// Which marks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    login: String,
    action: String,
    door: String,
    day: Option<NaiveDate>,
    before: Option<i64>,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let action = given(&asked.action).filter(|name| Action::named(name).is_some());
    let sought = MarksSought {
        before: asked.before,
        login: given(&asked.login),
        action,
        door: given(&asked.door).filter(|door| door == "page" || door == "command"),
        from: asked.day.and_then(midnight),
        until: asked.day.and_then(|day| midnight(day.checked_add_days(Days::new(1))?)),
        most: SHOWN,
    };
    let marks = access::marks(&mut *app.0.pool.acquire().await?, &sought).await?;
    let is_more = u32::try_from(marks.len()).is_ok_and(|found| found == SHOWN);
    let older = marks.last().filter(|_| is_more).map(|mark| mark.id);
    let chosen = |act: &&Action| sought.action.as_deref() == Some(act.code());
    let acts: Vec<_> = Action::ALL
        .iter()
        .map(|act| context! { code => act.code(), label => act.label(), chosen => chosen(&act) })
        .collect();
    let values = context! {
        marks => marks.iter().map(line).collect::<Vec<_>>(),
        acts, older => older.map(|id| earlier(&asked, id)),
        asked => context! {
            login => asked.login, action => asked.action, door => asked.door,
            day => asked.day.map(|day| day.to_string()),
        },
    };
    page(&app, &visitor, "/marks", "marks.html", values)
}

/// The address of what is older than a mark.
fn earlier(asked: &Asked, before: i64) -> String {
    let (before, day) = (before.to_string(), asked.day.map(|day| day.to_string()));
    let Asked { login, action, door, .. } = asked;
    let day = day.unwrap_or_default();
    let words = [
        ("login", &**login),
        ("action", action),
        ("door", door),
        ("day", &day),
        ("before", &before),
    ];
    address("/marks", &words)
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let local = day.and_time(NaiveTime::MIN).and_local_timezone(shanghai()).single()?;
    Some(local.to_utc())
}

fn line(mark: &Mark) -> Value {
    let details = mark.details.as_object().filter(|details| !details.is_empty());
    context! {
        at => moment(mark.at),
        who => mark.name.as_deref().unwrap_or("系统"),
        login => mark.login.as_deref().unwrap_or_default(),
        door => if mark.door == "page" { "页面" } else { "命令" },
        action => &mark.action,
        label => Action::named(&mark.action).map_or("", Action::label),
        subject => &mark.subject,
        details => details.map(|_| beginning(&mark.details.to_string())),
        place => format!("{}-{}", mark.chain, mark.no),
    }
}

/// As much as a line shows: a mark may name thousands of payments.
fn beginning(details: &str) -> String {
    match details.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &details[..end]),
        None => details.to_owned(),
    }
}
