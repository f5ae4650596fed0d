//! Values take the type of what they stand beside: a text in quotes in lists, between bounds, in CASE and among
//! alternatives; numbers among alternatives; the places of a rounding.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::{Case, Expr, ExprSchemable, LogicalPlan, cast, lit};
use datafusion::optimizer::AnalyzerRule;

use super::arithmetic::{self, Kind};
use super::operators::{comparable, compares, is_quoted, is_text, narrow, read_as};
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
            let kind = expr.get_type(schema)?;
            let list = list.into_iter().map(|item| beside(&kind, item, schema));
            let list = list.collect::<Result<_>>()?;
            Transformed::yes(Expr::InList(InList { expr, list, negated }))
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let kind = expr.get_type(schema)?;
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
            let args = alternatives(args, schema)?;
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if matches!(func.name(), "round" | "trunc") && args.len() == 2 =>
        {
            args[1] = whole_literal(std::mem::take(&mut args[1]));
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        Expr::ScalarFunction(call) if call.func.name() == "power" => match power(&call, schema)? {
            Some(product) => Transformed::yes(product),
            None => Transformed::no(Expr::ScalarFunction(call)),
        },
        Expr::WindowFunction(mut window) => {
            if matches!(window.fun.name(), "lag" | "lead") && window.params.args.len() == 3 {
                neighbour(&mut window.params.args, schema)?;
            }
            Transformed::yes(Expr::WindowFunction(window))
        }
        other => Transformed::no(other),
    })
}

/// A value compared with one of another type.
fn beside(kind: &DataType, value: Expr, schema: &DFSchema) -> Result<Expr> {
    let own = value.get_type(schema)?;
    if is_text(&own) && !is_text(kind) && *kind != DataType::Null {
        return read_as(value, kind);
    }
    if is_text(kind) && !is_text(&own) && own != DataType::Null {
        return datafusion::common::plan_err!("文字不能直接和别的类型比较：请给值加上引号");
    }
    Ok(value)
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
            if is_text(&result.get_type(schema)?) {
                *result = alternative(std::mem::take(result), &kind)?;
            }
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
    let one = |(arg, own): (Expr, &DataType)| {
        if is_text(own) { alternative(arg, kind) } else { Ok(arg) }
    };
    args.into_iter().zip(&kinds).map(one).collect()
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
    let mut product = base.clone();
    for _ in 1..times {
        let (so_far, more) = (product.get_type(schema)?, base.get_type(schema)?);
        product = arithmetic::plan(Kind::Multiply, product, &so_far, base.clone(), &more);
    }
    Ok(Some(product))
}

/// The value of a neighbour and what stands in its place where there is none: DataFusion rounds the one to the other.
fn neighbour(args: &mut [Expr], schema: &DFSchema) -> Result<()> {
    let kinds = [args[0].get_type(schema)?, args[2].get_type(schema)?];
    if let Some(common) = numbers(&kinds).filter(|common| *common != kinds[0]) {
        args[0] = cast(std::mem::take(&mut args[0]), common);
    }
    Ok(())
}

/// One of several values that must be of one type.
fn alternative(value: Expr, kind: &DataType) -> Result<Expr> {
    if is_quoted(&value) {
        return read_as(value, kind);
    }
    datafusion::common::plan_err!(
        "几个值要是同一类型：文字和别的类型不能混在一起，请用 cast 换成同一类型"
    )
}
