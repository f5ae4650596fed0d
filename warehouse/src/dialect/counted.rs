//! `exists (select …)` as a value: among the items of a SELECT, in CASE, in sums, keys of groups and sorts. DataFusion
//! makes joins of it in conditions only, but knows what a count of the same rows is for each outer row.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, OrderBy, Query, Select, SelectItem, SetExpr,
    UnaryOperator, Value, VisitMut, VisitorMut,
};

use super::tree::{count_rows, named_cast};

/// Counts where a value asks whether there are rows.
pub(super) fn in_values(select: &mut Select) {
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            counted(expr, false);
        }
    }
    if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
        keys.iter_mut().for_each(|key| counted(key, false));
    }
    if let Some(Distinct::On(keys)) = &mut select.distinct {
        keys.iter_mut().for_each(|key| counted(key, false));
    }
    // A condition of its own is a join.
    if let Some(having) = &mut select.having {
        counted(having, true);
    }
}

/// The same for what a query is sorted by.
pub(super) fn in_order(order: &mut OrderBy) {
    let mut counts = Counts { depth: 0, calls: 0, in_calls: false };
    // It never breaks off.
    let _ = order.visit(&mut counts);
}

fn counted(expr: &mut Expr, in_calls: bool) {
    let mut counts = Counts { depth: 0, calls: 0, in_calls };
    // It never breaks off.
    let _ = expr.visit(&mut counts);
}

struct Counts {
    /// What stands in a subquery is looked at as its own.
    depth: usize,
    /// Calls around the place that is looked at.
    calls: usize,
    /// Counts inside of calls only.
    in_calls: bool,
}

impl VisitorMut for Counts {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.calls += usize::from(self.depth == 0 && matches!(expr, Expr::Function(_)));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Function(_) => self.calls -= 1,
            Expr::Subquery(subquery) if self.calls > 0 => *expr = told_apart(subquery),
            _ => {}
        }
        if (self.calls > 0 || !self.in_calls)
            && let Expr::Exists { subquery, negated } = expr
            && let Some(count) = count(subquery)
        {
            let there = Expr::Nested(Box::new(Expr::BinaryOp {
                left: Box::new(told_apart(&count)),
                op: BinaryOperator::Gt,
                right: Box::new(Expr::value(Value::Number("0".to_owned(), false))),
            }));
            *expr = match *negated {
                true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(there) },
                false => there,
            };
        }
        ControlFlow::Continue(())
    }
}

/// The value of a subquery under a name that says all of it: two sums of two subqueries are called by these names.
fn told_apart(subquery: &Query) -> Expr {
    named_cast(Expr::Subquery(Box::new(subquery.clone())), &subquery.to_string())
}

/// The number of rows of a plain SELECT that looks at tables; none of any other query.
fn count(query: &Query) -> Option<Query> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let is_grouped =
        !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let is_cut = query.limit_clause.is_some() || query.fetch.is_some();
    let is_plain = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        _ => true,
    };
    if is_grouped
        || is_cut
        || select.having.is_some()
        || select.from.is_empty()
        || !select.projection.iter().all(is_plain)
    {
        return None;
    }
    let mut counted = query.clone();
    counted.order_by = None;
    if let SetExpr::Select(select) = counted.body.as_mut() {
        select.distinct = None;
        select.projection = vec![SelectItem::UnnamedExpr(count_rows())];
    }
    Some(counted)
}
