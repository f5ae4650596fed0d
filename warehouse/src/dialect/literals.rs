//! Values take the type of what they stand beside: a text in quotes in lists, between bounds, in CASE and among
//! alternatives; numbers among alternatives; the places of a rounding.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, internal_datafusion_err, plan_err};
use datafusion::logical_expr::expr::{Between, Cast, InList, ScalarFunction, WindowFunction};
use datafusion::logical_expr::{Case, Expr, ExprSchemable, LogicalPlan, cast, lit};
use datafusion::optimizer::AnalyzerRule;

use super::arithmetic::{self, Kind};
use super::casts;
use super::conversions::{self, NAMED, of_one_clock, start_of_day};
use super::lists;
use super::operators::{
    Class, clash, class, comparable, compares, float_beside, is_quoted, is_text, is_wall, narrow,
    read_as, refused,
};
use super::rules;

/// Runs before types are brought together: DataFusion would make a text of the number.
#[derive(Debug)]
pub(super) struct TypedLiterals;

impl AnalyzerRule for TypedLiterals {
    fn name(&self) -> &str {
        "typed_literals"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, typed)
    }
}

/// Functions that return one of their arguments, or compare them.
const ALTERNATIVES: &[&str] = &["coalesce", "nullif", "greatest", "least", "nvl", "nvl2"];

