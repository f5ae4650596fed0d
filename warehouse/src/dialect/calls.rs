//! What a call means in PostgreSQL, where DataFusion means something else by it: roundings, powers, parts of times,
//! neighbours in a window.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{Cast, ScalarFunction, WindowFunction};
use datafusion::logical_expr::{
    Expr, ExprSchemable, WindowFunctionDefinition, cast, lit, not, when,
};

use super::arithmetic::{self, Kind};
use super::beside::numbers;
use super::casts;
use super::conversions::{NAMED, start_of_day};
use super::cut::{Towards, cut};
use super::operators::{Class, clash, class, is_quoted, narrow, refused, tells_a_type};
use super::{ages, gathered, numerals, parts, quotient, texts};

/// The same value as PostgreSQL means it, with the types of its inputs at hand.
pub(super) fn meant(node: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match node {
        Expr::ScalarFunction(call) => match of_function(&call, schema)? {
            Some(meant) => Transformed::yes(meant),
            None => Transformed::no(Expr::ScalarFunction(call)),
        },
        // DataFusion's wraps.
        Expr::Negative(value) => match value.get_type(schema)? {
            kind if kind.is_signed_integer() => {
                let zero = cast(lit(0_i32), kind.clone());
                let minus = arithmetic::plan(Kind::Subtract, zero, &kind, *value, &kind);
                let narrow = minus.get_type(schema)? == kind;
                Transformed::yes(if narrow { minus } else { cast(minus, kind) })
            }
            _ => {
                tells_a_type(&[&*value])?;
                Transformed::no(Expr::Negative(value))
            }
        },
        Expr::AggregateFunction(call) => {
            gathered::admit(call.func.name(), &call.params.args, schema)?;
            Transformed::no(Expr::AggregateFunction(call))
        }
        Expr::WindowFunction(mut window) => {
            gathered::admit(window.fun.name(), &window.params.args, schema)?;
            counted_from_one(&window)?;
            by_a_number_of_rows(&window)?;
            said_beforehand(&window)?;
            if matches!(window.fun.name(), "lag" | "lead") && window.params.args.len() == 3 {
                neighbour(&mut window.params.args, schema)?;
            }
            if let WindowFunctionDefinition::AggregateUDF(function) = &window.fun
                && let Some(within) = gathered::in_window(function)
            {
                window.fun = WindowFunctionDefinition::AggregateUDF(within);
            }
            Transformed::yes(Expr::WindowFunction(window))
        }
        other => Transformed::no(other),
    })
}

/// Functions whose value has another type here than in DataFusion.
pub(super) const RETYPED: &[&str] = &[
    "trunc",
    "round",
    "ceil",
    "floor",
    "date_trunc",
    "date_part",
    "power",
    "sqrt",
    "exp",
    "ln",
    "log",
    "log10",
];

