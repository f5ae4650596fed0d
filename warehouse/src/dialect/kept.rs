//! Casts that stay where they are written.
//!
//! DataFusion moves a cast from a column to what it is compared with, and leaves out files by the least and greatest
//! value of a column as if every cast kept their order. A time of the day does not keep the order of moments, and
//! `35.28` is 35 without decimals: rows that match would be gone. So only casts that keep order and value are left to
//! it; the others stand inside a function that it does not look through.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::operators::is_text;

static KEPT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Kept(Signature::any(1, Volatility::Immutable))));

/// A cast as it stands.
pub(super) fn kept(cast: Expr) -> Expr {
    KEPT.call(vec![cast])
}

/// True for a cast after which equal values are equal, others are not, and their order is the same.
pub(super) fn keeps_order(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Int8, Int16, Int32, Int64, Null, Timestamp};
    match (from, to) {
        (from, to) if from == to => true,
        (Null, _) => true,
        (Int8 | Int16 | Int32 | Int64, to) if to.is_signed_integer() => {
            to.primitive_width() >= from.primitive_width()
        }
        (from, Decimal128(digits, scale)) if from.is_integer() => {
            digits - scale.unsigned_abs() >= 19
        }
        (Decimal128(own, decimals), Decimal128(digits, scale)) => {
            scale >= decimals && digits - scale.unsigned_abs() >= own - decimals.unsigned_abs()
        }
        (Date32, Timestamp(_, None)) => true,
        (Timestamp(own, zone), Timestamp(unit, other)) => {
            own == unit && zone.is_some() == other.is_some()
        }
        (from, to) => is_text(from) && is_text(to),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Kept(Signature);

impl ScalarUDFImpl for Kept {
    fn name(&self) -> &str {
        "kept"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given[0].clone())
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(args.args.swap_remove(0))
    }
}
