//! The names of columns, before planning: every unnamed item of every SELECT gets the name that PostgreSQL gives it,
//! where somebody may refer to it, and one of our own elsewhere. What DataFusion calls an unnamed item is no name: a
//! reference to it would be taken for a column further out.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, Select, SelectItem, SetExpr, Statement, TableAlias, TableAliasColumnDef,
    TableFactor, Values, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::implicit::{self, Name, folded};
use super::order;
use super::scopes::Resolved;
use super::titles::{self, MARK, Titles};

/// Names the columns of a statement, and keeps what is written in `sql` for those of the answer.
///
/// # Errors
/// A name that is referred to is not clear.
pub(crate) fn named(
    statement: &mut Statement,
    sql: &str,
    found: &Resolved,
    titles: &mut Titles,
) -> Result<(), String> {
    titles.of_stars(found.starred.clone());
    let mut namer = Namer { titles, starred: &found.of_stars };
    if let Statement::Query(query) = statement {
        let first = implicit::first_select(&query.body);
        let items = first.and_then(|select| titles::written(sql, select.select_token.0.span.start));
        namer.query(query, &Seen::InTheAnswer(items.unwrap_or_default()))?;
    }
    match statement.visit(&mut namer) {
        ControlFlow::Break(said) => Err(said),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// By whom the names of a query's columns are seen.
enum Seen {
    /// By the analyst, who wrote these items.
    InTheAnswer(Vec<String>),
    /// By the query around it.
    Outside,
    /// By nobody but its own ORDER BY.
    Nowhere,
}

struct Namer<'a> {
    titles: &'a mut Titles,
    /// The names that come out of the stars of each SELECT.
    starred: &'a HashMap<Location, HashSet<String>>,
}

const CAPTURED: &str = "order by 的算式里用了本层 select 起的别名：请换一个别名，或按序号排序";
const UNKNOWN: &str = "子查询里用作一个值的 (select * …) 没有列名：请写明列名，或用 as 起名";
const ORDERED_TWICE: &str = "括号内外都写了 order by：只能写一处";
const CUT_TWICE: &str =
    "括号内外都写了 limit 或 offset：只能写一处，或把里面的写成 from 里的子查询";

impl Namer<'_> {
    fn query(&mut self, query: &mut Query, seen: &Seen) -> Result<(), String> {
        unwrap(query)?;
        let (names, inside) = (order::names(query), order::inside(query));
        self.body(&mut query.body, seen, &inside)?;
        order::settle(query, &names)
    }

    fn body(&mut self, body: &mut SetExpr, seen: &Seen, inside: &[String]) -> Result<(), String> {
        match body {
            SetExpr::Select(select) => self.select(select, seen, inside),
            SetExpr::Query(query) => self.query(query, seen),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, seen, &[])?;
                self.body(right, &Seen::Nowhere, &[])
            }
            _ => Ok(()),
        }
    }

    fn select(
        &mut self,
        select: &mut Select,
        seen: &Seen,
        inside: &[String],
    ) -> Result<(), String> {
        order::unwrap_groups(select);
        let width = select.projection.len();
        // A second column of a name cannot be referred to, and is not planned beside the first.
        let mut taken =
            self.starred.get(&select.select_token.0.span.start).cloned().unwrap_or_default();
        for (at, item) in select.projection.iter_mut().enumerate() {
            let written = |expr: &Expr| match seen {
                Seen::InTheAnswer(items) if items.len() == width => items[at].clone(),
                _ => expr.to_string(),
            };
            let (expr, title) = match &*item {
                SelectItem::UnnamedExpr(expr) => {
                    match (implicit::plain(expr), implicit::name(expr)) {
                        (Some(name), _) => {
                            if taken.insert(name.clone()) {
                                continue;
                            }
                            (expr.clone(), name)
                        }
                        (None, Name::Unknown) if matches!(seen, Seen::Outside) => {
                            return Err(UNKNOWN.to_owned());
                        }
                        (None, Name::Of(name)) if matches!(seen, Seen::Outside) => {
                            if !inside.contains(&name) && taken.insert(name.clone()) {
                                let alias = Ident::with_quote('"', name);
                                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                                continue;
                            }
                            (expr.clone(), name)
                        }
                        _ => (expr.clone(), written(expr)),
                    }
                }
                SelectItem::ExprWithAlias { expr: _, alias } if alias.value.starts_with(MARK) => {
                    continue;
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let name = folded(alias);
                    let is_itself = implicit::plain(expr).as_ref() == Some(&name);
                    let is_captured = inside.contains(&name) && !is_itself;
                    if is_captured && matches!(seen, Seen::Outside) {
                        return Err(CAPTURED.to_owned());
                    }
                    if taken.insert(name.clone()) && !is_captured {
                        continue;
                    }
                    (expr.clone(), name)
                }
                _ => continue,
            };
            *item = SelectItem::ExprWithAlias { expr, alias: self.titles.keep(title) };
        }
        Ok(())
    }

    /// Names the columns of a query that stands in a FROM or a WITH.
    fn relation(
        &mut self,
        query: &mut Query,
        mut alias: Option<&mut TableAlias>,
    ) -> Result<(), String> {
        unwrap(query)?;
        if let Some(alias) = alias.as_deref_mut().filter(|alias| alias.columns.is_empty())
            && let Some(names) = self.beside(query)
        {
            alias.columns = names
                .into_iter()
                .map(|name| TableAliasColumnDef { name, data_type: None })
                .collect();
        }
        if alias.is_some_and(|alias| !alias.columns.is_empty()) {
            return self.query(query, &Seen::Nowhere);
        }
        self.query(query, &Seen::Outside)
    }

    /// The names of a query's columns, to be put on its alias: where its ORDER BY needs one of them for a column of a
    /// table, it cannot stand inside. None where it need not, or cannot be.
    fn beside(&mut self, query: &Query) -> Option<Vec<Ident>> {
        let (names, inside) = (order::names(query), order::inside(query));
        let is_captured =
            |name: &Option<Name>| matches!(name, Some(Name::Of(name)) if inside.contains(name));
        let mut taken = HashSet::new();
        let is_clear = |name: &Option<Name>| match name {
            Some(Name::Of(name)) => taken.insert(name.clone()),
            Some(Name::None) => true,
            Some(Name::Unknown) | None => false,
        };
        if !names.iter().any(is_captured) || !names.iter().all(is_clear) {
            return None;
        }
        let idents = names.into_iter().map(|name| match name {
            Some(Name::Of(name)) => Ident::with_quote('"', name),
            _ => self.titles.keep("?column?".to_owned()),
        });
        Some(idents.collect())
    }
}

