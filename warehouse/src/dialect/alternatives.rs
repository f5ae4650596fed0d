//! `coalesce`, `greatest` and `least` with a text in quotes among days, times or truths: it will be read as what it stands
//! beside, so their type is that of the others. DataFusion finds no type for them together.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::beside::ALTERNATIVES;
use super::operators::is_text;
use super::otherwise::{Otherwise, otherwise};

/// The function, open to texts in quotes; others as they are.
pub(crate) fn alternatives(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match ALTERNATIVES.contains(&function.name()) {
        true => otherwise(function, Alternatives),
        false => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Alternatives;

impl Otherwise for Alternatives {
    const GIVES_WAY: bool = true;

    /// A column of texts is refused when it is seen.
    fn takes(&self, function: &ScalarUDF, given: &[DataType]) -> Result<Vec<DataType>> {
        let other = given.iter().find(|kind| {
            !is_text(kind) && !kind.is_numeric() && **kind != DataType::Null && !kind.is_nested()
        });
        let Some(other) = other else { return function.coerce_types(given) };
        let read = |kind: &DataType| if is_text(kind) { other.clone() } else { kind.clone() };
        function.coerce_types(&given.iter().map(read).collect::<Vec<_>>())
    }
}
