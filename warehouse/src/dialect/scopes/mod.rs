//! Which column a name is, by PostgreSQL's rules: it looks in the FROM of the SELECT at hand, and further out only
//! where that has none; the items of the SELECT are seen by its ORDER BY, DISTINCT ON and GROUP BY alone, and only
//! where a name stands by itself. DataFusion looks further out also where two tables have the name, knows the one column that USING
//! makes of two in few places, and takes an item for a column in HAVING and inside of keys. So every name gets its
//! table before it, and one that several columns have is refused. `from`: the columns of a FROM.

mod from;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SetExpr, Statement, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::implicit::folded;
use super::names::unwrap;
use super::sights::{self, Scope, Seen, Shown};
use super::titles::Titles;
use crate::Told;

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

/// Where a name stands that is no item's by itself, and what to write instead of an item there.
#[derive(Debug, Clone, Copy)]
enum Clause {
    Plain,
    Having,
    GroupBy,
    OrderBy,
}

impl Clause {
    /// Why an item is not seen; none where the planner does not see it either.
    fn blind(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
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
            self.within(condition, Clause::Plain)?;
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

    /// A key of ORDER BY or DISTINCT ON: by itself a name is an item's first.
    fn key(&mut self, key: &mut Expr) -> Result<(), Told> {
        let Expr::Identifier(name) = bare(key) else { return self.within(key, Clause::OrderBy) };
        match self.item(&folded(name), "order by")? {
            // The planner finds it by itself, or a later look does.
            Some(column) if !column.starred => Ok(()),
            _ => self.within(key, Clause::OrderBy),
        }
    }

    /// A key of GROUP BY: by itself a name is a column's of the FROM first, and then an item's.
    fn group(&mut self, key: &mut Expr, items: &[SelectItem]) -> Result<(), Told> {
        match key {
            Expr::Nested(inside) => self.group(inside, items),
            Expr::Tuple(keys) => keys.iter_mut().try_for_each(|key| self.group(key, items)),
            Expr::Cube(sets) | Expr::Rollup(sets) | Expr::GroupingSets(sets) => sets
                .iter_mut()
                .flat_map(|set| set.iter_mut())
                .try_for_each(|key| self.group(key, items)),
            Expr::Identifier(name) => {
                let wanted = folded(name);
                let is_column = |seen: &Seen| !seen.hidden && seen.name == wanted;
                let here = self.scopes.last();
                if !here.is_some_and(|sight| sight.scope.iter().any(is_column))
                    && let Some(column) = self.item(&wanted, "group by")?
                    && let Some(item) = items.iter().find_map(|item| of_meaning(item, &column))
                {
                    *key = item;
                    return Ok(());
                }
                self.within(key, Clause::GroupBy)
            }
            _ => self.within(key, Clause::GroupBy),
        }
    }

    /// The item of a name; none where there is none.
    fn item(&self, name: &str, clause: &str) -> Result<Option<Shown>, String> {
        let Some(sight) = self.scopes.last() else { return Ok(None) };
        let is_wanted = |column: &&Shown| column.name.as_deref() == Some(name);
        let mut found = sight.columns.iter().filter(is_wanted);
        let Some(first) = found.next() else { return Ok(None) };
        if found.any(|other| other.meaning != first.meaning) {
            return Err(format!(
                "{clause} 的“{name}”不清楚：有几列都叫这个名字，请用 as 另起一个名字，或写序号"
            ));
        }
        Ok(Some(first.clone()))
    }

    /// Resolves the names in a part of a statement, and its subqueries.
    fn within(&mut self, part: &mut impl VisitMut, clause: Clause) -> Result<(), Told> {
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
            && self.item(&wanted, "")?.is_some()
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

/// Of a union ORDER BY sees the columns of the answer alone, and only as they stand.
fn of_united(key: &Expr, columns: &[Shown]) -> Result<(), String> {
    let said = |what: String| {
        Err(format!(
            "{what}：union、intersect、except 之后的 order by 只能写第一个 select 的列名，或写序号"
        ))
    };
    match bare(key) {
        Expr::Identifier(name) => {
            let name = folded(name);
            match columns.iter().filter(|column| column.name.as_ref() == Some(&name)).count() {
                0 => said(format!("没有名为“{name}”的列")),
                1 => Ok(()),
                _ => Err(format!("order by 的“{name}”不清楚：有几列都叫这个名字，请写序号")),
            }
        }
        Expr::Value(_) => Ok(()),
        other => said(format!("不能按“{other}”排序")),
    }
}

fn of_meaning(item: &SelectItem, column: &Shown) -> Option<Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            (expr.to_string() == column.meaning).then(|| expr.clone())
        }
        _ => None,
    }
}

fn bare(key: &Expr) -> &Expr {
    match key {
        Expr::Nested(inside) => bare(inside),
        other => other,
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
fn place(name: &Ident) -> Option<(u64, u64)> {
    let start = name.span.start;
    (start.line > 0).then_some((start.line, start.column))
}
