//! The names in a part of a statement, one by one.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, VisitMut, VisitorMut};

use super::super::implicit::folded;
use super::super::sights::{self, Seen};
use super::Resolver;
use crate::Told;

/// Where a name stands that is no item's by itself, and what to write instead of an item there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clause {
    Plain,
    Where,
    Having,
    GroupBy,
    OrderBy,
}

impl Clause {
    /// Why an item is not seen; none where the planner does not see it either.
    fn blind(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Where => {
                Some("where 里不能用 select 里起的别名：请写出算式，或放进子查询，在外面写 where")
            }
            Self::Having => {
                Some("having 里不能用 select 里起的别名：请写出算式，例如 having sum(net) > 40")
            }
            Self::GroupBy => {
                Some("group by 的算式里不能用 select 里起的别名：请写出算式，或只写别名本身")
            }
            Self::OrderBy => {
                Some("order by 的算式里不能用 select 里起的别名：请写出算式，或只写别名本身")
            }
        }
    }
}

impl Resolver<'_> {
    /// Resolves the names in a part of a statement, and its subqueries.
    pub(super) fn within(&mut self, part: &mut impl VisitMut, clause: Clause) -> Result<(), Told> {
        match part.visit(&mut Within { resolver: self, clause, depth: 0 }) {
            ControlFlow::Break(told) => Err(*told),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// The column that a bare name means; none where no table has it.
    fn meant(&mut self, name: &Ident, clause: Clause) -> Result<Option<Expr>, String> {
        let wanted = folded(name);
        let mut inner: Vec<&str> = Vec::new();
        for (depth, sight) in self.scopes.iter().rev().enumerate() {
            let is_wanted = |seen: &&Seen| !seen.hidden && seen.name == wanted;
            let found: Vec<&Seen> = sight.scope.iter().filter(is_wanted).collect();
            match &found[..] {
                [] => inner.extend(sight.scope.iter().map(Seen::of)),
                // Its table cannot be named here; the planner finds it where nothing inside has the name.
                [one] if inner.contains(&one.of()) => {
                    let mut hides = self.scopes.iter().rev().take(depth);
                    if hides.any(|sight| sight.shows(&wanted)) {
                        return Err(format!(
                            "列“{wanted}”不清楚：里外两层各有一张表叫“{0}”，请给其中一张另起别名，列写作 别名.{wanted}",
                            one.of()
                        ));
                    }
                    return Ok(None);
                }
                [one] => return Ok(Some(one.written(name))),
                many => return Err(sights::unclear(&wanted, many)),
            }
        }
        if let Some(blind) = clause.blind()
            && self.scopes.last().is_some_and(|sight| sight.shows(&wanted))
        {
            return Err(format!("没有名为“{wanted}”的列：{blind}"));
        }
        let message = format!("没有名为“{wanted}”的列");
        self.unknown.push(Told { message, place: place(name) });
        Ok(None)
    }

    /// The column that is named after its table; none where that is not seen, or has none.
    fn of_named(&self, parts: &[Ident]) -> Result<Option<Expr>, String> {
        let [.., table, column] = parts else { return Ok(None) };
        let (table, wanted) = (folded(table), folded(column));
        let Some(sight) = self
            .scopes
            .iter()
            .rev()
            .find(|sight| sight.scope.iter().any(|seen| seen.of() == table))
        else {
            return Ok(None);
        };
        let is_wanted = |seen: &&Seen| seen.of() == table && seen.name == wanted;
        let found: Vec<&Seen> = sight.scope.iter().filter(is_wanted).collect();
        match &found[..] {
            [] => {
                match self.scopes.iter().flat_map(|sight| &sight.scope).any(|seen| is_wanted(&seen))
                {
                    true => Err(format!(
                        "表“{table}”没有名为“{wanted}”的列：外层另有一张同名的表，请起不同的别名"
                    )),
                    false => Ok(None),
                }
            }
            [one] => Ok(Some(one.written(column))),
            many => Err(sights::unclear(&wanted, many)),
        }
    }
}

/// A walk over a part of a statement; what stands in its subqueries is theirs.
struct Within<'r, 'a> {
    resolver: &'r mut Resolver<'a>,
    clause: Clause,
    depth: usize,
}

impl VisitorMut for Within<'_, '_> {
    type Break = Box<Told>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Box<Told>> {
        if self.depth == 0
            && let Err(told) = self.resolver.query(query)
        {
            return ControlFlow::Break(Box::new(told));
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Box<Told>> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Box<Told>> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        let (column, name) = match &*expr {
            Expr::Identifier(name) => (self.resolver.meant(name, self.clause), Some(name)),
            Expr::CompoundIdentifier(parts) => (self.resolver.of_named(parts), parts.first()),
            _ => (Ok(None), None),
        };
        match column {
            Ok(column) => {
                if let Some(column) = column {
                    *expr = column;
                }
                ControlFlow::Continue(())
            }
            Err(message) => {
                ControlFlow::Break(Box::new(Told { message, place: name.and_then(place) }))
            }
        }
    }
}

/// Where a name stands in the statement.
pub(super) fn place(name: &Ident) -> Option<(u64, u64)> {
    let start = name.span.start;
    (start.line > 0).then_some((start.line, start.column))
}
