//! `exists (select …)` as a value: among the items of a SELECT, in CASE, in sums. DataFusion makes joins of it in
//! conditions only, but knows what a count of the same rows is for each outer row.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, UnaryOperator, Value,
    VisitMut, VisitorMut,
};

/// Counts where a value asks whether there are rows.
pub(super) fn in_values(select: &mut Select) {
    let mut counts = Counts { depth: 0 };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            // It never breaks off.
            let _ = expr.visit(&mut counts);
        }
    }
}

struct Counts {
    /// What stands in a subquery is looked at as its own.
    depth: usize,
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

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth == 0
            && let Expr::Exists { subquery, negated } = expr
            && let Some(count) = count(subquery)
        {
            let there = Expr::Nested(Box::new(Expr::BinaryOp {
                left: Box::new(Expr::Subquery(Box::new(count))),
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
        select.projection = vec![SelectItem::UnnamedExpr(super::rewrite::count_rows())];
    }
    Some(counted)
}
