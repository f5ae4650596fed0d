//! Names of relations: CTEs that are called like tables or like each other, and the columns that a star stands for.

use super::scope::{Field, Scope};
use super::{Dice, Grain, Query, Table, Type, truth};

/// A statement whose answer hangs on which relation a name is.
pub(super) fn of(d: &mut Dice) -> Query {
    match d.weighted(&[4, 4, 4]) {
        0 => like_a_table(d),
        1 => like_each_other(d),
        _ => starred(d),
    }
}

/// Columns of a table, counted: one that every reader understands.
fn told(d: &mut Dice, s: &Scope) -> (String, Field) {
    let field = loop {
        let field = d.one(&s.fields);
        if field.of != Type::Bool {
            break field;
        }
    };
    (format!("count(*), count({0}), max({0})", field.sql), field)
}

fn exact(sql: String, columns: usize) -> Query {
    Query { sql, grains: vec![Grain::Exact; columns], ordered: false }
}

/// `with payment as (select … from payment where …)`: inside it is the table, after it the CTE.
fn like_a_table(d: &mut Dice) -> Query {
    d.note("cte called like a table");
    let schema = d.schema;
    let (table, other) = (schema.table(d), schema.table(d));
    let (alias, inner) = (d.name("q"), d.name("t"));
    let of: &Table = if d.chance(60) { table } else { other };
    let filter = truth::filter(d, &of.scope(&inner), 80);
    let (list, _) = told(d, &of.scope(&alias));
    let made = format!("{} as (select {inner}.* from {} {inner}{filter})", table.name, of.name);
    let sql = match d.below(3) {
        0 => format!("with {made} select {list} from {} {alias}", table.name),
        1 => format!("select * from (with {made} select {list} from {} {alias}) as w", table.name),
        // Beside the subquery it is the table again.
        _ => format!(
            "select c.*, (select count(*) from {0}) from (with {made} select {list} from {0} {alias}) as c (a, b, c)",
            table.name
        ),
    };
    let columns = if sql.starts_with("select c.*") { 4 } else { 3 };
    exact(sql, columns)
}

/// A CTE that is called like one around it.
fn like_each_other(d: &mut Dice) -> Query {
    d.note("cte called like another");
    let schema = d.schema;
    let (one, two) = (schema.table(d), schema.table(d));
    let (a, b, w) = (d.name("t"), d.name("t"), d.name("w"));
    let (s, t) = (one.scope(&a), two.scope(&b));
    let (x, y) = (told(d, &s).1, told(d, &t).1);
    let (f, g) = (truth::filter(d, &s, 70), truth::filter(d, &t, 70));
    let outer = format!("{w} as (select {} as k from {} {a}{f})", x.sql, one.name);
    let inner = format!("{w} as (select {} as j from {} {b}{g})", y.sql, two.name);
    let sql = match d.below(4) {
        0 => format!(
            "with {outer} select (select count(k) from {w}), (with {inner} select count(j) from {w})"
        ),
        1 => format!(
            "with {outer} select n, (select count(*) from {w}) from (with {inner} select count(j) as n from {w}) q"
        ),
        2 => format!(
            "with {outer} select count(*), count(q.k) from (with {w} as (select k from {w} where k is not null) select k from {w}) q"
        ),
        _ => format!(
            "with {outer} select count(*), max(q.n) from {w} cross join (with {inner} select count(*) as n from {w}) q"
        ),
    };
    exact(sql, 2)
}

/// A star over joined tables: the column of USING comes first, and once.
fn starred(d: &mut Dice) -> Query {
    for _ in 0..12 {
        let schema = d.schema;
        let (one, two) = (schema.table(d), schema.table(d));
        let (a, b) = (d.name("t"), d.name("t"));
        let (s, t) = (one.scope(&a), two.scope(&b));
        let ties = |own: &&Field| {
            own.name.ends_with("_id")
                && t.fields.iter().any(|its| its.name == own.name && its.of == own.of)
        };
        let keys: Vec<_> = s.fields.iter().filter(ties).cloned().collect();
        let Some(key) = d.any(&keys).filter(|_| one.rows.saturating_mul(two.rows) < 20_000) else {
            continue;
        };
        d.note("star over a join");
        let name = &key.name;
        let (wide, kind) = (
            s.fields.len() + t.fields.len(),
            d.one(&["join", "left join", "right join", "full join"]),
        );
        let from = format!("{} {a} {kind} {} {b}", one.name, two.name);
        let filter = truth::filter(d, &s, 40);
        let tie = format!("{} = {b}.{name}", key.sql);
        return match d.below(5) {
            0 => exact(format!("select * from {from} on {tie}{filter}"), wide),
            1 => exact(format!("select * from {from} using ({name}){filter}"), wide - 1),
            2 => exact(
                format!("select {b}.*, {a}.{name} from {from} on {tie}{filter}"),
                t.fields.len() + 1,
            ),
            3 => exact(format!("select {b}.* from {from} using ({name}){filter}"), t.fields.len()),
            _ => exact(
                format!(
                    "select count(*), count({name}) from (select * from {from} using ({name}){filter}) q"
                ),
                2,
            ),
        };
    }
    like_a_table(d)
}
