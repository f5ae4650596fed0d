//! What is said when it does not work. People read it, so it is plain Chinese and names the place and the way out.
//!
//! DataFusion's own sentences are for the log: they are English and print plans. Each that an analyst may meet is told
//! again here, and what is not known is told in general words.

mod foreign;
mod full_width;
mod kinds;
mod names;
mod parsing;
mod phrases;
mod places;
mod plain;
mod statements;
mod values;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;

pub(crate) use foreign::foreign_call;
pub(crate) use full_width::{blanked, full_width};
pub(crate) use names::no_table;
pub(crate) use parsing::unreadable;
pub(crate) use places::located;

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The statement is of a kind that is not let in.
    #[error("{0}")]
    Refused(Told),
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
    Computation(Told),
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
    /// The answer is too large to be held as a whole.
    #[error("结果超过 {} MB，请少选几列、截短长文字 left(…, 100)，或改用导出", .0 >> 20)]
    TooManyBytes(usize),
    /// No such snapshot.
    #[error("没有这个时点的数据：{0}")]
    NoSnapshot(String),
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

/// What is said, and of which place in the statement where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The sentence.
    pub message: String,
    /// Line and column, counted from 1.
    pub place: Option<(u64, u64)>,
}

impl From<String> for Told {
    fn from(message: String) -> Self {
        Self { message, place: None }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place.unzip();
        write!(f, "{}{}", at(line, column), self.message)
    }
}

impl WarehouseError {
    pub(crate) fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }

    pub(crate) fn invalid(message: impl Into<String>, place: Option<Place>) -> Self {
        let (line, column) = place.unzip();
        Self::Invalid { message: message.into(), line, column }
    }

    /// The same with a sentence that a screen has room for: it may quote what the statement made.
    pub(crate) fn clipped(mut self) -> Self {
        if let Self::Refused(Told { message, .. })
        | Self::Computation(Told { message, .. })
        | Self::Invalid { message, .. } = &mut self
            && let Some((end, _)) = message.char_indices().nth(LETTERS)
        {
            message.truncate(end);
            message.push('…');
        }
        self
    }
}

/// Letters of a sentence, at most.
const LETTERS: usize = 500;

/// Line and column in a statement, counted from 1.
type Place = (u64, u64);

fn at(line: Option<u64>, column: Option<u64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("第 {line} 行第 {column} 列："),
        _ => String::new(),
    }
}

/// Says what went wrong while the rows of a statement are computed.
pub(crate) fn computed(error: DataFusionError, sql: &str) -> WarehouseError {
    // Nothing is wrong with the statement now: no word of the error is taken for a place in it.
    located(about(error, ""), sql)
}

/// An error of a plan of ours.
impl From<DataFusionError> for WarehouseError {
    fn from(error: DataFusionError) -> Self {
        about(error, "")
    }
}

/// Says what DataFusion found wrong with a statement; without its text where that is not at fault.
pub(crate) fn about(error: DataFusionError, sql: &str) -> WarehouseError {
    let place = place_told(&error);
    let root = error.find_root();
    let text = error.strip_backtrace();
    match root {
        DataFusionError::SQL(parser, _) => return parsing::wrong(&parser.to_string(), sql),
        DataFusionError::SchemaError(schema, _) => return names::wrong_column(schema, place, sql),
        DataFusionError::ResourcesExhausted(_) => return WarehouseError::OutOfMemory,
        // Out of a scan errors come as text.
        _ if text.contains("Resources exhausted") => return WarehouseError::OutOfMemory,
        _ => {}
    }
    if let Some(own) = plain::own_words(&text) {
        let own = names::as_written(own, sql);
        return if is_of_the_statement(root) {
            WarehouseError::invalid(own, place)
        } else {
            WarehouseError::Computation(own.into())
        };
    }
    if let Some(message) = phrases::tell(statements::PHRASES, &text) {
        let message = names::as_written(message, sql);
        let place = place.or_else(|| names::place_in(&message, sql));
        return WarehouseError::invalid(message, place);
    }
    if let Some(message) = phrases::tell(values::PHRASES, &text) {
        let place = place.or_else(|| names::place_in(&message, sql));
        return match place {
            Some(_) => WarehouseError::invalid(message, place),
            None => WarehouseError::Computation(message.into()),
        };
    }
    tracing::info!(error = %text, "an error without a sentence of its own");
    in_general(root, &text, place, !sql.is_empty()).unwrap_or_else(|| WarehouseError::broken(error))
}

