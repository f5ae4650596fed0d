//! The end of a statement: an order of rows that leaves nothing open, and a cut.

use super::scope::{Expr, Scope};
use super::{Dice, Grain, Query, expr, window};

/// Ends a statement. `free` gives the columns that ORDER BY may name beside those shown.
pub(super) fn of(d: &mut Dice, body: String, shown: Vec<Expr>, free: Option<&Scope>) -> Query {
    let grains: Vec<Grain> = shown.iter().map(|x| x.grain).collect();
    if d.chance(35) {
        return Query { sql: body, grains, ordered: false };
    }
    d.note("order by");
    let mut keys = Vec::new();
    if let Some(scope) = free.filter(|_| d.chance(40)) {
        d.note("order by what is not shown");
        let of = scope.some_type(d);
        let key = expr::of(d, scope, of, 1);
        // A bare literal would be a place in the list.
        if key.grain == Grain::Exact && scope.names_a_column(&key) {
            keys.push(format!("{}{}", key.sql, window::direction(d)));
        }
        if d.chance(15)
            && let Some(key) = window::computed(d, scope)
        {
            keys.push(format!("{key}{}", window::direction(d)));
        }
        keys.extend(scope.total());
    }
    // Rows that are equal in every column may stand in any order.
    let places = d.shuffled((1..=grains.len()).collect());
    keys.extend(places.into_iter().map(|place| format!("{place}{}", window::direction(d))));
    let mut sql = format!("{body} order by {}", keys.join(", "));
    let rough = grains.iter().any(|grain| *grain != Grain::Exact);
    if d.chance(40) && !rough {
        sql += &cut(d);
    }
    Query { sql, grains, ordered: !rough }
}

fn cut(d: &mut Dice) -> String {
    d.note("limit, offset");
    let rows = d.one(&["1", "3", "10", "0", "100"]);
    match d.below(5) {
        0 => format!(" offset {rows}"),
        1 => format!(" limit {rows} offset 2"),
        2 => format!(" fetch first {} rows only", d.one(&["1", "5"])),
        _ => format!(" limit {rows}"),
    }
}
