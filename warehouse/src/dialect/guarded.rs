//! A condition guards what may fail beside it: `n <> 0 and 6 / n > 2`, `phone ~ '^[0-9]+$' and phone::bigint > 5`,
//! `case when n <> 0 then 6 / n > 2 end`, `sum(6 / n) filter (where n <> 0)`. PostgreSQL leaves the other alone where
//! the condition tells; DataFusion computes both for many rows at once, takes a CASE of truths for ANDs and ORs, and
//! puts the conditions of a FROM beside those over it. So what may fail is computed inside a CASE that no rule looks
//! through, and only for the rows that its guards leave open; elsewhere it is NULL, which changes nothing there.
//!
//! Beside values the guards are what is written to the left. Among the conditions that choose rows they are all that
//! cannot fail, and then, as PostgreSQL has it, what costs less and what is written before.

use std::sync::LazyLock;

use arrow::compute::cast as as_kind;
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{
    AggregateFunctionParams, ScalarFunction, WindowFunctionParams,
};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, merge_schema, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Case, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, SortExpr, Volatility, cast, lit,
};
use datafusion::optimizer::{AnalyzerRule, OptimizerConfig, OptimizerRule};

use super::conversions::on_one;
use super::fallible::{asks, cost, may_fail, size};

/// How many conditions stand guard at most; each is computed once more.
const GUARDS: usize = 16;
/// How large a guard is at most.
const GUARD_SIZE: usize = 200;

/// Guards what stands beside conditions in values and inside conditions; runs when all else is settled.
#[derive(Debug)]
pub(super) struct GuardedValues;

impl AnalyzerRule for GuardedValues {
    fn name(&self) -> &str {
        "guarded_values"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(in_node)?.data)
    }
}

fn in_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if matches!(node, LogicalPlan::Limit(_) | LogicalPlan::TableScan(_)) {
        return Ok(Transformed::no(node));
    }
    let schema = merge_schema(&node.inputs());
    let names = NamePreserver::new(&node);
    let chooses = matches!(node, LogicalPlan::Filter(_) | LogicalPlan::Join(_));
    let changed = node.map_expressions(|expression| {
        let name = names.save(&expression);
        let guarded = match chooses {
            true => {
                let terms = split_conjunction_owned(expression).into_iter();
                let terms =
                    terms.map(|term| in_value(term, &schema)).collect::<Result<Vec<_>>>()?;
                conjunction(terms).unwrap_or_else(|| lit(true))
            }
            false => in_value(expression, &schema)?,
        };
        Ok(Transformed::yes(name.restore(guarded)))
    })?;
    changed.map_data(LogicalPlan::recompute_schema)
}

fn in_value(given: Expr, schema: &DFSchema) -> Result<Expr> {
    if let Expr::BinaryExpr(BinaryExpr { op: op @ (Operator::And | Operator::Or), .. }) = given {
        let mut terms = Vec::new();
        flatten(given, op, &mut terms);
        return chain(terms, op, schema);
    }
    // Its keys are columns.
    if matches!(given, Expr::GroupingSet(_)) {
        return Ok(given);
    }
    let inside = given.map_children(|child| Ok(Transformed::yes(in_value(child, schema)?)))?.data;
    match inside {
        Expr::Case(case) if case.expr.is_none() && gives_truths(&case, schema) => {
            Ok(Expr::Case(in_case(case, schema)?))
        }
        // DataFusion makes a CASE of it.
        Expr::ScalarFunction(call)
            if call.name() == "coalesce" && is_truth(&call.args[0], schema) =>
        {
            let mut guard = Guard::default();
            let mut args = Vec::new();
            for arg in call.args {
                args.push(guard.over(arg.clone(), schema)?);
                guard.add(arg.is_not_null());
            }
            Ok(Expr::ScalarFunction(ScalarFunction { func: call.func, args }))
        }
        Expr::AggregateFunction(mut call) => {
            let AggregateFunctionParams { args, filter, order_by, .. } = &mut call.params;
            if let Some(filter) = filter {
                among_rows(filter, args, order_by, schema)?;
            }
            Ok(Expr::AggregateFunction(call))
        }
        Expr::WindowFunction(mut call) => {
            let WindowFunctionParams { args, filter, .. } = &mut call.params;
            if let Some(filter) = filter {
                among_rows(filter, args, &mut Vec::new(), schema)?;
            }
            Ok(Expr::WindowFunction(call))
        }
        other => Ok(other),
    }
}

