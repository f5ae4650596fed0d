//! Conditions: comparisons, lists, patterns, nulls, and texts written against numbers.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Type, expr, literal, nested};

const SIGNS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

/// A condition; `depth` bounds the operators on a path.
pub(super) fn of(d: &mut Dice, s: &Scope, depth: u32) -> String {
    if s.fields.is_empty() {
        return d.one(&["true", "1 = 1"]).to_owned();
    }
    let weights = if depth == 0 { [1, 0, 0] } else { [6, 3, 3] };
    match d.weighted(&weights) {
        0 => simple(d, s, depth),
        1 => joined(d, s, depth),
        _ => nested::condition(d, s).unwrap_or_else(|| simple(d, s, depth)),
    }
}

/// A WHERE, or nothing.
pub(super) fn filter(d: &mut Dice, s: &Scope, percent: u32) -> String {
    if d.chance(percent) { format!(" where {}", of(d, s, 2)) } else { String::new() }
}

fn joined(d: &mut Dice, s: &Scope, depth: u32) -> String {
    let (a, b) = (of(d, s, depth - 1), of(d, s, depth - 1));
    match d.weighted(&[4, 4, 3, 2]) {
        0 => format!("({a} and {b})"),
        1 => format!("({a} or {b})"),
        2 => format!("not ({a})"),
        _ => {
            d.note("is true, is unknown");
            let is = d.one(&["is true", "is not true", "is false", "is unknown", "is not unknown"]);
            format!("({a}) {is}")
        }
    }
}

fn simple(d: &mut Dice, s: &Scope, depth: u32) -> String {
    let field = d.one(&s.fields);
    match d.weighted(&[8, 4, 3, 3, 3, 4, 4, 2, 2, 3, 2]) {
        0 => compared(d, &field),
        9 => cast_away(d, s),
        1 => listed(d, s, &field),
        2 => {
            d.note("between");
            let (low, high) = (literal::like(d, &field).sql, literal::like(d, &field).sql);
            let not = d.one(&["", "not "]);
            format!("{} {not}between {low} and {high}", field.sql)
        }
        3 => {
            d.note("is null");
            format!("{} is {}null", field.sql, d.one(&["", "not "]))
        }
        4 => {
            d.note("is distinct from");
            let (a, b) = pair(d, s, field.of);
            format!("{} is {}distinct from {}", a.sql, d.one(&["", "not "]), b.sql)
        }
        5 => pattern(d, s),
        6 => text_against(d, &field),
        7 => {
            d.note("now");
            match s.any(d, Type::Date) {
                Some(day) => format!("{} {} current_date", day.sql, d.one(&SIGNS)),
                None => "now() > timestamptz '2026-01-01 00:00:00+08'".to_owned(),
            }
        }
        8 => {
            d.note("row values");
            let other = d.one(&s.fields);
            let mut row =
                || format!("({}, {})", literal::like(d, &field).sql, literal::like(d, &other).sql);
            let (one, two) = (row(), row());
            format!("({}, {}) in ({one}, {two})", field.sql, other.sql)
        }
        _ => {
            let of = s.wanted_type(d);
            let (a, b) = (expr::of(d, s, of, depth.min(1)), expr::of(d, s, of, depth.min(1)));
            format!("({}) {} ({})", a.sql, d.one(&SIGNS), b.sql)
        }
    }
}

/// Two values of a type: columns, or a column and a literal.
fn pair(d: &mut Dice, s: &Scope, of: Type) -> (Expr, Expr) {
    (expr::leaf(d, s, of), if d.chance(50) { expr::leaf(d, s, of) } else { literal::of(d, s, of) })
}

fn compared(d: &mut Dice, field: &Field) -> String {
    let sign = d.one(&SIGNS);
    let value = literal::like(d, field).sql;
    if field.of == Type::Decimal && d.chance(15) {
        d.note("quotient compared");
        let times = d.one(&["1.5", "7", "0.9"]);
        return format!("{} / {} * {times} {sign} {value}", field.sql, d.one(&["7", "3", "1.5"]));
    }
    if d.chance(20) {
        format!("{value} {sign} {}", field.sql)
    } else {
        format!("{} {sign} {value}", field.sql)
    }
}

