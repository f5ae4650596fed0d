//! Calls that PostgreSQL answers otherwise than DataFusion does: averages, parts of a date, distinct lists.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, DuplicateTreatment, ExactNumberInfo, Expr,
    ExtractSyntax, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, OrderByExpr, OrderByOptions, TimezoneInfo, Value, ValueWithSpan,
};

use super::arithmetic::QUOTIENT;
use super::conversions::SIGNED;
use super::tree::{call, cast, named, named_cast, number};
use super::values::is_text;
use super::{parts, rows};

/// What stands for a call that DataFusion answers otherwise; none where it stands for itself, under another name perhaps.
pub(super) fn function_meant(function: &mut Function) -> Option<Expr> {
    let name = match function.name.0.as_slice() {
        [one] => one.as_ident()?.value.to_ascii_lowercase(),
        _ => return None,
    };
    match name.as_str() {
        // DataFusion's keeps four decimals of a decimal, and is a float for whole numbers.
        "avg" => {
            let renamed = |name: &str| {
                let mut half = function.clone();
                half.name = named(name);
                Expr::Function(half)
            };
            Some(call(QUOTIENT, [renamed("sum"), renamed("count")]))
        }
        "mod" => remainder(function),
        "div" => {
            arguments(function)?.for_each(as_number);
            None
        }
        "num_nulls" => counted(function, Expr::IsNull),
        "num_nonnulls" => counted(function, Expr::IsNotNull),
        "date" => {
            let given: Vec<Expr> = arguments(function)?.map(|value| value.clone()).collect();
            let [value] = &given[..] else { return None };
            Some(named_cast(cast(&CastKind::Cast, value.clone(), DataType::Date), "date"))
        }
        // With one argument PostgreSQL counts from today's first moment.
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
        "sign" => {
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
        "date_trunc" => {
            if let Some(Expr::Value(ValueWithSpan {
                value: Value::SingleQuotedString(word), ..
            })) = arguments(function)?.next()
                && let Some(unit) = parts::unit(&word.to_ascii_lowercase())
            {
                unit.clone_into(word);
            }
            None
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

/// What a plain call is given, one that has nothing beside its arguments.
pub(super) fn given(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let is_plain = function.over.is_none()
        && function.filter.is_none()
        && function.within_group.is_empty()
        && function.null_treatment.is_none()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    let value = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    };
    is_plain.then(|| list.args.iter().map(value).collect()).flatten()
}

/// `mod('7', x)` as `'7' % x`, where the text takes the type of the number beside it; none where there is no such text.
fn remainder(function: &Function) -> Option<Expr> {
    let values = given(function)?;
    let [left, right] = &values[..] else { return None };
    if is_text(left) == is_text(right) {
        return None;
    }
    let side = |value: &Expr| Box::new(Expr::Nested(Box::new(value.clone())));
    let (left, right) = (side(left), side(right));
    let op = BinaryOperator::Modulo;
    Some(Expr::Nested(Box::new(Expr::BinaryOp { left, op, right })))
}

/// A text in quotes that is nothing but digits as the decimal that it tells.
fn as_number(value: &mut Expr) {
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = &*value else {
        return;
    };
    let (whole, part) = text.split_once('.').unwrap_or((text.as_str(), "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if is_digits(whole) && is_digits(part) {
        *value = number(&text.clone());
    }
}

/// How many of the arguments are so.
fn counted(function: &Function, is_so: fn(Box<Expr>) -> Expr) -> Option<Expr> {
    let one = |value: Expr| {
        let asked = Expr::Nested(Box::new(is_so(Box::new(Expr::Nested(Box::new(value))))));
        named_cast(cast(&CastKind::Cast, asked, DataType::Int(None)), "int")
    };
    let each = given(function)?.into_iter().map(one).collect();
    Some(Expr::Nested(Box::new(rows::joined(each, &BinaryOperator::Plus)?)))
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
pub(super) fn part(field: &DateTimeField, from: &Expr) -> Expr {
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
    match parts::unit(&word).unwrap_or(&word) {
        "second" => decimal(divided(decimal(extract("microsecond"), 20, 0), "1000000"), 20, 6),
        "millisecond" => decimal(divided(decimal(extract("microsecond"), 20, 0), "1000"), 20, 3),
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
