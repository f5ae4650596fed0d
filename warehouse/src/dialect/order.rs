//! `select upper(method) as method … order by method = 'cash'`: PostgreSQL takes the name of an item where it stands
//! alone in ORDER BY, and the column of the table inside a larger expression. DataFusion takes the item both times.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, OrderBy, OrderByKind, Query, SelectItem, SetExpr, Value, Visit, Visitor,
};

/// The names of items that DataFusion would take for a column inside ORDER BY of the outermost SELECT. Where they stand
/// alone they are replaced by their place, so that the items can be given other names.
pub(super) fn captured(query: &mut Query) -> Vec<String> {
    let names = names(query);
    if names.is_empty() {
        return names;
    }
    let SetExpr::Select(select) = query.body.as_ref() else { return Vec::new() };
    let place = |name: &str| {
        let mut items = select.projection.iter();
        items.position(
            |item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value == name),
        )
    };
    // A wildcard before it would move the place.
    let star = |item: &SelectItem| {
        matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
    };
    if select.projection.iter().any(star) {
        return Vec::new();
    }
    let places: Vec<_> = names.iter().map(|name| place(name)).collect();
    for key in keys(query.order_by.as_mut()) {
        let Expr::Identifier(name) = &*key else { continue };
        let found = names.iter().position(|captured| *captured == name.value);
        if let Some(at) = found.and_then(|found| places[found]) {
            *key = Expr::value(Value::Number((at + 1).to_string(), false));
        }
    }
    names
}

/// True for a query within another whose ORDER BY names an item inside a larger expression.
pub(crate) fn is_captured(query: &Query) -> bool {
    !names(query).is_empty()
}

fn names(query: &Query) -> Vec<String> {
    let SetExpr::Select(select) = query.body.as_ref() else { return Vec::new() };
    let Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) = &query.order_by else {
        return Vec::new();
    };
    let mut inside = Inside(Vec::new());
    for key in keys.iter().filter(|key| !matches!(key.expr, Expr::Identifier(_))) {
        // It never breaks off.
        let _ = key.expr.visit(&mut inside);
    }
    let aliases = select.projection.iter().filter_map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        _ => None,
    });
    aliases.filter(|alias| inside.0.contains(alias)).collect()
}

fn keys(order: Option<&mut OrderBy>) -> impl Iterator<Item = &mut Expr> {
    let keys = match order.map(|order| &mut order.kind) {
        Some(OrderByKind::Expressions(keys)) => keys.as_mut_slice(),
        _ => &mut [],
    };
    keys.iter_mut().map(|key| &mut key.expr)
}

/// The bare names in an expression.
struct Inside(Vec<String>);

impl Visitor for Inside {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr {
            self.0.push(name.value.clone());
        }
        ControlFlow::Continue(())
    }
}
