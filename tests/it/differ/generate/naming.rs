//! Names: items without an alias and what ORDER BY and the queries around them mean by their names; parentheses and
//! capitals around names; bare names under EXISTS.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Grain, Query, Type, truth, window};

/// A statement whose answer hangs on a name.
pub(super) fn of(d: &mut Dice) -> Query {
    match d.weighted(&[5, 3, 3, 4, 3]) {
        0 => ordered(d),
        1 => captured(d),
        2 => cut(d),
        3 => under_exists(d),
        _ => joined_under_exists(d),
    }
}

/// A value that is called after a column, without an alias, and its type.
fn unnamed(d: &mut Dice, field: &Field, s: &Scope) -> Expr {
    let x = &field.sql;
    let text = |sql: String| Expr::exact(sql, Type::Text);
    let is_plain = matches!(field.of, Type::Int | Type::BigInt | Type::Text);
    match d.below(6) {
        0 if is_plain => {
            d.note("unnamed cast");
            text(format!("{x}::text"))
        }
        1 if is_plain => {
            d.note("unnamed cast");
            text(format!("CAST({x} as text)"))
        }
        2 if field.of == Type::Int => {
            d.note("unnamed cast");
            Expr::exact(format!("({x})::bigint"), Type::BigInt)
        }
        3 => {
            d.note("unnamed subquery");
            Expr::exact(format!("(select {x})"), field.of)
        }
        4 => {
            d.note("column in parentheses");
            Expr::exact(format!("({x})"), field.of)
        }
        _ => {
            d.note("unnamed case");
            let other = s.any(d, field.of).map_or_else(|| x.clone(), |other| other.sql.clone());
            let condition = truth::of(d, s, 1);
            Expr::exact(format!("case when {condition} then {other} else {x} end"), field.of)
        }
    }
}

/// The name in a key: as it is, in capitals, in parentheses.
fn key(d: &mut Dice, name: &str) -> String {
    match d.below(4) {
        0 => format!("({name})"),
        1 => name.to_uppercase(),
        2 => format!("(({}))", name.to_uppercase()),
        _ => name.to_owned(),
    }
}

fn table(d: &mut Dice) -> (String, Scope) {
    let alias = d.name("t");
    let table = d.schema.table(d);
    (format!("{} {alias}", table.name), table.scope(&alias))
}

/// ORDER BY the name of an item without an alias.
fn ordered(d: &mut Dice) -> Query {
    d.note("order by an unnamed item");
    let (from, s) = table(d);
    let field = d.one(&s.fields);
    let shown = unnamed(d, &field, &s);
    let (by, way) = (key(d, &field.name), window::direction(d));
    let (filter, total) = (truth::filter(d, &s, 40), s.total().join(", "));
    let (list, grains) = (&shown.sql, vec![shown.grain]);
    let sql = match d.below(4) {
        0 => format!("select distinct {list} from {from}{filter} order by {by}{way}"),
        1 => {
            let on = key(d, &field.name);
            format!("select distinct on ({on}) {list} from {from}{filter} order by {by}{way}")
        }
        2 => format!("(select {list} from {from}{filter}) order by {by}{way}, {total} limit 7"),
        _ => format!("select {list} from {from}{filter} order by {by}{way}, {total} limit 20"),
    };
    Query { sql, grains, ordered: true }
}

/// A name that stands alone is the item, inside a larger key it is the column.
fn captured(d: &mut Dice) -> Query {
    d.note("alias of a column's name in a key");
    let (from, s) = table(d);
    let numbers: Vec<_> = s.fields.iter().filter(|field| field.of.is_number()).cloned().collect();
    let Some(field) = d.any(&numbers) else { return ordered(d) };
    let (alias, inside) = (key(d, &field.name), key(d, &field.name));
    let alias = alias.trim_matches(['(', ')']);
    let (filter, total) = (truth::filter(d, &s, 40), s.total().join(", "));
    let body = format!("select -{} as {alias} from {from}{filter}", field.sql);
    let by = match d.below(3) {
        0 => format!("{inside}, {total}"),
        1 => format!("{inside} + 0 desc, {total}"),
        _ => format!("abs({inside}), {inside}, {total}"),
    };
    let sql = match d.chance(30) {
        true => format!("({body}) order by {by} limit 9"),
        false => format!("{body} order by {by} limit 9"),
    };
    Query { sql, grains: vec![Grain::Exact], ordered: true }
}

