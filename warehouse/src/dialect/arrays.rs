//! Lists, where PostgreSQL's arrays are something else. A list of lists is one table of values there: `unnest` takes it
//! apart to the last value, one subscript of it is nothing, and its rows are of one length. The order of lists puts a
//! NULL inside behind all values, ours before them; none of them is asked for by the trade, so both are refused. And a
//! list of nothing has no length.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt64Array};
use arrow::datatypes::{DataType, UInt64Type};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Distinct, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs,
    ScalarUDF, SortExpr,
};

use super::conversions::on_one;
use super::extremes::EXTREMES;
use super::otherwise::{Otherwise, otherwise};
use super::refusals::stop_when;

/// Why there is no list of lists.
pub(crate) const NESTED: &str = "数组里不能再放数组：请用 unnest 拆成行，或把值写进同一个数组";

const ORDERED: &str =
    "数组只能用 =、<> 比较，不能比大小和排序：请逐个写，例如 order by (数组)[1], (数组)[2]";

/// Why a node is refused for its lists; none where it may run.
pub(super) fn refusal(node: &LogicalPlan) -> Option<&'static str> {
    let schema = merge_schema(&node.inputs());
    let is_list = |value: &Expr| value.get_type(&schema).is_ok_and(|kind| holds_many(&kind));
    let by_list = |keys: &[SortExpr]| keys.iter().any(|key| is_list(&key.expr));
    let sorted = match node {
        LogicalPlan::Sort(sort) => by_list(&sort.expr),
        LogicalPlan::Distinct(Distinct::On(first)) => {
            first.sort_expr.as_deref().is_some_and(by_list)
        }
        _ => false,
    };
    let of_call = |name: &str, values: &[Expr], keys: &[SortExpr]| match name {
        "array_agg" if values.iter().any(is_list) => Some(NESTED),
        "min" | "max" | EXTREMES if values.iter().any(is_list) => Some(ORDERED),
        _ => by_list(keys).then_some(ORDERED),
    };
    let of_part = |part: &Expr| match part {
        Expr::ScalarFunction(call) => match call.name() {
            "make_array" if call.args.iter().any(is_list) => Some(NESTED),
            "greatest" | "least" | "nullif" if call.args.iter().any(is_list) => Some(ORDERED),
            _ => None,
        },
        Expr::BinaryExpr(both) if is_order(both.op) => {
            (is_list(&both.left) || is_list(&both.right)).then_some(ORDERED)
        }
        Expr::Between(between) => is_list(&between.expr).then_some(ORDERED),
        Expr::AggregateFunction(call) => {
            of_call(call.func.name(), &call.params.args, &call.params.order_by)
        }
        Expr::WindowFunction(call) => {
            of_call(call.fun.name(), &call.params.args, &call.params.order_by)
        }
        _ => None,
    };
    let mut found = sorted.then_some(ORDERED);
    // The walk itself cannot fail.
    let _ = node.apply_expressions(|expression| {
        expression.apply(|part| {
            found = found.or_else(|| of_part(part));
            Ok(stop_when(found.is_some()))
        })
    });
    found
}

fn holds_many(kind: &DataType) -> bool {
    matches!(kind, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}

fn is_order(op: Operator) -> bool {
    matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq)
}

/// `array_length`, NULL of a list of nothing; other functions as they are.
pub(crate) fn without_length(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match function.name() {
        "array_length" => otherwise(function, NoLength),
        _ => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NoLength;

impl Otherwise for NoLength {
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        on_one(&function.invoke_with_args(args)?, |lengths| {
            let lengths = lengths.as_primitive::<UInt64Type>().iter();
            let told = lengths.map(|length| length.filter(|length| *length > 0));
            Ok(Arc::new(told.collect::<UInt64Array>()) as ArrayRef)
        })
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::logical_expr::{LogicalPlanBuilder, cast, col, lit};

    use super::*;

    /// One row with a number `n` and a list of numbers `ns`.
    fn rows() -> LogicalPlanBuilder {
        let ns = DataType::new_list(DataType::Int32, true);
        let values = vec![lit(1), cast(lit(ScalarValue::Null), ns)];
        let rows = LogicalPlanBuilder::values(vec![values]).unwrap();
        rows.project(vec![col("column1").alias("n"), col("column2").alias("ns")]).unwrap()
    }

    #[test]
    fn lists_are_equal_or_not_and_have_no_order() {
        let asked = |condition: Expr| refusal(&rows().filter(condition).unwrap().build().unwrap());
        assert_eq!(asked(col("ns").gt(col("ns"))), Some(ORDERED));
        assert_eq!(asked(col("n").gt(lit(0)).or(col("ns").lt_eq(col("ns")))), Some(ORDERED));
        assert_eq!(asked(col("ns").between(col("ns"), col("ns"))), Some(ORDERED));
        assert_eq!(asked(col("ns").eq(col("ns")).and(col("n").gt(lit(0)))), None);
        let sorted = |by: &str| {
            let key = vec![col(by).sort(true, false)];
            refusal(&rows().sort(key).unwrap().build().unwrap())
        };
        assert_eq!((sorted("ns"), sorted("n")), (Some(ORDERED), None));
    }
}
