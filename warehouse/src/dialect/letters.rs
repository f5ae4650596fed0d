//! `upper`, `lower` and `initcap` letter by letter, as PostgreSQL does.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};

use super::conversions::on_one;
use super::otherwise::{Otherwise, otherwise};
use crate::case;

/// The function, letter by letter; others as they are.
pub(crate) fn by_letter(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match function.name() {
        "upper" | "lower" | "initcap" => otherwise(function, ByLetter),
        _ => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ByLetter;

impl Otherwise for ByLetter {
    fn value(&self, function: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let to = args.return_field.data_type();
        on_one(&args.args[0], |texts| {
            let texts = cast(texts, &DataType::Utf8)?;
            let how = |text: &str| -> String {
                match function.name() {
                    "upper" => text.chars().map(case::upper).collect(),
                    "lower" => text.chars().map(case::lower).collect(),
                    _ => case::initcap(text),
                }
            };
            let written = texts.as_string::<i32>().iter().map(|text| text.map(how));
            Ok(cast(&written.collect::<StringArray>(), to)?)
        })
    }
}
