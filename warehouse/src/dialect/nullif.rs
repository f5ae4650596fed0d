//! `nullif(a, b)`: `a`, or NULL where it equals `b`, of the type of `a` in the comparison: its own, but a whole number
//! beside a decimal is one, and both are floats beside a float. DataFusion's is of a type that holds both, and a sum of
//! it, or a quotient, is then of another type than in PostgreSQL.

use std::sync::Arc;

use arrow::array::Array;
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{cast, nullif};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arithmetic::as_decimal;
use super::operators::float_beside;

pub(super) fn function() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::from(NullIf { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NullIf {
    signature: Signature,
}

impl ScalarUDFImpl for NullIf {
    fn name(&self) -> &str {
        "nullif"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [left, right] if common(left, right).is_some() => Ok(given.to_vec()),
            _ => plan_err!("函数 nullif 要两个同类的值"),
        }
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(compared(&given[0], &given[1]))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let (value, other) = (&sides[0], &sides[1]);
        let Some(kind) = common(value.data_type(), other.data_type()) else {
            return plan_err!("函数 nullif 要两个同类的值");
        };
        let equal = eq(&cast(value, &kind)?, &cast(other, &kind)?)?;
        let own = compared(value.data_type(), other.data_type());
        let answer = cast(&nullif(value, &equal)?, &own)?;
        Ok(if alone {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)
        } else {
            ColumnarValue::Array(answer)
        })
    }
}

/// The type that the first value has in the comparison.
fn compared(value: &DataType, other: &DataType) -> DataType {
    match (value, other) {
        (value, other) if value.is_numeric() && other.is_floating() => DataType::Float64,
        (value, DataType::Decimal128(..)) if value.is_integer() => as_decimal(value),
        _ => value.clone(),
    }
}

/// The type in which both are compared.
fn common(left: &DataType, right: &DataType) -> Option<DataType> {
    if float_beside(left, right) || float_beside(right, left) {
        return Some(DataType::Float64);
    }
    comparison_coercion(left, right)
}
