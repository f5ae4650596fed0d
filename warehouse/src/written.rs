//! How large the values of a statement become when the planner writes them out.
//!
//! A condition is put below the queries that it stands upon, and each column in it is then what it was there: `x + x`
//! of an `x + x` is four of the first. A `coalesce` becomes a CASE that names its arguments twice. And for the type of a
//! value, all within it are asked for theirs, and each makes its name of all within it; the planner asks at every level:
//! its time grows with the cube of a chain of sums. `extent` counts tables on the text; this counts values on the plan.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchemaRef, JoinType};
use datafusion::logical_expr::expr::{Exists, InList, InSubquery, SetComparison};
use datafusion::logical_expr::utils::{grouping_set_to_exprlist, split_conjunction};
use datafusion::logical_expr::{
    BinaryExpr, Distinct, Expr, FetchType, LogicalPlan, Operator, Subquery,
};

use crate::WarehouseError;

/// What all values may come to (see [`Written::effort`]): a second of planning, as for one chain of a hundred sums.
const EFFORT: u64 = 400_000;

/// Calls that are written out with their arguments named twice, but for the last.
const TWICE: &[&str] = &["coalesce", "greatest", "least"];
/// An IN of so few values is written out as comparisons.
const COMPARED: usize = 3;

/// Refuses what cannot be planned in a blink.
pub(crate) fn check(plan: &LogicalPlan) -> Result<(), WarehouseError> {
    if effort(plan) <= EFFORT {
        return Ok(());
    }
    Err(WarehouseError::Refused(
        format!(
            "算式太复杂：全部写开后，每个值按它里面的层数和个数计，合计最多 {EFFORT}（一串 100 项的加法约 34 万）；一长串加减乘除或 || 请加括号分成几段，coalesce、greatest、between、case 请少套几层，with 和子查询里一层层算出来的列请先用 sum、max 一类汇总再作条件，或把条件写在最里层，或分几次查"
        )
        .into(),
    ))
}

fn effort(plan: &LogicalPlan) -> u64 {
    let mut count = Count::default();
    count.rows(plan);
    count.effort
}

/// A value as it is when it is written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Written {
    /// Values within it, itself among them.
    size: u64,
    /// The sizes of them all: what is read for its type.
    names: u64,
    /// The names of them all: what is read when each is asked for its type.
    effort: u64,
}

/// What stands for itself.
const ONE: Written = Written { size: 1, names: 1, effort: 1 };

impl Written {
    fn add(&mut self, other: Self, times: u64) {
        let added = |own: u64, other: u64| own.saturating_add(other.saturating_mul(times));
        self.size = added(self.size, other.size);
        self.names = added(self.names, other.names);
        self.effort = added(self.effort, other.effort);
    }

    /// One more level upon these parts.
    fn upon(parts: Self) -> Self {
        let size = parts.size.saturating_add(1);
        let names = parts.names.saturating_add(size);
        Self { size, names, effort: parts.effort.saturating_add(names) }
    }
}

/// What a column is where it is named above.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// In a condition, which goes down to what the column stands upon.
    below: Written,
    /// In an item, which takes it in where it is named once; its effort is counted already.
    taken: Written,
}

const ITSELF: Seen = Seen { below: ONE, taken: ONE };

/// The columns of an input.
type Input = (DFSchemaRef, Vec<Seen>);

fn find(inputs: &[Input], column: &Column) -> Option<Seen> {
    inputs
        .iter()
        .find_map(|(schema, seen)| seen.get(schema.maybe_index_of_column(column)?).copied())
}

fn below(inputs: &[Input]) -> impl Fn(&Column) -> Written {
    move |column: &Column| find(inputs, column).map_or(ONE, |seen| seen.below)
}

#[derive(Default)]
struct Count {
    effort: u64,
    /// The rows around a subquery, from the outermost inwards.
    around: Vec<Input>,
    /// What a subquery gives, by where its plan stands.
    asked: HashMap<*const LogicalPlan, Written>,
}

