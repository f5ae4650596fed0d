//! The keys of ORDER BY, DISTINCT ON and GROUP BY: by itself a name there may be an item's.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, SelectItem, visit_expressions};

use super::super::implicit::folded;
use super::super::sights::{Seen, Shown};
use super::super::tree::number;
use super::Resolver;
use super::within::Clause;
use crate::Told;

impl Resolver<'_> {
    /// A key of ORDER BY or DISTINCT ON: by itself a name is an item's first.
    pub(super) fn key(&mut self, key: &mut Expr) -> Result<(), Told> {
        let Expr::Identifier(name) = bare(key) else { return self.within(key, Clause::OrderBy) };
        match self.item(&folded(name), "order by")? {
            // The planner finds it by itself, or a later look does.
            Some(column) if !column.starred => Ok(()),
            _ => self.within(key, Clause::OrderBy),
        }
    }

    /// A key of GROUP BY: by itself a name is a column's of the FROM first, and then an item's.
    pub(super) fn group(&mut self, key: &mut Expr, items: &[SelectItem]) -> Result<(), Told> {
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
                    && let Some(item) = of_meaning(items, &column.meaning)
                {
                    *key = item;
                    return Ok(());
                }
                self.within(key, Clause::GroupBy)
            }
            _ => {
                self.within(key, Clause::GroupBy)?;
                if asks(key)
                    && let Some(item) = of_meaning(items, &key.to_string())
                {
                    *key = item;
                }
                Ok(())
            }
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
}

/// Of a union ORDER BY sees the columns of the answer alone, and only as they stand.
pub(super) fn of_united(key: &Expr, columns: &[Shown]) -> Result<(), String> {
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

/// The item of a meaning; by its place where it asks a subquery, which the planner takes for another when it is written
/// twice.
fn of_meaning(items: &[SelectItem], meaning: &str) -> Option<Expr> {
    let written = items.iter().map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    });
    let written: Vec<Option<&Expr>> = written.collect();
    let is_meant = |item: &Option<&Expr>| item.is_some_and(|expr| expr.to_string() == meaning);
    let at = written.iter().position(is_meant)?;
    let item = written[at]?;
    // Behind a star places are counted otherwise.
    let by_place = asks(item) && written[..at].iter().all(Option::is_some);
    Some(if by_place { number(&(at + 1).to_string()) } else { item.clone() })
}

/// True where a subquery stands in an expression.
fn asks(expr: &Expr) -> bool {
    let subquery = visit_expressions(expr, |part| match part {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    subquery.is_break()
}

fn bare(key: &Expr) -> &Expr {
    match key {
        Expr::Nested(inside) => bare(inside),
        other => other,
    }
}
