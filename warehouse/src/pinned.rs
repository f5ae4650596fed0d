//! What can be asked of one state of the books.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::{Datelike, NaiveDate};
use datafusion::common::ScalarValue;
use futures::StreamExt;
use rust_decimal::Decimal;
use tables::Position;

use crate::answer::{self, Answer};
use crate::dictionary::{self, TableDoc};
use crate::run::{self, Limits, Rows};
use crate::statement::Statement;
use crate::table::PinnedTables;
use crate::warehouse::Shared;
use crate::{Person, WarehouseError};

/// One state of the books. Cheap to clone; it stays readable as long as it is held.
#[derive(Clone, Debug)]
pub struct Pinned {
    shared: Arc<Shared>,
    tables: Arc<PinnedTables>,
    limits: Limits,
}

/// A value bound to a `$name` of a statement; never spliced into its text. 参数
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A text, such as a name or a code.
    Text(String),
    /// A whole number, such as a town or a bill period.
    Int(i64),
    /// A calendar day.
    Day(NaiveDate),
    /// An exact decimal, such as an amount.
    Decimal(Decimal),
}

impl Pinned {
    pub(crate) fn new(shared: Arc<Shared>, tables: Arc<PinnedTables>) -> Self {
        let limits = shared.limits.clone();
        Self { shared, tables, limits }
    }

    /// The log position of this state, its time, and the snapshot below it.
    pub fn position(&self) -> &Position {
        &self.tables.cut.position
    }

    /// The same state under other limits: an export may take longer than a page.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs one statement and returns the whole answer, or fails: an answer is never cut.
    /// Answers of more rows than [`Limits::answer_rows`], or more bytes, are refused; stream those.
    pub async fn query(
        &self,
        who: &Person,
        sql: &str,
        params: &[(&str, Param)],
    ) -> Result<Answer, WarehouseError> {
        let most = self.limits.answer_rows;
        let answer = self.preview(who, sql, params, most).await?;
        if answer.truncated { Err(WarehouseError::TooManyRows(most)) } else { Ok(answer) }
    }

    /// Runs one statement for its first `rows` rows; `truncated` says whether there are more.
    pub async fn preview(
        &self,
        who: &Person,
        sql: &str,
        params: &[(&str, Param)],
        rows: usize,
    ) -> Result<Answer, WarehouseError> {
        let started = Instant::now();
        let mut stream = self.stream(who, sql, params).await?;
        let (schema, mut batches, mut room) = (stream.schema(), Vec::new(), rows);
        let (mut truncated, mut bytes, most) = (false, 0_usize, self.limits.answer_bytes);
        while let Some(batch) = stream.next().await.transpose()? {
            truncated = batch.num_rows() > room;
            let kept = batch.slice(0, batch.num_rows().min(room));
            bytes = bytes.saturating_add(answer::bytes(&kept));
            if bytes > most {
                return Err(WarehouseError::TooManyBytes(most));
            }
            room -= kept.num_rows();
            batches.push(kept);
            if truncated {
                break;
            }
        }
        Ok(Answer { schema, batches, elapsed: started.elapsed(), truncated })
    }

    /// Runs one statement and hands its rows over as they come. Dropping the stream stops the work;
    /// after the deadline the stream ends with [`WarehouseError::Deadline`].
    pub async fn stream(
        &self,
        who: &Person,
        sql: &str,
        params: &[(&str, Param)],
    ) -> Result<Rows, WarehouseError> {
        run::start(&self.shared, self.statement(who, sql, params), &self.limits).await
    }

    fn statement(&self, who: &Person, sql: &str, params: &[(&str, Param)]) -> Statement {
        let params: HashMap<_, _> =
            params.iter().map(|(name, value)| ((*name).to_owned(), value.scalar())).collect();
        Statement {
            tables: self.tables.clone(),
            who: who.clone(),
            sql: sql.to_owned(),
            params,
            limits: self.limits.clone(),
        }
    }

    /// The physical plan of a statement, for tests to look at.
    #[cfg(test)]
    pub(crate) async fn plan(&self, who: &Person, sql: &str) -> Result<String, WarehouseError> {
        use datafusion::physical_plan::displayable;
        let planned = self.statement(who, sql, &[]).plan(&self.shared.runtime).await?;
        Ok(displayable(planned.plan.as_ref()).indent(false).to_string())
    }

    /// Tasks still alive on the warehouse's threads.
    #[cfg(test)]
    pub(crate) fn alive(&self) -> usize {
        self.shared.workers.alive()
    }

    /// The tables and views that a person may ask, with the names, units and meanings of their columns.
    pub fn dictionary(&self, who: &Person) -> Vec<TableDoc> {
        dictionary::of(&self.tables, who)
    }
}

impl Param {
    fn scalar(&self) -> ScalarValue {
        match self {
            Self::Text(text) => ScalarValue::from(text.as_str()),
            Self::Int(number) => ScalarValue::from(*number),
            Self::Day(day) => {
                ScalarValue::Date32(Some(day.num_days_from_ce() - UNIX_EPOCH_FROM_CE))
            }
            Self::Decimal(decimal) => {
                let scale = u8::try_from(decimal.scale()).unwrap_or(u8::MAX);
                let digits = decimal.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
                let precision = u8::try_from(digits).unwrap_or(u8::MAX).max(scale);
                ScalarValue::Decimal128(Some(decimal.mantissa()), precision, scale.cast_signed())
            }
        }
    }
}

/// Days from the first day of the Common Era to 1970-01-01, as chrono counts them.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;
