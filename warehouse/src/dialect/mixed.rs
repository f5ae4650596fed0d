//! Digits that no type tells. PostgreSQL writes `coalesce(sum(net), 0)` as `0` or as `0.00`, as the branch does that it
//! is taken from; here a column has one scale. As a number it is the same, as a text it is not, and a list is one: so a
//! text or a list of it is refused. What is only near PostgreSQL's value is never compared.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, JoinType, Result};
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::arithmetic::DECIMALS;
use super::conversions::NAMED;
use super::operators::{compares, is_text, item, refused};
use super::quotient::{ONLY_ROUNDED, is_near};

const MIXED: &str = "各分支的小数位数不同，写成文字时小数位数不定：请先取整 round(…, 2)，或让各分支小数位数一致，例如 coalesce(…, 0.00)";
pub(super) const LISTED: &str = "数组里的小数位数不定：请先取整 round(…, 2)";

/// Runs when all types are known; changes nothing.
#[derive(Debug)]
pub(super) struct OneScale;

impl AnalyzerRule for OneScale {
    fn name(&self) -> &str {
        "one_scale"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        columns(&plan)?;
        Ok(plan)
    }
}

/// Which columns of a plan hold decimals of several scales.
fn columns(plan: &LogicalPlan) -> Result<Vec<bool>> {
    let inputs = plan.inputs().into_iter().map(columns).collect::<Result<Vec<_>>>()?;
    let below = Below { schema: merge_schema(&plan.inputs()), mixed: inputs.concat() };
    of_rows(plan)?;
    // What is asked of a table while it is read stands above it too.
    if !matches!(plan, LogicalPlan::TableScan(_)) {
        plan.apply_expressions(|expression| {
            expression.apply(|part| below.admit(part).map(|()| TreeNodeRecursion::Continue))
        })?;
    }
    let each = |all: &[Expr]| all.iter().map(|one| below.is_mixed(one)).collect::<Result<Vec<_>>>();
    let mut found = match plan {
        LogicalPlan::Projection(projection) => each(&projection.expr)?,
        LogicalPlan::Aggregate(aggregate) => {
            let groups = match &aggregate.group_expr[..] {
                [Expr::GroupingSet(sets)] => {
                    let keys: Vec<Expr> = sets.distinct_expr().into_iter().cloned().collect();
                    let mut keys = each(&keys)?;
                    keys.push(false);
                    keys
                }
                keys => each(keys)?,
            };
            [groups, each(&aggregate.aggr_expr)?].concat()
        }
        LogicalPlan::Window(window) => [below.mixed.clone(), each(&window.window_expr)?].concat(),
        LogicalPlan::Values(values) => {
            let mut any = vec![false; plan.schema().fields().len()];
            for row in &values.values {
                for (any, one) in any.iter_mut().zip(each(row)?) {
                    *any |= one;
                }
            }
            any
        }
        LogicalPlan::Union(_) => {
            let width = plan.schema().fields().len();
            (0..width).map(|at| inputs.iter().any(|side| side.get(at) == Some(&true))).collect()
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => inputs[0].clone(),
            JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => inputs[1].clone(),
            _ => below.mixed.clone(),
        },
        LogicalPlan::Unnest(_) => {
            let any = below.mixed.contains(&true);
            let fields = plan.schema().fields().iter();
            fields
                .map(|field| any && matches!(field.data_type(), DataType::Decimal128(..)))
                .collect()
        }
        _ => below.mixed.clone(),
    };
    found.resize(plan.schema().fields().len(), false);
    let mut shown = plan.schema().fields().iter().zip(&found);
    if shown.any(|(field, mixed)| *mixed && matches!(field.data_type(), DataType::List(_))) {
        return refused(LISTED, &[]);
    }
    Ok(found)
}

/// What stands below a node.
struct Below {
    schema: DFSchema,
    mixed: Vec<bool>,
}

impl Below {
    /// True for a value whose branches have several scales.
    fn is_mixed(&self, value: &Expr) -> Result<bool> {
        let any = |values: &[Expr]| {
            values
                .iter()
                .try_fold(false, |any, one| Ok::<_, DataFusionError>(any || self.is_mixed(one)?))
        };
        Ok(match value {
            Expr::Column(column) => {
                let at = self.schema.maybe_index_of_column(column);
                at.is_some_and(|at| self.mixed.get(at) == Some(&true))
            }
            Expr::Alias(alias) => self.is_mixed(&alias.expr)?,
            Expr::Negative(inside) => self.is_mixed(inside)?,
            // Brought to the scale of what stands beside it.
            Expr::Cast(Cast { expr, field }) => {
                match (decimals(item(&expr.get_type(&self.schema)?)), item(field.data_type())) {
                    (Some(own), DataType::Decimal128(_, scale)) if own == *scale => {
                        self.is_mixed(expr)?
                    }
                    (Some(_), DataType::Decimal128(..)) => true,
                    _ => false,
                }
            }
            Expr::Case(case) => {
                let thens = case.when_then_expr.iter().map(|(_, then)| then);
                let mut all = thens.chain(&case.else_expr);
                all.try_fold(false, |any, one| {
                    Ok::<_, DataFusionError>(any || self.is_mixed(one)?)
                })?
            }
            Expr::ScalarSubquery(inner) => columns(&inner.subquery)?.first() == Some(&true),
            Expr::ScalarFunction(call) => match (call.name(), &call.args[..]) {
                // The scale that a person has written.
                (NAMED, [value, ..]) if is_cast(value) => false,
                ("cut", _) => false,
                // It has the digits of the text that it reads.
                ("to_number", _) => {
                    decimals(&value.get_type(&self.schema)?).is_some_and(|digits| digits > 0)
                }
                ("round" | "trunc", _) => decimals(&value.get_type(&self.schema)?).is_some(),
                (_, values) => self.is_number(value)? && any(values)?,
            },
            Expr::AggregateFunction(call) => self.is_number(value)? && any(&call.params.args)?,
            Expr::WindowFunction(call) => {
                let args = &call.params.args;
                let kinds = [args.first(), args.get(2)].into_iter().flatten();
                let kinds =
                    kinds.map(|arg| arg.get_type(&self.schema)).collect::<Result<Vec<_>>>()?;
                // What stands in the place of a neighbour.
                let replaced = matches!(call.fun.name(), "lag" | "lead")
                    && matches!(&kinds[..], [own, other] if decimals(item(other))
                        .is_some_and(|other| decimals(item(own)) != Some(other)));
                self.is_number(value)? && (replaced || any(args)?)
            }
            _ => false,
        })
    }

