//! A value that may be NULL, as bytes that never are: its own for each value, and one for NULL.
//!
//! `a is not distinct from b` is `certain(a) = certain(b)`, an equality like any other: it is true or false, and a join
//! by it asks nothing of what else is joined by.

use std::sync::{Arc, LazyLock};

use arrow::array::Array;
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

static CERTAIN: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Certain(Signature::any(1, Volatility::Immutable))));

/// The bytes of a value.
pub(super) fn certain(value: Expr) -> Expr {
    CERTAIN.call(vec![value])
}

/// True for a type whose values are equal where their bytes are, and only there. A float has two zeros, a span as many
/// days as hours, and a list may hold any of them.
pub(super) fn has_bytes(kind: &DataType) -> bool {
    use DataType::{
        Boolean, Date32, Decimal128, LargeUtf8, Time32, Time64, Timestamp, Utf8, Utf8View,
    };
    kind.is_integer()
        || matches!(
            kind,
            Boolean
                | Date32
                | Decimal128(..)
                | Time32(_)
                | Time64(_)
                | Timestamp(..)
                | Utf8
                | LargeUtf8
                | Utf8View
        )
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Certain(Signature);

impl ScalarUDFImpl for Certain {
    fn name(&self) -> &str {
        "certain"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), DataType::Binary, false)))
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = args.args.swap_remove(0);
        let alone = matches!(value, ColumnarValue::Scalar(_));
        let values = value.into_array(if alone { 1 } else { args.number_rows })?;
        let rows = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
        let bytes = rows.convert_columns(&[values])?.try_into_binary()?;
        Ok(if alone {
            ColumnarValue::Scalar(ScalarValue::Binary(Some(bytes.value(0).to_vec())))
        } else {
            ColumnarValue::Array(Arc::new(bytes))
        })
    }
}
