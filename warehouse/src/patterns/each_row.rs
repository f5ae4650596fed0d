//! What the functions share: their arguments, row by row, with each pattern understood once.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};

use super::refusal::Refusal;

/// Letters of a pattern: each row is written as long as it.
const LETTERS: usize = 300;

/// How a pattern is understood.
pub(super) type Compile<T> = fn(&str) -> Result<T, Refusal>;

impl From<Refusal> for DataFusionError {
    fn from(refusal: Refusal) -> Self {
        Self::Execution(refusal.to_string())
    }
}

/// The patterns of the rows; one that stays the same is understood once.
pub(super) struct Patterns<T> {
    texts: StringArray,
    same: bool,
    compile: Compile<T>,
    last: Option<(String, T)>,
}

impl<T> Patterns<T> {
    /// Takes the argument that holds them.
    pub(super) fn of(argument: &ColumnarValue, compile: Compile<T>) -> Result<Self> {
        let same = matches!(argument, ColumnarValue::Scalar(_));
        Ok(Self { texts: texts(argument, 1)?, same, compile, last: None })
    }

    /// The pattern of a row; none where it is NULL.
    pub(super) fn at(&mut self, row: usize) -> Result<Option<&T>> {
        let row = if self.same { 0 } else { row };
        if self.texts.is_null(row) {
            return Ok(None);
        }
        let text = self.texts.value(row);
        if text.len() > LETTERS {
            return Err(Refusal::new(format!("格式太长：最多 {LETTERS} 个字母")).into());
        }
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            self.last = Some((text.to_owned(), (self.compile)(text)?));
        }
        Ok(self.last.as_ref().map(|(_, pattern)| pattern))
    }
}

/// An argument as texts.
pub(super) fn texts(argument: &ColumnarValue, rows: usize) -> Result<StringArray> {
    Ok(cast(&argument.to_array(rows)?, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// Whether a type is one of texts; NULL is of every type.
pub(super) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Computes all rows, or one if every argument is the same for all.
pub(super) fn computed(
    args: &ScalarFunctionArgs,
    compute: impl FnOnce(&[ColumnarValue], usize) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    if args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_))) {
        let one = compute(&args.args, 1)?;
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&one, 0)?));
    }
    compute(&args.args, args.number_rows).map(ColumnarValue::Array)
}

/// The pattern that a statement spells out, while the statement is planned.
pub(super) fn spelled<'a>(args: &ReturnFieldArgs<'a>) -> Option<&'a str> {
    args.scalar_arguments.get(1).copied().flatten()?.try_as_str().flatten()
}