fn listed(d: &mut Dice, s: &Scope, field: &Field) -> String {
    let mut values: Vec<_> = (0..1 + d.below(4)).map(|_| literal::like(d, field).sql).collect();
    if d.chance(15) {
        d.note("null in a list");
        values.push("null".to_owned());
    }
    if d.chance(10) {
        values.push(expr::leaf(d, s, field.of).sql);
    }
    let not = d.one(&["", "not "]);
    d.note(if not.is_empty() { "in list" } else { "not in list" });
    format!("{} {not}in ({})", field.sql, values.join(", "))
}

/// A column cast to what keeps less of it, compared with a value: no file may be left out for it.
fn cast_away(d: &mut Dice, s: &Scope) -> String {
    d.note("cast that keeps less");
    let sign = d.one(&SIGNS);
    match d.below(4) {
        0 => {
            let x = expr::leaf(d, s, Type::Moment).sql;
            let (from, to) = (d.one(&["08:00", "09:30", "00:00"]), d.one(&["12:00", "18:00:00"]));
            match d.below(2) {
                0 => format!("cast({x} as time) {sign} '{to}'"),
                _ => format!("({x})::time between '{from}' and '{to}'"),
            }
        }
        1 => {
            let (x, day) = (expr::leaf(d, s, Type::Moment).sql, expr::leaf(d, s, Type::Date).sql);
            format!("cast({x} as date) {sign} {day}")
        }
        2 => {
            let (x, value) =
                (expr::leaf(d, s, Type::Decimal).sql, literal::of(d, s, Type::Decimal).sql);
            format!("cast({x} as decimal(18, 1)) {sign} {value}")
        }
        _ => {
            let (x, value) =
                (expr::leaf(d, s, Type::Decimal).sql, literal::of(d, s, Type::Int).sql);
            format!("cast({x} as decimal(18, 0)) {sign} {value}")
        }
    }
}

fn pattern(d: &mut Dice, s: &Scope) -> String {
    if d.chance(30) {
        d.note("regular expression");
        let x = expr::leaf(d, s, Type::Text).sql;
        let patterns = [r"^\d+$", "^0+[1-9]", "[[:alpha:]]{2}", "东|西", "户.*1", r"^[A-Z]\w*"];
        let sign = d.one(&["~", "!~", "~*"]);
        return format!("{x} {sign} '{}'", d.one(&patterns).replace(r"\\", r"\"));
    }
    d.note("like");
    let x = expr::leaf(d, s, Type::Text).sql;
    let patterns = ["%1", "0%", "%ater%", "_ash", "%户%", "%", "", "W%-_", "%\\_%", "%\\%%", "C%H"];
    let like = d.one(&["like", "like", "not like", "ilike", "not ilike"]);
    format!("{x} {like} '{}'", d.one(&patterns))
}

/// `amount > '9'`: PostgreSQL reads the text as a number, a day or a moment.
fn text_against(d: &mut Dice, field: &Field) -> String {
    if field.of == Type::Text {
        let digits = d.one(&["cast(1 as text)", "cast(202611 as varchar)", "'00000007'"]);
        return format!("{} {} {digits}", field.sql, d.one(&SIGNS));
    }
    d.note("text against another type");
    let mut text = || {
        let value = d.any(&field.values).unwrap_or_else(|| stock(field.of).to_owned());
        literal::quoted(&value)
    };
    let (a, b) = (text(), text());
    match d.below(4) {
        0 => format!("{} in ({a}, {b})", field.sql),
        1 => format!("{} between {a} and {b}", field.sql),
        _ => format!("{} {} {a}", field.sql, d.one(&SIGNS)),
    }
}

fn stock(of: Type) -> &'static str {
    match of {
        Type::Date => "2026-12-01",
        Type::Moment | Type::Wall => "2026-12-01 08:00:00",
        Type::Bool => "true",
        _ => "9",
    }
}
