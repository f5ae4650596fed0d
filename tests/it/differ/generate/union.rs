//! Statements put together: UNION, INTERSECT, EXCEPT, each with and without ALL.

use super::scope::Expr;
use super::{Dice, Grain, Query, Type, end, expr, from, truth};

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
    if d.chance(15) {
        d.note("aggregate over a union");
        let alias = d.name("q");
        let sql = format!("select count(*), max({alias}.c1) from ({sql}) as {alias}");
        return Query { sql, grains: vec![Grain::Exact; 2], ordered: false };
    }
    let shown = types.into_iter().map(|of| Expr::exact("", of)).collect();
    end::of(d, sql, shown, None)
}

/// A SELECT of columns of these types; whole numbers may be wider on one side than on the other.
fn side(d: &mut Dice, types: &[Type]) -> String {
    let from = from::item(d);
    let mut list = Vec::new();
    for (place, of) in types.iter().enumerate() {
        let of = if *of == Type::Int && d.chance(25) { Type::BigInt } else { *of };
        let mut shown = expr::of(d, &from.scope, of, 1);
        if shown.grain != Grain::Exact {
            shown = Expr::exact(format!("cast(null as {})", of.name()), of);
        }
        list.push(format!("{} as c{}", shown.sql, place + 1));
    }
    let distinct = if d.chance(10) { "distinct " } else { "" };
    let filter = truth::filter(d, &from.scope, 50);
    format!("select {distinct}{} from {}{filter}", list.join(", "), from.sql)
}
