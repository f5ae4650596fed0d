//! The functions that a statement may call: those of the list, and no others; and what is known of each.
//!
//! `ALLOWED` is what a session has of the engine's functions, `CALLED` what people may call them, and all the others: what
//! a session knows under another name is the engine's own word, or that of another database, and PostgreSQL has none.
//!
//! Left out: what makes huge values out of small ones outside the memory limit (`generate_series` of a column, `range`,
//! `array_repeat`, `array_resize`; the texts of `repeat` and the like are ours, within a bound), what tells of files
//! (`input_file_name`, `file_row_index`), what gives another answer each time (`random`, `uuid`), and what the trade
//! does not need.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::ScalarUDF;

use crate::{dialect, patterns};

/// True for a name that a session knows and no statement may call: of a function that only the dialect calls, or one
/// that PostgreSQL has not.
pub(crate) fn is_internal(name: &str) -> bool {
    KNOWN.contains(name) && !CALLED.contains(&name)
}

/// All that a session knows by a name.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names = |name: &str, aliases: &[String]| {
        let mut names = aliases.to_vec();
        names.push(name.to_owned());
        names
    };
    let mut known: HashSet<String> = PLANNED.iter().map(|&name| name.to_owned()).collect();
    known.extend(scalar().iter().flat_map(|found| names(found.name(), found.aliases())));
    known.extend(
        dialect::aggregates().iter().flat_map(|found| names(found.name(), found.aliases())),
    );
    let windows = SessionStateDefaults::default_window_functions();
    known.extend(windows.iter().flat_map(|found| names(found.name(), found.aliases())));
    known
});

/// What the planner makes something of without looking for a function.
const PLANNED: &[&str] = &["make_map", "map", "unnest", "unnest_outer"];

/// The names that PostgreSQL 15 has too, for the same. `median`, `every` and others are written out before anything is
/// looked for.
const CALLED: &[&str] = &[
    // Values of any type.
    "coalesce",
    "greatest",
    "least",
    "nullif",
    // Numbers.
    "abs",
    "ceil",
    "ceiling",
    "div",
    "exp",
    "floor",
    "ln",
    "log",
    "log10",
    "mod",
    "pow",
    "power",
    "round",
    "sign",
    "sqrt",
    "trunc",
    // Texts.
    "ascii",
    "btrim",
    "char_length",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "octet_length",
    "position",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "to_char",
    "to_date",
    "to_number",
    "to_timestamp",
    "translate",
    "trim",
    "upper",
    // Days and times.
    "age",
    "current_date",
    "current_time",
    "current_timestamp",
    "date_part",
    "date_trunc",
    "make_date",
    "now",
    // Lists.
    "array_length",
    "array_to_string",
    "cardinality",
    "unnest",
    // Aggregates.
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "grouping",
    "max",
    "min",
    "percentile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    // Windows.
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

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
    use datafusion::execution::SessionStateBuilder;

    use super::*;

    #[test]
    fn every_allowed_function_exists() {
        let known = scalar();
        for name in ALLOWED {
            assert!(known.iter().any(|function| function.name() == *name), "{name}");
        }
    }

    /// A name that no function has any more would let in whatever comes under it one day.
    #[test]
    fn every_name_that_may_be_called_is_known() {
        for name in CALLED {
            assert!(KNOWN.contains(*name), "{name}");
        }
    }

    /// Whatever a session finds a function by, a name of the list calls it and no other: an engine that brings a name
    /// more opens nothing.
    #[test]
    fn what_a_session_knows_is_called_by_a_name_of_the_list_only() {
        let session = SessionStateBuilder::new()
            .with_scalar_functions(scalar())
            .with_window_functions(SessionStateDefaults::default_window_functions());
        let session = dialect::taught(session).build();
        let names = session
            .scalar_functions()
            .keys()
            .chain(session.aggregate_functions().keys())
            .chain(session.window_functions().keys());
        for name in names {
            assert!(is_internal(name) || CALLED.contains(&name.as_str()), "{name}");
        }
        assert!(session.higher_order_functions().is_empty());
        assert!(session.table_functions().is_empty());
        for name in [
            "array_extract",
            "array_join",
            "array_sort",
            "covar",
            "date_bin",
            "datepart",
            "datetrunc",
            "instr",
            "list_element",
            "list_sort",
            "list_to_string",
            "make_map",
            "map",
            "mean",
            "quotient",
            "signum",
            "today",
            "unnest_outer",
            "var",
            "var_population",
            "var_sample",
        ] {
            assert!(!CALLED.contains(&name), "{name}");
            assert!(is_internal(name) || !KNOWN.contains(name), "{name}");
        }
        for name in ["instr", "mean", "plus", "signum", "today", "extremes"] {
            assert!(is_internal(name), "{name}");
        }
        for name in ["sum", "variance", "pow", "unnest", "no_such_function"] {
            assert!(!is_internal(name), "{name}");
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
