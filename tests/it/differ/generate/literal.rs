//! Values written out: mostly such as occur in the books.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Type};

/// A value of a column, as a literal of its type; another one of the type where none is known.
pub(super) fn like(d: &mut Dice, field: &Field) -> Expr {
    match d.any(&field.values) {
        Some(value) => Expr::exact(written(d, &value, field.of), field.of),
        None => stock(d, field.of),
    }
}

/// A literal of a type, often out of a column in sight.
pub(super) fn of(d: &mut Dice, s: &Scope, of: Type) -> Expr {
    match s.any(d, of).cloned() {
        Some(field) if d.chance(60) => like(d, &field),
        _ => stock(d, of),
    }
}

/// A value as a literal of a type.
fn written(d: &mut Dice, value: &str, of: Type) -> String {
    let quoted = quoted(value);
    match of {
        Type::Int | Type::BigInt | Type::Decimal | Type::Bool | Type::Float => value.to_owned(),
        Type::Text => quoted,
        Type::Date if d.chance(30) => format!("cast({quoted} as date)"),
        Type::Date => format!("date {quoted}"),
        Type::Moment if d.chance(30) => format!("cast({quoted} as timestamptz)"),
        Type::Moment => format!("timestamptz {quoted}"),
        Type::Wall => format!("timestamp {quoted}"),
    }
}

/// A text between quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn stock(d: &mut Dice, of: Type) -> Expr {
    let words: &[&str] = match of {
        Type::Int => &["0", "1", "2", "3", "-1", "7", "100", "202612"],
        Type::BigInt => {
            &["cast(0 as bigint)", "cast(5 as bigint)", "3000000000", "cast(-7 as bigint)"]
        }
        Type::Decimal => &[
            "0.00", "0.01", "1.5", "-2.5", "103.33", "1.005", "99999.99", "0.1", "1e2", "5e0",
            "2.5e1", "1e-2",
        ],
        Type::Float => &["cast(0.5 as double precision)", "cast(-3 as double precision)"],
        Type::Text => {
            &["''", "'water'", "'a'", "'张'", "'cash'", "' x '", "'00000003'", "'10'", "'O''Hara'"]
        }
        Type::Date => {
            &["date '2026-11-30'", "date '2027-01-01'", "date '2026-02-28'", "date '2028-02-29'"]
        }
        Type::Moment => &[
            "timestamptz '2026-12-01 00:00:00+08'",
            "timestamptz '2026-12-01 00:00:00'",
            "timestamptz '2026-11-30 20:00:00+00'",
            "cast('2027-01-01 07:59:59.999999+08' as timestamptz)",
            "timestamp with time zone '2026-12-21 10:00:00+08'",
        ],
        Type::Wall => &["timestamp '2026-12-01 00:00:00'", "timestamp '2027-01-01 07:30:00'"],
        Type::Bool => &["true", "false"],
    };
    Expr::exact(d.one(words), of)
}
