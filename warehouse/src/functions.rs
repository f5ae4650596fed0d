//! The functions that a statement may call: those of the list, and no others; and what is known of each.
//!
//! Left out: what makes huge values out of small ones outside the memory limit (`generate_series` of a column, `range`,
//! `array_repeat`, `array_resize`; the texts of `repeat` and the like are ours, within a bound), what tells of files
//! (`input_file_name`, `file_row_index`), what gives another answer each time (`random`, `uuid`), and what the trade
//! does not need.

use std::sync::{Arc, LazyLock};

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::ScalarUDF;

use crate::{dialect, patterns};

/// True for a name that no statement may call: of a function that only the dialect calls, or of one that PostgreSQL
/// calls otherwise.
pub(crate) fn is_internal(name: &str) -> bool {
    ["instr", "array_element", "array_extract", "list_element", "list_extract", dialect::EXTREMES]
        .contains(&name)
        || !["div", "mod", "nullif"].contains(&name)
            && dialect::functions().iter().any(|function| function.name() == name)
}

/// How a function treats what it is given; what is true of a manner is true of those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Manner {
    /// It may have no value for some of it.
    Partial,
    /// It has a value for whatever it is given.
    Total,
    /// It gives one of its arguments as it is.
    Passing,
    /// It stands there for the planner alone, and is no work.
    Free,
}

/// The manner of a function, of ours or of the list.
pub(crate) fn manner(name: &str) -> Manner {
    let found = MANNERS.iter().find(|(_, names)| names.contains(&name));
    found.map_or(Manner::Partial, |(manner, _)| *manner)
}

const MANNERS: &[(Manner, &[&str])] = &[
    (Manner::Free, &["guarded", "held", "kept", "named_cast", "plain_zero"]),
    (Manner::Passing, &["coalesce", "greatest", "least", "nullif"]),
    (
        Manner::Total,
        &[
            "age",
            "apart",
            "array_element",
            "array_length",
            "array_sort",
            "ascii",
            "btrim",
            "calendar_text",
            "cardinality",
            "ceil",
            "certain",
            "character_length",
            "current_date",
            "current_time",
            "cut",
            "date_part",
            "date_trunc",
            "day_text",
            "float_text",
            "floor",
            "greatest_of",
            "initcap",
            "least_of",
            "left",
            "lower",
            "ltrim",
            "make_array",
            "moment",
            "nearest_float",
            "now",
            "nulls_of",
            "octet_length",
            "regexp_count",
            "regexp_instr",
            "regexp_like",
            "regexp_match",
            "reverse",
            "right",
            "round",
            "rtrim",
            "seconds",
            "signed",
            "signum",
            "span_part",
            "span_text",
            "starts_with",
            "strpos",
            "text_of_time",
            "time_text",
            "translate",
            "trunc",
            "truth_text",
            "upper",
            "wall_clock",
            "wall_text",
            "whole",
            "written",
        ],
    ),
];

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
    functions = functions.into_iter().map(dialect::without_length).collect();
    functions = functions.into_iter().map(dialect::bounded).map(dialect::alternatives).collect();
    functions.extend(dialect::functions());
    functions.extend(dialect::texts());
    functions.push(dialect::age());
    functions.extend(patterns::all().into_iter().map(dialect::bounded));
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

    /// A name that no function has would say nothing, and hide what the function is called now.
    #[test]
    fn every_manner_is_that_of_a_function() {
        let called = scalar().into_iter().map(|function| function.name().to_owned());
        let called: Vec<_> = called.chain(["make_array".to_owned()]).collect();
        let dialect = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialect");
        let ours: String = std::fs::read_dir(dialect)
            .unwrap()
            .filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok())
            .collect();
        for name in MANNERS.iter().flat_map(|(_, names)| *names) {
            let is_ours = || ours.contains(&format!("\"{name}\""));
            assert!(called.iter().any(|known| known == name) || is_ours(), "{name}");
        }
    }
}
