//! `to_number(text, pattern)`: an exact decimal with the places of the pattern, which the statement must spell out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::cells::Cells;
use super::each_row::{Patterns, computed, is_text, spelled, texts};
use super::refusal::Refusal;

const NAME: &str = "to_number";
const USAGE: &str =
    "to_number 要写文字和格式，格式直接写在语句里，例如 to_number('1,234.50', '999,999.99')";
/// The digits of what is answered.
const PRECISION: u8 = 38;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToNumber {
    signature: Signature,
}

impl ToNumber {
    /// The function.
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ToNumber {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.to_vec())
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Err(Refusal::new(USAGE).into())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type()).collect();
        let returned = match (types.as_slice(), spelled(&args)) {
            ([text, _], Some(pattern)) if is_text(text) => decimal(figures(pattern)?.scale())?,
            _ => return Err(Refusal::new(USAGE).into()),
        };
        Ok(Arc::new(Field::new(NAME, returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let returned = args.return_type().clone();
        computed(&args, |args, rows| match args {
            [text, pattern] => read(text, pattern, rows, returned),
            _ => Err(Refusal::new(USAGE).into()),
        })
    }
}

fn figures(pattern: &str) -> Result<Cells, Refusal> {
    Cells::parse(NAME, pattern)
}

fn decimal(scale: usize) -> Result<DataType> {
    let scale = i8::try_from(scale).map_err(|_| Refusal::new(USAGE))?;
    Ok(DataType::Decimal128(PRECISION, scale))
}

fn read(
    text: &ColumnarValue,
    pattern: &ColumnarValue,
    rows: usize,
    returned: DataType,
) -> Result<ArrayRef> {
    let texts = texts(text, rows)?;
    let mut patterns = Patterns::of(pattern, figures)?;
    let units = (0..rows).map(|row| match patterns.at(row)? {
        Some(cells) if texts.is_valid(row) => Ok(Some(cells.read(texts.value(row))?)),
        _ => Ok(None),
    });
    let numbers: Decimal128Array = units.collect::<Result<_>>()?;
    Ok(Arc::new(numbers.with_data_type(returned)))
}
