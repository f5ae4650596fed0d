//! What EXISTS asks a query for and does not look at. DataFusion leaves it out. So does PostgreSQL, where a query picks
//! rows and no more; what it groups, numbers, skips or unites is computed, and may fail.

use std::collections::HashSet;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan};

use super::correlated::skips;
use super::existence::has_a_row;
use super::fallible::may_fail;
use super::refusals::stop_when;

const LIST: &str =
    "exists 里的列没有人看，这里不计算，而 PostgreSQL 会计算并可能报错：select 后面请只写 1";
const ALWAYS: &str = "exists 里的汇总没有 group by，或含总计，总有一行，这里不计算，而 PostgreSQL 会计算并可能报错：请删去这个 exists";

/// Why an EXISTS of a plan is refused: it leaves out what may fail.
pub(crate) fn unseen(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    // The walk itself cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::Exists(Exists { subquery, .. }) = part {
                    found = found.or_else(|| left_out(&subquery.subquery));
                }
                Ok(stop_when(found.is_some()))
            })
        })
    });
    found.map(str::to_owned)
}

fn left_out(query: &LogicalPlan) -> Option<&'static str> {
    if has_a_row(query) {
        return fails(query).then_some(ALWAYS);
    }
    let mut list = List::default();
    list.of(query);
    (list.is_computed && list.may_fail).then_some(LIST)
}

/// True where any part of a query may fail.
fn fails(query: &LogicalPlan) -> bool {
    let here = |node: &LogicalPlan| {
        let schema = merge_schema(&node.inputs());
        node.expressions().iter().any(|value| is_risky(value, &schema))
    };
    query.exists(|node| Ok(here(node))).unwrap_or(true)
}

fn is_risky(value: &Expr, schema: &DFSchema) -> bool {
    let asks = |part: &Expr| matches!(part, Expr::ScalarSubquery(_));
    may_fail(value, schema) || value.exists(|part| Ok(asks(part))).unwrap_or(true)
}

/// What a query selects, with all that is only computed for it.
#[derive(Default)]
struct List {
    /// True where PostgreSQL computes it.
    is_computed: bool,
    may_fail: bool,
    /// What HAVING asks for is computed here too.
    kept: HashSet<Column>,
}

impl List {
    fn of(&mut self, query: &LogicalPlan) {
        match query {
            LogicalPlan::Projection(list) => {
                self.add(&list.expr, list.input.schema());
                self.of(&list.input);
            }
            LogicalPlan::Distinct(Distinct::All(input)) => self.of(input),
            LogicalPlan::Distinct(Distinct::On(first)) => {
                self.add(&first.select_expr, first.input.schema());
                self.of(&first.input);
            }
            LogicalPlan::Sort(sort) => {
                self.add(sort.expr.iter().map(|key| &key.expr), sort.input.schema());
                self.of(&sort.input);
            }
            LogicalPlan::Limit(limit) => {
                self.is_computed |= skips(limit);
                self.of(&limit.input);
            }
            LogicalPlan::Filter(having) => {
                self.kept.extend(having.predicate.column_refs().into_iter().cloned());
                self.of(&having.input);
            }
            LogicalPlan::Window(window) => {
                self.is_computed = true;
                self.add(&window.window_expr, window.input.schema());
                self.of(&window.input);
            }
            LogicalPlan::Aggregate(sums) => {
                let groups = sums.schema.fields().len() - sums.aggr_expr.len();
                let columns = sums.schema.columns().into_iter().skip(groups);
                let left_out = sums.aggr_expr.iter().zip(columns);
                let left_out = left_out.filter(|(_, column)| !self.kept.contains(column));
                let left_out: Vec<_> = left_out.map(|(sum, _)| sum).collect();
                self.is_computed |= !self.kept.is_empty() || !sums.aggr_expr.is_empty();
                self.add(left_out, sums.input.schema());
            }
            LogicalPlan::Union(union) => {
                self.is_computed = true;
                union.inputs.iter().for_each(|side| self.of(side));
            }
            _ => {}
        }
    }

    fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a Expr>, schema: &DFSchema) {
        self.may_fail |= values.into_iter().any(|value| is_risky(value, schema));
    }
}
