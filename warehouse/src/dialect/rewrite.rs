//! The statement's tree, rewritten before it is planned, where the words alone tell what is meant.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, DataType, DateTimeField, DuplicateTreatment,
    ExactNumberInfo, Expr, ExtractSyntax, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, GroupByExpr, Ident, Interval,
    LimitClause, ObjectName, OrderByExpr, OrderByOptions, Query, Select, SelectItem, SetExpr,
    Statement, Subscript, TimezoneInfo, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use super::arithmetic::QUOTIENT;
use super::conversions::{NAMED, SIGNED};
use super::lengths::{self, Length};
use super::{counted, expressions, grouping, precedence, rows};

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

/// A cast under a name of its own: DataFusion calls `cast(x as int)` and `x` by one name, and takes one for the other.
/// A subquery too, of which it says no more than that it is one.
pub(super) fn named_cast(value: Expr, kind: &str) -> Expr {
    call(NAMED, [value, Expr::value(Value::SingleQuotedString(kind.to_owned()))])
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

fn function_meant(function: &mut Function) -> Option<Expr> {
    let name = match function.name.0.as_slice() {
        [one] => one.as_ident()?.value.to_ascii_lowercase(),
        _ => return None,
    };
    match name.as_str() {
        // DataFusion's keeps four decimals of a decimal, and is a float for whole numbers.
        "avg" | "mean" => {
            let renamed = |name: &str| {
                let mut half = function.clone();
                half.name = named(name);
                Expr::Function(half)
            };
            Some(call(QUOTIENT, [renamed("sum"), renamed("count")]))
        }
        "date" => {
            let given: Vec<Expr> = arguments(function)?.map(|value| value.clone()).collect();
            let [value] = &given[..] else { return None };
            Some(named_cast(cast(&CastKind::Cast, value.clone(), DataType::Date), "date"))
        }
        // Of today's first moment.
        "age" => {
            let given: Vec<Expr> = arguments(function)?.map(|value| value.clone()).collect();
            let [from] = &given[..] else { return None };
            Some(call("age", [call("current_date", []), from.clone()]))
        }
        "every" => {
            function.name = named("bool_and");
            None
        }
        // PostgreSQL sorts what it looks through for the same values.
        "string_agg" if is_distinct(function) => joined(function),
        "array_agg" => {
            sorted_where_distinct(function);
            None
        }
        // DataFusion's is a float.
        "sign" | "signum" => {
            let whole = DataType::Decimal(ExactNumberInfo::PrecisionAndScale(1, 0));
            Some(cast(&CastKind::Cast, Expr::Function(function.clone()), whole))
        }
        "localtimestamp" => {
            function.name = named("now");
            let moment = function_meant(function)?;
            let wall = DataType::Timestamp(None, TimezoneInfo::None);
            Some(named_cast(cast(&CastKind::Cast, moment, wall), "timestamp"))
        }
        // DataFusion's counts nanoseconds.
        "now" | "current_timestamp" => {
            let moment = DataType::Timestamp(None, TimezoneInfo::WithTimeZone);
            Some(cast(&CastKind::Cast, Expr::Function(function.clone()), moment))
        }
        "median" if function.within_group.is_empty() => {
            let mut share = function.clone();
            share.name = named("percentile_cont");
            let values: Vec<Expr> = arguments(&mut share)?.map(|value| value.clone()).collect();
            let [value] = &values[..] else { return None };
            share.within_group = vec![OrderByExpr {
                expr: value.clone(),
                options: OrderByOptions::default(),
                with_fill: None,
            }];
            arguments(&mut share)?.for_each(|value| *value = number("0.5"));
            Some(Expr::Function(share))
        }
        // DataFusion counts without a sign.
        "row_number" | "rank" | "dense_rank" if function.over.is_some() => {
            Some(call(SIGNED, [Expr::Function(function.clone())]))
        }
        "ntile" | "array_length" | "cardinality" | "regexp_count" | "regexp_instr" => {
            Some(cast(&CastKind::Cast, Expr::Function(function.clone()), DataType::Int(None)))
        }
        "date_part" => {
            let mut arguments = arguments(function)?;
            let (field, from) = (arguments.next()?, arguments.next()?);
            let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(field), .. }) = field
            else {
                return None;
            };
            let field = DateTimeField::Custom(Ident::new(field.to_ascii_lowercase()));
            Some(cast(&CastKind::Cast, part(&field, from), DataType::DoublePrecision))
        }
        _ => None,
    }
}

/// `x = any(array[…])`, which says what `x in (…)` says.
fn listed(value: &Expr, values: &[Expr], negated: bool) -> Expr {
    Expr::InList { expr: Box::new(value.clone()), list: values.to_vec(), negated }
}

