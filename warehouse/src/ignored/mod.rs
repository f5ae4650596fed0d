//! What a planner would ignore is refused: a clause that is read and dropped gives a wrong number in silence.
//!
//! Read off the planner of datafusion-sql 55.2, clause by clause: what it uses passes, what it drops or takes for
//! something else is named here with the way out. The structures of the parser are taken apart field by field, so that
//! a new field of a later parser makes the compiler ask what becomes of it.

mod expression;
mod function;
mod keys;
mod labels;
mod query;
mod relation;
mod select;

pub(crate) use expression::in_expression;
pub(crate) use labels::Labels;
pub(crate) use query::in_query;
pub(crate) use relation::in_relation;
pub(crate) use select::in_select;

/// The sentence of the first thing that is there.
fn first<const N: usize>(found: [(bool, &str); N]) -> Option<String> {
    found.into_iter().find(|(there, _)| *there).map(|(_, said)| said.to_owned())
}

#[cfg(test)]
mod tests;
