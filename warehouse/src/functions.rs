//! The functions that a statement may call: those of the list, and no others.
//!
//! Left out: what makes huge values out of small ones outside the memory limit (`generate_series` of a column, `range`,
//! `array_repeat`, `array_resize`; the texts of `repeat` and the like are ours, within a bound), what tells of files (`input_file_name`,
//! `file_row_index`), what gives another answer each time (`random`, `uuid`), and what the trade does not need.

use std::sync::{Arc, LazyLock};

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::ScalarUDF;

use crate::{dialect, patterns};

/// True for a name that no statement may call: of a function that only the dialect calls, or of one that PostgreSQL
/// calls otherwise.
pub(crate) fn is_internal(name: &str) -> bool {
    ["instr", "array_element", "array_extract", "list_element", "list_extract"].contains(&name)
        || !["mod", "nullif"].contains(&name)
            && dialect::functions().iter().any(|function| function.name() == name)
}

/// The scalar functions of a session.
pub(crate) fn scalar() -> Vec<Arc<ScalarUDF>> {
    SCALAR.clone()
}

static SCALAR: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
    let mut functions = SessionStateDefaults::default_scalar_functions();
    functions.retain(|function| ALLOWED.contains(&function.name()));
    for function in &mut functions {
        if let Some((_, alias)) = ALIASES.iter().find(|(name, _)| *name == function.name()) {
            *function = Arc::new(function.as_ref().clone().with_aliases([*alias]));
        }
    }
    let mut functions: Vec<_> =
        functions.into_iter().map(dialect::finite).map(dialect::by_letter).collect();
    functions = functions.into_iter().map(dialect::bounded).map(dialect::alternatives).collect();
    functions.extend(dialect::functions());
    functions.extend(dialect::texts());
    functions.push(dialect::age());
    functions.extend(patterns::all());
    functions
});

/// What PostgreSQL calls them.
const ALIASES: &[(&str, &str)] = &[("signum", "sign"), ("ceil", "ceiling")];

const ALLOWED: &[&str] = &[
    // Values of any type.
    "coalesce",
    "greatest",
    "least",
    // Numbers.
    "abs",
    "ceil",
    "floor",
    "ln",
    "log",
    "log10",
    "exp",
    "power",
    "round",
    "signum",
    "sqrt",
    "trunc",
    // Texts.
    "ascii",
    "btrim",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "initcap",
    "left",
    "lower",
    "ltrim",
    "octet_length",
    "reverse",
    "right",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "translate",
    "upper",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    // Days and times.
    "current_date",
    "current_time",
    "date_part",
    "date_trunc",
    "make_date",
    "now",
    // Lists, as `array_agg` makes them.
    "array_to_string",
    "array_length",
    "array_sort",
    "array_element",
    "cardinality",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_function_exists() {
        let known = scalar();
        for name in ALLOWED {
            assert!(known.iter().any(|function| function.name() == *name), "{name}");
        }
    }
}
