//! What is said when it does not work. People read it, so it is plain Chinese and names the way out.

use std::error::Error;
use std::time::Duration;

use arrow::error::ArrowError;
use datafusion::common::utils::datafusion_strsim::levenshtein;
use datafusion::common::{DataFusionError, SchemaError, TableReference};

use crate::guard;

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The statement is of a kind that is not let in.
    #[error("{0}")]
    Refused(String),
    /// The statement is written wrongly; the place is counted from 1 and absent where it is not known.
    #[error("{}{message}", at(*line, *column))]
    Invalid {
        /// What is wrong, with the nearest right name where there is one.
        message: String,
        /// Its line.
        line: Option<u64>,
        /// Its column.
        column: Option<u64>,
    },
    /// A value could not be computed: a division by zero, a text that is no number.
    #[error("计算出错：{0}")]
    Computation(String),
    /// The time was up.
    #[error("查询超过 {} 秒仍未完成，已停止；请缩小日期或镇街范围，或先汇总再查", .0.as_secs())]
    Deadline(Duration),
    /// The statement's memory was used up.
    #[error("查询需要的内存超过上限，已停止；请缩小范围，或先汇总再查")]
    OutOfMemory,
    /// No turn came within the deadline.
    #[error("同时进行的查询太多，请稍后再试")]
    Busy,
    /// The answer is too long to be held as a whole.
    #[error("结果超过 {0} 行，请加条件，或改用导出")]
    TooManyRows(usize),
    /// No such snapshot.
    #[error("没有这个时点的数据：{0}")]
    NoSnapshot(String),
    /// No such user, or one who may not work any more.
    #[error("没有用户“{0}”，或该用户已停用")]
    NoPerson(String),
    /// There is no snapshot at all.
    #[error("还没有可查询的数据，请等第一次采集完成")]
    Empty,
    /// A column of an answer is not what the reader of it expects.
    #[error("结果的列“{column}”不是{wanted}")]
    Shape {
        /// The column.
        column: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The warehouse itself failed; the cause is for the log, not for people.
    #[error("数据仓库出错，查询没有完成；请联系管理员")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl WarehouseError {
    pub(crate) fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }

    pub(crate) fn invalid(message: impl Into<String>, place: Option<(u64, u64)>) -> Self {
        let (line, column) = place.unzip();
        Self::Invalid { message: message.into(), line, column }
    }
}

/// An error while rows are computed.
impl From<DataFusionError> for WarehouseError {
    fn from(error: DataFusionError) -> Self {
        about(error, "")
    }
}

/// Says what DataFusion found wrong with a statement.
pub(crate) fn about(error: DataFusionError, sql: &str) -> WarehouseError {
    let span = error.diagnostic().and_then(|found| found.span);
    let place = span.map(|span| (span.start.line, span.start.column)).filter(|(line, _)| *line > 0);
    let invalid = |message: String| WarehouseError::invalid(message, place);
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => WarehouseError::OutOfMemory,
        DataFusionError::SQL(parser, _) => {
            let text = parser.to_string();
            let (message, place) = placed(&text);
            WarehouseError::invalid(format!("语句写法有误：{message}"), place)
        }
        DataFusionError::SchemaError(schema, _) => wrong_column(schema, place, sql),
        DataFusionError::Plan(message) => invalid(wrong_plan(message)),
        DataFusionError::NotImplemented(message) => invalid(format!("暂不支持这种写法：{message}")),
        DataFusionError::ArrowError(arrow, _) => wrong_value(arrow, &error),
        DataFusionError::Execution(message) => WarehouseError::Computation(message.clone()),
        _ => in_a_scan(error),
    }
}

/// A filter that was computed inside the Parquet scan comes back as text within text.
fn in_a_scan(error: DataFusionError) -> WarehouseError {
    let text = error.to_string();
    if !text.contains("Error evaluating filter predicate") {
        return WarehouseError::broken(error);
    }
    let zero = text.contains("DivideByZero") || text.contains("Divide by zero");
    let said = if zero { "除数为零" } else { "条件中的数值或日期无法换算" };
    WarehouseError::Computation(said.to_owned())
}

/// A table that does not exist for the person, and the nearest one that does.
pub(crate) fn no_table(reference: &TableReference, visible: &[&str], sql: &str) -> WarehouseError {
    let name = reference.table();
    let hint = nearest(name, visible.iter().copied())
        .map_or_else(String::new, |near| format!("，是不是“{near}”？"));
    let message = format!("没有名为“{name}”的表，或您无权查看{hint}");
    WarehouseError::invalid(message, guard::place_of(sql, name))
}

fn wrong_column(error: &SchemaError, place: Option<(u64, u64)>, sql: &str) -> WarehouseError {
    let (message, name) = match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let near = nearest(&field.name, valid_fields.iter().map(|c| c.name.as_str()));
            let hint = near.map_or_else(String::new, |near| format!("，是不是“{near}”？"));
            (format!("没有名为“{}”的列{hint}", field.name), &field.name)
        }
        SchemaError::AmbiguousReference { field } => (
            format!("列“{0}”在几张表里都有，请写明是哪张表的，例如 表名.{0}", field.name),
            &field.name,
        ),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            (format!("列“{name}”出现了两次，请用 as 另起一个名字"), name)
        }
    };
    WarehouseError::invalid(message, place.or_else(|| guard::place_of(sql, name)))
}

fn wrong_plan(message: &str) -> String {
    let function =
        message.strip_prefix("Invalid function '").and_then(|rest| rest.split_once('\''));
    let table_function =
        message.strip_prefix("table function '").and_then(|rest| rest.split_once('\''));
    match function.or(table_function) {
        Some((name, _)) => format!("没有函数“{name}”，或不允许使用"),
        None => format!("语句写法有误：{message}"),
    }
}

fn wrong_value(error: &ArrowError, whole: &DataFusionError) -> WarehouseError {
    match error {
        ArrowError::DivideByZero => WarehouseError::Computation("除数为零".to_owned()),
        ArrowError::ArithmeticOverflow(_) => WarehouseError::Computation("数值超出范围".to_owned()),
        ArrowError::CastError(message)
        | ArrowError::ParseError(message)
        | ArrowError::ComputeError(message)
        | ArrowError::InvalidArgumentError(message) => WarehouseError::Computation(message.clone()),
        _ => WarehouseError::broken(whole.to_string()),
    }
}

/// Takes `... at Line: 1, Column: 15` off a parser's message.
fn placed(message: &str) -> (&str, Option<(u64, u64)>) {
    let split = message.rsplit_once(" at Line: ").and_then(|(text, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((text, (line.trim().parse().ok()?, column.trim().parse().ok()?)))
    });
    match split {
        Some((text, place)) => (text, Some(place)),
        None => (message, None),
    }
}

/// The name that was probably meant: at most a third of its letters differ.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .map(|known| (levenshtein(&name, known), known))
        .filter(|(distance, known)| distance * 3 <= known.len().max(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

fn at(line: Option<u64>, column: Option<u64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("第 {line} 行第 {column} 列："),
        _ => String::new(),
    }
}
