//! Whole statements without groups: columns and expressions, windows, DISTINCT, a star.

use super::scope::{Expr, Scope};
use super::{Dice, Grain, Query, end, expr, from, nested, truth, window};

/// Columns and expressions of joined rows.
pub(super) fn plain(d: &mut Dice) -> Query {
    let from = from::any(d);
    let s = &from.scope;
    let mut shown = Vec::new();
    for _ in 0..1 + d.below(4) {
        let of = s.wanted_type(d);
        let nested = if d.chance(10) { nested::scalar(d, s, of) } else { None };
        shown.push(nested.unwrap_or_else(|| expr::of(d, s, of, 3)));
    }
    let filter = truth::filter(d, s, 60);
    if d.chance(12) {
        d.note("select distinct");
        // What is equal to the fen only may be one row here and two there.
        shown.retain(|x| x.grain == Grain::Exact);
        shown.push(Expr::from(&d.one(&s.fields)));
        let (list, columns) = named(d, shown);
        let body = format!("select distinct {list} from {}{filter}", from.sql);
        return end::of(d, body, columns, None);
    }
    if d.chance(4) {
        return one_of_each(d, &from.sql, s, &filter);
    }
    let (list, columns) = named(d, shown);
    end::of(d, format!("select {list} from {}{filter}", from.sql), columns, Some(s))
}

/// Window functions over joined rows.
pub(super) fn windowed(d: &mut Dice) -> Query {
    let from = from::any(d);
    let s = &from.scope;
    let mut shown: Vec<_> = (0..1 + d.below(2)).map(|_| Expr::from(&d.one(&s.fields))).collect();
    shown.extend((0..1 + d.below(2)).map(|_| window::of(d, s)));
    let filter = truth::filter(d, s, 40);
    let (list, columns) = named(d, shown);
    end::of(d, format!("select {list} from {}{filter}", from.sql), columns, None)
}

/// Every column of joined rows.
pub(super) fn star(d: &mut Dice) -> Query {
    d.note("star");
    let from = loop {
        let from = from::any(d);
        if !from.sql.contains(" using (") && !from.sql.contains("natural ") {
            break from;
        }
    };
    let filter = truth::filter(d, &from.scope, 60);
    let columns = from.scope.fields.iter().map(Expr::from).collect();
    end::of(d, format!("select * from {}{filter}", from.sql), columns, None)
}

/// A column under the name of another one, which ORDER BY then means.
pub(super) fn shadowed(d: &mut Dice) -> Query {
    d.note("name of another column");
    let alias = d.name("t");
    let table = d.schema.table(d);
    let s = table.scope(&alias);
    let (one, two) = (d.one(&s.fields), d.one(&s.fields));
    let shown = expr::of(d, &s, one.of, 1);
    let filter = truth::filter(d, &s, 40);
    let sql = format!(
        "select {} as {}, {} as c1 from {} {alias}{filter} order by {} desc, 2, 1",
        shown.sql, one.name, two.sql, table.name, one.name
    );
    let ordered = shown.grain == Grain::Exact;
    Query { sql, grains: vec![shown.grain, two.grain], ordered }
}

/// The expressions under names of their own.
pub(super) fn named(d: &mut Dice, shown: Vec<Expr>) -> (String, Vec<Expr>) {
    let list = shown.iter().map(|x| format!("{} as {}", x.sql, d.name("c"))).collect::<Vec<_>>();
    (list.join(", "), shown)
}

/// DISTINCT ON: the first row of each value.
fn one_of_each(d: &mut Dice, from: &str, s: &Scope, filter: &str) -> Query {
    d.note("distinct on");
    let (by, shown) = (d.one(&s.fields), d.one(&s.fields));
    let total = s.total().join(", ");
    if d.chance(25)
        && let Some(by) = window::computed(d, s)
    {
        let sql = format!(
            "select distinct on ({by}) {by} as c1, {} as c2 from {from}{filter} order by {by}, {total}",
            shown.sql
        );
        return Query { sql, grains: vec![Grain::Exact, shown.grain], ordered: true };
    }
    let sql = format!(
        "select distinct on ({0}) {0} as c1, {1} as c2 from {from}{filter} order by {0}, {total}",
        by.sql, shown.sql
    );
    Query { sql, grains: vec![by.grain, shown.grain], ordered: true }
}
