//! The sum of lengths of time: months, days and hours each by itself, as PostgreSQL adds them. The engine's wraps.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, FieldRef, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    IntervalUnit,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

pub(super) const SPAN: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// The parts of a sum until it is told.
pub(super) fn state(name: &str) -> Vec<FieldRef> {
    let part = |part: &str| Arc::new(Field::new(format!("{name}[{part}]"), DataType::Int64, true));
    ["months", "days", "micros", "count"].map(part).to_vec()
}

/// A sum, and how many it is of.
#[derive(Debug, Default)]
pub(super) struct SpanSum {
    months: i64,
    days: i64,
    micros: i64,
    count: i64,
}

impl SpanSum {
    fn add(&mut self, values: &ArrayRef, sign: i64) -> Result<()> {
        let spans = cast(values, &SPAN)?;
        for span in spans.as_primitive::<IntervalMonthDayNanoType>().iter().flatten() {
            self.parts(
                [span.months.into(), span.days.into(), span.nanoseconds / 1_000, 1]
                    .map(|part: i64| part * sign),
            )?;
        }
        Ok(())
    }

    fn parts(&mut self, [months, days, micros, count]: [i64; 4]) -> Result<()> {
        let sum = |one: i64, other: i64| one.checked_add(other).ok_or_else(out_of_range);
        self.months = sum(self.months, months)?;
        self.days = sum(self.days, days)?;
        self.micros = sum(self.micros, micros)?;
        self.count = sum(self.count, count)?;
        Ok(())
    }
}

impl Accumulator for SpanSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let part = |at: usize| states[at].as_primitive::<Int64Type>();
        for row in 0..states[0].len() {
            self.parts([0, 1, 2, 3].map(|at| part(at).value(row)))?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let parts = [self.months, self.days, self.micros, self.count];
        Ok(parts.map(|part| ScalarValue::Int64(Some(part))).to_vec())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::IntervalMonthDayNano(None));
        }
        let short = |part: i64| i32::try_from(part).map_err(|_| out_of_range());
        let nanos = self.micros.checked_mul(1_000).ok_or_else(out_of_range)?;
        let span = IntervalMonthDayNano::new(short(self.months)?, short(self.days)?, nanos);
        Ok(ScalarValue::IntervalMonthDayNano(Some(span)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

fn out_of_range() -> ArrowError {
    ArrowError::ArithmeticOverflow("a span out of range".to_owned())
}
