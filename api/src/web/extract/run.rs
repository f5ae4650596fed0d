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
use terms::{Lsn, grouped, moment};
use warehouse::{AsOf, Row, Value, WarehouseError};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::{Visitor, note};

/// Rows that the screen shows.
const SHOWN: usize = 1_000;
/// What they may come to, in bytes; a file has room for more.
const SHOWN_BYTES: usize = 16 << 20;

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
    let (mut rows, mut total, mut bytes) = (Vec::new(), 0, 0_usize);
    while let Some(batch) = stream.next().await.transpose()? {
        total += batch.num_rows();
        let room = SHOWN.saturating_sub(rows.len());
        for at in 0..batch.num_rows().min(room) {
            bytes = bytes.saturating_add(Row::of(&batch, at).bytes());
            if bytes > SHOWN_BYTES {
                return Err(WarehouseError::TooManyBytes(SHOWN_BYTES).into());
            }
            rows.push(cells(&batch, at));
        }
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

fn cells(batch: &RecordBatch, at: usize) -> Vec<Option<String>> {
    let row = Row::of(batch, at);
    (0..batch.num_columns())
        .map(|column| match row.value(column) {
            Value::Null => None,
            // An id, a year or a number without decimals is no amount; a quotient is shown without its last noughts.
            Value::Decimal(decimal) if decimal.scale() == 0 => Some(decimal.to_string()),
            Value::Decimal(decimal) if decimal.scale() > 6 => Some(grouped(decimal.normalize())),
            Value::Decimal(decimal) => Some(grouped(decimal)),
            Value::Bool(truth) => Some(Value::truth(truth).to_owned()),
            value => Some(value.to_string()),
        })
        .collect()
}
