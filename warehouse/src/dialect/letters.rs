//! `upper`, `lower` and `initcap` letter by letter, as PostgreSQL does under `C.UTF-8`: a letter that would become two,
//! as `ß`, stays what it is.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

use super::conversions::on_one;

/// The function, letter by letter; others as they are.
pub(crate) fn by_letter(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    match function.name() {
        "upper" | "lower" | "initcap" => Arc::new(ScalarUDF::from(ByLetter { inner: function })),
        _ => function,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ByLetter {
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for ByLetter {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.inner.return_type(given)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let to = args.return_field.data_type();
        on_one(&args.args[0], |texts| {
            let texts = cast(texts, &DataType::Utf8)?;
            let how = |text: &str| -> String {
                match self.name() {
                    "upper" => text.chars().map(upper).collect(),
                    "lower" => text.chars().map(lower).collect(),
                    _ => initcap(text),
                }
            };
            let written = texts.as_string::<i32>().iter().map(|text| text.map(how));
            Ok(cast(&written.collect::<StringArray>(), to)?)
        })
    }
}

fn upper(letter: char) -> char {
    let mut all = letter.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

fn lower(letter: char) -> char {
    // Of the one letter that becomes two the second is its dot.
    letter.to_lowercase().next().unwrap_or(letter)
}

fn initcap(text: &str) -> String {
    let mut inside = false;
    let each = text.chars().map(|letter| {
        let new = if inside { lower(letter) } else { upper(letter) };
        inside = letter.is_alphanumeric();
        new
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of PostgreSQL 15 under `C.UTF-8`.
    #[test]
    fn letters_stay_one() {
        assert_eq!("éßﬁж".chars().map(upper).collect::<String>(), "ÉßﬁЖ");
        assert_eq!("İÉЖ".chars().map(lower).collect::<String>(), "iéж");
        assert_eq!(initcap("élan ßx ﬁx a-bC"), "Élan ßx ﬁx A-Bc");
    }
}
