//! Which column a bare name is: PostgreSQL looks in the FROM of the SELECT at hand, and further out only where that has
//! none. DataFusion looks further out also where two tables have it, and knows the one column that USING makes of two
//! in few places. So a bare name of such a column gets its table before it, and one that two tables have is refused.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Cte, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableAlias, TableFactor, TableWithJoins,
    VisitMut, VisitorMut,
};

use super::implicit::{self, Name, folded};

/// The columns of the tables that a statement may name.
pub(crate) type Tables = HashMap<String, Vec<String>>;

/// Puts the table before the names of joined columns.
///
/// # Errors
/// A name inside a subquery is that of several columns there.
pub(crate) fn resolved(statement: &mut Statement, tables: &Tables) -> Result<(), String> {
    let mut resolver = Resolver { tables, ctes: Vec::new(), scopes: Vec::new() };
    match statement.visit(&mut resolver) {
        ControlFlow::Break(said) => Err(said),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// A column that a bare name may mean.
#[derive(Debug, Clone)]
struct Seen {
    name: String,
    table: String,
    /// One of two that USING made one.
    merged: bool,
}

/// The columns in sight of a SELECT; none where they are not known.
type Scope = Option<Vec<Seen>>;

struct Resolver<'a> {
    tables: &'a Tables,
    /// The columns of each WITH around the place that is looked at.
    ctes: Vec<HashMap<String, Option<Vec<String>>>>,
    /// The scopes around it, the innermost last.
    scopes: Vec<Scope>,
}

impl Resolver<'_> {
    fn of_select(&self, select: &Select) -> Scope {
        let mut all = Vec::new();
        for tables in &select.from {
            all.extend(self.of_joined(tables)?);
        }
        Some(all)
    }

    fn of_joined(&self, tables: &TableWithJoins) -> Scope {
        let mut all = self.of_factor(&tables.relation)?;
        for join in &tables.joins {
            let mut right = self.of_factor(&join.relation)?;
            let shared: Vec<String> = match constraint(&join.join_operator) {
                Some(JoinConstraint::Using(columns)) => columns
                    .iter()
                    .filter_map(|column| column.0.last()?.as_ident().map(folded))
                    .collect(),
                Some(JoinConstraint::Natural) => {
                    let both = |left: &&Seen| right.iter().any(|seen| seen.name == left.name);
                    all.iter().filter(both).map(|seen| seen.name.clone()).collect()
                }
                _ => Vec::new(),
            };
            right.retain(|seen| !shared.contains(&seen.name));
            let joined = all.iter_mut().filter(|seen| shared.contains(&seen.name));
            joined.for_each(|seen| seen.merged = true);
            all.extend(right);
        }
        Some(all)
    }

    fn of_factor(&self, factor: &TableFactor) -> Scope {
        let under = |columns: Vec<String>, table: String| {
            let seen = |name| Seen { name, table: table.clone(), merged: false };
            columns.into_iter().map(seen).collect()
        };
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let columns = renamed(alias.as_ref(), self.of_table(name));
                let own = || name.0.last()?.as_ident().map(folded);
                let table = alias.as_ref().map(|alias| folded(&alias.name)).or_else(own)?;
                Some(under(columns?, table))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let columns = renamed(alias.as_ref(), self.of_query(subquery));
                Some(under(columns?, alias.as_ref().map_or_else(String::new, |a| folded(&a.name))))
            }
            TableFactor::UNNEST { alias: Some(alias), .. } => {
                Some(under(renamed(Some(alias), None)?, folded(&alias.name)))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.of_joined(table_with_joins)
            }
            _ => None,
        }
    }

    fn of_table(&self, name: &ObjectName) -> Option<Vec<String>> {
        let parts: Vec<String> =
            name.0.iter().map(|part| part.as_ident().map(folded)).collect::<Option<_>>()?;
        let cte = match &parts[..] {
            [one] => self.ctes.iter().rev().find_map(|with| with.get(one)),
            _ => None,
        };
        cte.cloned().unwrap_or_else(|| self.tables.get(parts.last()?).cloned())
    }

    /// The names of the columns of a query.
    fn of_query(&self, query: &Query) -> Option<Vec<String>> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        let mut inner =
            Resolver { tables: self.tables, ctes: self.ctes.clone(), scopes: Vec::new() };
        inner.enter(with);
        if let SetExpr::Values(values) = first_body(&query.body) {
            let width = values.rows.first()?.len();
            return Some((1..=width).map(|place| format!("column{place}")).collect());
        }
        let select = implicit::first_select(&query.body)?;
        let mut names = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(options) if options.to_string().is_empty() => {
                    names.extend(inner.of_select(select)?.into_iter().map(|seen| seen.name));
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(table),
                    options,
                ) if options.to_string().is_empty() => {
                    let table = table.0.last()?.as_ident().map(folded)?;
                    let all = inner.of_select(select)?.into_iter();
                    names.extend(all.filter(|seen| seen.table == table).map(|seen| seen.name));
                }
                item => match implicit::of_item(item)? {
                    Name::Of(name) => names.push(name),
                    Name::None | Name::Unknown => names.push("?column?".to_owned()),
                },
            }
        }
        Some(names)
    }

    /// Learns the names of a WITH, each of which may use those before it.
    fn enter<'b>(&mut self, with: impl Iterator<Item = &'b Cte>) {
        self.ctes.push(HashMap::new());
        for cte in with {
            let columns = renamed(Some(&cte.alias), self.of_query(&cte.query));
            if let Some(known) = self.ctes.last_mut() {
                known.insert(folded(&cte.alias.name), columns);
            }
        }
    }

    fn of_body(&self, body: &SetExpr) -> Scope {
        match body {
            SetExpr::Select(select) => self.of_select(select),
            _ => None,
        }
    }

    /// The column that a bare name means, where it must be said.
    fn meant(&self, name: &Ident) -> Result<Option<Expr>, String> {
        let wanted = folded(name);
        let mut inner: Vec<&str> = Vec::new();
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            let Some(scope) = scope else { return Ok(None) };
            let found: Vec<&Seen> = scope.iter().filter(|seen| seen.name == wanted).collect();
            match &found[..] {
                [] => inner.extend(scope.iter().map(|seen| seen.table.as_str())),
                [one] if one.merged && !one.table.is_empty() && !inner.contains(&&*one.table) => {
                    let quoted = |text: &str| Ident::with_quote('"', text);
                    let column = vec![quoted(&one.table), quoted(&one.name)];
                    return Ok(Some(Expr::CompoundIdentifier(column)));
                }
                [_] => return Ok(None),
                // Of the outermost the planner says so itself, and knows what belongs to the condition of a join.
                _ if depth + 1 == self.scopes.len() || !self.is_further_out(&wanted, depth) => {
                    return Ok(None);
                }
                _ => {
                    return Err(format!(
                        "列“{wanted}”在子查询的几张表里都有，请写明是哪张表的，例如 表名.{wanted}"
                    ));
                }
            }
        }
        Ok(None)
    }

    /// True where the planner would find the name behind so many scopes.
    fn is_further_out(&self, name: &str, depth: usize) -> bool {
        let mut outer = self.scopes.iter().rev().skip(depth + 1);
        outer.any(|scope| {
            scope.as_ref().is_none_or(|scope| scope.iter().any(|seen| seen.name == name))
        })
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        self.enter(query.with.iter().flat_map(|with| &with.cte_tables));
        let scope = self.of_body(&query.body);
        // Of ORDER BY; each SELECT of a union has its own.
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<String> {
        self.ctes.pop();
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<String> {
        let scope = self.of_select(select);
        if let Some(here) = self.scopes.last_mut() {
            *here = scope;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        let Expr::Identifier(name) = &*expr else { return ControlFlow::Continue(()) };
        match self.meant(name) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(column)) => {
                *expr = column;
                ControlFlow::Continue(())
            }
            Err(said) => ControlFlow::Break(said),
        }
    }
}

/// The names of columns under an alias, which may give them others.
fn renamed(alias: Option<&TableAlias>, columns: Option<Vec<String>>) -> Option<Vec<String>> {
    match alias {
        Some(alias) if !alias.columns.is_empty() => {
            Some(alias.columns.iter().map(|column| folded(&column.name)).collect())
        }
        _ => columns,
    }
}

fn first_body(body: &SetExpr) -> &SetExpr {
    match body {
        SetExpr::Query(query) => first_body(&query.body),
        SetExpr::SetOperation { left, .. } => first_body(left),
        other => other,
    }
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint) => Some(constraint),
        _ => None,
    }
}
