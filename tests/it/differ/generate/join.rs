//! Joins: inner, left, right, full, cross, on an inequality, USING, NATURAL and LATERAL.

use std::sync::Arc;

use super::from::{From, item};
use super::scope::{Field, Scope};
use super::{Dice, Grain, Type, is_wide, truth};

/// The widest product that a statement may pass through, in rows.
const WIDEST: usize = 20_000;

/// Joins one more item; false where nothing may be joined after it.
pub(super) fn one_more(d: &mut Dice, left: From) -> (From, bool) {
    match d.weighted(&[70, 7, 7, 4, 5]) {
        1 if left.scope.rows < 400 => crossed(d, left),
        2 => using(d, left),
        3 => (natural(d), false),
        4 => lateral(d, left),
        _ => tied(d, left),
    }
}

/// `a.x = b.y` over a domain that both know, and the rows that come of it.
pub(super) fn tie(d: &mut Dice, left: &Scope, right: &Scope) -> Option<(String, usize)> {
    let wide = d.chance(20);
    let same = |a: &Field, b: &Field| {
        !a.domain.is_empty()
            && a.domain == b.domain
            && a.of == b.of
            && (wide || !is_wide(&a.domain))
    };
    let ties: Vec<_> = (left.fields.iter())
        .flat_map(|a| right.fields.iter().filter(|b| same(a, b)).map(move |b| (a, b)))
        .collect();
    let (a, b) = d.any(&ties)?;
    let unique = left.key == [a.sql.clone()] || right.key == [b.sql.clone()];
    let rows = match unique {
        true => left.rows.max(right.rows),
        false => left.rows.saturating_mul(right.rows) / if is_wide(&a.domain) { 2 } else { 8 },
    };
    let (a, b) = if d.chance(80) { (a, b) } else { (b, a) };
    Some((format!("{} = {}", a.sql, b.sql), rows))
}

fn tied(d: &mut Dice, left: From) -> (From, bool) {
    for _ in 0..8 {
        let ctes = d.ctes.len();
        let right = item(d);
        let found = tie(d, &left.scope, &right.scope).filter(|(_, rows)| *rows < WIDEST);
        let Some((mut on, rows)) = found else {
            d.ctes.truncate(ctes);
            continue;
        };
        let kind =
            d.one(&["join", "inner join", "left join", "left join", "right join", "full join"]);
        d.note(match kind {
            "left join" => "left join",
            "right join" => "right join",
            "full join" => "full join",
            _ => "inner join",
        });
        if d.chance(15)
            && let Some((more, _)) = tie(d, &left.scope, &right.scope)
        {
            d.note("join over two columns");
            on += &format!(" and {more}");
        }
        if d.chance(30) {
            d.note("filter in a join");
            let side = if d.chance(50) { &left.scope } else { &right.scope };
            on += &format!(" and {}", truth::of(d, side, 0));
        }
        let sql = format!("{} {kind} {} on {on}", left.sql, right.sql);
        let mut scope = left.scope.and(right.scope);
        scope.rows = rows;
        return (From { sql, scope }, rows < WIDEST / 4);
    }
    (left, false)
}

fn crossed(d: &mut Dice, left: From) -> (From, bool) {
    let right = item(d);
    if left.scope.rows.saturating_mul(right.scope.rows) > WIDEST {
        return tied(d, left);
    }
    let (sql, scope) = (left.sql, left.scope.and(right.scope));
    let sql = match d.below(3) {
        0 => {
            d.note("cross join");
            format!("{sql} cross join {}", right.sql)
        }
        1 => {
            d.note("join on an inequality");
            let of = scope.some_type(d);
            let sides = (d.one(&scope.of(of)).sql.clone(), d.one(&scope.of(of)).sql.clone());
            let kind = d.one(&["join", "left join", "right join"]);
            format!("{sql} {kind} {} on {} < {}", right.sql, sides.0, sides.1)
        }
        _ => {
            d.note("left or full join on true");
            format!("{sql} {} {} on true", d.one(&["left join", "full join"]), right.sql)
        }
    };
    (From { sql, scope }, false)
}

