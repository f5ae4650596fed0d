//! `to_date(text, pattern)`; with one argument a day, a moment or a text such as `2026-03-01`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::each_row::{Patterns, computed, is_text, spelled, texts};
use super::input::InputTemplate;
use super::read::iso_day;
use super::refusal::Refusal;
use crate::dialect::ZONE;

const NAME: &str = "to_date";
const USAGE: &str = "to_date 要写文字和格式，例如 to_date('2026-03-01', 'YYYY-MM-DD')";

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToDate {
    signature: Signature,
}

impl ToDate {
    /// The function.
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ToDate {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.to_vec())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [text, pattern] if is_text(text) && is_text(pattern) => Ok(DataType::Date32),
            [value] if is_text(value) || is_day(value) => Ok(DataType::Date32),
            _ => Err(Refusal::new(USAGE).into()),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returned = self.return_type(&types)?;
        if let Some(pattern) = spelled(&args) {
            input(pattern)?;
        }
        Ok(Arc::new(Field::new(NAME, returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        computed(&args, |args, rows| match args {
            [text, pattern] => by_pattern(text, pattern, rows),
            [value] if is_text(&value.data_type()) => iso(value, rows),
            [value] => day_of(&value.to_array(rows)?),
            _ => Err(Refusal::new(USAGE).into()),
        })
    }
}

fn input(pattern: &str) -> Result<InputTemplate, Refusal> {
    InputTemplate::parse(NAME, pattern)
}

fn is_day(value: &DataType) -> bool {
    matches!(value, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn by_pattern(text: &ColumnarValue, pattern: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    let texts = texts(text, rows)?;
    let mut patterns = Patterns::of(pattern, input)?;
    let days = (0..rows).map(|row| match patterns.at(row)? {
        Some(template) if texts.is_valid(row) => {
            let read = template.read(texts.value(row))?;
            Ok(Some(Date32Type::from_naive_date(read.clock.date())))
        }
        _ => Ok(None),
    });
    Ok(Arc::new(days.collect::<Result<Date32Array>>()?))
}

fn iso(text: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    let days = texts(text, rows)?
        .iter()
        .map(|text| match text {
            Some(text) => Ok(Some(Date32Type::from_naive_date(iso_day(NAME, text)?))),
            None => Ok(None),
        })
        .collect::<Result<Date32Array>>()?;
    Ok(Arc::new(days))
}

/// The day of a moment; one with a zone is told by the clock of Dongguan.
fn day_of(values: &ArrayRef) -> Result<ArrayRef> {
    let here = match values.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            cast(values, &DataType::Timestamp(*unit, Some(ZONE.into())))?
        }
        _ => Arc::clone(values),
    };
    Ok(cast(&here, &DataType::Date32)?)
}
