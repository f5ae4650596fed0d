//! Computed keys of ROLLUP, CUBE and GROUPING SETS as columns of what is grouped.
//!
//! Inside the sets a key has no name of its own to keep: a rule that rewrites it leaves those without their column who
//! ask for it by its name, and over rows known to be none DataFusion groups by what it can compute and loses the grand
//! total.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection};
use datafusion::optimizer::AnalyzerRule;

/// Runs before any rule rewrites an expression.
#[derive(Debug)]
pub(super) struct PlainKeys;

impl AnalyzerRule for PlainKeys {
    fn name(&self) -> &str {
        "plain_keys"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plain(plan)
    }
}

/// The plan, in whose grouping sets every key is a column.
pub(super) fn plain(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries(of_node)?.data)
}

fn of_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Aggregate(sums) = node else { return Ok(Transformed::no(node)) };
    let computed: Vec<Expr> = match &sums.group_expr[..] {
        [Expr::GroupingSet(sets)] => {
            let keys = sets.distinct_expr().into_iter();
            keys.filter(|key| !matches!(key, Expr::Column(_))).cloned().collect()
        }
        _ => Vec::new(),
    };
    if computed.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Aggregate(sums)));
    }
    let called = |at: usize| format!("__key_{at}");
    let keys = computed.iter().enumerate().map(|(at, key)| key.clone().alias(called(at)));
    let columns = sums.input.schema().columns().into_iter().map(Expr::Column);
    let below = Projection::try_new(columns.chain(keys).collect(), Arc::clone(&sums.input))?;
    let by_column = |given: Expr| {
        given.transform_down(|part| {
            Ok(match computed.iter().position(|key| *key == part) {
                Some(at) => Transformed::new(
                    Expr::Column(Column::new_unqualified(called(at))),
                    true,
                    TreeNodeRecursion::Jump,
                ),
                None => Transformed::no(part),
            })
        })
    };
    let sets = sums.group_expr.iter().cloned().map(|sets| Ok(by_column(sets)?.data));
    let values = sums
        .aggr_expr
        .iter()
        .cloned()
        .map(|value| Ok(if is_grouping(&value) { by_column(value)?.data } else { value }));
    let grouped = Aggregate::try_new(
        Arc::new(LogicalPlan::Projection(below)),
        sets.collect::<Result<_>>()?,
        values.collect::<Result<_>>()?,
    )?;
    let named = grouped.schema.columns().into_iter().zip(sums.schema.columns());
    let named = named.filter(|(_, asked)| asked.name != Aggregate::INTERNAL_GROUPING_ID);
    let named = named.map(|(column, asked)| match column == asked {
        true => Expr::Column(column),
        false => Expr::Column(column).alias_qualified(asked.relation, asked.name),
    });
    let above = named.collect();
    let grouped = Arc::new(LogicalPlan::Aggregate(grouped));
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(above, grouped)?)))
}

/// True for `grouping(key)`, which tells the keys of a row.
fn is_grouping(value: &Expr) -> bool {
    match value {
        Expr::Alias(named) => is_grouping(&named.expr),
        Expr::AggregateFunction(call) => call.func.name() == "grouping",
        _ => false,
    }
}
