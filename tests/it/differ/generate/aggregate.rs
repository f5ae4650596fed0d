//! Aggregates: what a group of rows comes to.

use super::scope::{Expr, Scope};
use super::{Dice, Grain, Type, expr, literal, nested, truth, window};

const MEASURES: [&str; 6] =
    ["stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance"];

/// One aggregate, or a computation over several.
pub(super) fn of(d: &mut Dice, s: &Scope) -> Expr {
    if d.chance(30) { compound(d, s) } else { one(d, s) }
}

/// A condition over aggregates, for HAVING.
pub(super) fn having(d: &mut Dice, s: &Scope) -> String {
    d.note("having");
    let sign = d.one(&["=", "<>", "<", ">=", ">"]);
    match d.weighted(&[4, 3, 2, 1, 1, 1]) {
        0 => format!("count(*) {sign} {}", d.one(&["1", "2", "0", "5"])),
        1 => {
            let of = s.some_number(d);
            let (sum, value) = (sum(d, s), literal::of(d, s, of));
            format!("{} {sign} {}", sum.sql, value.sql)
        }
        2 => {
            let of = d.one(&[Type::Text, Type::Date, Type::Moment]);
            let (x, value) = (expr::leaf(d, s, of), literal::of(d, s, of));
            format!("max({}) {sign} {}", x.sql, value.sql)
        }
        3 => format!("bool_or({})", truth::of(d, s, 0)),
        4 => {
            d.note("having without columns");
            let own =
                ["1 > 2", "(select count(*) from town) > 0", "current_date < date '2000-01-01'"];
            d.one(&own).to_owned()
        }
        _ => match nested::scalar(d, &Scope::default(), Type::BigInt) {
            Some(found) => format!("count(*) {sign} {}", found.sql),
            None => "count(*) > 1".to_owned(),
        },
    }
}

/// One aggregate with its FILTER.
pub(super) fn one(d: &mut Dice, s: &Scope) -> Expr {
    let found = match d.weighted(&[4, 4, 4, 8, 5, 7, 3, 3, 2, 2, 2]) {
        0 => Expr::exact("count(*)", Type::BigInt),
        1 => counted(d, s),
        2 => distinct(d, s),
        3 => sum(d, s),
        4 => mean(d, s),
        5 => extreme(d, s),
        6 => {
            d.note("bool_and, bool_or");
            let name = d.one(&["bool_and", "bool_or", "every"]);
            Expr::exact(format!("{name}({})", truth::of(d, s, 1)), Type::Bool)
        }
        7 => joined(d, s),
        8 => {
            d.note("sum of a case");
            let (when, x) = (truth::of(d, s, 1), expr::leaf(d, s, Type::Decimal));
            Expr::at(
                x.grain,
                format!("sum(case when {when} then {} else 0 end)", x.sql),
                Type::Decimal,
            )
        }
        9 => measure(d, s),
        _ => {
            d.note("bit_and, bit_or");
            let name = d.one(&["bit_and", "bit_or", "bit_xor"]);
            Expr::exact(format!("{name}({})", expr::leaf(d, s, Type::Int).sql), Type::Int)
        }
    };
    if !d.chance(14) {
        return found;
    }
    d.note("filter");
    let when = truth::of(d, s, 1);
    Expr { sql: format!("{} filter (where {when})", found.sql), ..found }
}

/// A sum, of the type that PostgreSQL gives it.
pub(super) fn sum(d: &mut Dice, s: &Scope) -> Expr {
    d.note("sum");
    let of = s.some_number(d);
    let x = expr::of(d, s, of, 1);
    let sum = if of == Type::Int { Type::BigInt } else { Type::Decimal };
    Expr::at(x.grain, format!("sum({})", x.sql), sum)
}

fn counted(d: &mut Dice, s: &Scope) -> Expr {
    d.note("count of a column");
    let of = s.some_type(d);
    Expr::exact(format!("count({})", expr::leaf(d, s, of).sql), Type::BigInt)
}

fn distinct(d: &mut Dice, s: &Scope) -> Expr {
    d.note("aggregate of distinct");
    if d.chance(60) {
        let of = s.some_type(d);
        let x = expr::leaf(d, s, of).sql;
        return Expr::exact(format!("count(distinct {x})"), Type::BigInt);
    }
    let of = s.some_number(d);
    let x = expr::leaf(d, s, of);
    let (name, grain) = d.one(&[("sum", x.grain), ("avg", x.grain.max(Grain::Fen))]);
    Expr::at(grain, format!("{name}(distinct {})", x.sql), Type::Decimal)
}

fn mean(d: &mut Dice, s: &Scope) -> Expr {
    d.note("avg");
    let of = s.some_number(d);
    let x = expr::of(d, s, of, 1);
    Expr::at(x.grain.max(Grain::Fen), format!("avg({})", x.sql), Type::Decimal)
}

fn extreme(d: &mut Dice, s: &Scope) -> Expr {
    d.note("min, max");
    let of = d.one(&Type::SORTED);
    let x = expr::of(d, s, of, 1);
    Expr { sql: format!("{}({})", d.one(&["min", "max"]), x.sql), ..x }
}