fn typed(node: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match node {
        Expr::InList(InList { expr, list, negated }) => {
            let (expr, list) = one_kind_of_number(*expr, list, schema)?;
            let (expr, kind) = (Box::new(expr.clone()), expr.get_type(schema)?);
            let list = list.into_iter().map(|item| beside(&kind, item, schema));
            let list = list.collect::<Result<_>>()?;
            Transformed::yes(lists::of_values(InList { expr, list, negated }))
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let (expr, ends) = one_kind_of_number(*expr, vec![*low, *high], schema)?;
            let (expr, kind) = (Box::new(expr.clone()), expr.get_type(schema)?);
            let [low, high] = <[Expr; 2]>::try_from(ends)
                .map(|ends| ends.map(Box::new))
                .map_err(|_| internal_datafusion_err!("two ends"))?;
            let low = Box::new(beside(&kind, *low, schema)?);
            let high = Box::new(beside(&kind, *high, schema)?);
            Transformed::yes(Expr::Between(Between { expr, negated, low, high }))
        }
        Expr::Case(case) => Transformed::yes(Expr::Case(of_case(case, schema)?)),
        Expr::BinaryExpr(mut binary) if compares(&binary) => {
            (*binary.left, *binary.right) = comparable(*binary.left, *binary.right, schema)?;
            Transformed::yes(Expr::BinaryExpr(binary))
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if ALTERNATIVES.contains(&func.name()) =>
        {
            let first = args[0].get_type(schema)?;
            let is_nullif = func.name() == "nullif";
            let args = alternatives(args, schema)?;
            let call = Expr::ScalarFunction(ScalarFunction { func, args });
            // What it gives is its first argument, an `integer` even beside a `bigint`.
            let narrow = is_nullif && first == DataType::Int32;
            Transformed::yes(if narrow { cast(call, first) } else { call })
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if func.name() == "trunc" && args.len() == 2 =>
        {
            args[1] = whole_literal(std::mem::take(&mut args[1]));
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if func.name() == "round"
                && args.len() == 1
                && args[0].get_type(schema)?.is_floating() =>
        {
            Transformed::yes(casts::whole(args))
        }
        // DataFusion leaves no room for the digit that 9.5 grows by.
        Expr::ScalarFunction(mut call) if matches!(call.name(), "ceil" | "floor" | "round") => {
            if let Some(DataType::Decimal128(digits @ ..38, scale)) =
                call.args.first().map(|value| value.get_type(schema)).transpose()?
            {
                let wider = DataType::Decimal128(digits + 1, scale);
                call.args[0] = cast(std::mem::take(&mut call.args[0]), wider);
            }
            if call.args.len() == 2 {
                call.args[1] = whole_literal(std::mem::take(&mut call.args[1]));
            }
            Transformed::yes(Expr::ScalarFunction(call))
        }
        Expr::ScalarFunction(call) if call.name() == NAMED => {
            if let Some(Expr::Cast(Cast { expr, field })) = call.args.first() {
                casts::admit(expr, &expr.get_type(schema)?, field.data_type())?;
            }
            Transformed::no(Expr::ScalarFunction(call))
        }
        // Of a day it is a moment, as in PostgreSQL.
        Expr::ScalarFunction(mut call)
            if call.name() == "date_trunc"
                && call.args.len() == 2
                && call.args[1].get_type(schema)? == DataType::Date32 =>
        {
            call.args[1] = start_of_day(std::mem::take(&mut call.args[1]));
            Transformed::yes(Expr::ScalarFunction(call))
        }
        Expr::ScalarFunction(call) if call.func.name() == "date_part" => {
            match whole_span(&call, schema)? {
                Some(seconds) => Transformed::yes(seconds),
                None => Transformed::no(Expr::ScalarFunction(call)),
            }
        }
        Expr::InSubquery(list) => {
            let listed = list.subquery.subquery.schema().field(0).data_type();
            let own = list.expr.get_type(schema)?;
            let clocks = is_wall(&own) != is_wall(listed)
                && [&own, listed].iter().all(|kind| matches!(kind, DataType::Timestamp(..)));
            let mixed =
                clocks.then(|| "时间和带时区的时间不能这样比较，请用 cast 换成同一类型".to_owned());
            if let Some(said) = clash(&own, listed).or(mixed) {
                return refused(&said, &[&list.expr]);
            }
            Transformed::no(Expr::InSubquery(list))
        }
        // DataFusion's wraps.
        Expr::Negative(value) => match value.get_type(schema)? {
            kind if kind.is_signed_integer() => {
                let zero = cast(lit(0_i32), kind.clone());
                let minus = arithmetic::plan(Kind::Subtract, zero, &kind, *value, &kind);
                let narrow = minus.get_type(schema)? == kind;
                Transformed::yes(if narrow { minus } else { cast(minus, kind) })
            }
            _ => Transformed::no(Expr::Negative(value)),
        },
        Expr::ScalarFunction(call) if call.func.name() == "power" => match power(&call, schema)? {
            Some(product) => Transformed::yes(product),
            None => Transformed::no(Expr::ScalarFunction(call)),
        },
        Expr::WindowFunction(mut window) => {
            counted_from_one(&window)?;
            if matches!(window.fun.name(), "lag" | "lead") && window.params.args.len() == 3 {
                neighbour(&mut window.params.args, schema)?;
            }
            Transformed::yes(Expr::WindowFunction(window))
        }
        other => Transformed::no(other),
    })
}

/// A value and those it is compared with, as floats where a float is among decimals.
fn one_kind_of_number(
    value: Expr,
    others: Vec<Expr>,
    schema: &DFSchema,
) -> Result<(Expr, Vec<Expr>)> {
    let kind = value.get_type(schema)?;
    let kinds = others.iter().map(|other| other.get_type(schema)).collect::<Result<Vec<_>>>()?;
    let mixed = kinds.iter().any(|own| float_beside(own, &kind) || float_beside(&kind, own));
    if !mixed {
        return Ok((value, others));
    }
    let float = |value: Expr| cast(value, DataType::Float64);
    Ok((float(value), others.into_iter().map(float).collect()))
}

/// A value compared with one of another type.
fn beside(kind: &DataType, value: Expr, schema: &DFSchema) -> Result<Expr> {
    let own = value.get_type(schema)?;
    if is_text(&own) && !is_text(kind) && *kind != DataType::Null {
        return read_as(value, kind);
    }
    match clash(kind, &own) {
        Some(said) => refused(&said, &[&value]),
        None => Ok(of_one_clock(value, &own, kind)),
    }
}

fn of_case(mut case: Case, schema: &DFSchema) -> Result<Case> {
    if let Some(operand) = &case.expr {
        let kind = operand.get_type(schema)?;
        for (when, _) in &mut case.when_then_expr {
            **when = beside(&kind, std::mem::take(&mut **when), schema)?;
        }
    }
    let thens = case.when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
    let results: Vec<&mut Expr> = thens.chain(case.else_expr.as_deref_mut()).collect();
    let kind = results.iter().filter_map(|result| result.get_type(schema).ok());
    let other = kind.into_iter().find(|kind| !is_text(kind) && *kind != DataType::Null);
    if let Some(kind) = other {
        for result in results {
            *result = beside(&kind, std::mem::take(result), schema)?;
        }
    }
    Ok(case)
}

fn alternatives(args: Vec<Expr>, schema: &DFSchema) -> Result<Vec<Expr>> {
    let kinds: Vec<DataType> =
        args.iter().map(|arg| arg.get_type(schema)).collect::<Result<_>>()?;
    let Some(kind) = kinds.iter().find(|kind| !is_text(kind) && **kind != DataType::Null) else {
        return Ok(args);
    };
    if let Some(common) = numbers(&kinds) {
        let one = |(arg, own): (Expr, &DataType)| {
            if *own == common { arg } else { cast(arg, common.clone()) }
        };
        return Ok(args.into_iter().zip(&kinds).map(one).collect());
    }
    args.into_iter().map(|arg| beside(kind, arg, schema)).collect()
}

/// The type that holds numbers of all these types; none where one is no number.
fn numbers(kinds: &[DataType]) -> Option<DataType> {
    if !kinds.iter().all(|kind| kind.is_numeric() || *kind == DataType::Null) {
        return None;
    }
    if kinds.iter().any(DataType::is_floating) {
        return Some(DataType::Float64);
    }
    if !kinds.iter().any(|kind| matches!(kind, DataType::Decimal128(..))) {
        return None;
    }
    let (mut whole, mut scale) = (0, 0);
    for kind in kinds {
        let (precision, decimals) = match kind {
            DataType::Decimal128(precision, decimals) => (*precision, decimals.unsigned_abs()),
            DataType::Null => continue,
            DataType::Int8 | DataType::Int16 | DataType::Int32 => (10, 0),
            _ => (20, 0),
        };
        whole = whole.max(precision.saturating_sub(decimals));
        scale = scale.max(decimals);
    }
    Some(DataType::Decimal128((whole + scale).min(38), scale.cast_signed()))
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

/// Of a span PostgreSQL takes the days and hours as they are written, DataFusion as they add up.
fn whole_span(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    let [Expr::Literal(part, _), from] = &call.args[..] else { return Ok(None) };
    if class(&from.get_type(schema)?) != Some(Class::Span) {
        return Ok(None);
    }
    if !part.to_string().eq_ignore_ascii_case("epoch") {
        return plan_err!(
            "时长只能取 epoch（秒数）：请写 extract(epoch from …) 再除以 60、3600 或 86400"
        );
    }
    Ok(Some(conversions::seconds(from.clone())))
}

/// A small power of a decimal is a product, exact; DataFusion's is a float.
fn power(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    let [base, exponent] = &call.args[..] else { return Ok(None) };
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
    Ok(Some(product))
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
