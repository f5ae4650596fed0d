//! Statements that PostgreSQL understands, made by seeded dice: a small typed grammar.
//!
//! Every expression knows its type, and only what PostgreSQL would take comes out. Literals are mostly values that
//! occur in the books, and joins mostly run over real keys, so that answers are seldom empty. Where an order of rows
//! matters (LIMIT, `row_number`, a frame of rows), the order is total.
//!
//! Read in this order:
//! - `schema`: the tables and views. `dice`: choices. `scope`: columns in sight. `literal`, `expr`: the expressions,
//!   and by their types `number`, `text`, `moment`, `truth`.
//! - `aggregate`, `window`, `nested`: aggregates, window functions, subqueries.
//! - `derived`, `from`, `join`: subqueries in FROM, and joins.
//! - `select`, `group`, `union`, `edge`, `naming`, `scoped`, `planned`: the kinds of statements. `end`: their order and
//!   cut.

mod schema;
mod dice;
mod scope;
mod literal;
mod expr;
mod number;
mod text;
mod moment;
mod truth;
mod aggregate;
mod window;
mod nested;
mod derived;
mod from;
mod join;
mod select;
mod group;
mod union;
mod edge;
mod naming;
mod scoped;
mod planned;
mod end;

use std::collections::BTreeSet;

pub(crate) use schema::{Column, Grain, Schema, Table, Type};

use dice::Dice;
use schema::{domain_of, is_wide, key_of};

/// A statement, and how its answers are compared.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// How near each column must come.
    pub(crate) grains: Vec<Grain>,
    /// True where the rows have one order only.
    pub(crate) ordered: bool,
    /// What it has in it, for the count at the end.
    pub(crate) features: BTreeSet<&'static str>,
}

/// A statement without the CTEs before it.
struct Query {
    sql: String,
    grains: Vec<Grain>,
    ordered: bool,
}

/// The statement of a seed over a schema.
pub(crate) fn statement(schema: &Schema, seed: u64) -> Statement {
    let mut dice = Dice::new(schema, seed);
    let d = &mut dice;
    let query = match d.weighted(&[20, 18, 20, 7, 13, 3, 2, 9, 8, 8, 7, 11]) {
        0 => select::plain(d),
        1 => group::bare(d),
        2 => group::grouped(d),
        3 => group::sets(d),
        4 => select::windowed(d),
        5 => select::star(d),
        6 => select::shadowed(d),
        7 => union::of(d),
        8 => edge::of(d),
        9 => naming::of(d),
        10 => scoped::of(d),
        _ => planned::of(d),
    };
    let views = ["receivable", "collected", "arrears", "remitted", "receipt_usage", "cashier"];
    if views.iter().any(|view| query.sql.contains(&format!("{view} "))) {
        d.note("view");
    }
    let Query { sql, grains, ordered } = query;
    let with =
        if d.ctes.is_empty() { String::new() } else { format!("with {} ", d.ctes.join(", ")) };
    Statement { sql: format!("{with}{sql}"), grains, ordered, features: dice.features }
}