/// What a call is rewritten to; none where it may stay.
fn of_function(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    texts::admit(call.name(), &call.args, schema)?;
    if let ("mod", [left, right]) = (call.name(), &call.args[..]) {
        tells_a_type(&[left, right])?;
    }
    let with =
        |args: Vec<Expr>| Some(Expr::ScalarFunction(ScalarFunction { args, ..call.clone() }));
    match (call.name(), &call.args[..]) {
        ("ceil", [value]) if is_decimal(value, schema)? => {
            Ok(Some(cut(value.clone(), Towards::Above, 0)))
        }
        ("floor", [value]) if is_decimal(value, schema)? => {
            Ok(Some(cut(value.clone(), Towards::Below, 0)))
        }
        (name @ ("mod" | "div"), [left, right])
            if left.get_type(schema)?.is_floating() || right.get_type(schema)?.is_floating() =>
        {
            let why = match name {
                "mod" => "mod、% 不能用于浮点数：请写 (…)::numeric % …",
                _ => "div 不能用于浮点数：请写 div((…)::numeric, …)",
            };
            refused(why, &[left, right])
        }
        // Of a whole number it is a float, as in PostgreSQL; so are ceil and floor, which DataFusion knows.
        ("round", [value]) if value.get_type(schema)?.is_integer() => {
            Ok(Some(cast(value.clone(), DataType::Float64)))
        }
        ("round", [value]) if value.get_type(schema)?.is_floating() => {
            Ok(Some(casts::whole(vec![value.clone()])))
        }
        ("trunc" | "round", [value, _]) if value.get_type(schema)?.is_floating() => {
            refused(OF_FLOATS, &[value])
        }
        ("trunc" | "round", [value, places @ ..]) => {
            let value = if places.is_empty() { value.clone() } else { decimal(value, schema)? };
            let places = places.first().cloned().map(whole_literal);
            let kept = match &places {
                None => Some(0),
                Some(Expr::Literal(ScalarValue::Int32(Some(kept)), _)) => i8::try_from(*kept).ok(),
                Some(_) => None,
            };
            Ok(match kept {
                Some(kept) if kept > quotient::MOST => {
                    return plan_err!("{} 最多保留 20 位小数", call.name());
                }
                Some(kept) if is_decimal(&value, schema)? => {
                    let towards =
                        if call.name() == "trunc" { Towards::Zero } else { Towards::Nearest };
                    Some(cut(value, towards, kept))
                }
                _ => with(std::iter::once(wider(&value, schema)?).chain(places).collect()),
            })
        }
        // A cast that a person has written.
        (NAMED, [Expr::Cast(Cast { expr, field }), ..]) => {
            let own = expr.get_type(schema)?;
            // A `numeric` without digits is the number as it is.
            let plain = matches!(&call.args[1..], [Expr::Literal(kind, _)]
                if kind.try_as_str() == Some(Some("decimal")));
            let wanted =
                if plain { DataType::Decimal128(38, 0) } else { field.data_type().clone() };
            casts::admit(expr, &own, &wanted)?;
            if plain && numerals::is_plain_cast(expr, field.data_type()) {
                let read = numerals::of_quoted(expr.as_ref().clone())?;
                let same = read.get_type(schema)? == *field.data_type();
                return Ok((!same).then(|| with(vec![read, call.args[1].clone()])).flatten());
            }
            Ok(match own {
                DataType::Decimal128(..) if plain => {
                    with(vec![expr.as_ref().clone(), call.args[1].clone()])
                }
                whole if plain && whole.is_integer() => {
                    let same = cast(expr.as_ref().clone(), arithmetic::as_decimal(&whole));
                    (*field.data_type() != arithmetic::as_decimal(&whole))
                        .then(|| with(vec![same, call.args[1].clone()]))
                        .flatten()
                }
                _ => None,
            })
        }
        // Of a day it is a moment, as in PostgreSQL.
        ("date_trunc", [unit, day]) if day.get_type(schema)? == DataType::Date32 => {
            Ok(with(vec![unit.clone(), start_of_day(day.clone())]))
        }
        ("date_trunc", [_, value]) => {
            parts::cuts_a_time(value, &value.get_type(schema)?)?;
            Ok(None)
        }
        ("date_part", [Expr::Literal(part, _), from]) => parts::of_time(part, from, schema),
        ("concat" | "concat_ws", args) => written_out(args, schema).map(|args| args.and_then(with)),
        ("array_to_string", [list, ..]) => {
            listed(list, schema)?;
            Ok(None)
        }
        ("array_length", [_]) => {
            plan_err!("array_length 要写明第几维：请写 array_length(数组, 1)，或 cardinality(数组)")
        }
        ("age", given) => Ok(ages::walls(given, schema)?.and_then(with)),
        ("power", [base, exponent]) => match power(base, exponent, schema)? {
            Some(product) => Ok(Some(product)),
            None => near(call, schema),
        },
        ("sqrt" | "exp" | "ln" | "log" | "log10", _) => near(call, schema),
        _ => Ok(None),
    }
}

