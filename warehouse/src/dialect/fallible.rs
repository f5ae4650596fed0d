//! What may fail at a row: a division, a text read as a number, a root.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator};

use super::kept::keeps_order;
use super::operators::is_text;
use crate::functions::{Manner, manner};

/// True for what may have no value for some row. What is the same for all rows is computed before any of them.
pub(super) fn may_fail(value: &Expr, schema: &DFSchema) -> bool {
    let mut fails = false;
    // The walk itself cannot fail.
    let _ = value.apply(|part| {
        if is_constant(part) {
            return Ok(TreeNodeRecursion::Jump);
        }
        fails = match part {
            Expr::ScalarFunction(call) => !is_total(call, schema),
            Expr::Cast(Cast { expr, field }) => !expr
                .get_type(schema)
                .is_ok_and(|from| is_text(field.data_type()) || fits(&from, field.data_type())),
            _ => false,
        };
        Ok(if fails { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    fails
}

fn is_total(call: &ScalarFunction, schema: &DFSchema) -> bool {
    match call.name() {
        // Nothing that is counted in the trade has 38 digits.
        "plus" | "minus" | "times" => call
            .args
            .iter()
            .any(|side| matches!(side.get_type(schema), Ok(DataType::Decimal128(..)))),
        // By a number that is written out.
        "divided_by" | "div" | "mod" => call.args.get(1).is_some_and(is_constant),
        name => manner(name) >= Manner::Total,
    }
}

/// True for a cast that has a value for every value.
fn fits(from: &DataType, to: &DataType) -> bool {
    let truth = |kind: &DataType| *kind == DataType::Boolean;
    let time = |kind: &DataType| matches!(kind, DataType::Date32 | DataType::Timestamp(..));
    keeps_order(from, to)
        || truth(from) && to.is_integer()
        || truth(to) && from.is_integer()
        || time(from) && (time(to) || matches!(to, DataType::Int32 | DataType::Time64(_)))
        || from.is_numeric() && to.is_floating()
}

fn is_constant(value: &Expr) -> bool {
    let varies = value.exists(|part| {
        Ok(matches!(
            part,
            Expr::Column(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    });
    !varies.unwrap_or(true)
}

/// True where a subquery is asked that only a condition in sight can be joined by.
pub(super) fn asks(value: &Expr) -> bool {
    let asks = |part: &Expr| {
        matches!(part, Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_))
    };
    value.exists(|part| Ok(asks(part))).unwrap_or(true)
}

/// What PostgreSQL takes a condition to cost: its operators and calls.
pub(super) fn cost(condition: &Expr) -> usize {
    count(condition, |part| match part {
        Expr::BinaryExpr(binary) => !matches!(binary.op, Operator::And | Operator::Or),
        Expr::ScalarFunction(call) => manner(call.name()) < Manner::Free,
        Expr::Cast(_) | Expr::Like(_) | Expr::SimilarTo(_) | Expr::Between(_) => true,
        _ => false,
    })
}

/// How much of it is not written out as a value.
pub(super) fn size(value: &Expr) -> usize {
    count(value, |part| !matches!(part, Expr::Literal(..)))
}

fn count(value: &Expr, counts: impl Fn(&Expr) -> bool) -> usize {
    let mut found = 0;
    // The walk itself cannot fail.
    let _ = value.apply(|part| {
        found += usize::from(counts(part));
        Ok(TreeNodeRecursion::Continue)
    });
    found
}
