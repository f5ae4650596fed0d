//! Texts and lists that are made, within a bound: what a function makes of a batch of rows is outside the memory limit
//! of the statement until it is made, and a text that is put together with itself a few times fills a machine. Once it is
//! made it counts against the limit as long as anybody holds it, so that many calls are bounded like one.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast as as_kind,
};
use datafusion::optimizer::AnalyzerRule;

use super::operators::is_text;
use super::otherwise::{Otherwise, otherwise};
use super::rules;
use crate::charged::charged;
use crate::weight::{lying, weight, written};

/// What one call may make of one batch.
const BYTES_MAX: usize = 256 << 20;
const BOUNDED: &[&str] = &[
    "array_to_string",
    "btrim",
    "concat",
    "concat_ws",
    "initcap",
    "left",
    "lower",
    "ltrim",
    "regexp_match",
    "regexp_replace",
    "reverse",
    "right",
    "rtrim",
    "substr",
    "to_char",
    "translate",
    "upper",
];
/// Functions that make lists, by the words of the language alone: what lies in the lists is copied.
const LISTS: &[&str] =
    &["array_append", "array_concat", "array_prepend", "array_slice", "make_array"];
/// Functions that may give a part of a text where it lies: that is counted already.
const PARTS: &[&str] = &["btrim", "left", "ltrim", "right", "rtrim", "substr"];
/// The most that a letter grows by where another takes its place.
const LETTER_BYTES: usize = 4;

