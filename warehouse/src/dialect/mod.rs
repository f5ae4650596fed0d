//! What PostgreSQL means by a statement, where DataFusion would mean something else.
//!
//! DataFusion reads the same words and often counts otherwise: whole numbers wrap, a quotient keeps six decimals, a
//! text is compared with a number as text, `cast(2.5 as int)` cuts. Analysts know PostgreSQL, and the books are
//! PostgreSQL's; so a statement is made to mean here what it means there, or it is refused. Read in this order:
//! - `names`: columns have PostgreSQL's names, which `implicit` finds for unnamed ones; `order`: names in ORDER BY;
//!   `scopes`: which column a name is, among those in `sights`; `titles`: the columns of the answer are called what the
//!   analyst wrote.
//! - `spelled`: words for what plainer words say, `windows` that go on from others, `series`: rows that a call tells;
//!   `pairs`: rows of values that are looked for in a subquery; `quantified`: a value beside all of a subquery, or any,
//!   by its `extremes`.
//! - `rewrite`: on the text's tree, before planning: literals, casts, time zones; calls that are `meant` otherwise;
//!   `rows` of values, texts in `values`, EXISTS as a value `counted`, the `precedence` of IS DISTINCT FROM, `grouping` sets; `tree`: the
//!   pieces that it puts there.
//! - `types`: what a type's name stands for.
//! - `settled`: the type that a value really has, `united`: of the sides of a UNION; before anything is computed with it.
//! - `operators`: `+ - * / %` and comparisons, while the types of both sides are known; `arithmetic` computes them.
//! - `quotient`: how many digits a quotient has, `spread`: variances to their last digit, `cut`: what `round` and the like
//!   leave of them.
//! - `sum`: sums that cannot run over; `percentile`: exact ones; `gathered`: texts and lists out of many rows;
//!   `finite`: functions that have no value for some numbers, `letters`: texts letter by letter, `bounded`: put
//!   together, each doing one thing `otherwise`; `texts`: what they are given.
//! - `expressions`: regular ones, in the words of Rust's.
//! - `beside`, `casts`: rules over the plan, before and after types are brought together: values beside each other,
//!   with `conditions` where one is asked for, `lists` for `in (…)`, `alternatives` of which one is a text, and `calls` that mean something else; casts, of
//!   which some are `kept` where they stand; texts of numbers whose scale is `mixed` are refused. `nullif` has a type
//!   of its own.
//! - `existence`: forms that are planned wrongly, put right; `marks`: lists that are asked for as a value; `lifted`:
//!   subqueries inside sums, groups and sorts; `only_value`: subqueries that stand for a value; `correlated`: those that
//!   name outer columns. `refusals`: forms that are not answered, among them lists that EXISTS leaves `unseen`;
//!   `arrays`: lists that are ordered, or of lists; `hindrances`: why the engine gave up.
//! - `handed`: the order of a subquery, where the query around it needs one; `zeros`: floats without a negative zero.
//! - `times`: texts that tell times, `parts` of them, `lengths`: intervals, `spans`: so many times one, `span_sums`: of many, `ages`:
//!   between two times; `numerals`: texts and floats that tell decimals.
//! - `unknowns`: conditions over NULL, made `certain` where they join, `keys`: those of grouping sets, both out of reach
//!   of DataFusion's rules; what is `fallible`, `guarded` by the conditions beside it and not `inferred` for other rows;
//!   the keys of `sorts`.
//! - `conversions`: what a value goes through on its way to another type, a text by way of a `legible` one; `zones`:
//!   and to another time zone.

mod ages;
mod alternatives;
mod arithmetic;
mod arrays;
mod beside;
mod bounded;
mod calls;
mod casts;
mod certain;
mod conditions;
mod conversions;
mod correlated;
mod counted;
mod cut;
mod existence;
mod expressions;
mod extremes;
mod fallible;
mod finite;
mod gathered;
mod grouping;
mod guarded;
mod handed;
mod hindrances;
mod implicit;
mod inferred;
mod kept;
mod keys;
mod legible;
mod lengths;
mod letters;
mod lifted;
mod lists;
mod marks;
mod meant;
mod mixed;
mod names;
mod nullif;
mod numerals;
mod only_value;
mod operators;
mod order;
mod otherwise;
mod pairs;
mod parts;
mod percentile;
mod precedence;
mod quantified;
mod quotient;
mod refusals;
mod rewrite;
mod rows;
mod rules;
mod scopes;
mod series;
mod settled;
mod sights;
mod sorts;
mod span_sums;
mod spans;
mod spelled;
mod spread;
mod sum;
mod texts;
mod titles;
mod tree;
mod times;
mod types;
mod united;
mod unknowns;
mod unseen;
mod values;
mod windows;
mod zeros;
mod zones;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::optimizer::Analyzer;

