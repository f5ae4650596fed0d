//! No float is a negative zero. `round(-0.3)` is one, and PostgreSQL takes it for zero wherever values are compared;
//! the engine does not: in lists, groups, keys and CASE it would be another value, and less than zero. So every value
//! that may come out as one goes through a function that makes zero of it.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use super::conversions::{NAMED, on_one};
use super::operators::is_text;
use super::rules;
use crate::functions::{Manner, manner};

/// Runs when no other rule computes anything more.
#[derive(Debug)]
pub(super) struct PlainZeros;

impl AnalyzerRule for PlainZeros {
    fn name(&self) -> &str {
        "plain_zeros"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, plain)
    }
}

/// The text of a float, which shows the sign of zero as PostgreSQL does.
const WRITES: &str = "float_text";

fn plain(node: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let node = match node {
        Expr::ScalarFunction(mut call) if call.name() == WRITES => {
            call.args = call.args.into_iter().map(as_made).collect();
            return Ok(Transformed::yes(Expr::ScalarFunction(call)));
        }
        other => other,
    };
    let is_made = match &node {
        Expr::ScalarFunction(call) => manner(call.name()) < Manner::Passing,
        Expr::Negative(_) | Expr::BinaryExpr(_) => true,
        Expr::Cast(Cast { expr, .. }) => {
            let from = expr.get_type(schema)?;
            from.is_floating() || is_text(&from)
        }
        Expr::Literal(value, _) => {
            matches!(value, ScalarValue::Float64(Some(0.0)) | ScalarValue::Float32(Some(0.0)))
        }
        _ => false,
    };
    if is_made && node.get_type(schema)?.is_floating() {
        return Ok(Transformed::yes(PLAIN.call(vec![node])));
    }
    Ok(Transformed::no(node))
}

/// A value with the sign that its zero was made with.
fn as_made(value: Expr) -> Expr {
    match value {
        Expr::ScalarFunction(mut call) if call.name() == NAME => as_made(call.args.swap_remove(0)),
        Expr::ScalarFunction(mut call) if KEEPING.contains(&call.name()) => {
            call.args = call.args.into_iter().map(as_made).collect();
            Expr::ScalarFunction(call)
        }
        other => other,
    }
}

/// Functions that make of a zero one of the same sign.
const KEEPING: &[&str] = &["ceil", "floor", NAMED, "trunc", "whole"];

const NAME: &str = "plain_zero";

static PLAIN: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(PlainZero(Signature::any(1, Volatility::Immutable))));

#[derive(Debug, PartialEq, Eq, Hash)]
struct PlainZero(Signature);

impl ScalarUDFImpl for PlainZero {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        on_one(&args.args[0], |values: &ArrayRef| {
            // Zero and its negative are zero.
            Ok(match values.data_type() {
                DataType::Float64 => {
                    let floats = values.as_primitive::<Float64Type>();
                    Arc::new(floats.unary::<_, Float64Type>(|value| value + 0.0)) as ArrayRef
                }
                DataType::Float32 => {
                    let floats = values.as_primitive::<Float32Type>();
                    Arc::new(floats.unary::<_, Float32Type>(|value| value + 0.0))
                }
                _ => values.clone(),
            })
        })
    }
}