const OF_FLOATS: &str =
    "浮点数不能取到几位小数：请先写成 (…)::numeric，例如 round((…)::numeric, 2)";

/// A whole number as a decimal: rounded to some places it is one.
fn decimal(value: &Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(match value.get_type(schema)? {
        kind if kind.is_integer() => cast(value.clone(), arithmetic::as_decimal(&kind)),
        _ => value.clone(),
    })
}

fn is_decimal(value: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(matches!(value.get_type(schema)?, DataType::Decimal128(..)))
}

/// A decimal with room for the digit that 9.5 grows by where it is rounded; DataFusion leaves none.
fn wider(value: &Expr, schema: &DFSchema) -> Result<Expr> {
    if let Expr::Cast(Cast { expr, field }) = value
        && let (DataType::Decimal128(had, scale), DataType::Decimal128(has, same)) =
            (expr.get_type(schema)?, field.data_type())
        && (had + 1, scale) == (*has, *same)
    {
        return Ok(value.clone());
    }
    Ok(match value.get_type(schema)? {
        DataType::Decimal128(digits @ ..38, scale) => {
            cast(value.clone(), DataType::Decimal128(digits + 1, scale))
        }
        _ => value.clone(),
    })
}

/// The arguments of `concat` as PostgreSQL writes them: truths as one letter, times by the clock.
fn written_out(args: &[Expr], schema: &DFSchema) -> Result<Option<Vec<Expr>>> {
    let mut changed = false;
    let mut written = |arg: &Expr| {
        let kind = arg.get_type(schema)?;
        let as_cast = kind.is_floating() || matches!(class(&kind), Some(Class::Time | Class::Span));
        if kind != DataType::Boolean && !as_cast {
            return Ok(arg.clone());
        }
        changed = true;
        if kind != DataType::Boolean {
            return Ok(cast(arg.clone(), DataType::Utf8));
        }
        when(arg.clone(), lit("t")).when(not(arg.clone()), lit("f")).end()
    };
    let args = args.iter().map(&mut written).collect::<Result<Vec<_>>>()?;
    Ok(changed.then_some(args))
}

/// Refuses to write out a list of what PostgreSQL writes in another way.
fn listed(list: &Expr, schema: &DFSchema) -> Result<()> {
    match list.get_type(schema)? {
        DataType::List(field)
            if matches!(field.data_type(), DataType::Boolean | DataType::Time64(_))
                || field.data_type().is_floating()
                || matches!(class(field.data_type()), Some(Class::Time | Class::Span)) =>
        {
            plan_err!("array_to_string 只能用于文字和数字的数组：请先把值写成文字，例如 to_char(…)")
        }
        _ => Ok(()),
    }
}

/// A root or logarithm of a decimal is a decimal in PostgreSQL; ours is a float, near its value.
fn near(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    let kinds = call.args.iter().map(|arg| arg.get_type(schema)).collect::<Result<Vec<_>>>()?;
    // Of two numbers the logarithm always is.
    let decimal =
        call.args.len() == 2 && call.name() == "log" && !kinds.iter().any(DataType::is_floating);
    if !decimal && !kinds.iter().any(|kind| matches!(kind, DataType::Decimal128(..))) {
        return Ok(None);
    }
    let args = call.args.iter().map(|arg| cast(arg.clone(), DataType::Float64)).collect();
    Ok(Some(numerals::near(Expr::ScalarFunction(ScalarFunction { args, ..call.clone() }))))
}

/// A number of decimals that is known while the type of the result is worked out.
fn whole_literal(places: Expr) -> Expr {
    match places {
        Expr::Negative(inside) => match narrow(*inside) {
            Expr::Literal(ScalarValue::Int32(Some(places)), _) => lit(-places),
            other => Expr::Negative(Box::new(other)),
        },
        other => narrow(other),
    }
}

