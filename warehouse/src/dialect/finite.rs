//! Functions that stop where PostgreSQL stops: `ln(-1)`, `sqrt(-1)` and `exp(1000)` are no numbers, `chr(0)` is no
//! letter, `make_date(0, 1, 1)` no day.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};

use super::conversions::{DAYS, on_one};
use super::otherwise::{Otherwise, otherwise};

/// The functions that have no value for some numbers, and what they need.
const PARTIAL: &[(&str, &str)] = &[
    ("chr", "要大于 0 的字符编号"),
    ("exp", "结果超出范围"),
    ("ln", "要大于 0 的数"),
    ("log", "要大于 0 的数"),
    ("log10", "要大于 0 的数"),
    ("make_date", "要真有的年、月、日，年份从 1 到 9999"),
    (
        "power",
        "对这两个数没有结果：底数为 0 时指数不能为负，底数为负时指数要是整数，结果不能超出范围",
    ),
    ("sqrt", "要不小于 0 的数"),
];

/// The function, made to stop; others as they are.
pub(crate) fn finite(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match PARTIAL.iter().find(|(name, _)| *name == function.name()) {
        Some((_, needs)) => otherwise(function, Finite { needs }),
        None => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Finite {
    needs: &'static str,
}

impl Otherwise for Finite {
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let given: Vec<_> =
            args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<_>>()?;
        let to = args.return_field.data_type().clone();
        let answer = match &args.args[..] {
            // PostgreSQL's logarithm of one number is the decimal one, to its last digit.
            [value] if function.name() == "log" => on_one(value, |values| {
                let floats = cast(values, &DataType::Float64)?;
                let decimal: Float64Array = floats.as_primitive::<Float64Type>().unary(f64::log10);
                Ok(cast(&decimal, &to)?)
            }),
            _ => function.invoke_with_args(args),
        };
        let no_value = || exec_err!("{} {}", function.name(), self.needs);
        let Ok(answer) = answer else { return no_value() };
        let values = answer.to_array(rows)?;
        if let Some(letters) = values.as_string_opt::<i32>() {
            let is_none = letters.iter().flatten().any(|letter| letter == "\0");
            return if is_none { no_value() } else { Ok(answer) };
        }
        if let Some(days) = values.as_primitive_opt::<Date32Type>() {
            let is_none = days.iter().flatten().any(|day| !DAYS.contains(&day));
            return if is_none { no_value() } else { Ok(answer) };
        }
        let Some(values) = values.as_primitive_opt::<Float64Type>() else { return Ok(answer) };
        let lost = |row: usize| {
            values.is_valid(row)
                && !values.value(row).is_finite()
                && given.iter().all(|arg| is_finite(arg.as_ref(), row))
        };
        if (0..values.len()).any(lost) { no_value() } else { Ok(answer) }
    }
}

fn is_finite(value: &dyn Array, row: usize) -> bool {
    value.as_primitive_opt::<Float64Type>().is_none_or(|value| value.value(row).is_finite())
}
