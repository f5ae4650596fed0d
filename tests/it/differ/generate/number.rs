//! Whole numbers, decimals and floats, and what turns other values into them.

use super::scope::{Expr, Scope};
use super::{Dice, Grain, Type, expr, text};

/// An `integer`.
pub(super) fn int(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let of = |sql: String| Expr::exact(sql, Type::Int);
    match d.weighted(&[8, 4, 2, 2, 2, 2, 2, 2]) {
        0 => arithmetic(d, s, Type::Int, Type::Int, depth),
        7 => {
            d.note("integers in calls and arrays");
            let x = expr::leaf(d, s, Type::Int).sql;
            of(match d.below(5) {
                0 => format!("mod({x}, 3)"),
                1 => format!("coalesce({x}, +1)"),
                2 => "(array[5, 7])[2]".to_owned(),
                3 => format!("array_length(array[{x}, 2], 1)"),
                _ => format!("greatest({x}, - 3, +2)"),
            })
        }
        1 => signs(d, s, Type::Int, depth),
        2 => of(text::measured(d, s)),
        3 => {
            d.note("date - date");
            let (a, b) = (expr::leaf(d, s, Type::Date), expr::leaf(d, s, Type::Date));
            of(match d.below(3) {
                0 => format!("({} - '2026-12-05')", a.sql),
                _ => format!("({} - {})", a.sql, b.sql),
            })
        }
        4 => {
            d.note("cast decimal to int");
            let x = expr::leaf(d, s, Type::Decimal);
            Expr::at(x.grain, format!("cast({} as int)", x.sql), Type::Int)
        }
        5 => {
            d.note("cast text to number");
            let digits = d.one(&["'00000012'", "'-7'", "' 42 '", "'+3'"]);
            of(format!("cast({digits} as int)"))
        }
        _ => of(format!("cast({} as int)", expr::leaf(d, s, Type::BigInt).sql)),
    }
}

/// A `bigint`, often out of an `integer` and a `bigint`.
pub(super) fn bigint(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    match d.weighted(&[5, 4, 2, 2, 2]) {
        0 => arithmetic(d, s, Type::BigInt, Type::BigInt, depth),
        1 => {
            d.note("int with bigint");
            arithmetic(d, s, Type::BigInt, Type::Int, depth)
        }
        2 => signs(d, s, Type::BigInt, depth),
        3 => {
            d.note("cast decimal to int");
            let x = expr::leaf(d, s, Type::Decimal);
            Expr::at(x.grain, format!("cast({} as bigint)", x.sql), Type::BigInt)
        }
        _ => {
            let x = expr::leaf(d, s, Type::Int);
            Expr::exact(format!("cast({} as bigint)", x.sql), Type::BigInt)
        }
    }
}

/// A `numeric`.
pub(super) fn decimal(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let of = |sql: String| Expr::exact(sql, Type::Decimal);
    match d.weighted(&[7, 3, 3, 5, 3, 2, 2, 2, 1, 1]) {
        0 => arithmetic(d, s, Type::Decimal, Type::Decimal, depth),
        9 => {
            d.note("age");
            let (one, other) =
                (d.one(&[Type::Date, Type::Moment]), expr::leaf(d, s, Type::Date).sql);
            of(format!("extract(epoch from age({}, {other}))", expr::leaf(d, s, one).sql))
        }
        1 => {
            d.note("int with decimal");
            let other = d.one(&[Type::Int, Type::BigInt]);
            arithmetic(d, s, Type::Decimal, other, depth)
        }
        2 => signs(d, s, Type::Decimal, depth),
        3 => rounded(d, s, depth),
        4 => {
            d.note("extract");
            let of_day = ["year", "month", "day", "dow", "doy", "week", "quarter", "isodow"];
            let of_time = ["hour", "minute", "second", "epoch", "day", "month", "dow"];
            let (kind, parts) =
                d.one(&[(Type::Date, of_day.as_slice()), (Type::Moment, of_time.as_slice())]);
            let (part, x) = (d.one(parts), expr::of(d, s, kind, depth - 1));
            of(match d.chance(70) {
                true => format!("extract({part} from {})", x.sql),
                false => format!("cast(date_part('{part}', {}) as decimal(18, 4))", x.sql),
            })
        }
        5 => {
            d.note("cast to decimal");
            let of_scale =
                d.one(&["decimal(14, 2)", "decimal(12, 1)", "decimal(38, 0)", "numeric(20, 6)"]);
            let from = d.one(&[Type::Int, Type::BigInt, Type::Decimal]);
            let x = expr::leaf(d, s, from);
            Expr::at(x.grain, format!("cast({} as {of_scale})", x.sql), Type::Decimal)
        }
        6 => {
            d.note("cast text to number");
            let digits = d.one(&["'12.345'", "'-0.5'", "'007'", "'1e2'"]);
            of(format!("cast({digits} as decimal(12, 2))"))
        }
        7 => {
            d.note("float to decimal");
            let x = expr::leaf(d, s, Type::Decimal);
            let sql = format!("cast(cast({} as double precision) as decimal(18, 4))", x.sql);
            Expr::at(x.grain, sql, Type::Decimal)
        }
        _ => {
            d.note("root and power");
            let x = expr::leaf(d, s, Type::Decimal);
            let x = x.sql;
            let sql = match d.below(3) {
                0 => format!("sqrt(abs({x}))"),
                1 => format!("ln(abs({x}) + 1)"),
                _ => format!("power({x}, 2)"),
            };
            Expr::at(Grain::Rough, sql, Type::Decimal)
        }
    }
}