/// A small power of a decimal is a product, exact; DataFusion's is a float.
fn power(base: &Expr, exponent: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let times = match narrow(exponent.clone()) {
        Expr::Literal(ScalarValue::Int32(Some(times @ 1..=8)), _) => times,
        _ => return Ok(None),
    };
    if !matches!(base.get_type(schema)?, DataType::Decimal128(..)) {
        return Ok(None);
    }
    // Each factor is a copy; powers within powers would grow without end.
    if base.exists(|part| Ok(matches!(part, Expr::ScalarFunction(call) if call.name() != NAMED)))? {
        return plan_err!("power 的底数请写成列：算式请先在子查询里算出来");
    }
    let mut product = base.clone();
    for _ in 1..times {
        let (so_far, more) = (product.get_type(schema)?, base.get_type(schema)?);
        product = arithmetic::plan(Kind::Multiply, product, &so_far, base.clone(), &more);
    }
    // PostgreSQL writes it with as many digits as it finds fit: in other digits than its own it is not written out.
    Ok(Some(match product.get_type(schema)? {
        DataType::Decimal128(_, scale @ ..38) if times > 1 => {
            cast(product, DataType::Decimal128(38, scale + 1))
        }
        _ => product,
    }))
}

/// A row or a part is counted from one.
fn counted_from_one(window: &WindowFunction) -> Result<()> {
    let name = window.fun.name();
    let counted = match name {
        "nth_value" => window.params.args.get(1),
        "ntile" => window.params.args.first(),
        _ => None,
    };
    match counted.map(|number| narrow(number.clone())) {
        Some(Expr::Negative(_)) => plan_err!("{name} 的序号从 1 开始"),
        Some(Expr::Literal(ScalarValue::Int32(Some(..1)) | ScalarValue::Int64(Some(..1)), _)) => {
            plan_err!("{name} 的序号从 1 开始")
        }
        _ => Ok(()),
    }
}

/// What a window is asked by is the same for all rows.
fn said_beforehand(window: &WindowFunction) -> Result<()> {
    let name = window.fun.name();
    let args = window.params.args.as_slice();
    let said = match name {
        "ntile" => args,
        "lag" | "lead" | "nth_value" => args.get(1..).unwrap_or_default(),
        _ => return Ok(()),
    };
    let of_a_row = |part: &Expr| {
        matches!(part, Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_))
    };
    if !said.iter().any(|arg| arg.exists(|part| Ok(of_a_row(part))).unwrap_or(false)) {
        return Ok(());
    }
    match name {
        "ntile" => plan_err!("ntile 的份数只能写常数"),
        "nth_value" => plan_err!("nth_value 的序号只能写常数"),
        _ => plan_err!(
            "{name} 的行数和默认值只能写常数：默认取别的列，请写 case when row_number() over (…) = 1 then … else {name}(…) over (…) end"
        ),
    }
}

/// By a NULL PostgreSQL finds no neighbour, DataFusion the row itself.
fn by_a_number_of_rows(window: &WindowFunction) -> Result<()> {
    let mut rows = window.params.args.get(1);
    while let Some(Expr::Cast(Cast { expr, .. })) = rows {
        rows = Some(expr);
    }
    match rows {
        Some(Expr::Literal(by, _))
            if by.is_null() && matches!(window.fun.name(), "lag" | "lead") =>
        {
            plan_err!("{} 的行数不能是空值", window.fun.name())
        }
        _ => Ok(()),
    }
}

/// The value of a neighbour and what stands in its place where there is none: DataFusion rounds the one to the other.
fn neighbour(args: &mut [Expr], schema: &DFSchema) -> Result<()> {
    let kinds = [args[0].get_type(schema)?, args[2].get_type(schema)?];
    if let Some(said) = clash(&kinds[0], &kinds[1]).filter(|_| !is_quoted(&args[2])) {
        return plan_err!("{said}");
    }
    if let Some(common) = numbers(&kinds).filter(|common| *common != kinds[0]) {
        args[0] = cast(std::mem::take(&mut args[0]), common);
    }
    Ok(())
}
