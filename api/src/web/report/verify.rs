//! Is an old number what we made? 校验

use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Query;
use minijinja::{Value, context};
use reports::Verdict;
use serde::Deserialize;
use terms::moment;

use super::issued::may_read;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;
use crate::web::words::fact;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    number: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let number = asked.number.trim();
    let verdict = match number {
        "" => None,
        number => Some(judge(&app, &visitor, number).await?),
    };
    page(&app, &visitor, "/report/verify", "verify.html", context! { number, verdict })
}

async fn judge(app: &App, visitor: &Visitor, number: &str) -> Result<Value, WebError> {
    // Where there is none, the verdict says so.
    let entry = app.0.archive.entry(number).await.ok();
    entry.iter().try_for_each(|entry| may_read(visitor, entry))?;
    let verdict = app.0.archive.verify_number(&app.0.warehouse, number).await?;
    let facts = match (&verdict, &entry) {
        (Verdict::Reproducible { .. }, Some(entry)) => {
            vec![
                fact("报表", &entry.title),
                fact("收费日期", entry.params.get("day").unwrap_or_default()),
                fact("制表", format!("{} · {}", entry.made.by, moment(entry.made.at))),
                fact("数据位置", format!("{} · 快照 {}", entry.lsn, entry.snapshot)),
                fact("校验码", &entry.hash),
            ]
        }
        _ => Vec::new(),
    };
    Ok(context! { same => verdict.holds(), words => verdict.to_string(), facts })
}