/// The function within its bound; others as they are.
pub(crate) fn bounded(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match BOUNDED.contains(&function.name()) {
        true => otherwise(function, Bounded),
        false => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded;

impl Otherwise for Bounded {
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let given = &args.args[..];
        let bytes = |arg: &ColumnarValue| bytes(arg, rows);
        let all = given.iter().map(bytes).fold(0, usize::saturating_add);
        let most = match (function.name(), given) {
            // What stands between the values, once for each.
            ("concat_ws", [between, values @ ..]) => {
                all.saturating_add(bytes(between).saturating_mul(values.len()))
            }
            // Behind each value, and in the place of each NULL.
            ("array_to_string", [lists, beside @ ..]) => {
                let beside = beside.iter().map(longest).fold(0, usize::saturating_add);
                all.saturating_add(beside.saturating_mul(values_of(lists, rows)))
            }
            ("regexp_replace", [texts, _, new, ..]) => {
                all.saturating_add(longest(new).saturating_mul(bytes(texts)))
            }
            ("translate", [texts, ..]) => bytes(texts).saturating_mul(LETTER_BYTES),
            _ => all,
        };
        within(most)?;
        let (parts, options) = (PARTS.contains(&function.name()), Arc::clone(&args.config_options));
        let made = function.invoke_with_args(args)?;
        let as_it_lies = parts && made.data_type() == DataType::Utf8View;
        if as_it_lies { Ok(made) } else { charged(made, &options) }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BoundedLists;

impl Otherwise for BoundedLists {
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        // What is the same for all rows is made once.
        let rows = if alone { 1 } else { args.number_rows };
        let all = args.args.iter().map(|arg| copied(arg, rows)).fold(0, usize::saturating_add);
        if all > BYTES_MAX {
            return exec_err!("数组太长：请先缩小范围，或把长文字截短 left(…, 1000)");
        }
        let options = Arc::clone(&args.config_options);
        charged(function.invoke_with_args(args)?, &options)
    }
}

/// The bytes that a list takes of all rows of a value; texts that lie elsewhere stay there.
fn copied(value: &ColumnarValue, rows: usize) -> usize {
    match value {
        ColumnarValue::Array(texts) if *texts.data_type() == DataType::Utf8View => {
            lying(texts.data_type()).saturating_mul(texts.len())
        }
        ColumnarValue::Array(values) => weight(values, lying),
        ColumnarValue::Scalar(one) => {
            one.to_array().map_or(0, |one| weight(&one, lying)).saturating_mul(rows)
        }
    }
}

pub(super) fn within(bytes: usize) -> Result<()> {
    if bytes > BYTES_MAX {
        return exec_err!("拼接出的文字太长：请先缩小范围，或把长文字截短 left(…, 1000)");
    }
    Ok(())
}

/// The bytes of all rows of a value.
fn bytes(value: &ColumnarValue, rows: usize) -> usize {
    match value {
        ColumnarValue::Array(values) => weight(values, written),
        ColumnarValue::Scalar(one) => {
            one.to_array().map_or(0, |one| weight(&one, written)).saturating_mul(rows)
        }
    }
}

/// The longest text of a value.
fn longest(value: &ColumnarValue) -> usize {
    let text = |text: Option<&str>| text.map_or(0, str::len);
    match value {
        ColumnarValue::Scalar(one) => text(one.try_as_str().flatten()),
        ColumnarValue::Array(values) => match cast(values, &DataType::Utf8) {
            Ok(texts) => texts.as_string::<i32>().iter().map(text).max().unwrap_or(0),
            Err(_) => weight(values, written),
        },
    }
}

/// How many values stand in all lists together.
fn values_of(lists: &ColumnarValue, rows: usize) -> usize {
    let of = |lists: &ArrayRef| {
        lists.as_list_opt::<i32>().map_or(0, |lists| lists.offsets().lengths().sum::<usize>())
    };
    match lists {
        ColumnarValue::Array(lists) => of(lists),
        ColumnarValue::Scalar(one) => {
            one.to_array().map_or(0, |list| of(&list)).saturating_mul(rows)
        }
    }
}

/// `||` between texts, once they are texts, and lists that are made.
#[derive(Debug)]
pub(super) struct BoundedTexts;

impl AnalyzerRule for BoundedTexts {
    fn name(&self) -> &str {
        "bounded_texts"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, |node, schema: &DFSchema| match node {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right })
                if is_text(&left.get_type(schema)?) && is_text(&right.get_type(schema)?) =>
            {
                let both = BinaryExpr::new(left.clone(), Operator::StringConcat, right.clone());
                let kind = Expr::BinaryExpr(both).get_type(schema)?;
                let joined = JOINED.call(vec![*left, *right]);
                let is_same = kind == DataType::Utf8;
                Ok(Transformed::yes(if is_same { joined } else { as_kind(joined, kind) }))
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) if LISTS.contains(&func.name()) => {
                let func = otherwise(func, BoundedLists);
                Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args })))
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

static JOINED: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Joined(Signature::any(2, Volatility::Immutable))));

#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined(Signature);

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &str {
        "joined"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all = args.args.iter().map(|arg| bytes(arg, args.number_rows));
        within(all.fold(0, usize::saturating_add))?;
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let (left, right) = (cast(&sides[0], &DataType::Utf8)?, cast(&sides[1], &DataType::Utf8)?);
        let pairs = left.as_string::<i32>().iter().zip(right.as_string::<i32>().iter());
        let both: StringArray = pairs.map(|(left, right)| Some([left?, right?].concat())).collect();
        let both: ArrayRef = Arc::new(both);
        if alone {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&both, 0)?));
        }
        charged(ColumnarValue::Array(both), &args.config_options)
    }
}

#[cfg(test)]
mod tests {
    use crate::dialect::texts;
    use crate::functions::{Manner, manner};

    /// What gives more than it is given.
    const LONGER: [&str; 4] = ["array_to_string", "concat", "concat_ws", "regexp_replace"];

    /// A function that is said to have a value for everything is computed even for rows that a condition leaves out.
    #[test]
    fn what_stops_at_a_bound_has_no_value_for_everything() {
        let longer = texts();
        let ours = longer.iter().map(|function| function.name());
        for name in LONGER.into_iter().chain(ours).chain(["joined"]) {
            assert_eq!(manner(name), Manner::Partial, "{name}");
        }
    }
}