fn flatten(given: Expr, chain: Operator, terms: &mut Vec<Expr>) {
    match given {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op == chain => {
            flatten(*left, chain, terms);
            flatten(*right, chain, terms);
        }
        other => terms.push(other),
    }
}

/// A chain of AND or OR: each part is guarded by those before it, where one of them tells what the chain comes to.
fn chain(terms: Vec<Expr>, op: Operator, schema: &DFSchema) -> Result<Expr> {
    let mut guard = Guard::default();
    let mut all: Option<Expr> = None;
    for term in terms {
        let term = in_value(term, schema)?;
        let tells = match op {
            Operator::And => Expr::IsFalse(Box::new(term.clone())),
            _ => term.clone(),
        };
        let term = guard.over(term, schema)?;
        guard.add(tells);
        all = Some(match all {
            Some(before) => binary(before, op, term),
            None => term,
        });
    }
    Ok(all.unwrap_or_else(|| lit(true)))
}

/// A CASE of truths.
fn in_case(case: Case, schema: &DFSchema) -> Result<Case> {
    let mut passed = Guard::default();
    let mut when_then_expr = Vec::new();
    for (when, then) in case.when_then_expr {
        let mut open = passed.clone();
        open.add(Expr::IsNotTrue(when.clone()));
        let guarded = passed.over(*when.clone(), schema)?;
        when_then_expr.push((Box::new(guarded), Box::new(open.over(*then, schema)?)));
        passed.add(*when);
    }
    let else_expr = case.else_expr.map(|value| passed.over(*value, schema)).transpose()?;
    Ok(Case { expr: None, when_then_expr, else_expr: else_expr.map(Box::new) })
}

/// What an aggregate takes from the rows that its FILTER lets through.
fn among_rows(
    filter: &Expr,
    args: &mut [Expr],
    order_by: &mut [SortExpr],
    schema: &DFSchema,
) -> Result<()> {
    let mut guard = Guard::default();
    guard.add(Expr::IsNotTrue(Box::new(filter.clone())));
    for value in args.iter_mut().chain(order_by.iter_mut().map(|key| &mut key.expr)) {
        *value = guard.over(std::mem::take(value), schema)?;
    }
    Ok(())
}

/// Guards the conditions that choose rows. Runs once they have come to the place where rows are chosen, before what they
/// have in common is computed ahead of them.
#[derive(Debug)]
pub(crate) struct GuardedRows;

impl OptimizerRule for GuardedRows {
    fn name(&self) -> &str {
        "guarded_rows"
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Filter(mut filter) => {
                let schema = filter.input.schema().clone();
                let held = held(filter.predicate, &schema, |_| false)?;
                filter.predicate = held.data;
                Ok(Transformed::new_transformed(LogicalPlan::Filter(filter), held.transformed))
            }
            LogicalPlan::Join(mut join) => {
                let Some(condition) = join.filter.take() else {
                    return Ok(Transformed::no(LogicalPlan::Join(join)));
                };
                let schema = merge_schema(&[&join.left, &join.right]);
                let held = held(condition, &schema, |term| {
                    joins(term, join.left.schema(), join.right.schema())
                })?;
                join.filter = Some(held.data);
                Ok(Transformed::new_transformed(LogicalPlan::Join(join), held.transformed))
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

/// True for an equation of both sides, by which rows are looked up.
fn joins(term: &Expr, left: &DFSchema, right: &DFSchema) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left: one, op: Operator::Eq, right: other }) = term else {
        return false;
    };
    let of = |side: &Expr, schema: &DFSchema| {
        side.column_refs().iter().all(|column| schema.has_column(column))
    };
    of(one, left) && of(other, right) || of(one, right) && of(other, left)
}