impl Count {
    /// Counts all values of a plan; what its columns are.
    fn rows(&mut self, plan: &LogicalPlan) -> Vec<Seen> {
        let outside = self.around.len();
        for input in plan.inputs() {
            let seen = self.rows(input);
            // A LATERAL one names those before it.
            self.around.push((input.schema().clone(), seen));
        }
        // The walk itself cannot fail.
        let _ = plan.apply_expressions(|expr| {
            self.ask(expr);
            Ok(TreeNodeRecursion::Continue)
        });
        let mut inputs = self.around.split_off(outside);
        let width = plan.schema().fields().len();
        let mut seen = match plan {
            LogicalPlan::Projection(projection) => return self.items(&projection.expr, &inputs),
            LogicalPlan::SubqueryAlias(_) => return all(inputs),
            LogicalPlan::Filter(filter) => {
                self.conditions(&filter.predicate, &mut inputs);
                return all(inputs);
            }
            LogicalPlan::Join(join) => {
                for (left, right) in &join.on {
                    self.tie(left, right, &mut inputs);
                    self.items([left, right], &inputs);
                }
                if let Some(filter) = &join.filter {
                    self.conditions(filter, &mut inputs);
                }
                let only_right = [JoinType::RightSemi, JoinType::RightAnti, JoinType::RightMark];
                if only_right.contains(&join.join_type) {
                    inputs.remove(0);
                }
                all(inputs)
            }
            LogicalPlan::Union(_) => either(inputs),
            LogicalPlan::Aggregate(aggregate) => {
                let keys = grouping_set_to_exprlist(&aggregate.group_expr).unwrap_or_default();
                let keys = self.items(keys, &inputs);
                self.items(&aggregate.aggr_expr, &inputs);
                keys
            }
            LogicalPlan::Window(window) => {
                self.items(&window.window_expr, &inputs);
                all(inputs)
            }
            LogicalPlan::Sort(sort) => {
                self.items(sort.expr.iter().map(|key| &key.expr), &inputs);
                all(inputs)
            }
            LogicalPlan::Distinct(Distinct::All(_)) => all(inputs),
            LogicalPlan::Distinct(Distinct::On(on)) => {
                let keys = on.sort_expr.iter().flatten().map(|key| &key.expr);
                self.items(on.on_expr.iter().chain(keys), &inputs);
                self.items(&on.select_expr, &inputs)
            }
            // No condition goes below the first rows of many.
            LogicalPlan::Limit(limit)
                if matches!(limit.get_fetch_type(), Ok(FetchType::Literal(Some(_)))) =>
            {
                Vec::new()
            }
            _ => {
                self.items(&plan.expressions(), &inputs);
                plan.schema()
                    .columns()
                    .iter()
                    .map(|column| find(&inputs, column).unwrap_or(ITSELF))
                    .collect()
            }
        };
        seen.resize(width, ITSELF);
        // Items are not taken in through these.
        seen.iter_mut().for_each(|seen| seen.taken = ONE);
        seen
    }

