//! Expressions of a wanted type: a column, a literal, a choice between two, or what the type can compute.

use super::scope::{Expr, Scope};
use super::{Dice, Type, literal, moment, nested, number, text, truth};

/// An expression of a type; `depth` bounds the operators on a path.
pub(super) fn of(d: &mut Dice, s: &Scope, of: Type, depth: u32) -> Expr {
    if depth == 0 || d.chance(25) {
        return leaf(d, s, of);
    }
    if d.chance(4)
        && let Some(found) = nested::scalar(d, s, of)
    {
        return found;
    }
    if d.chance(14) {
        return choice(d, s, of, depth);
    }
    match of {
        Type::Int => number::int(d, s, depth),
        Type::BigInt => number::bigint(d, s, depth),
        Type::Decimal => number::decimal(d, s, depth),
        Type::Float => number::float(d, s, depth),
        Type::Text => text::text(d, s, depth),
        Type::Date => moment::date(d, s, depth),
        Type::Moment => moment::moment(d, s, depth),
        Type::Wall => moment::wall(d, s, depth),
        Type::Bool => Expr::exact(truth::of(d, s, depth), Type::Bool),
    }
}

/// A column of the type, or a literal where there is none.
pub(super) fn leaf(d: &mut Dice, s: &Scope, of: Type) -> Expr {
    match s.any(d, of) {
        Some(field) if d.chance(88) => Expr::from(field),
        _ if d.chance(6) => {
            d.note("null literal");
            Expr::exact(format!("cast(null as {})", of.name()), of)
        }
        _ => literal::of(d, s, of),
    }
}

/// A type that may stand beside another one for it: the value is of the other type then.
pub(super) fn beside(d: &mut Dice, of: Type) -> Type {
    if !d.chance(35) {
        return of;
    }
    let other = match of {
        Type::Decimal => d.one(&[Type::Int, Type::BigInt]),
        Type::BigInt => Type::Int,
        Type::Moment | Type::Wall => Type::Date,
        _ => return of,
    };
    d.note("values of two types");
    other
}

/// CASE, coalesce, nullif, greatest and least, which every type has.
fn choice(d: &mut Dice, s: &Scope, of: Type, depth: u32) -> Expr {
    let other = beside(d, of);
    let (a, b) = (self::of(d, s, of, depth - 1), self::of(d, s, other, depth - 1));
    let (a, b) = if d.chance(50) { (a, b) } else { (b, a) };
    let grain = a.grain.max(b.grain);
    let (x, mut y) = (a.sql, b.sql);
    if of == Type::Date && d.chance(25) {
        d.note("text beside a date");
        y = d.one(&["'2026-12-05'", "'2027-01-31'"]).to_owned();
    }
    let sql = match d.weighted(&[5, 2, 2, 4, 3, 3, 3]) {
        0 => {
            d.note("case");
            format!("case when {} then {x} else {y} end", truth::of(d, s, 1))
        }
        1 => {
            d.note("case");
            format!("case when {} then {x} end", truth::of(d, s, 1))
        }
        2 => {
            d.note("case of");
            let by = s.some_type(d);
            let (on, when) = (leaf(d, s, by).sql, literal::of(d, s, by).sql);
            let other = literal::of(d, s, by).sql;
            format!("case {on} when {when} then {x} when {other} then {y} else {x} end")
        }
        3 => {
            d.note("coalesce");
            format!("coalesce({x}, {y})")
        }
        // Of a day and a moment it would be the first.
        4 if of == other || of.is_number() => {
            d.note("nullif");
            format!("nullif({x}, {y})")
        }
        at if of == Type::Bool => format!("coalesce({x}, {})", at == 5),
        at => {
            d.note("greatest, least");
            let name = if at == 5 { "greatest" } else { "least" };
            format!("{name}({x}, {y})")
        }
    };
    Expr::at(grain, sql, of)
}
