//! The numbers given lately, and who may open them. 打印记录

use axum::extract::State;
use axum::response::Html;
use minijinja::{Value, context};
use reports::archive::Entry;
use terms::moment;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::render;
use crate::web::visitor::Visitor;

/// The list shows so many, from so many days.
const SHOWN: usize = 20;
const DAYS: u64 = 7;

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let who = &visitor.reader;
    let today = app.0.clock.today();
    let mut issued = Vec::new();
    for back in 0..DAYS {
        let Some(day) = today.checked_sub_days(chrono::Days::new(back)) else { break };
        let entries = app.0.archive.of_day(day).await?;
        issued.extend(entries.iter().filter(|entry| who.sees_as(&entry.reader)).map(line));
        if issued.len() >= SHOWN {
            break;
        }
    }
    issued.truncate(SHOWN);
    render("issued.html", context! { issued })
}

/// Refuses a numbered report that shows more than the visitor may see: it shows what its reader of then could.
pub(super) fn may_read(visitor: &Visitor, entry: &Entry) -> Result<(), WebError> {
    if visitor.reader.sees_as(&entry.reader) {
        Ok(())
    } else {
        Err(WebError::Forbidden("这份报表的数据超出您的可见范围。"))
    }
}

fn line(entry: &Entry) -> Value {
    context! {
        number => &entry.number,
        title => &entry.title,
        day => entry.params.get("day"),
        by => &entry.made.by,
        at => moment(entry.made.at),
        lsn => entry.lsn.to_string(),
    }
}