    /// True for a decimal, a list of them, and what was seen of them.
    fn is_number(&self, value: &Expr) -> Result<bool> {
        Ok(match item(&value.get_type(&self.schema)?) {
            DataType::Decimal128(..) => true,
            DataType::Struct(seen) => decimals(seen[0].data_type()).is_some(),
            _ => false,
        })
    }

    /// Refuses to write what has no scale of its own, and to compare what is only near.
    fn admit(&self, part: &Expr) -> Result<()> {
        let near = |value: &Expr| value.get_type(&self.schema).is_ok_and(|kind| is_near(&kind));
        let compared = match part {
            Expr::Cast(Cast { expr, field }) if is_text(field.data_type()) => {
                if decimals(&expr.get_type(&self.schema)?).is_some() && self.is_mixed(expr)? {
                    return refused(MIXED, &[expr]);
                }
                None
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), &args[..]) {
                (
                    "array_append" | "array_concat" | "array_prepend" | "array_to_string"
                    | "make_array",
                    lists,
                ) => {
                    lists.iter().try_for_each(|list| self.listed(list))?;
                    None
                }
                ("to_char", [value, ..]) => Some(value).filter(|value| near(value)),
                _ => None,
            },
            Expr::Exists(one) => {
                columns(&one.subquery.subquery)?;
                None
            }
            Expr::ScalarSubquery(one) => {
                columns(&one.subquery)?;
                None
            }
            Expr::BinaryExpr(binary) if compares(binary) => {
                [&*binary.left, &*binary.right].into_iter().find(|side| near(side))
            }
            Expr::Between(between) => Some(&*between.expr).filter(|value| near(value)),
            Expr::InList(list) => Some(&*list.expr).filter(|value| near(value)),
            Expr::InSubquery(list) => {
                columns(&list.subquery.subquery)?;
                Some(&*list.expr).filter(|value| near(value))
            }
            Expr::AggregateFunction(call) => {
                if call.func.name() == "array_agg" {
                    call.params.args.iter().try_for_each(|value| self.listed(value))?;
                }
                let by_order = matches!(call.func.name(), "min" | "max") || call.params.distinct;
                let keys = call.params.order_by.iter().map(|key| &key.expr);
                keys.chain(call.params.args.iter().filter(|_| by_order)).find(|value| near(value))
            }
            Expr::WindowFunction(call) => {
                let keys = call.params.order_by.iter().map(|key| &key.expr);
                let by_order = matches!(call.fun.name(), "min" | "max");
                keys.chain(&call.params.partition_by)
                    .chain(call.params.args.iter().filter(|_| by_order))
                    .find(|value| near(value))
            }
            _ => None,
        };
        compared.map_or(Ok(()), |value| refused(ONLY_ROUNDED, &[value]))
    }

    /// Refuses decimals in a list whose digits are not known.
    fn listed(&self, value: &Expr) -> Result<()> {
        match item(&value.get_type(&self.schema)?) {
            DataType::Decimal128(_, scale) if *scale >= DECIMALS || self.is_mixed(value)? => {
                refused(LISTED, &[value])
            }
            _ => Ok(()),
        }
    }
}

/// Rows that are sorted, grouped or matched by what is only near.
fn of_rows(plan: &LogicalPlan) -> Result<()> {
    let schema = merge_schema(&plan.inputs());
    let near = |value: &&Expr| value.get_type(&schema).is_ok_and(|kind| is_near(&kind));
    let found = match plan {
        LogicalPlan::Sort(sort) => sort.expr.iter().map(|key| &key.expr).find(near),
        LogicalPlan::Aggregate(aggregate) => match &aggregate.group_expr[..] {
            [Expr::GroupingSet(sets)] => sets.distinct_expr().into_iter().find(near),
            keys => keys.iter().find(near),
        },
        LogicalPlan::Join(join) => join.on.iter().flat_map(|(l, r)| [l, r]).find(near),
        LogicalPlan::Distinct(_)
            if plan.schema().fields().iter().any(|field| is_near(field.data_type())) =>
        {
            return refused(ONLY_ROUNDED, &[]);
        }
        _ => None,
    };
    found.map_or(Ok(()), |value| refused(ONLY_ROUNDED, &[value]))
}

/// Decimals of a whole number or a decimal; none for other values.
fn decimals(kind: &DataType) -> Option<i8> {
    match kind {
        DataType::Decimal128(_, scale) => Some(*scale),
        whole if whole.is_integer() => Some(0),
        _ => None,
    }
}

fn is_cast(value: &Expr) -> bool {
    match value {
        Expr::Cast(_) => true,
        Expr::ScalarFunction(call) => call.name() == "kept" && call.args.iter().any(is_cast),
        _ => false,
    }
}
