//! Which column a name is, by PostgreSQL's rules: it looks in the FROM of the SELECT at hand, and further out only
//! where that has none; the items of the SELECT are seen by its ORDER BY, DISTINCT ON and GROUP BY alone, and only
//! where a name stands by itself. DataFusion looks further out also where two tables have the name, knows the one
//! column that USING makes of two in few places, and takes an item for a column in HAVING and inside of keys. So every
//! name gets its table before it, and one that several columns have is refused. `from`: the columns of a FROM; `keys`:
//! what an item is seen by; `within`: every other name.

mod from;
mod keys;
mod within;

use std::collections::{HashMap, HashSet};

use datafusion::sql::sqlparser::ast::{
    Distinct, GroupByExpr, OrderBy, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr,
    Statement,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::implicit::folded;
use super::names::unwrap;
use super::sights::{self, Scope, Shown};
use super::titles::Titles;
use crate::Told;
use keys::of_united;
use within::Clause;

/// The columns of the tables that a statement may name.
pub(crate) type Tables = HashMap<String, Vec<String>>;

/// What was found out about the names of a statement.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// The names of the columns of the answer that come out of a star.
    pub(super) starred: Vec<Option<String>>,
    /// The names that come out of the stars of each SELECT, by where it stands.
    pub(super) of_stars: HashMap<Location, HashSet<String>>,
    /// Names that no table has: the planner must not find a column for one either.
    pub(crate) unknown: Vec<Told>,
}

/// Puts the table before the names of columns.
///
/// # Errors
/// A name is that of several columns, or of an item where PostgreSQL sees none.
pub(crate) fn resolved(
    statement: &mut Statement,
    tables: &Tables,
    titles: &mut Titles,
) -> Result<Resolved, Told> {
    let mut resolver = Resolver {
        tables,
        titles,
        ctes: Vec::new(),
        scopes: Vec::new(),
        of_stars: HashMap::new(),
        unknown: Vec::new(),
    };
    let Statement::Query(query) = statement else { return Ok(Resolved::default()) };
    let columns = resolver.query(query)?;
    let starred = columns.into_iter().map(|column| column.name.filter(|_| column.starred));
    let Resolver { of_stars, unknown, .. } = resolver;
    Ok(Resolved { starred: starred.collect(), of_stars, unknown })
}

/// What a SELECT sees.
struct Sight {
    scope: Scope,
    /// Its own columns.
    columns: Vec<Shown>,
}

impl Sight {
    /// True where one of its own columns has the name.
    fn shows(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name.as_deref() == Some(name))
    }
}

struct Resolver<'a> {
    tables: &'a Tables,
    titles: &'a mut Titles,
    /// The columns of each WITH around the place that is looked at.
    ctes: Vec<HashMap<String, Vec<String>>>,
    /// What is seen around it, the innermost last.
    scopes: Vec<Sight>,
    of_stars: HashMap<Location, HashSet<String>>,
    unknown: Vec<Told>,
}

impl Resolver<'_> {
    /// Resolves a query, whose columns these are.
    fn query(&mut self, query: &mut Query) -> Result<Vec<Shown>, Told> {
        unwrap(query)?;
        self.ctes.push(HashMap::new());
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            // It sees those before it, and not itself.
            let columns = sights::names_of(&self.query(&mut cte.query)?);
            self.complete(Some(&mut cte.alias), &columns);
            let name = folded(&cte.alias.name);
            let seen = sights::under(columns, Vec::new(), Some(&cte.alias))?;
            let columns = seen.into_iter().map(|seen| seen.name).collect();
            if let Some(known) = self.ctes.last_mut() {
                known.insert(name, columns);
            }
        }
        let mut keys = match query.order_by.as_mut() {
            Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) => keys.as_mut_slice(),
            _ => &mut [],
        };
        let columns = match query.body.as_mut() {
            SetExpr::Select(select) => self.select(select, std::mem::take(&mut keys))?,
            body => self.body(body)?,
        };
        keys.iter().try_for_each(|key| of_united(&key.expr, &columns))?;
        if let Some(limit) = &mut query.limit_clause {
            self.within(limit, Clause::Plain)?;
        }
        self.ctes.pop();
        Ok(columns)
    }

    fn body(&mut self, body: &mut SetExpr) -> Result<Vec<Shown>, Told> {
        match body {
            SetExpr::Select(select) => self.select(select, &mut []),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let columns = self.body(left)?;
                self.body(right)?;
                Ok(columns)
            }
            SetExpr::Values(values) => {
                self.within(values, Clause::Plain)?;
                let width = values.rows.first().map_or(0, |row| row.len());
                let column = |place| Shown {
                    name: Some(format!("column{place}")),
                    meaning: format!("column{place}"),
                    starred: false,
                };
                Ok((1..=width).map(column).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn select(
        &mut self,
        select: &mut Select,
        keys: &mut [OrderByExpr],
    ) -> Result<Vec<Shown>, Told> {
        if let Some(told) = from::twice(&select.from) {
            return Err(told);
        }
        let mut scope = Scope::new();
        for tables in &mut select.from {
            let more = self.joined(tables, &scope)?;
            scope.extend(more);
        }
        self.scopes.push(Sight { scope, columns: Vec::new() });
        let done = self.clauses(select, keys);
        self.scopes.pop();
        done
    }

    /// The clauses of a SELECT behind its FROM.
    fn clauses(
        &mut self,
        select: &mut Select,
        keys: &mut [OrderByExpr],
    ) -> Result<Vec<Shown>, Told> {
        let scope = self.scopes.last().map(|sight| sight.scope.clone()).unwrap_or_default();
        // By the names that items have before their columns get tables.
        let names: Vec<Vec<Shown>> =
            select.projection.iter().map(|item| sights::shown(item, &scope)).collect();
        let mut columns = Vec::new();
        for (item, mut shown) in select.projection.iter_mut().zip(names) {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.within(expr, Clause::Plain)?;
                shown.iter_mut().for_each(|column| column.meaning = expr.to_string());
            }
            columns.append(&mut shown);
        }
        let of_stars = columns.iter().filter(|column| column.starred);
        let of_stars: HashSet<_> = of_stars.filter_map(|column| column.name.clone()).collect();
        if !of_stars.is_empty() {
            self.of_stars.insert(select.select_token.0.span.start, of_stars);
        }
        if let Some(sight) = self.scopes.last_mut() {
            sight.columns.clone_from(&columns);
        }
        if let Some(condition) = &mut select.selection {
            self.within(condition, Clause::Where)?;
        }
        if let GroupByExpr::Expressions(groups, _) = &mut select.group_by {
            for key in groups {
                self.group(key, &select.projection)?;
            }
        }
        for clause in [&mut select.having, &mut select.qualify].into_iter().flatten() {
            self.within(clause, Clause::Having)?;
        }
        for window in &mut select.named_window {
            self.within(&mut window.1, Clause::OrderBy)?;
        }
        if let Some(Distinct::On(on)) = &mut select.distinct {
            for key in on {
                self.key(key)?;
            }
        }
        for key in keys {
            self.key(&mut key.expr)?;
        }
        Ok(columns)
    }
}
