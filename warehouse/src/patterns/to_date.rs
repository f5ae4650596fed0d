//! `to_date(text, pattern)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array};
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::each_row::{Patterns, computed, is_text, spelled, texts};
use super::input::InputTemplate;
use super::refusal::Refusal;

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
            _ => Err(Refusal::new(USAGE).into()),
        })
    }
}

fn input(pattern: &str) -> Result<InputTemplate, Refusal> {
    InputTemplate::parse(NAME, pattern)
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