/// A `double precision`.
pub(super) fn float(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    d.note("float");
    if d.chance(30) {
        let (x, by) = (expr::leaf(d, s, Type::Int).sql, d.one(&["2", "7", "-3"]));
        let name = d.one(&["round", "ceil", "floor", "trunc"]);
        return Expr::at(Grain::Rough, format!("({name}({x}) / {by})"), Type::Float);
    }
    let from = d.one(&[Type::Int, Type::Decimal]);
    let x = expr::of(d, s, from, depth - 1).sql;
    Expr::at(Grain::Rough, format!("cast({x} as double precision)"), Type::Float)
}

/// `+ - * / %` of two numbers, which make one of type `of`.
fn arithmetic(d: &mut Dice, s: &Scope, of: Type, other: Type, depth: u32) -> Expr {
    let (a, b) = (expr::of(d, s, of, depth - 1), expr::of(d, s, other, depth - 1));
    let (a, b) = if d.chance(50) { (a, b) } else { (b, a) };
    let grain = a.grain.max(b.grain);
    let by = d.one(&["2", "3", "-2", "7", "-10"]);
    match d.weighted(&[4, 4, 2, 3, 3, 2, 2]) {
        0 => Expr::at(grain, format!("({} + {})", a.sql, b.sql), of),
        1 => Expr::at(grain, format!("({} - {})", a.sql, b.sql), of),
        2 => Expr::at(grain, format!("({} * {})", a.sql, d.one(&["2", "3", "-1"])), of),
        3 => quotient(d, &a, by, of),
        4 => {
            d.note("modulo");
            Expr::at(grain, format!("({} % {by})", a.sql), of)
        }
        5 => quotient(d, &a, &format!("nullif({}, 0)", b.sql), of),
        _ => {
            d.note("modulo");
            Expr::at(grain, format!("({} % nullif({}, 0))", a.sql, b.sql), of)
        }
    }
}

fn quotient(d: &mut Dice, a: &Expr, by: &str, of: Type) -> Expr {
    let whole = of != Type::Decimal;
    d.note(if whole { "whole division" } else { "decimal division" });
    let grain = if whole { a.grain } else { a.grain.max(Grain::Fen) };
    Expr::at(grain, format!("({} / {by})", a.sql), of)
}

fn signs(d: &mut Dice, s: &Scope, of: Type, depth: u32) -> Expr {
    let x = expr::of(d, s, of, depth - 1);
    let sql = match d.weighted(&[4, 4, 1]) {
        0 => format!("(- {})", x.sql),
        1 => format!("abs({})", x.sql),
        _ if of == Type::Decimal => {
            d.note("sign");
            // Of an integer it would be a float.
            format!("sign({} + 0.0)", x.sql)
        }
        _ => format!("(0 - {})", x.sql),
    };
    Expr::at(x.grain, sql, of)
}

fn rounded(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    d.note("round, trunc, ceil, floor");
    let of = d.one(&[Type::Decimal, Type::Decimal, Type::Int]);
    let x = expr::of(d, s, of, depth - 1);
    let sql = if of == Type::Int {
        // Without places it would be a float.
        let (name, places) = (d.one(&["round", "trunc"]), d.one(&["1", "2", "0", "-1"]));
        return Expr::at(x.grain, format!("{name}({}, {places})", x.sql), Type::Decimal);
    } else {
        x.sql
    };
    let by = d.one(&["3", "7", "14", "-11", "0.9"]);
    let times = d.one(&["1.5", "0.9", "7", "1.2", "100"]);
    let cut = d.weighted(&[4, 2, 1, 2, 2, 2, 4, 2]);
    if cut >= 6 {
        d.note("quotient rounded");
        let of = format!("{sql} / {by} * {times}");
        let sql = if cut == 6 {
            format!("round({of}, {})", d.one(&["2", "0", "4"]))
        } else {
            format!("{}({of})", d.one(&["floor", "ceil", "trunc"]))
        };
        return Expr::at(x.grain, sql, Type::Decimal);
    }
    let sql = match cut {
        0 => format!("round({sql}, {})", d.one(&["2", "1", "0", "-1", "3"])),
        1 => format!("round({sql})"),
        2 => format!("trunc({sql})"),
        3 => format!("trunc({sql}, {})", d.one(&["1", "2", "0"])),
        4 => format!("ceil({sql})"),
        _ => format!("floor({sql})"),
    };
    Expr::at(x.grain, sql, Type::Decimal)
}
