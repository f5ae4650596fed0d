//! `over (w order by …)`: a window that goes on from one with a name, written out. The planner would not look at the name.

use std::mem;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, NamedWindowDefinition, NamedWindowExpr, Query, Select, VisitMut, VisitorMut,
    WindowSpec, WindowType,
};

use super::implicit::folded;

/// Writes out such windows of the items of a SELECT; what PostgreSQL refuses stays, and is refused by its name.
pub(super) fn written_out(select: &mut Select) {
    let named = mem::take(&mut select.named_window);
    if !named.is_empty() {
        for item in &mut select.projection {
            // It never breaks off.
            let _ = item.visit(&mut Writer { named: &named, depth: 0 });
        }
    }
    select.named_window = named;
}

struct Writer<'a> {
    named: &'a [NamedWindowDefinition],
    /// Queries around the place that is looked at, within the SELECT: they do not see its windows.
    depth: usize,
}

impl Writer<'_> {
    fn whole(&self, window: &WindowSpec) -> Option<WindowSpec> {
        let name = folded(window.window_name.as_ref()?);
        let base =
            self.named.iter().find_map(|NamedWindowDefinition(known, written)| match written {
                NamedWindowExpr::WindowSpec(spec) if folded(known) == name => Some(spec),
                _ => None,
            })?;
        let is_split = base.order_by.is_empty() || window.order_by.is_empty();
        let goes_on = base.window_name.is_none() && base.window_frame.is_none();
        if !goes_on || !is_split || !window.partition_by.is_empty() || !are_columns(base) {
            return None;
        }
        Some(WindowSpec {
            window_name: None,
            partition_by: base.partition_by.clone(),
            order_by: [&base.order_by[..], &window.order_by[..]].concat(),
            window_frame: window.window_frame.clone(),
        })
    }
}

/// Keys that may be written many times.
const KEYS: usize = 20;

/// True for a few columns.
fn are_columns(window: &WindowSpec) -> bool {
    let sorted = window.order_by.iter().map(|key| &key.expr);
    let is_column = |key: &Expr| matches!(key, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    window.partition_by.len() + window.order_by.len() <= KEYS
        && window.partition_by.iter().chain(sorted).all(is_column)
}

impl VisitorMut for Writer<'_> {
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
        if self.depth == 0
            && let Expr::Function(Function { over: Some(WindowType::WindowSpec(window)), .. }) =
                expr
            && let Some(whole) = self.whole(window)
        {
            *window = whole;
        }
        ControlFlow::Continue(())
    }
}