    /// Looks into the subqueries of an expression.
    fn ask(&mut self, expr: &Expr) {
        // The walk itself cannot fail.
        let _ = expr.apply(|part| {
            if let Some(Subquery { subquery, .. }) = subquery_of(part) {
                let seen = self.rows(subquery);
                let first = seen.first().map_or(ONE, |seen| seen.below);
                self.asked.insert(Arc::as_ptr(subquery), first);
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }

    /// Counts values that stay where they are.
    fn items<'e>(
        &mut self,
        items: impl IntoIterator<Item = &'e Expr>,
        inputs: &[Input],
    ) -> Vec<Seen> {
        let items: Vec<_> = items.into_iter().collect();
        let mut named: HashMap<&Column, usize> = HashMap::new();
        for (column, times) in items.iter().copied().flat_map(Expr::column_refs_counts) {
            *named.entry(column).or_default() += times;
        }
        let once = |column: &Column| match find(inputs, column) {
            Some(seen) if named.get(column) == Some(&1) => seen.taken,
            _ => ONE,
        };
        let mut seen = Vec::with_capacity(items.len());
        for item in items {
            let taken = self.value(item, &once);
            self.effort = self.effort.saturating_add(taken.effort);
            let below = self.value(item, &below(inputs));
            seen.push(Seen { below, taken: Written { effort: 0, ..taken } });
        }
        seen
    }

    /// Counts conditions, which go down as far as they can. Of two columns that are equal, one is asked what is asked
    /// of the other.
    fn conditions(&mut self, conditions: &Expr, inputs: &mut [Input]) {
        let conditions = split_conjunction(conditions);
        for condition in &conditions {
            if let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition {
                self.tie(left, right, inputs);
            }
        }
        for condition in conditions {
            let written = self.value(condition, &below(inputs));
            self.effort = self.effort.saturating_add(written.effort);
        }
    }

    fn tie(&self, left: &Expr, right: &Expr, inputs: &mut [Input]) {
        let sides = [left, right].map(|side| self.value(side, &below(inputs)));
        for (side, other) in [(left, sides[1]), (right, sides[0])] {
            let Expr::Column(column) = side else { continue };
            for (schema, seen) in &mut *inputs {
                let at = schema.maybe_index_of_column(column);
                if let Some(seen) = at.and_then(|at| seen.get_mut(at)) {
                    seen.below.add(other, 1);
                }
            }
        }
    }

    /// What a value comes to, where its columns are `of` it.
    fn value(&self, expr: &Expr, of: &dyn Fn(&Column) -> Written) -> Written {
        match expr {
            Expr::Alias(alias) => return self.value(&alias.expr, of),
            Expr::Column(column) => return of(column),
            Expr::OuterReferenceColumn(_, column) => return below(&self.around)(column),
            _ => {}
        }
        let asked = subquery_of(expr).and_then(|one| self.asked.get(&Arc::as_ptr(&one.subquery)));
        let mut parts = asked.copied().unwrap_or_default();
        let mut at = 0;
        // The walk itself cannot fail.
        let _ = expr.apply_children(|part| {
            parts.add(self.value(part, of), times(expr, at));
            at += 1;
            Ok(TreeNodeRecursion::Continue)
        });
        match expr {
            // Their type is known, whatever is within them.
            Expr::BinaryExpr(BinaryExpr { op: Operator::And | Operator::Or, .. }) => {
                parts.add(ONE, 1);
                parts
            }
            _ => Written::upon(parts),
        }
    }
}

/// How often a part of a value is written, at worst.
fn times(expr: &Expr, at: usize) -> u64 {
    let twice = match expr {
        Expr::Between(_) => at == 0,
        Expr::InList(InList { expr, list, .. }) if matches!(**expr, Expr::Column(_)) => {
            let few = at == 0 && (1..=COMPARED).contains(&list.len());
            return if few { list.len() as u64 } else { 1 };
        }
        // The conditions: where the results are true or false, AND and OR are made of it.
        Expr::Case(case) => {
            let first = usize::from(case.expr.is_some());
            let is_condition =
                |at: usize| at < 2 * case.when_then_expr.len() && at.is_multiple_of(2);
            at.checked_sub(first).is_none_or(is_condition)
        }
        Expr::ScalarFunction(call) => TWICE.contains(&call.name()) && at + 1 < call.args.len(),
        _ => false,
    };
    if twice { 2 } else { 1 }
}

fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::Exists(Exists { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => Some(subquery),
        _ => None,
    }
}

/// The columns of all inputs, one after the other.
fn all(inputs: Vec<Input>) -> Vec<Seen> {
    inputs.into_iter().flat_map(|(_, seen)| seen).collect()
}

/// The columns of inputs that stand beside each other: a condition goes down to each.
fn either(inputs: Vec<Input>) -> Vec<Seen> {
    let mut inputs = inputs.into_iter().map(|(_, seen)| seen);
    let mut found = inputs.next().unwrap_or_default();
    for input in inputs {
        found.iter_mut().zip(input).for_each(|(seen, more)| seen.below.add(more.below, 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    #[tokio::test]
    async fn a_value_counts_as_what_it_is_written_out() {
        let session = SessionContext::new();
        session.sql("create table t (x bigint, y bigint)").await.unwrap();
        for (sql, want) in [
            ("select x from t", 1),
            // Three values; 5 are read for the type; 7, where each is asked for its own.
            ("select x + y from t", 7),
            ("select x + y + 1 from t", 19),
            ("select coalesce(x, y) from t", 10),
            ("select coalesce(coalesce(x, y), y) from t", 46),
            ("select 1 from t where x between 1 and 3", 14),
            ("select 1 from t where x in (1, 2, 3)", 20),
            ("select 1 from t where x = 1 or x = 2 or x = 3", 24),
            ("select case when x > 0 then 1 else 2 end from t", 37),
            // An item takes in what it names once.
            ("with a as (select x + y as z from t) select z from a", 7),
            ("with a as (select x + y as z from t) select z + 1 from a", 19),
            ("with a as (select x + y as z from t) select z + z from a", 14),
            // A condition takes in whatever it names, but no sum of many rows, and goes below no LIMIT.
            ("select 1 from (select x + y as z from t) a where z > 0", 27),
            ("with a as (select x + y as z from t) select 1 from a where z > z", 39),
            ("select 1 from (select sum(x) as z from t) a where z > 0", 13),
            ("select 1 from (select x + y as z from t limit 5) a where z > 0", 15),
            // A condition on a column is one on its equal.
            ("select 1 from t, (select x + y as z from t) a where t.x = a.z and t.x > 0", 67),
        ] {
            let plan = session.state().create_logical_plan(sql).await.unwrap();
            assert_eq!(effort(&plan), want, "{sql}: {}", plan.display_indent());
        }
    }

    #[tokio::test]
    async fn what_doubles_at_every_step_ends_at_the_largest_number() {
        let session = SessionContext::new();
        let steps =
            (1..60).map(|at| format!(", c{at} as (select x + x + x as x from c{})", at - 1));
        let steps: String = steps.collect();
        for (condition, least, most) in [("where x > 5", u64::MAX, u64::MAX), ("", 1, 2_000)] {
            let sql =
                format!("with c0 as (select 1 as x){steps} select count(*) from c59 {condition}");
            let plan = session.state().create_logical_plan(&sql).await.unwrap();
            assert!((least..=most).contains(&effort(&plan)), "{condition}: {}", effort(&plan));
        }
    }
}