fn joined(d: &mut Dice, s: &Scope) -> Expr {
    let Some(x) = s.any(d, Type::Text).map(|field| field.sql.clone()) else { return counted(d, s) };
    d.note("string_agg");
    if d.chance(20)
        && let Some(key) = window::computed(d, s)
    {
        return Expr::exact(format!("string_agg({x}, ',' order by {key}, {x})"), Type::Text);
    }
    let sql = match d.below(5) {
        4 => format!("string_agg(distinct 'x' || {x}, ',' order by 'x' || {x})"),
        3 => format!("string_agg(distinct {x}, ',')"),
        0 => format!("string_agg({x}, ',' order by {x})"),
        1 => format!("string_agg({x}, '、' order by {x} desc nulls last)"),
        _ => format!("string_agg(distinct {x}, ',' order by {x})"),
    };
    Expr::exact(sql, Type::Text)
}

fn measure(d: &mut Dice, s: &Scope) -> Expr {
    d.note("statistics");
    let x = expr::leaf(d, s, Type::Decimal).sql;
    if d.chance(60) {
        let (name, of) = (d.one(&MEASURES), s.some_number(d));
        let x = expr::leaf(d, s, of).sql;
        return match d.below(3) {
            0 => Expr::exact(format!("{name}({x}) = 0"), Type::Bool),
            1 => Expr::exact(format!("{name}({x}) > 1.5"), Type::Bool),
            _ => Expr::exact(
                format!("round({name}({x}), {})", d.one(&["2", "0", "6"])),
                Type::Decimal,
            ),
        };
    }
    let y = expr::leaf(d, s, Type::Int).sql;
    // No corr: of values that are all alike PostgreSQL gives the noise of its rounding.
    let sql = match d.weighted(&[5, 2, 1]) {
        0 => format!("{}({x})", d.one(&MEASURES)),
        1 => {
            let (share, way) =
                (d.one(&["0.1", "0.25", "0.5", "0.95", "0", "1"]), d.one(&["", " desc"]));
            format!("percentile_cont({share}) within group (order by {x}{way})")
        }
        _ => format!("covar_pop(cast({x} as double precision), cast({y} as double precision))"),
    };
    Expr::at(Grain::Rough, sql, Type::Float)
}

/// A computation over aggregates.
fn compound(d: &mut Dice, s: &Scope) -> Expr {
    d.note("computation over aggregates");
    let (a, b) = (sum(d, s), sum(d, s));
    let both = a.grain.max(b.grain);
    match d.weighted(&[3, 3, 3, 3, 3, 2, 2, 3, 2, 2, 1, 2]) {
        7 => {
            d.note("average times");
            let (mean, times) = (mean(d, s), d.one(&["1.5", "1.2", "0.9", "100"]));
            let cut = d.one(&["round({}, 2)", "floor({})", "round({}, 4)"]);
            let sql = cut.replace("{}", &format!("{} * {times}", mean.sql));
            Expr::at(a.grain, sql, Type::Decimal)
        }
        8 => {
            d.note("average compared");
            let (mean, times) = (mean(d, s), d.one(&["1.5", "1.2", "0.9", "3"]));
            let value = d.one(&["20", "0.9", "7.50", "1", "103.33"]);
            Expr::exact(
                format!("{} * {times} {} {value}", mean.sql, d.one(&[">", "=", "<="])),
                Type::Bool,
            )
        }
        9 => {
            d.note("ratio of sums");
            Expr::at(
                both,
                format!("round({} / nullif({}, 0) * 100, 2)", a.sql, b.sql),
                Type::Decimal,
            )
        }
        10 => {
            d.note("text of a decimal");
            let rest = d.one(&["0", "0.00", "1.5"]);
            Expr::exact(format!("cast(coalesce({}, {rest}) as text)", a.sql), Type::Text)
        }
        11 => {
            d.note("sum of spans");
            let (of, name) = (d.one(&[Type::Date, Type::Moment]), d.one(&["sum", "avg"]));
            let (x, y) = (expr::leaf(d, s, of).sql, expr::leaf(d, s, of).sql);
            let span =
                if of == Type::Date { format!("age({x}, {y})") } else { format!("{x} - {y}") };
            Expr::exact(format!("extract(epoch from {name}({span}))"), Type::Decimal)
        }
        0 => Expr::at(both, format!("{} - {}", a.sql, b.sql), Type::Decimal),
        1 => Expr::at(a.grain, format!("coalesce({}, 0)", a.sql), a.of),
        2 => Expr::at(a.grain.max(Grain::Fen), format!("{} / 2", a.sql), a.of),
        3 => Expr::at(a.grain.max(Grain::Fen), format!("{} / nullif(count(*), 0)", a.sql), a.of),
        4 => Expr::at(
            both.max(Grain::Fen),
            format!("{} / nullif({}, 0)", a.sql, b.sql),
            Type::Decimal,
        ),
        5 => {
            let mean = mean(d, s);
            Expr::at(
                mean.grain,
                format!("round({}, {})", mean.sql, d.one(&["2", "1", "0"])),
                mean.of,
            )
        }
        _ => {
            let (other, when) = (extreme(d, s), d.one(&["> 1", "= 0", "% 2 = 0"]));
            Expr { sql: format!("case when count(*) {when} then {} end", other.sql), ..other }
        }
    }
}
