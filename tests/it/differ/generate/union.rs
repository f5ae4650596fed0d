//! Statements put together: UNION, INTERSECT, EXCEPT, each with and without ALL.

use std::sync::Arc;

use super::scope::{Expr, Field, Scope};
use super::{Dice, Grain, Query, Type, aggregate, end, expr, from, truth};

const WAYS: [(&str, &str); 6] = [
    ("union", "union"),
    ("union all", "union all"),
    ("intersect", "intersect"),
    ("except", "except"),
    ("intersect all", "intersect all"),
    ("except all", "except all"),
];

/// Two or three statements of the same columns.
pub(super) fn of(d: &mut Dice) -> Query {
    let types: Vec<Type> = (0..1 + d.below(3)).map(|_| d.one(&Type::SORTED)).collect();
    let mut sql = side(d, &types);
    for _ in 0..1 + d.below(2) {
        let (way, feature) = d.one(&WAYS);
        d.note(feature);
        let next = side(d, &types);
        sql = match d.below(4) {
            0 => format!("({sql}) {way} ({next})"),
            1 => format!("({sql}) {way} {next}"),
            _ => format!("{sql} {way} {next}"),
        };
    }
    if d.chance(25) {
        return computed(d, &sql, &types);
    }
    if d.chance(15) {
        d.note("aggregate over a union");
        let alias = d.name("q");
        let sql = format!("select count(*), max({alias}.c1) from ({sql}) as {alias}");
        return Query { sql, grains: vec![Grain::Exact; 2], ordered: false };
    }
    let shown = types.into_iter().map(|of| Expr::exact("", of)).collect();
    end::of(d, sql, shown, None)
}

/// What can be computed with the columns of a union, whose sides may be of two types.
fn computed(d: &mut Dice, united: &str, types: &[Type]) -> Query {
    d.note("computation over a union");
    let alias = d.name("q");
    let field = |(at, of): (usize, &Type)| Field {
        sql: format!("{alias}.c{}", at + 1),
        name: format!("c{}", at + 1),
        of: *of,
        grain: Grain::Exact,
        domain: String::new(),
        values: Arc::default(),
    };
    let fields = types.iter().enumerate().map(field).collect();
    let scope = Scope { fields, key: Vec::new(), rows: 100, unique: false };
    let shown = if d.chance(50) {
        aggregate::of(d, &scope)
    } else {
        let of = scope.some_type(d);
        expr::of(d, &scope, of, 2)
    };
    let sql = format!("select {} as c1 from ({united}) as {alias}", shown.sql);
    Query { sql, grains: vec![shown.grain], ordered: false }
}

/// A SELECT of columns of these types; numbers may be wider on one side than on the other, and days be moments.
fn side(d: &mut Dice, types: &[Type]) -> String {
    let from = from::item(d);
    let mut list = Vec::new();
    for (place, of) in types.iter().enumerate() {
        let of = if *of == Type::Int && d.chance(25) { Type::BigInt } else { expr::beside(d, *of) };
        let mut shown = expr::of(d, &from.scope, of, 1);
        if d.chance(6) {
            d.note("null in a union");
            list.push(format!("null as c{}", place + 1));
            continue;
        }
        if shown.grain != Grain::Exact {
            shown = Expr::exact(format!("cast(null as {})", of.name()), of);
        }
        list.push(format!("{} as c{}", shown.sql, place + 1));
    }
    let distinct = if d.chance(10) { "distinct " } else { "" };
    let filter = truth::filter(d, &from.scope, 50);
    format!("select {distinct}{} from {}{filter}", list.join(", "), from.sql)
}
