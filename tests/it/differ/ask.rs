//! One statement, asked of both sides; every value comes back as the text that is shown.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column, PgPool, Row, TypeInfo, ValueRef};
use warehouse::{Pinned, Value, WarehouseError};

use super::readers::Reader;

/// A value as it is shown; none for no value.
pub(super) type Cell = Option<String>;

/// What one side answers.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What the columns are called; of PostgreSQL's, empty where there are no rows.
    pub(super) names: Vec<String>,
    /// The types of PostgreSQL's columns, where there are rows.
    pub(super) kinds: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Why PostgreSQL does not answer.
#[derive(Debug)]
pub(super) struct Failure {
    /// The SQLSTATE.
    pub(super) code: String,
    pub(super) message: String,
}

/// PostgreSQL's answer, in Dongguan's time, out of the reader's schema.
pub(super) async fn postgres(pool: &PgPool, reader: &Reader, sql: &str) -> Result<Answer, Failure> {
    let script = format!(
        "set local timezone = 'Asia/Shanghai'; set local search_path = {}; set local statement_timeout = '60s'; {sql}",
        reader.name
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(script)).fetch_all(pool).await.map_err(|error| {
        let code = error.as_database_error().and_then(|found| found.code());
        Failure { code: code.unwrap_or_default().into_owned(), message: error.to_string() }
    })?;
    let columns = rows.first().map_or(&[][..], |row| row.columns());
    let names = columns.iter().map(|column| column.name().to_owned()).collect();
    let kinds = columns.iter().map(|column| column.type_info().name().to_owned()).collect();
    let cells = |row: &PgRow| (0..row.len()).map(|at| cell(row, at)).collect();
    Ok(Answer { names, kinds, rows: rows.iter().map(cells).collect() })
}

/// One value of a row that came as text.
pub(super) fn cell(row: &PgRow, at: usize) -> Cell {
    let raw = row.try_get_raw(at).unwrap();
    if raw.is_null() { None } else { Some(raw.as_str().unwrap().to_owned()) }
}

/// The warehouse's answer.
pub(super) async fn warehouse(
    pinned: &Pinned,
    reader: &Reader,
    sql: &str,
) -> Result<Answer, WarehouseError> {
    let answer = pinned.query(&reader.who, sql, &[]).await?;
    let names: Vec<String> =
        answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    let width = names.len();
    let shown = |value: Value| match value {
        Value::Null => None,
        some => Some(some.to_string()),
    };
    let rows: Vec<Vec<Cell>> =
        answer.rows().map(|row| (0..width).map(|at| shown(row.value(at))).collect()).collect();
    Ok(Answer { names, kinds: Vec::new(), rows })
}
