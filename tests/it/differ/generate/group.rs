//! Whole statements with aggregates: over all rows, by group, by grouping sets.

use super::scope::{Expr, Scope};
use super::{Dice, Grain, Query, Type, aggregate, end, expr, from, nested, select, truth};

/// Aggregates over all rows: one row, also of nothing.
pub(super) fn bare(d: &mut Dice) -> Query {
    d.note("bare aggregate");
    let from = from::any(d);
    let mut shown: Vec<_> = (0..1 + d.below(4)).map(|_| aggregate::of(d, &from.scope)).collect();
    if d.chance(8)
        && let Some(found) = nested::scalar(d, &Scope::default(), Type::BigInt)
    {
        shown.push(found);
    }
    let filter = truth::filter(d, &from.scope, 60);
    let having = if d.chance(8) {
        format!(" having {}", aggregate::having(d, &from.scope))
    } else {
        String::new()
    };
    let (list, columns) = select::named(d, shown);
    let body = format!("select {list} from {}{filter}{having}", from.sql);
    if d.chance(85) {
        let grains = columns.iter().map(|x| x.grain).collect();
        return Query { sql: body, grains, ordered: false };
    }
    end::of(d, body, columns, None)
}

/// Aggregates by group.
pub(super) fn grouped(d: &mut Dice) -> Query {
    d.note("group by");
    let from = from::any(d);
    let keys: Vec<Expr> = (0..1 + d.below(3)).map(|_| key(d, &from.scope)).collect();
    let mut shown = keys.clone();
    shown.extend((0..1 + d.below(3)).map(|_| aggregate::of(d, &from.scope)));
    if d.chance(15) {
        shown.push(over_groups(d, &from.scope, &keys));
    }
    let by = match d.below(3) {
        0 => (1..=keys.len()).map(|place| place.to_string()).collect::<Vec<_>>().join(", "),
        _ => joined(&keys),
    };
    finish(d, &from.sql, &from.scope, shown, &by)
}

/// ROLLUP, CUBE and GROUPING SETS, and which of them a row is of.
pub(super) fn sets(d: &mut Dice) -> Query {
    d.note("grouping sets");
    let from = from::any(d);
    let keys: Vec<Expr> =
        (0..2 + d.below(2)).map(|_| Expr::from(&d.one(&from.scope.fields))).collect();
    let (a, b) = (&keys[0].sql, &keys[1].sql);
    let by = match d.below(8) {
        0 => format!("rollup ({})", joined(&keys)),
        1 => format!("cube ({})", joined(&keys)),
        2 => format!("grouping sets (({}), ({a}), ())", joined(&keys)),
        3 => format!("grouping sets (({a}), ({b}))"),
        4 => "grouping sets (())".to_owned(),
        5 => format!("{a}, rollup ({b})"),
        6 => format!("grouping sets (({a}, {b}), ({a}), ({a}))"),
        _ => format!("grouping sets (({a}), ())"),
    };
    let mut shown: Vec<Expr> = keys.iter().filter(|key| by.contains(&key.sql)).cloned().collect();
    if !shown.is_empty() && d.chance(60) {
        d.note("grouping()");
        let some = &shown[..1 + d.below(shown.len())];
        shown.push(Expr::exact(format!("grouping({})", joined(some)), Type::Int));
    }
    shown.extend((0..1 + d.below(2)).map(|_| aggregate::of(d, &from.scope)));
    finish(d, &from.sql, &from.scope, shown, &by)
}

fn joined(keys: &[Expr]) -> String {
    keys.iter().map(|key| key.sql.as_str()).collect::<Vec<_>>().join(", ")
}

fn finish(d: &mut Dice, from: &str, s: &Scope, shown: Vec<Expr>, by: &str) -> Query {
    let filter = truth::filter(d, s, 45);
    let having =
        if d.chance(20) { format!(" having {}", aggregate::having(d, s)) } else { String::new() };
    let (list, columns) = select::named(d, shown);
    let body = format!("select {list} from {from}{filter} group by {by}{having}");
    let held = format!("{from}{filter}");
    if by.contains('(') && is_narrow(&held) {
        // A column of one value, or equal to another, is none in the order of PostgreSQL 15, even where a set makes
        // NULLs of it.
        let grains = columns.iter().map(|x| x.grain).collect();
        return Query { sql: body, grains, ordered: false };
    }
    end::of(d, body, columns, None)
}

/// True where a filter or a join may leave a column one value, or make it equal to another.
pub(super) fn is_narrow(held: &str) -> bool {
    [" = ", " in (", "between", "using", "natural"].iter().any(|one| held.contains(one))
}

/// A column, or a computation over columns, by which rows are grouped.
fn key(d: &mut Dice, s: &Scope) -> Expr {
    if d.chance(60) {
        let shared: Vec<_> = s.fields.iter().filter(|f| f.grain == Grain::Exact).cloned().collect();
        return Expr::from(&d.any(&shared).unwrap_or_else(|| d.one(&s.fields)));
    }
    d.note("group by an expression");
    loop {
        let of = s.wanted_type(d);
        let depth = d.depth;
        // A subquery would have to be the same twice, and a bare literal is a place in the list.
        d.depth = usize::MAX;
        let made = expr::of(d, s, of, 2);
        d.depth = depth;
        if made.grain == Grain::Exact && s.names_a_column(&made) {
            return made;
        }
    }
}

/// A window over the groups.
fn over_groups(d: &mut Dice, s: &Scope, keys: &[Expr]) -> Expr {
    d.note("window over aggregates");
    let sum = aggregate::sum(d, s);
    let order = joined(keys);
    match d.below(3) {
        0 => {
            Expr::at(sum.grain, format!("sum({}) over (order by {order})", sum.sql), Type::Decimal)
        }
        1 => Expr::exact(format!("row_number() over (order by {order})"), Type::BigInt),
        _ => Expr::exact(format!("rank() over (order by count(*) desc, {order})"), Type::BigInt),
    }
}
