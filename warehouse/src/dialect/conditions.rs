//! What stands where a condition is asked for is one: PostgreSQL makes none of a number or a column of texts.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, ExprSchemable, Operator};

use super::operators::{compares, is_quoted, refused};

const NONE: &str = "这里要写条件，不能写数字、文字或日期：请写成比较，例如 … <> 0、… is null";

/// Refuses a value in the place of a condition.
pub(super) fn admit(node: &Expr, schema: &DFSchema) -> Result<()> {
    match node {
        Expr::Case(Case { expr: None, when_then_expr, .. }) => {
            when_then_expr.iter().try_for_each(|(when, _)| is_condition(when, schema))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            is_condition(left, schema)?;
            is_condition(right, schema)
        }
        Expr::Not(value)
        | Expr::IsTrue(value)
        | Expr::IsNotTrue(value)
        | Expr::IsFalse(value)
        | Expr::IsNotFalse(value)
        | Expr::IsUnknown(value)
        | Expr::IsNotUnknown(value) => is_condition(value, schema),
        Expr::AggregateFunction(call) => {
            call.params.filter.iter().try_for_each(|filter| is_condition(filter, schema))
        }
        Expr::WindowFunction(call) => {
            call.params.filter.iter().try_for_each(|filter| is_condition(filter, schema))
        }
        _ => Ok(()),
    }
}

fn is_condition(value: &Expr, schema: &DFSchema) -> Result<()> {
    // Seen without a look at all that it is made of: a chain may be long.
    if let Expr::BinaryExpr(binary) = value
        && (compares(binary) || matches!(binary.op, Operator::And | Operator::Or))
    {
        return Ok(());
    }
    match value.get_type(schema) {
        Ok(DataType::Boolean | DataType::Null) | Err(_) => Ok(()),
        Ok(_) if is_quoted(value) => Ok(()),
        Ok(_) => refused(NONE, &[value]),
    }
}
