//! The work bench: dictionary, editor, rows, export jobs.

use axum::extract::State;
use axum::response::Html;
use minijinja::{Value, context};
use warehouse::{AsOf, ColumnDoc, Person, TableDoc, TableKind};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;

/// Shown to those who have no draft yet.
const SAMPLE: &str = "select t.short_name as 镇街, c.fee_item_name as 费种,
       sum(c.total) as 实收, count(distinct c.account_id) as 户数
from collected c
join town t on t.id = c.town_id
where c.account_date >= date '2026-01-01'
group by t.short_name, c.fee_item_name
order by 实收 desc";

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let pinned = app.0.warehouse.at(AsOf::Live).await?;
    let who = visitor.reader.clone();
    let dictionary: Vec<_> = pinned.dictionary(&who).into_iter().map(table).collect();
    let values = context! {
        dictionary,
        sample => SAMPLE,
        scope => scope_words(&who),
        masked => !who.sees_personal,
    };
    page(&app, &visitor, "/extract", "extract.html", values)
}

/// The rows that a person may see, in words.
pub(in crate::web) fn scope_words(who: &Person) -> String {
    let fees = who.scope.fees.iter().flatten().map(|fee| fee.label()).collect::<Vec<_>>();
    let place = if who.scope.outlets.is_some() {
        "本网点"
    } else if who.scope.towns.is_some() {
        "本镇街"
    } else {
        "全市"
    };
    if fees.is_empty() { place.to_owned() } else { format!("{place} · {}", fees.join("、")) }
}

fn table(table: TableDoc) -> Value {
    let kind = match table.kind {
        TableKind::View => "视图",
        TableKind::Table => "表",
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    context! { name => table.name, label => table.label, meaning => table.meaning, kind, columns }
}

fn column(column: &ColumnDoc) -> Value {
    let unit = match (column.masked, column.unit) {
        (true, _) => "脱敏",
        (false, "") => column.kind,
        (false, unit) => unit,
    };
    context! { name => column.name, label => column.label, meaning => column.meaning, unit }
}