impl VisitorMut for Namer<'_> {
    type Break = String;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<String> {
        match factor {
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                // A LATERAL one is made a join, which wants it bare.
                let alias = alias.as_mut().filter(|alias| !*lateral || !alias.columns.is_empty());
                said(self.relation(subquery, alias))
            }
            TableFactor::UNNEST { alias, array_exprs, .. } if array_exprs.len() == 1 => {
                name_unnested(alias);
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            said(self.relation(&mut cte.query, Some(&mut cte.alias)))?;
        }
        said(self.query(query, &Seen::Nowhere))
    }
}

fn said(done: Result<(), String>) -> ControlFlow<String> {
    done.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

/// `(select …) order by 1` is one query to PostgreSQL.
pub(super) fn unwrap(query: &mut Query) -> Result<(), String> {
    while let SetExpr::Query(inner) = query.body.as_mut() {
        if query.order_by.is_some() && inner.order_by.is_some() {
            return Err(ORDERED_TWICE.to_owned());
        }
        let is_cut = query.limit_clause.is_some() || query.fetch.is_some();
        if is_cut && (inner.limit_clause.is_some() || inner.fetch.is_some()) {
            return Err(CUT_TWICE.to_owned());
        }
        if query.with.is_some() && inner.with.is_some() {
            break;
        }
        query.with = query.with.take().or(inner.with.take());
        query.order_by = query.order_by.take().or(inner.order_by.take());
        query.limit_clause = query.limit_clause.take().or(inner.limit_clause.take());
        query.fetch = query.fetch.take().or(inner.fetch.take());
        let nothing = Values { explicit_row: false, value_keyword: false, rows: Vec::new() };
        let body = std::mem::replace(inner.body.as_mut(), SetExpr::Values(nothing));
        *query.body = body;
    }
    Ok(())
}

/// The column of `unnest(…) as x` is called `x`.
fn name_unnested(alias: &mut Option<TableAlias>) {
    let alias = alias.get_or_insert_with(|| TableAlias {
        explicit: true,
        name: Ident::new("unnest"),
        columns: Vec::new(),
        at: None,
    });
    if alias.columns.is_empty() {
        alias.columns = vec![TableAliasColumnDef { name: alias.name.clone(), data_type: None }];
    }
}