fn is_distinct(function: &Function) -> bool {
    matches!(&function.args, FunctionArguments::List(list)
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct))
}

/// `string_agg(distinct x, ',' order by x)` as `array_to_string(array_sort(array_agg(distinct x)), ',')`: the engine
/// sorts the rows once for all aggregates, but each list by itself.
fn joined(function: &Function) -> Option<Expr> {
    let mut all = function.clone();
    let FunctionArguments::List(list) = &mut all.args else { return None };
    let [
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(between)),
    ] = &list.args[..]
    else {
        return None;
    };
    let (value, between) = (value.clone(), between.clone());
    let options = match &list.clauses[..] {
        [] => OrderByOptions::default(),
        [FunctionArgumentClause::OrderBy(keys)] => match &keys[..] {
            [key] if is_same(&key.expr, &value) => key.options,
            _ => return None,
        },
        _ => return None,
    };
    let text = |text: &str| Expr::value(Value::SingleQuotedString(text.to_owned()));
    let way = text(if options.asc == Some(false) { "DESC" } else { "ASC" });
    list.args.truncate(1);
    list.clauses.clear();
    all.name = named("array_agg");
    // Without any value there is no text, and no list.
    let there = Expr::IsNotNull(Box::new(Expr::Nested(Box::new(value))));
    let filter = match all.filter.take() {
        Some(filter) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(filter)),
            op: BinaryOperator::And,
            right: Box::new(there),
        },
        None => there,
    };
    all.filter = Some(Box::new(filter));
    let sorted = call("array_sort", [Expr::Function(all), way, text("NULLS LAST")]);
    Some(call("array_to_string", [sorted, between]))
}

/// True for what is written the same, wherever it stands in the statement.
fn is_same(one: &Expr, other: &Expr) -> bool {
    one.to_string() == other.to_string()
}

fn sorted_where_distinct(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let sorted =
        list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
    if list.duplicate_treatment != Some(DuplicateTreatment::Distinct) || sorted {
        return;
    }
    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first() {
        let key = OrderByExpr {
            expr: value.clone(),
            options: OrderByOptions::default(),
            with_fill: None,
        };
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![key]));
    }
}

fn arguments(function: &mut Function) -> Option<impl Iterator<Item = &mut Expr>> {
    let FunctionArguments::List(list) = &mut function.args else { return None };
    Some(list.args.iter_mut().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
        _ => None,
    }))
}

/// A part of a day or moment is a decimal in PostgreSQL; seconds have their fractions.
fn part(field: &DateTimeField, from: &Expr) -> Expr {
    let extract = |field: &str| Expr::Extract {
        field: DateTimeField::Custom(Ident::new(field)),
        syntax: ExtractSyntax::From,
        expr: Box::new(from.clone()),
    };
    let decimal = |value: Expr, digits: u64, decimals: i64| {
        let info = ExactNumberInfo::PrecisionAndScale(digits, decimals);
        cast(&CastKind::Cast, value, DataType::Decimal(info))
    };
    let word = field.to_string().to_ascii_lowercase();
    match word.as_str() {
        "second" | "seconds" => {
            decimal(divided(decimal(extract("microsecond"), 20, 0), "1000000"), 20, 6)
        }
        "millisecond" | "milliseconds" => {
            decimal(divided(decimal(extract("microsecond"), 20, 0), "1000"), 20, 3)
        }
        "epoch" => decimal(extract("epoch"), 20, 6),
        other => decimal(extract(other), 20, 0),
    }
}

fn divided(value: Expr, by: &str) -> Expr {
    Expr::BinaryOp {
        left: Box::new(value),
        op: BinaryOperator::Divide,
        right: Box::new(number(by)),
    }
}

/// A length of time in words that DataFusion reads as PostgreSQL reads it; what is written otherwise as it is.
fn told(value: &mut Expr) {
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = value else {
        return;
    };
    let Some(Length { months, days, micros }) = lengths::read(text) else { return };
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

pub(super) fn number(digits: &str) -> Expr {
    Expr::value(Value::Number(digits.to_owned(), false))
}

pub(super) fn cast(kind: &CastKind, value: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: kind.clone(), expr: Box::new(value), data_type, array: false, format: None }
}

/// `count(1)`: every row.
pub(super) fn count_rows() -> Expr {
    call("count", [number("1")])
}

fn named(name: &str) -> ObjectName {
    ObjectName::from(vec![Ident::new(name)])
}

pub(super) fn call<const N: usize>(name: &str, arguments: [Expr; N]) -> Expr {
    let args = arguments.map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value)));
    Expr::Function(Function {
        name: named(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
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