/// Says why a statement that is written well has no plan: then the engine is at its end, not the analyst. `hindrance`
/// looks for what is in its way.
pub(crate) fn unplanned(
    error: DataFusionError,
    sql: &str,
    hindrance: impl FnOnce() -> Option<&'static str>,
) -> WarehouseError {
    let said = match about(error, sql) {
        // It was found while the statement was read, and is lost where subqueries become joins.
        WarehouseError::Invalid { message, .. } if message.starts_with("没有列“") => {
            let column = message.trim_start_matches("没有列“").split('”').next().unwrap_or("");
            WarehouseError::invalid(format!("“{column}”{TOO_FAR}"), None)
        }
        // The engine's rules give columns names of their own, and stumble over them.
        WarehouseError::Invalid { message, .. }
            if message == UNREADABLE
                || message.contains("都叫")
                || message.contains("同名")
                || message.starts_with("没有名为") =>
        {
            WarehouseError::invalid(UNPLANNED, None)
        }
        said => said,
    };
    let is_bare = matches!(&said, WarehouseError::Invalid { message, .. }
        if [UNPLANNED, statements::SUBQUERY_PLACE].contains(&message.as_str()));
    match is_bare.then(hindrance).flatten() {
        Some(why) => WarehouseError::invalid(why, None),
        None => said,
    }
}

const UNREADABLE: &str = "语句写法有误，无法识别；请对照数据字典检查表名、列名和写法";
const TOO_FAR: &str =
    "是隔了一层的外层列：子查询只能引用紧挨着的外面一层的列，请改写成 join，或先用 with 算出来";
const UNPLANNED: &str = "暂不支持这种写法，请换一种写法";

/// What is said of an error that is not known; nothing where it is no fault of the statement.
fn in_general(
    root: &DataFusionError,
    text: &str,
    place: Option<Place>,
    planning: bool,
) -> Option<WarehouseError> {
    match root {
        DataFusionError::Plan(_) => Some(WarehouseError::invalid(UNREADABLE, place)),
        DataFusionError::NotImplemented(_) => Some(WarehouseError::invalid(UNPLANNED, place)),
        DataFusionError::Internal(_) if planning => Some(WarehouseError::invalid(UNPLANNED, place)),
        DataFusionError::Execution(_) => {
            Some(WarehouseError::Computation("有的值不能这样计算或换算".to_owned().into()))
        }
        DataFusionError::ArrowError(arrow, _) if is_of_a_value(arrow) => {
            Some(WarehouseError::Computation("有的值不能这样计算或换算".to_owned().into()))
        }
        _ if text.contains("Error evaluating filter predicate") => {
            Some(WarehouseError::Computation("条件中的数值或日期无法换算".to_owned().into()))
        }
        _ => None,
    }
}

fn is_of_the_statement(root: &DataFusionError) -> bool {
    matches!(root, DataFusionError::Plan(_) | DataFusionError::NotImplemented(_))
}

fn is_of_a_value(error: &ArrowError) -> bool {
    matches!(
        error,
        ArrowError::NotYetImplemented(_)
            | ArrowError::CastError(_)
            | ArrowError::ParseError(_)
            | ArrowError::ComputeError(_)
            | ArrowError::ArithmeticOverflow(_)
            | ArrowError::DivideByZero
            | ArrowError::InvalidArgumentError(_)
    )
}

/// The place that DataFusion itself knows.
fn place_told(error: &DataFusionError) -> Option<Place> {
    let span = error.diagnostic()?.span?;
    Some((span.start.line, span.start.column)).filter(|(line, _)| *line > 0)
}

#[cfg(test)]
mod tests;
