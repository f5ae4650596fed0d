//! The names of columns, before planning: every unnamed item of every SELECT gets the name that PostgreSQL gives it,
//! where somebody may refer to it, and one of our own elsewhere. What DataFusion calls an unnamed item is no name: a
//! reference to it would be taken for a column further out.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr, Statement,
    TableAlias, TableAliasColumnDef, TableFactor, TableWithJoins, Values, Visit, VisitMut, Visitor,
    VisitorMut,
};

use super::implicit::{self, Name, folded};
use super::order;
use super::titles::{self, Titles};

/// Names the columns of a statement, and keeps what is written in `sql` for those of the answer.
///
/// # Errors
/// A name that is referred to is not clear.
pub(crate) fn named(statement: &mut Statement, sql: &str) -> Result<Titles, String> {
    let uses = Uses::of(statement);
    let mut namer = Namer { titles: Titles::default(), uses };
    if let Statement::Query(query) = statement {
        let items = titles::written(sql).unwrap_or_default();
        namer.query(query, &Seen::InTheAnswer(items))?;
    }
    match statement.visit(&mut namer) {
        ControlFlow::Break(said) => Err(said),
        ControlFlow::Continue(()) => Ok(namer.titles),
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

struct Namer {
    titles: Titles,
    /// The names of the whole statement.
    uses: Uses,
}

const HIDDEN: &str = "子查询里有几列都叫这个名字，或这一列没有起名：请用 as 各起一个名字";
const CAPTURED: &str = "order by 的算式里用了本层 select 起的别名：请换一个别名，或按序号排序";
const UNKNOWN: &str = "子查询里用作一个值的 (select * …) 没有列名：请写明列名，或用 as 起名";
const ORDERED_TWICE: &str = "括号内外都写了 order by：只能写一处";
const CUT_TWICE: &str =
    "括号内外都写了 limit 或 offset：只能写一处，或把里面的写成 from 里的子查询";

impl Namer {
    fn query(&mut self, query: &mut Query, seen: &Seen) -> Result<(), String> {
        unwrap(query)?;
        let (names, inside) = (order::names(query)?, order::inside(query));
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
        let mut taken = HashSet::new();
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
                SelectItem::ExprWithAlias { expr, alias } => {
                    let name = folded(alias);
                    let is_itself = implicit::plain(expr).as_ref() == Some(&name);
                    let is_captured = inside.contains(&name) && !is_itself;
                    if is_captured && matches!(seen, Seen::Outside) {
                        return Err(CAPTURED.to_owned());
                    }
                    if taken.insert(name) && !is_captured {
                        continue;
                    }
                    (expr.clone(), alias.value.clone())
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
            && let Some(names) = self.beside(query)?
        {
            alias.columns = names
                .into_iter()
                .map(|name| TableAliasColumnDef { name, data_type: None })
                .collect();
        }
        if alias.is_some_and(|alias| !alias.columns.is_empty()) {
            return self.query(query, &Seen::Nowhere);
        }
        let (hidden, own) = (hidden(query, self.uses.natural), Uses::of(query));
        self.query(query, &Seen::Outside)?;
        let is_used = |name: &&String| self.uses.natural || self.uses.more(&own, name);
        match hidden.iter().find(is_used) {
            Some(name) => Err(format!("列“{name}”不清楚：{HIDDEN}")),
            None => Ok(()),
        }
    }

    /// The names of a query's columns, to be put on its alias: where its ORDER BY needs one of them for a column of a
    /// table, it cannot stand inside. None where it need not, or cannot be.
    fn beside(&mut self, query: &Query) -> Result<Option<Vec<Ident>>, String> {
        let (names, inside) = (order::names(query)?, order::inside(query));
        let is_captured =
            |name: &Option<Name>| matches!(name, Some(Name::Of(name)) if inside.contains(name));
        let mut taken = HashSet::new();
        let is_clear = |name: &Option<Name>| match name {
            Some(Name::Of(name)) => taken.insert(name.clone()),
            Some(Name::None) => !self.uses.natural,
            Some(Name::Unknown) | None => false,
        };
        if !names.iter().any(is_captured) || !names.iter().all(is_clear) {
            return Ok(None);
        }
        let idents = names.into_iter().map(|name| match name {
            Some(Name::Of(name)) => Ident::with_quote('"', name),
            _ => self.titles.keep("?column?".to_owned()),
        });
        Ok(Some(idents.collect()))
    }
}

impl VisitorMut for Namer {
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

/// The names that two columns of a query have, or that its ORDER BY needs for something else. A NATURAL JOIN would
/// join by columns without a name, too.
fn hidden(query: &Query, natural: bool) -> Vec<String> {
    let Some(select) = implicit::first_select(&query.body) else { return Vec::new() };
    let inside = order::inside(query);
    let mut taken = HashSet::new();
    let of_item = |item: &SelectItem| match implicit::of_item(item)? {
        Name::Of(name) => {
            let is_unnamed =
                matches!(item, SelectItem::UnnamedExpr(expr) if implicit::plain(expr).is_none());
            let is_hidden = is_unnamed && inside.contains(&name);
            (!taken.insert(name.clone()) || is_hidden).then_some(name)
        }
        _ => Some("?column?".to_owned()).filter(|name| !taken.insert(name.clone()) || natural),
    };
    select.projection.iter().filter_map(of_item).collect()
}

/// `(select …) order by 1` is one query to PostgreSQL.
fn unwrap(query: &mut Query) -> Result<(), String> {
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

/// How often each name is referred to as a column.
#[derive(Default)]
struct Uses {
    of: HashMap<String, usize>,
    /// A NATURAL JOIN refers to any.
    natural: bool,
}

impl Uses {
    fn of(part: &impl Visit) -> Self {
        let mut uses = Self::default();
        // It never breaks off.
        let _ = part.visit(&mut uses);
        uses
    }

    fn more(&self, own: &Self, name: &str) -> bool {
        self.of.get(name).copied().unwrap_or(0) > own.of.get(name).copied().unwrap_or(0)
    }

    fn add(&mut self, name: String) {
        *self.of.entry(name).or_default() += 1;
    }

    fn joined(&mut self, tables: &TableWithJoins) {
        for join in &tables.joins {
            match constraint(&join.join_operator) {
                Some(JoinConstraint::Using(columns)) => columns
                    .iter()
                    .filter_map(|column| column.0.last()?.as_ident())
                    .for_each(|name| self.add(folded(name))),
                Some(JoinConstraint::Natural) => self.natural = true,
                _ => {}
            }
        }
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

impl Visitor for Uses {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        select.from.iter().for_each(|tables| self.joined(tables));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::NestedJoin { table_with_joins, .. } = factor {
            self.joined(table_with_joins);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let name = match expr {
            Expr::Identifier(name) => Some(name),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        if let Some(name) = name {
            self.add(folded(name));
        }
        ControlFlow::Continue(())
    }
}
