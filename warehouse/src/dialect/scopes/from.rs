//! The columns of a FROM: of its tables, subqueries and joins, and what each of these sees itself.

use datafusion::sql::sqlparser::ast::{
    Ident, JoinConstraint, ObjectNamePart, TableAlias, TableAliasColumnDef, TableFactor,
    TableWithJoins,
};

use super::super::implicit::folded;
use super::super::sights::{self, Scope};
use super::within::{Clause, place};
use super::{Resolver, Sight};
use crate::Told;

impl Resolver<'_> {
    /// The columns of joined tables; `before` are those that a LATERAL among them sees too.
    pub(super) fn joined(
        &mut self,
        tables: &mut TableWithJoins,
        before: &Scope,
    ) -> Result<Scope, Told> {
        let mut all = self.factor(&mut tables.relation, before)?;
        for join in &mut tables.joins {
            let sight: Scope = before.iter().chain(&all).cloned().collect();
            let right = self.factor(&mut join.relation, &sight)?;
            all = sights::joined(all, right, &join.join_operator)?;
            let here = all.clone();
            self.seeing(here, |inner| match sights::constraint(&join.join_operator) {
                Some(JoinConstraint::On(_)) => inner.within(&mut join.join_operator, Clause::Plain),
                _ => Ok(()),
            })?;
        }
        Ok(all)
    }

    fn factor(&mut self, factor: &mut TableFactor, before: &Scope) -> Result<Scope, Told> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let parts = sights::names(name);
                let columns = self.of_table(&parts)?;
                self.complete(alias.as_mut(), &columns);
                Ok(sights::under(columns, parts, alias.as_ref())?)
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let mut columns = Vec::new();
                if *lateral {
                    self.seeing(before.clone(), |inner| {
                        columns = inner.query(subquery)?;
                        Ok(())
                    })?;
                } else {
                    columns = self.query(subquery)?;
                }
                let alias = alias.get_or_insert_with(|| named(self.titles.keep(String::new())));
                let columns = sights::names_of(&columns);
                sights::fits(alias, columns.len())?;
                self.complete(Some(alias), &columns);
                Ok(sights::under(columns, Vec::new(), Some(&*alias))?)
            }
            TableFactor::UNNEST { alias, array_exprs, .. } => {
                self.seeing(before.clone(), |inner| inner.within(array_exprs, Clause::Plain))?;
                let table = alias.as_ref().map_or_else(|| "unnest".to_owned(), |a| folded(&a.name));
                let columns = vec![table.clone(); array_exprs.len()];
                Ok(sights::under(columns, vec![table], alias.as_ref())?)
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let all = self.joined(table_with_joins, before)?;
                let Some(alias) = alias else { return Ok(all) };
                let columns = all.into_iter().filter(|seen| !seen.hidden).map(|seen| seen.name);
                Ok(sights::under(columns.collect(), Vec::new(), Some(&*alias))?)
            }
            _ => Err("from 里只能写表、子查询和 unnest(…)".to_owned().into()),
        }
    }

    /// Names also the columns that an alias leaves as they are, where it names others.
    pub(super) fn complete(&mut self, alias: Option<&mut TableAlias>, columns: &[String]) {
        let Some(alias) = alias.filter(|alias| !alias.columns.is_empty()) else { return };
        for name in columns.iter().skip(alias.columns.len()) {
            let name = match name.as_str() {
                sights::UNSEEN => self.titles.keep(name.clone()),
                seen => sights::ident(seen),
            };
            alias.columns.push(TableAliasColumnDef { name, data_type: None });
        }
    }

    fn of_table(&self, parts: &[String]) -> Result<Vec<String>, String> {
        let cte = match parts {
            [one] => self.ctes.iter().rev().find_map(|with| with.get(one)),
            _ => None,
        };
        let name = parts.last().map_or("", String::as_str);
        let found = cte.or_else(|| self.tables.get(name)).cloned();
        found.ok_or_else(|| format!("没有名为“{name}”的表，或您无权查看"))
    }

    /// Resolves a part that sees these columns and what lies further out.
    fn seeing(
        &mut self,
        scope: Scope,
        how: impl FnOnce(&mut Self) -> Result<(), Told>,
    ) -> Result<(), Told> {
        self.scopes.push(Sight { scope, columns: Vec::new() });
        let done = how(self);
        self.scopes.pop();
        done
    }
}

/// What is said of two tables of a FROM that have one name.
pub(super) fn twice(from: &[TableWithJoins]) -> Option<Told> {
    let mut names = Vec::new();
    from.iter().for_each(|tables| add_names(tables, &mut names));
    let again = |at: &usize| names[..*at].iter().any(|name| folded(name) == folded(names[*at]));
    let name = names[(0..names.len()).find(again)?];
    let message = format!("from 里有两张表都叫“{}”：请给其中一张另起别名", folded(name));
    Some(Told { message, place: place(name) })
}

fn add_names<'a>(tables: &'a TableWithJoins, names: &mut Vec<&'a Ident>) {
    let joined = tables.joins.iter().map(|join| &join.relation);
    for factor in std::iter::once(&tables.relation).chain(joined) {
        match factor {
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. }
            | TableFactor::NestedJoin { alias: Some(alias), .. } => names.push(&alias.name),
            TableFactor::Table { name, .. } => {
                names.extend(name.0.last().and_then(ObjectNamePart::as_ident));
            }
            TableFactor::NestedJoin { table_with_joins, .. } => add_names(table_with_joins, names),
            _ => {}
        }
    }
}

fn named(name: Ident) -> TableAlias {
    TableAlias { explicit: true, name, columns: Vec::new(), at: None }
}