/// USING: the column that both have comes once, and may be named bare.
fn using(d: &mut Dice, left: From) -> (From, bool) {
    let once =
        |scope: &Scope, name: &str| scope.fields.iter().filter(|f| f.name == name).count() == 1;
    for _ in 0..8 {
        let alias = d.name("t");
        let table = d.schema.table(d);
        let right = table.scope(&alias);
        let shared = |field: &&Field| {
            field.name != "id"
                && !field.domain.starts_with('(')
                && !field.domain.is_empty()
                && once(&left.scope, &field.name)
                && once(&right, &field.name)
        };
        let shared: Vec<_> = left.scope.fields.iter().filter(shared).cloned().collect();
        let Some(field) = d.any(&shared) else { continue };
        if is_wide(&field.domain) && left.scope.rows.saturating_mul(right.rows) > WIDEST {
            continue;
        }
        d.note("using");
        let kind = d.one(&["join", "left join", "right join", "full join"]);
        let name = field.name.clone();
        let sql = format!("{} {kind} {} {alias} using ({name})", left.sql, table.name);
        let mut scope = left.scope.and(right);
        for _ in 0..3 {
            scope.fields.push(Field { sql: name.clone(), ..field.clone() });
        }
        return (From { sql, scope }, false);
    }
    (left, false)
}

/// NATURAL: two subqueries that share one name.
fn natural(d: &mut Dice) -> From {
    d.note("natural join");
    let side = |d: &mut Dice| {
        let table = loop {
            let table = d.schema.table(d);
            if table.columns.iter().any(|column| column.name == "account_id") {
                break table;
            }
        };
        let alias = d.name("n");
        let others: Vec<_> = table.columns.iter().filter(|c| c.name != "account_id").collect();
        let own = d.one(&others);
        let name = d.name("c");
        let sql =
            format!("(select account_id, {} as {name} from {}) as {alias}", own.name, table.name);
        let values = own.values.clone();
        let (grain, domain) = (Grain::Exact, String::new());
        let field =
            Field { sql: format!("{alias}.{name}"), name, of: own.of, grain, domain, values };
        (sql, field, table.rows)
    };
    let ((one, first, _), (two, second, rows)) = (side(d), side(d));
    let kind = d.one(&["natural join", "natural left join", "natural full join"]);
    let shared = Field {
        sql: "account_id".to_owned(),
        name: "account_id".to_owned(),
        of: Type::BigInt,
        domain: "account".to_owned(),
        values: Arc::default(),
        ..first.clone()
    };
    let fields = vec![shared, first, second];
    let scope = Scope { fields, key: Vec::new(), rows: rows * 4, unique: false };
    From { sql: format!("{one} {kind} {two}"), scope }
}

/// LATERAL: a subquery that looks at the row beside it.
fn lateral(d: &mut Dice, left: From) -> (From, bool) {
    let alias = d.name("t");
    let table = d.schema.table(d);
    let inner = table.scope(&alias);
    let Some((tie, _)) = tie(d, &left.scope, &inner) else { return tied(d, left) };
    d.note("lateral");
    let (out, name) = (d.name("l"), d.name("c"));
    let sum = inner.any(d, Type::Decimal).filter(|_| d.chance(60));
    let (call, of) = match sum {
        Some(field) => (format!("sum({})", field.sql), Type::Decimal),
        None => ("count(*)".to_owned(), Type::BigInt),
    };
    let kind = d.one(&["cross join lateral", "left join lateral"]);
    let on = if kind.starts_with("left") { " on true" } else { "" };
    let from = format!("{} {alias} where {tie}", table.name);
    let sql = format!("{} {kind} (select {call} as {name} from {from}) as {out}{on}", left.sql);
    let (grain, domain, values) = (Grain::Exact, String::new(), Arc::default());
    let field = Field { sql: format!("{out}.{name}"), name, of, grain, domain, values };
    let mut scope = left.scope;
    scope.fields.push(field);
    (From { sql, scope }, false)
}