/// A subquery that is cut in the order of an unnamed item, and is referred to by its name.
fn cut(d: &mut Dice) -> Query {
    d.note("unnamed item of a subquery");
    let (from, s) = table(d);
    let field = d.one(&s.fields);
    let shown = unnamed(d, &field, &s);
    let (by, way) = (key(d, &field.name), window::direction(d));
    let (filter, total) = (truth::filter(d, &s, 40), s.total().join(", "));
    let inner =
        format!("select {} from {from}{filter} order by {by}{way}, {total} limit 5", shown.sql);
    let (alias, name) = (d.name("q"), key(d, &field.name));
    let list =
        if shown.of == Type::Bool { format!("bool_or({name})") } else { format!("max({name})") };
    let end = if d.chance(50) { format!(" where {name} is not null") } else { String::new() };
    let sql = match d.chance(50) {
        true => format!("with {alias} as ({inner}) select count(*), {list} from {alias}{end}"),
        false => format!("select count(*), {list} from ({inner}) {alias}{end}"),
    };
    Query { sql, grains: vec![Grain::Exact; 2], ordered: true }
}

/// Two tables with a key of one name and type.
fn pair(d: &mut Dice) -> Option<(String, Field, String, Field)> {
    for _ in 0..8 {
        let ((outer, s), (inner, t)) = (table(d), table(d));
        let is_key = |field: &&Field| field.name.ends_with("_id");
        let own: Vec<_> = s.fields.iter().filter(is_key).cloned().collect();
        for own in d.shuffled(own) {
            let its = t.fields.iter().find(|its| its.name == own.name && its.of == own.of);
            if let Some(its) = its {
                return Some((outer, own, inner, its.clone()));
            }
        }
    }
    None
}

/// A bare name under EXISTS that only the unnamed item of a subquery has there.
fn under_exists(d: &mut Dice) -> Query {
    let Some((outer, own, inner, its)) = pair(d) else { return ordered(d) };
    d.note("bare name under exists");
    let of = if its.of == Type::Int { "int" } else { "bigint" };
    let x = &its.sql;
    let item = match d.below(4) {
        0 => format!("{x}::{of}"),
        1 => format!("({x})"),
        2 => format!("case when {x} > 3 then {x} else {x} end"),
        _ => format!("cast({x} as {of})"),
    };
    let filter = format!(" where {x} % 2 = {}", d.below(2));
    let (not, name) = (d.one(&["", "not "]), key(d, &its.name));
    let tie = format!("{not}exists (select 1 from");
    let sql = match d.chance(50) {
        true => format!(
            "with w as (select {item} from {inner}{filter}) select count(*) from {outer} where {tie} w where {name} = {})",
            own.sql
        ),
        false => format!(
            "select count(*) from {outer} where {tie} (select {item} from {inner}{filter}) w where {name} = {})",
            own.sql
        ),
    };
    Query { sql, grains: vec![Grain::Exact], ordered: true }
}

/// A bare name under EXISTS that USING has made of two columns.
fn joined_under_exists(d: &mut Dice) -> Query {
    let Some((outer, own, inner, its)) = pair(d) else { return ordered(d) };
    d.note("column of using under exists");
    let not = d.one(&["", "not "]);
    let way = d.one(&["join", "left join"]);
    let (name, more) = (&its.name, d.below(3));
    let sql = format!(
        "select count(*) from {outer} where {not}exists (select 1 from {inner} {way} (select distinct {name} from {inner} where {name} % 3 = {more}) w using ({name}) where {name} = {} and {name} % 2 = 0)",
        own.sql
    );
    Query { sql, grains: vec![Grain::Exact], ordered: true }
}