pub(crate) use ages::age;
pub(crate) use alternatives::alternatives;
pub(crate) use arrays::{NESTED, without_length};
pub(crate) use bounded::bounded;
pub(crate) use correlated::tied;
pub(crate) use expressions::refused as regex_refused;
pub(crate) use finite::finite;
pub(crate) use guarded::GuardedRows;
pub(crate) use handed::ordered;
pub(crate) use hindrances::hindrance;
pub(crate) use implicit::folded;
pub(crate) use inferred::AskedAsWritten;
pub(crate) use letters::by_letter;
pub(crate) use names::named;
pub(crate) use pairs::apart;
pub(crate) use quantified::quantified;
pub(crate) use refusals::refusal;
pub(crate) use rewrite::rewrite;
pub(crate) use scopes::{Tables, resolved};
pub(crate) use sorts::known;
pub(crate) use spelled::{behind_all, spelled};
pub(crate) use texts::texts;
pub(crate) use titles::{MARK, Titles};
pub(crate) use unseen::unseen;

/// Dongguan's time zone, of every session as of every column. There has been no summer time since 1991.
pub(crate) use tables::catalog::ZONE;

/// Teaches a session the dialect.
pub(crate) fn taught(session: SessionStateBuilder) -> SessionStateBuilder {
    let mut planners = SessionStateDefaults::default_expr_planners();
    planners.insert(0, Arc::new(operators::PostgresOperators));
    let mut rules = Analyzer::new().rules;
    let coercion = rules.iter().position(|rule| rule.name() == "type_coercion");
    rules.insert(coercion.unwrap_or(0), Arc::new(beside::TypedValues));
    rules.insert(0, Arc::new(existence::MendedForms));
    rules.insert(0, Arc::new(keys::PlainKeys));
    rules.push(Arc::new(casts::PostgresCasts));
    rules.push(Arc::new(mixed::OneScale));
    rules.push(Arc::new(bounded::BoundedTexts));
    rules.push(Arc::new(zeros::PlainZeros));
    rules.push(Arc::new(unknowns::KeptUnknowns));
    rules.push(Arc::new(guarded::GuardedValues));
    rules.push(Arc::new(sorts::KeyColumns));
    session
        .with_expr_planners(planners)
        .with_relation_planners(vec![Arc::new(settled::SettledRelations)])
        .with_type_planner(Arc::new(types::PostgresTypes))
        .with_analyzer_rules(rules)
        .with_aggregate_functions(aggregates())
}

/// Functions that statements are rewritten to.
pub(crate) fn functions() -> Vec<Arc<ScalarUDF>> {
    [
        arithmetic::functions(),
        conversions::functions(),
        extremes::functions(),
        vec![nullif::function()],
    ]
    .concat()
}

/// The aggregates of a session.
pub(crate) fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let mut all = SessionStateDefaults::default_aggregate_functions();
    // Ours stand in their place; the others give an estimate, or the value of any row.
    all.retain(|function| {
        let name = function.name();
        !matches!(
            name,
            "sum"
                | "percentile_cont"
                | "median"
                | "any_value"
                | "var"
                | "var_pop"
                | "stddev"
                | "stddev_pop"
        ) && !name.starts_with("approx_")
    });
    let mut all: Vec<_> = all.into_iter().map(gathered::gathered).collect();
    all.push(Arc::new(AggregateUDF::from(sum::ExactSum::new())));
    all.extend(spread::all());
    all.push(Arc::new(AggregateUDF::from(percentile::Percentile::new())));
    all.push(Arc::new(extremes::aggregate()));
    all
}
