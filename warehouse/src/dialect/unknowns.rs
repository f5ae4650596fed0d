//! A condition over NULL is neither true nor false, and stays so.
//!
//! DataFusion puts two lists of one column together, and where nothing is left of them it says false, or true for NOT
//! IN, also of a NULL; and a join by IS NOT DISTINCT FROM makes it find NULL equal to NULL in every `=` that it joins by
//! later, or lose the rows. So lists that could come together stand inside a function that no rule looks through
//! (`kept`), and IS NOT DISTINCT FROM between two columns is an equality of what is never NULL (`certain`), or stands
//! there too. Where only the rows are asked for that a condition holds for, false is as good as NULL: there a list still
//! prunes files.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, lit};
use datafusion::optimizer::AnalyzerRule;

use super::certain::{certain, has_bytes};
use super::kept::kept;

/// Runs last, when no other rule of ours looks at conditions.
#[derive(Debug)]
pub(super) struct KeptUnknowns;

impl AnalyzerRule for KeptUnknowns {
    fn name(&self) -> &str {
        "kept_unknowns"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(of_node)?.data)
    }
}

fn of_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&node.inputs());
    match node {
        LogicalPlan::Filter(mut filter) => {
            filter.predicate = condition(filter.predicate, &schema)?;
            Ok(Transformed::yes(LogicalPlan::Filter(filter)))
        }
        LogicalPlan::Join(mut join) => {
            join.filter = join.filter.map(|given| condition(given, &schema)).transpose()?;
            Ok(Transformed::yes(LogicalPlan::Join(join)))
        }
        LogicalPlan::Limit(_) | LogicalPlan::TableScan(_) => Ok(Transformed::no(node)),
        node => {
            let names = NamePreserver::new(&node);
            let changed = node.map_expressions(|expression| {
                let name = names.save(&expression);
                Ok(Transformed::yes(name.restore(value(expression, &schema)?)))
            })?;
            changed.map_data(LogicalPlan::recompute_schema)
        }
    }
}

/// A condition that chooses rows.
fn condition(given: Expr, schema: &DFSchema) -> Result<Expr> {
    let parts = split_conjunction_owned(given).into_iter();
    let parts = parts.map(|part| {
        let alone = denials(&part) < 2;
        holding(part, alone, schema)
    });
    Ok(conjunction(parts.collect::<Result<Vec<_>>>()?).unwrap_or_else(|| lit(true)))
}

/// How many parts of a condition deny something, as NOT IN does: of two of them beside OR nothing may be left.
fn denials(condition: &Expr) -> usize {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            denials(left) + denials(right)
        }
        Expr::InList(InList { negated: true, .. }) | Expr::Not(_) => 1,
        _ => 0,
    }
}

/// A part of a condition that chooses rows; the only denial in it stays as it is.
fn holding(part: Expr, alone: bool, schema: &DFSchema) -> Result<Expr> {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            Ok(binary(holding(*left, alone, schema)?, op, holding(*right, alone, schema)?))
        }
        Expr::InList(list) if alone || !list.negated => below(Expr::InList(list), schema),
        Expr::Not(inner) if alone && matches!(*inner, Expr::InList(_)) => {
            Ok(Expr::Not(Box::new(below(*inner, schema)?)))
        }
        other => value(other, schema),
    }
}

/// An expression whose NULL is told from false.
fn value(given: Expr, schema: &DFSchema) -> Result<Expr> {
    let given = match given {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_sure(&left, op, &right, schema) => {
            let op = if op == Operator::IsDistinctFrom { Operator::NotEq } else { Operator::Eq };
            let side = |side: Expr| -> Result<Expr> { Ok(certain(value(side, schema)?)) };
            return Ok(binary(side(*left)?, op, side(*right)?));
        }
        other => other,
    };
    let stays = match &given {
        Expr::InList(_) => true,
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::And | Operator::Or => is_listed(&given) && !asks(&given),
            Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => {
                !is_constant(left) && !is_constant(right)
            }
            _ => false,
        },
        _ => false,
    };
    let inside = below(given, schema)?;
    Ok(if stays { kept(inside) } else { inside })
}

/// The same expression with its parts as values of their own; a chain of ANDs or ORs is one.
fn below(given: Expr, schema: &DFSchema) -> Result<Expr> {
    match given {
        // Its keys are columns.
        Expr::GroupingSet(_) => Ok(given),
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let link = |side: Expr| match &side {
                Expr::BinaryExpr(inner) if inner.op == op => below(side, schema),
                _ => value(side, schema),
            };
            Ok(binary(link(*left)?, op, link(*right)?))
        }
        other => Ok(other.map_children(|child| Ok(Transformed::yes(value(child, schema)?)))?.data),
    }
}

/// True for two columns, or what is computed of them, of a type whose bytes tell whether they are the same.
fn is_sure(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> bool {
    let kind = |side: &Expr| side.get_type(schema).ok().filter(has_bytes);
    matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
        && !is_constant(left)
        && !is_constant(right)
        && kind(left).is_some_and(|own| kind(right) == Some(own))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op, right: Box::new(right) })
}

/// True where something in it is or may become a list.
fn is_listed(given: &Expr) -> bool {
    holds(given, |part| match part {
        Expr::InList(_) => true,
        Expr::BinaryExpr(binary) => matches!(binary.op, Operator::Eq | Operator::NotEq),
        _ => false,
    })
}

/// True where it asks a subquery, which only a condition in sight can be joined by.
fn asks(given: &Expr) -> bool {
    holds(given, |part| {
        matches!(part, Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_))
    })
}

fn is_constant(given: &Expr) -> bool {
    !holds(given, |part| {
        matches!(part, Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_))
    })
}

fn holds(given: &Expr, what: impl Fn(&Expr) -> bool) -> bool {
    // The walk itself cannot fail.
    given.exists(|part| Ok(what(part))).unwrap_or(false)
}
