//! Runs a statement: the first rows for the screen, and the exact number of all.

use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use engine::access::Action;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use terms::Lsn;
use warehouse::{AsOf, Row, Value};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::{Visitor, note};
use crate::web::words::moment;

/// Rows that the screen shows.
const SHOWN: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunBody {
    sql: String,
}

#[derive(Serialize)]
pub(super) struct AnswerView {
    columns: Vec<ColumnView>,
    rows: Vec<Vec<Option<String>>>,
    total: usize,
    elapsed_ms: u128,
    lsn: Lsn,
    as_of: String,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    numeric: bool,
}

/// The rows are counted as they stream by, so a large answer takes no memory; a browser that goes
/// away drops the stream, and with it the work.
pub(super) async fn run(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Json<RunBody>, JsonRejection>,
) -> Result<Json<AnswerView>, WebError> {
    let Json(body) = body?;
    let started = Instant::now();
    note(&app, &visitor, Action::AskSql, "查询", json!({ "statement": body.sql })).await?;
    let pinned = app.0.warehouse.at(AsOf::Live).await?;
    let who = visitor.reader.clone();
    let mut stream = pinned.stream(&who, &body.sql, &[]).await?;
    let columns =
        stream.schema().fields().iter().map(|f| ColumnView::of(f.name(), f.data_type())).collect();
    let (mut rows, mut total) = (Vec::new(), 0);
    while let Some(batch) = stream.next().await.transpose()? {
        total += batch.num_rows();
        let room = SHOWN.saturating_sub(rows.len());
        rows.extend((0..batch.num_rows().min(room)).map(|at| cells(&batch, at)));
    }
    let position = pinned.position();
    Ok(Json(AnswerView {
        columns,
        rows,
        total,
        elapsed_ms: started.elapsed().as_millis(),
        lsn: position.lsn,
        as_of: moment(position.committed_at),
    }))
}

impl ColumnView {
    fn of(name: &str, kind: &DataType) -> Self {
        Self { name: name.to_owned(), numeric: kind.is_numeric() }
    }
}

/// `21448902.17` as `21,448,902.17`; ids are whole numbers and stay as they are.
fn grouped(plain: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

fn cells(batch: &RecordBatch, at: usize) -> Vec<Option<String>> {
    let row = Row::of(batch, at);
    (0..batch.num_columns())
        .map(|column| match row.value(column) {
            Value::Null => None,
            // A year or a number without decimals is no amount; a quotient is shown without its last noughts.
            Value::Decimal(decimal) if decimal.scale() == 0 => Some(decimal.to_string()),
            Value::Decimal(decimal) if decimal.scale() > 6 => {
                Some(grouped(&decimal.normalize().to_string()))
            }
            Value::Decimal(decimal) => Some(grouped(&decimal.to_string())),
            Value::Bool(truth) => Some(Value::truth(truth).to_owned()),
            value => Some(value.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_grouped_whatever_their_scale() {
        for (plain, want) in [
            ("21448902.17", "21,448,902.17"),
            ("-1234.5000", "-1,234.5000"),
            ("12", "12"),
            ("0.05", "0.05"),
        ] {
            assert_eq!(grouped(plain), want);
        }
    }
}