/// The conditions of a node, each behind those that are looked at before it.
fn held(
    condition: Expr,
    schema: &DFSchema,
    joins: impl Fn(&Expr) -> bool,
) -> Result<Transformed<Expr>> {
    // Rules run more than once.
    let risky =
        |term: &Expr| !is_held(term) && !asks(term) && !joins(term) && may_fail(term, schema);
    let terms = split_conjunction_owned(condition.clone());
    if terms.len() < 2 || !terms.iter().any(risky) {
        return Ok(Transformed::no(condition));
    }
    let (mut risky, safe): (Vec<Expr>, Vec<Expr>) = terms.into_iter().partition(risky);
    risky.sort_by_key(cost);
    let mut room = GUARD_SIZE;
    let first = safe.iter().filter(|term| {
        let fits = !is_held(term) && can_guard(term) && size(term) <= room;
        room -= if fits { size(term) } else { 0 };
        fits
    });
    let mut guard = Guard::default();
    if let Some(first) = conjunction(first.cloned()) {
        guard.add(Expr::IsNotTrue(Box::new(first)));
    }
    let mut all = safe;
    for term in risky {
        all.push(guard.before(term.clone(), schema, &HELD)?);
        guard.add(Expr::IsNotTrue(Box::new(term)));
    }
    Ok(Transformed::yes(conjunction(all).unwrap_or_else(|| lit(true))))
}

fn is_held(term: &Expr) -> bool {
    matches!(term, Expr::ScalarFunction(call) if call.name() == HELD.name())
}

/// Conditions of which each, where it holds, leaves the value behind it unasked.
#[derive(Debug, Clone, Default)]
struct Guard(Vec<Expr>);

impl Guard {
    fn add(&mut self, condition: Expr) {
        if self.0.len() < GUARDS && can_guard(&condition) {
            self.0.push(condition);
        }
    }

    /// Puts the guard before a value, or before its parts where it asks a subquery, which must stay in sight.
    fn over(&self, value: Expr, schema: &DFSchema) -> Result<Expr> {
        if !may_fail(&value, schema) {
            return Ok(value);
        }
        if asks(&value) {
            let parts = value.map_children(|part| Ok(Transformed::yes(self.over(part, schema)?)));
            return Ok(parts?.data);
        }
        self.before(value, schema, &GUARDED)
    }

    fn before(&self, value: Expr, schema: &DFSchema, behind: &ScalarUDF) -> Result<Expr> {
        let Ok(kind) = value.get_type(schema) else { return Ok(value) };
        if self.0.is_empty() {
            return Ok(value);
        }
        let (value, none) = match kind {
            DataType::Boolean => (cast(value, TOLD), ScalarValue::Int8(None)),
            kind => (value, ScalarValue::try_new_null(&kind)?),
        };
        let closed = |condition: &Expr| (Box::new(condition.clone()), Box::new(lit(none.clone())));
        Ok(behind.call(vec![Expr::Case(Case {
            expr: None,
            when_then_expr: self.0.iter().map(closed).collect(),
            else_expr: Some(Box::new(value)),
        })]))
    }
}

/// False for what asks a subquery, which is asked once, and for what is too large to be computed twice.
fn can_guard(condition: &Expr) -> bool {
    let subquery = condition.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    });
    // The walk itself cannot fail.
    !subquery.unwrap_or(true) && size(condition) <= GUARD_SIZE
}

fn gives_truths(case: &Case, schema: &DFSchema) -> bool {
    let results = case.when_then_expr.iter().map(|(_, result)| result);
    results.chain(case.else_expr.as_ref()).any(|result| is_truth(result, schema))
}

fn is_truth(value: &Expr, schema: &DFSchema) -> bool {
    matches!(value.get_type(schema), Ok(DataType::Boolean))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op, right: Box::new(right) })
}

/// What a truth is told by inside a guard: no rule makes ANDs of a CASE of numbers.
const TOLD: DataType = DataType::Int8;

static GUARDED: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Guarded::new("guarded")));
static HELD: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Guarded::new("held")));

/// A value behind its guard as it stands; a truth that was told.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Guarded {
    name: &'static str,
    signature: Signature,
}

impl Guarded {
    fn new(name: &'static str) -> Self {
        Self { name, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Guarded {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(match &given[0] {
            &TOLD => DataType::Boolean,
            kind => kind.clone(),
        })
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args[0].data_type() {
            TOLD => on_one(&args.args[0], |told| Ok(as_kind(told, &DataType::Boolean)?)),
            _ => Ok(args.args.swap_remove(0)),
        }
    }
}
