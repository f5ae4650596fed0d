//! The statement's tree, rewritten before it is planned, where the words alone tell what is meant.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Array, ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, GroupByExpr,
    Interval, LimitClause, Query, Select, SelectItem, SetExpr, Statement, Subscript, UnaryOperator,
    Value, ValueWithSpan, VisitMut, VisitorMut,
};

use super::lengths::{self, Length};
use super::meant::{function_meant, part};
use super::tree::{call, cast, named_cast, number};
use super::values::{bare, is_text, written};
use super::{counted, expressions, grouping, precedence, rows, values};
use crate::blanks::has_other_blanks;

/// Makes a statement mean here what it means in PostgreSQL.
pub(crate) fn rewrite(statement: &mut Statement) {
    // It never breaks off.
    let _ = statement.visit(&mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        grouped_once(select);
        counted::in_values(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(order) = &mut query.order_by {
            counted::in_order(order);
        }
        values::read(&mut query.body);
        if let SetExpr::Values(values) = query.body.as_mut() {
            values.rows.iter_mut().flat_map(|row| row.iter_mut()).for_each(as_integer);
        }
        // `fetch first 5 rows only` is another word for a limit; the guard has seen that it is no more than that.
        if let Some(fetch) = query.fetch.take() {
            let first = fetch.quantity.unwrap_or_else(|| number("1"));
            let (offset, limit_by) = match query.limit_clause.take() {
                Some(LimitClause::LimitOffset { offset, limit_by, .. }) => (offset, limit_by),
                _ => (None, Vec::new()),
            };
            query.limit_clause =
                Some(LimitClause::LimitOffset { limit: Some(first), offset, limit_by });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        precedence::mend(expr);
        if let Some(each) = each_cast(expr) {
            *expr = each;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        // What cannot be said in Rust's words was refused before.
        let _ = expressions::translate(expr);
        if let Some(plain) = rows::apart(expr) {
            *expr = plain;
        }
        match expr {
            Expr::Interval(Interval { value, leading_field: None, .. }) => told(value),
            // DataFusion would put the minus before the first part of the text alone.
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: length }
                if matches!(length.as_ref(), Expr::Interval(_)) =>
            {
                **length = Expr::Nested(length.clone());
            }
            // PostgreSQL makes both sides small; DataFusion takes more letters for each other.
            Expr::ILike { negated, any, expr: text, pattern, escape_char } => {
                *expr = Expr::Like {
                    negated: *negated,
                    any: *any,
                    expr: Box::new(call("lower", [text.as_ref().clone()])),
                    pattern: Box::new(call("lower", [pattern.as_ref().clone()])),
                    escape_char: escape_char.clone(),
                };
            }
            Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
                if let Some(plain) = written_out(digits) {
                    *digits = plain;
                }
            }
            Expr::Extract { field, expr: from, .. } => *expr = part(field, from),
            Expr::AtTimeZone { timestamp, time_zone } => {
                *expr =
                    call("at_time_zone", [timestamp.as_ref().clone(), time_zone.as_ref().clone()]);
            }
            Expr::Function(function) => {
                if let Some(meant) = function_meant(function) {
                    *expr = meant;
                }
            }
            Expr::Cast { expr: value, data_type: DataType::Interval { .. }, .. } => {
                told(value);
                *expr = Expr::Interval(Interval {
                    value: value.clone(),
                    leading_field: None,
                    leading_precision: None,
                    last_field: None,
                    fractional_seconds_precision: None,
                });
            }
            Expr::Cast { kind, expr: value, data_type, .. } => {
                let plain = match cut_to(data_type) {
                    Some(length) => {
                        let text = cast(kind, value.as_ref().clone(), DataType::Text);
                        call("left", [text, number(&length.to_string())])
                    }
                    None => expr.clone(),
                };
                *expr = named_cast(plain, &as_type(expr));
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                if let Expr::Array(values) = right.as_ref() {
                    *expr = listed(left, &values.elem, false);
                }
            }
            // DataFusion makes another aggregate of `(array_agg(…))[1]`, and cannot plan it.
            Expr::CompoundFieldAccess { root, access_chain } => {
                if let [AccessExpr::Subscript(Subscript::Index { index })] = &access_chain[..] {
                    *expr = call("array_element", [root.as_ref().clone(), index.clone()]);
                }
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
                if let Expr::Array(values) = right.as_ref() {
                    *expr = listed(left, &values.elem, true);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Leaves out what GROUP BY names twice, once by its place and once in words perhaps.
fn grouped_once(select: &mut Select) {
    let GroupByExpr::Expressions(keys, _) = &mut select.group_by else { return };
    let items = &select.projection;
    let meant = |key: &Expr| match key {
        Expr::Value(ValueWithSpan { value: Value::Number(place, _), .. }) => {
            let place =
                place.parse::<usize>().ok().and_then(|place| items.get(place.checked_sub(1)?));
            match place {
                Some(
                    SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. },
                ) => value.clone(),
                _ => key.clone(),
            }
        }
        other => other.clone(),
    };
    if keys.iter().any(grouping::is_sets) {
        let all: Vec<Expr> = keys.iter().map(|key| grouping::each(&meant(key), &meant)).collect();
        *keys = match &all[..] {
            [_] => all,
            many => vec![Expr::GroupingSets(grouping::sets(many))],
        };
        return;
    }
    let mut seen = Vec::new();
    keys.retain(|key| {
        let key = meant(key).to_string();
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
}

fn as_type(expr: &Expr) -> String {
    match expr {
        // However it is spelled.
        Expr::Cast { data_type: DataType::Integer(_) | DataType::Int4(_), .. } => "int".to_owned(),
        Expr::Cast { data_type: DataType::Int8(_), .. } => "bigint".to_owned(),
        Expr::Cast { data_type: DataType::Numeric(info), .. } => {
            DataType::Decimal(*info).to_string().to_lowercase()
        }
        Expr::Cast { data_type, .. } => data_type.to_string().to_lowercase(),
        _ => String::new(),
    }
}

/// Whole numbers in a list of values are an `integer`, as in PostgreSQL; elsewhere `beside` makes them so.
fn as_integer(value: &mut Expr) {
    if let Expr::Nested(inside)
    | Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inside } = value
    {
        return as_integer(inside);
    }
    let Expr::Value(ValueWithSpan { value: Value::Number(digits, false), .. }) = &*value else {
        return;
    };
    if digits.parse::<i32>().is_ok() {
        *value = cast(&CastKind::Cast, number(&digits.clone()), DataType::Int(None));
    }
}

/// `array['1', x]::int[]` as `array['1'::int, x::int]`, as PostgreSQL reads it: each value by itself. None where the list
/// is not written out.
fn each_cast(expr: &Expr) -> Option<Expr> {
    let Expr::Cast { kind, expr: list, data_type, .. } = expr else { return None };
    let DataType::Array(ArrayElemTypeDef::SquareBracket(item, _)) = data_type else { return None };
    let Expr::Array(array) = bare(list) else { return None };
    // An interval is told by a text in quotes and by nothing else; an empty list has its type by the cast alone.
    if matches!(**item, DataType::Interval { .. } | DataType::Array(_)) || array.elem.is_empty() {
        return None;
    }
    let each = array.elem.iter().map(|value| cast(kind, value.clone(), item.as_ref().clone()));
    Some(Expr::Array(Array { elem: each.collect(), named: array.named }))
}

/// `x = any(array[…])`, which says what `x in (…)` says; but an array of nothing else than texts in quotes and NULLs is
/// one of texts, whatever stands before it. One that is a text by its words says so for all.
fn listed(value: &Expr, values: &[Expr], negated: bool) -> Expr {
    let mut list = values.to_vec();
    let is_open = |value: &Expr| is_text(value) || matches!(written(value), Some(Value::Null));
    let first_text = list.iter().position(is_text).unwrap_or(0);
    if list.iter().all(is_open)
        && let Some(value) = list.get_mut(first_text)
    {
        *value = cast(&CastKind::Cast, value.clone(), DataType::Text);
    }
    Expr::InList { expr: Box::new(value.clone()), list, negated }
}

/// A length of time in words that DataFusion reads as PostgreSQL reads it; what is written otherwise as it is.
fn told(value: &mut Expr) {
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = value else {
        return;
    };
    let Some(Length { months, days, micros }) = lengths::read(text) else {
        // Arrow would pass over a blank that is a letter to PostgreSQL.
        if has_other_blanks(text) {
            text.push('?');
        }
        return;
    };
    let mut parts = vec![format!("{months} months"), format!("{days} days")];
    if micros != 0 {
        parts.push(format!("{micros} microseconds"));
    }
    *text = parts.join(" ");
}

/// `varchar(3)` cuts; DataFusion passes over the length.
fn cut_to(data_type: &DataType) -> Option<u64> {
    use datafusion::sql::sqlparser::ast::CharacterLength;
    match data_type {
        DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. }))
        | DataType::CharacterVarying(Some(CharacterLength::IntegerLength { length, .. })) => {
            Some(*length)
        }
        _ => None,
    }
}

/// `1.5e3` as `1500.`, a decimal as in PostgreSQL: DataFusion makes of it a decimal with less than no decimals, and counts wrongly with that. None
/// where there is no exponent, or one that no decimal holds.
fn written_out(digits: &str) -> Option<String> {
    let (mantissa, exponent) = digits.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-38..=38).contains(exponent))?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{part}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let Ok(at) = usize::try_from(point) else {
        return Some(format!("0.{}{all}", "0".repeat(usize::try_from(-point).ok()?)));
    };
    Some(match all.split_at_checked(at) {
        Some((whole, "")) => format!("{whole}."),
        Some((whole, part)) => format!("{}.{part}", if whole.is_empty() { "0" } else { whole }),
        None => format!("{all}{}.", "0".repeat(at - all.len())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_written_out() {
        for (digits, want) in [
            ("1e2", "100."),
            ("1.5E3", "1500."),
            ("2.5e0", "2.5"),
            ("1.25e1", "12.5"),
            ("1e-3", "0.001"),
            ("12.5e-1", "1.25"),
            ("1e-2", "0.01"),
            (".5e1", "5."),
        ] {
            assert_eq!(written_out(digits).as_deref(), Some(want), "{digits}");
        }
        assert_eq!(written_out("12.5"), None);
        assert_eq!(written_out("1e99"), None);
    }
}
