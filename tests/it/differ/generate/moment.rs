//! Days and moments. The bureau's day begins at four in the afternoon, as the log counts.

use super::scope::{Expr, Scope};
use super::{Dice, Type, expr};

const UNITS: [&str; 6] = ["year", "quarter", "month", "week", "day", "hour"];
const SPANS: [&str; 7] =
    ["1 day", "1 month", "8 hours", "90 minutes", "1 year", "3 days 4 hours", "1 week"];

/// A `date`.
pub(super) fn date(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let sql = match d.weighted(&[5, 6, 2, 2, 3, 2, 2]) {
        0 => {
            d.note("date with int");
            let days = d.one(&["1", "30", "-7", "0"]);
            format!("({} + {days})", expr::of(d, s, Type::Date, depth - 1).sql)
        }
        1 => {
            d.note("day of a moment");
            let x = expr::of(d, s, Type::Moment, depth - 1).sql;
            match d.below(2) {
                0 => format!("cast({x} as date)"),
                _ => format!("({x})::date"),
            }
        }
        2 => {
            d.note("day of a moment");
            let x = expr::leaf(d, s, Type::Moment).sql;
            format!("cast({x} at time zone 'Asia/Shanghai' as date)")
        }
        3 => {
            d.note("cast text to date");
            format!("cast({} as date)", d.one(&["'2026-12-05'", "'2027-01-31'"]))
        }
        4 => {
            d.note("date_trunc");
            let unit = d.one(&UNITS[..5]);
            let x = expr::of(d, s, Type::Date, depth - 1).sql;
            format!("cast(date_trunc('{unit}', {x}) as date)")
        }
        5 => {
            d.note("interval");
            let x = expr::leaf(d, s, Type::Date).sql;
            format!("cast({x} + interval '{}' as date)", d.one(&SPANS))
        }
        _ => {
            d.note("date with int");
            let x = expr::leaf(d, s, Type::Date).sql;
            format!("({x} - {})", expr::leaf(d, &Scope::default(), Type::Int).sql)
        }
    };
    Expr::exact(sql, Type::Date)
}

/// A `timestamptz`.
pub(super) fn moment(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let x = expr::of(d, s, Type::Moment, depth - 1).sql;
    let sql = match d.weighted(&[5, 4, 2, 2, 2]) {
        0 => {
            d.note("date_trunc");
            format!("date_trunc('{}', {x})", d.one(&UNITS))
        }
        1 => {
            d.note("interval");
            format!("({x} {}interval '{}')", d.one(&["+ ", "- ", "+ -", "- -"]), d.one(&SPANS))
        }
        2 => {
            d.note("moment of a day");
            format!("cast({} as timestamptz)", expr::leaf(d, s, Type::Date).sql)
        }
        3 => {
            d.note("at time zone");
            let wall = expr::of(d, s, Type::Wall, depth - 1).sql;
            format!("({wall} at time zone 'Asia/Shanghai')")
        }
        _ => {
            d.note("date_trunc");
            let day = expr::leaf(d, s, Type::Date).sql;
            format!("date_trunc('{}', {day})", d.one(&UNITS[..5]))
        }
    };
    Expr::exact(sql, Type::Moment)
}

/// A `timestamp`.
pub(super) fn wall(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let sql = match d.weighted(&[4, 3, 3, 2, 1]) {
        0 => {
            d.note("at time zone");
            let zone = d.one(&["Asia/Shanghai", "Asia/Shanghai", "UTC"]);
            format!("({} at time zone '{zone}')", expr::leaf(d, s, Type::Moment).sql)
        }
        1 => {
            d.note("interval");
            let x = expr::of(d, s, Type::Date, depth - 1).sql;
            format!("({x} {}interval '{}')", d.one(&["+ ", "- ", "+ -", "- -"]), d.one(&SPANS))
        }
        2 => {
            d.note("wall of a moment");
            format!("cast({} as timestamp)", expr::leaf(d, s, Type::Moment).sql)
        }
        3 => {
            d.note("date_trunc");
            let x = expr::of(d, s, Type::Wall, depth - 1).sql;
            format!("date_trunc('{}', {x})", d.one(&UNITS))
        }
        _ => format!("cast({} as timestamp)", expr::leaf(d, s, Type::Date).sql),
    };
    Expr::exact(sql, Type::Wall)
}

/// A day or moment as people write it.
pub(super) fn printed(d: &mut Dice, s: &Scope) -> String {
    d.note("to_char");
    let of_day = ["YYYY-MM", "YYYYMM", "YYYY-MM-DD", "MM/DD", "DD", "YYYY\"年\"MM\"月\"", "Q", "D"];
    let of_time = ["YYYY-MM-DD HH24:MI:SS", "HH24", "HH24:MI", "YYYY-MM", "MM-DD HH12:MI"];
    let (of, formats) =
        d.one(&[(Type::Date, of_day.as_slice()), (Type::Moment, of_time.as_slice())]);
    let (format, x) = (d.one(formats), expr::leaf(d, s, of).sql);
    format!("to_char({x}, '{format}')")
}
