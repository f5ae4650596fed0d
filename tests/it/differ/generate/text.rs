//! Texts, and numbers that measure them.

use super::scope::{Expr, Scope};
use super::{Dice, Type, expr, moment};

/// A `text`.
pub(super) fn text(d: &mut Dice, s: &Scope, depth: u32) -> Expr {
    let x = expr::of(d, s, Type::Text, depth - 1).sql;
    let sql = match d.weighted(&[3, 4, 3, 3, 3, 3, 3, 6, 2, 2, 3]) {
        0 => {
            let name = d.one(&["upper", "lower", "initcap", "reverse"]);
            d.note("upper, lower");
            format!("{name}({x})")
        }
        1 => part(d, &x),
        2 => {
            d.note("left, right");
            let (name, count) =
                (d.one(&["left", "right"]), d.one(&["1", "2", "3", "0", "-1", "-3"]));
            format!("{name}({x}, {count})")
        }
        3 => trimmed(d, &x),
        4 => {
            d.note("||");
            let of = d.one(&[Type::Text, Type::Text, Type::Int, Type::BigInt]);
            format!("({x} || {})", expr::leaf(d, s, of).sql)
        }
        5 => {
            d.note("concat");
            let of = d.one(&[Type::Text, Type::Int, Type::Decimal, Type::Bool, Type::Moment]);
            let y = expr::leaf(d, s, of).sql;
            match d.below(2) {
                0 => format!("concat({x}, '-', {y})"),
                _ => format!("concat_ws('/', {x}, {y}, 'z')"),
            }
        }
        6 => {
            d.note("split_part");
            let (sign, at) = (d.one(&["'-'", "'0'", "'_'", "'市'"]), d.one(&["1", "2", "3", "-1"]));
            format!("split_part({x}, {sign}, {at})")
        }
        7 => printed(d, s),
        8 => {
            d.note("translate");
            format!("translate({x}, '0a东_', 'Ob')")
        }
        10 => longer(d, &x),
        _ => {
            d.note("regexp_replace");
            let (pattern, by) = d.one(&[
                (r"\d+", "#"),
                ("^.", ""),
                ("[[:alpha:]]", "$1"),
                ("(.)(.)", r"\2\1"),
                ("0+", r"<\&>"),
            ]);
            format!("regexp_replace({x}, '{pattern}', '{by}')")
        }
    };
    Expr::exact(sql, Type::Text)
}

/// A whole number that measures a text.
pub(super) fn measured(d: &mut Dice, s: &Scope) -> String {
    d.note("length, position");
    let x = expr::leaf(d, s, Type::Text).sql;
    match d.weighted(&[4, 2, 2, 3, 2]) {
        0 => format!("length({x})"),
        1 => format!("char_length({x})"),
        2 => format!("octet_length({x})"),
        3 => format!("position({} in {x})", d.one(&["'0'", "'户'", "'a'", "''"])),
        _ => format!("strpos({x}, {})", d.one(&["'1'", "'路'"])),
    }
}

fn part(d: &mut Dice, x: &str) -> String {
    d.note("substring");
    let from = d.one(&["1", "2", "3", "0", "-1"]);
    let count = d.one(&["1", "2", "4", "0"]);
    match d.below(4) {
        0 => format!("substr({x}, {from})"),
        1 => format!("substr({x}, {from}, {count})"),
        2 => format!("substring({x} from {from} for {count})"),
        _ => format!("substring({x} from {from})"),
    }
}

/// A text that is filled up, or that others stand in.
fn longer(d: &mut Dice, x: &str) -> String {
    let count = d.one(&["0", "2", "5", "-1", "12"]);
    match d.below(4) {
        0 => {
            d.note("repeat");
            format!("repeat({x}, {})", d.one(&["0", "2", "3", "-1"]))
        }
        1 => {
            d.note("lpad, rpad");
            format!("{}({x}, {count})", d.one(&["lpad", "rpad"]))
        }
        2 => {
            d.note("lpad, rpad");
            let with = d.one(&["'0'", "'东𠮷'", "''", "'ab'"]);
            format!("{}({x}, {count}, {with})", d.one(&["lpad", "rpad"]))
        }
        _ => {
            d.note("replace");
            let (found, new) =
                (d.one(&["'0'", "'户'", "''", "'a'"]), d.one(&["'东莞'", "''", "'0'"]));
            format!("replace({x}, {found}, {new})")
        }
    }
}

fn trimmed(d: &mut Dice, x: &str) -> String {
    d.note("trim");
    match d.below(7) {
        6 => format!("trim({} from {x})", d.one(&["leading", "trailing", "both"])),
        0 => format!("trim({x})"),
        1 => format!("ltrim({x}, '0')"),
        2 => format!("rtrim({x})"),
        3 => format!("btrim({x}, 'aeM0')"),
        4 => format!("trim(leading '0' from {x})"),
        _ => format!("trim(both 'r' from {x})"),
    }
}

/// Another value, turned into a text.
fn printed(d: &mut Dice, s: &Scope) -> String {
    if d.chance(45) {
        return moment::printed(d, s);
    }
    d.note("cast to text");
    let types = [Type::Int, Type::BigInt, Type::Decimal, Type::Date, Type::Moment, Type::Bool];
    let of = d.one(&types);
    let x = expr::leaf(d, s, of).sql;
    match d.below(3) {
        0 => format!("cast({x} as varchar)"),
        1 => format!("({x})::text"),
        _ => format!("cast({x} as text)"),
    }
}
