//! A text in quotes takes the type of what it stands beside: in lists, between bounds, in CASE and among alternatives.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::{Case, Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::operators::{comparable, compares, is_quoted, is_text, read_as};
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
    let one = |(arg, own): (Expr, &DataType)| {
        if is_text(own) { alternative(arg, kind) } else { Ok(arg) }
    };
    args.into_iter().zip(&kinds).map(one).collect()
}

/// One of several values that must be of one type.
fn alternative(value: Expr, kind: &DataType) -> Result<Expr> {
    if is_quoted(&value) {
        return read_as(value, kind);
    }
    datafusion::common::plan_err!("几个值要是同一类型：文字和别的类型不能混在一起，请用 cast 换成同一类型")
}
