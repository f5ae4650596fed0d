//! How much a statement comes to when all that it names is written out.
//!
//! The planner puts a query of WITH, and a view, wherever it is named, and works through each copy: a chain of queries
//! that name the one before twice doubles at every step. Its rules, and the plan that they make, call themselves level
//! by level, as deep as the stack. No deadline stops them; so all is counted on the statement's tree, before. (`written`
//! counts its values, on the first plan.)

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::ptr;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, Select, SetExpr, SetOperator, SetQuantifier,
    Statement, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::dialect::folded;
use crate::{WarehouseError, views};

/// Tables, wherever they stand; a SELECT without one counts as one.
const TABLES: usize = 500;
/// Tables that meet in one SELECT: the time of planning grows with their square.
const JOINED: usize = 100;
/// Queries upon queries. The stack of the threads that plan holds many times as many (see `run`).
const LEVELS: usize = 60;

/// What is in the statement, or in a part of it.
#[derive(Clone, Copy, Default)]
struct Extent {
    tables: usize,
    joined: usize,
    levels: usize,
}

/// A table, or what stands in its place.
const ONE: Extent = Extent { tables: 1, joined: 1, levels: 0 };

impl Extent {
    /// Takes in rows that meet the others.
    fn join(&mut self, other: Self) {
        self.tables = self.tables.saturating_add(other.tables);
        self.joined = self.joined.saturating_add(other.joined);
        self.levels = self.levels.max(other.levels);
    }

    /// Takes in rows that stand beside the others, as in a UNION.
    fn add(&mut self, other: Self) {
        self.tables = self.tables.saturating_add(other.tables);
        self.widen(other);
    }

    /// Takes in what is counted already.
    fn widen(&mut self, other: Self) {
        self.tables = self.tables.max(other.tables);
        self.joined = self.joined.max(other.joined);
        self.levels = self.levels.max(other.levels);
    }
}

/// Refuses what cannot be planned in a blink.
pub(crate) fn check(statement: &Statement) -> Result<(), WarehouseError> {
    let Extent { tables, joined, levels } = extent(statement);
    let said = if levels > LEVELS {
        format!(
            "层数太多：一层查一层的子查询和 with，连同 union、intersect、except，最多 {LEVELS} 层；不必去重的请写 union all，其余请分几次查"
        )
    } else if joined > JOINED {
        format!(
            "连在一起的表太多：最多 {JOINED} 张，with 里的查询每用一次算一次，视图按它所用的表算；请先汇总再连接，或分几次查"
        )
    } else if tables > TABLES {
        format!(
            "用到的表太多：最多 {TABLES} 张，with 里的查询每用一次算一次，视图按它所用的表算，条件和算式里的子查询加倍，in、any、all 的算 4 倍；请先汇总，或分几次查"
        )
    } else {
        return Ok(());
    };
    Err(WarehouseError::Refused(said.into()))
}

/// How often the planner writes the subquery of a value, at worst: beside an OR twice, a list four times, for its NULLs.
fn written(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::InSubquery { .. } => Some(4),
        // The subquery of the last two is a value itself.
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::AnyOp { .. } | Expr::AllOp { .. } => {
            Some(2)
        }
        _ => None,
    }
}

/// The largest of each in any query of the statement, a query of WITH that nobody names among them.
fn extent(statement: &Statement) -> Extent {
    let mut counter = Counter::default();
    let ControlFlow::Continue(()) = statement.visit(&mut counter);
    counter.largest
}

/// A query, a SELECT or a value of a subquery that is being read.
#[derive(Default)]
struct Part {
    extent: Extent,
    /// True for a query, whose parts stand beside each other; in any other they meet.
    is_query: bool,
    /// Where its queries of WITH stand, and how they are called.
    with: Vec<(*const Query, String)>,
    /// How many queries of WITH are known outside of it.
    known: usize,
}

#[derive(Default)]
struct Counter {
    largest: Extent,
    /// From the outermost inwards.
    parts: Vec<Part>,
    /// The queries of WITH that may be named here; of two of one name the last.
    known: Vec<(String, Extent)>,
    views: HashMap<&'static str, Extent>,
}

impl Counter {
    fn begin(&mut self, part: Part) {
        self.parts.push(part);
    }

    fn end(&mut self) -> Part {
        self.parts.pop().unwrap_or_default()
    }

    /// Puts what was read into the part around it.
    fn put(&mut self, extent: Extent) {
        match self.parts.last_mut() {
            Some(around) if around.is_query => around.extent.add(extent),
            Some(around) => around.extent.join(extent),
            None => {}
        }
    }

    fn table(&mut self, name: &ObjectName) -> Extent {
        let names: Vec<&Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).collect();
        match names[..] {
            [name] => {
                let name = folded(name);
                let query = self.known.iter().rev().find(|(known, _)| *known == name);
                let query = query.map(|(_, extent)| *extent);
                query.unwrap_or_else(|| self.view(&name))
            }
            [schema, name] if folded(schema) == "public" => self.view(&folded(name)),
            _ => ONE,
        }
    }

    /// What a view stands on; of a table, the table.
    fn view(&mut self, name: &str) -> Extent {
        let Some(view) = views::find(name) else { return ONE };
        *self.views.entry(view.name).or_insert_with(|| {
            let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &view.statement());
            parsed.map_or(ONE, |statements| statements.first().map_or(ONE, extent))
        })
    }
}

/// UNION, INTERSECT and EXCEPT that stand on one another; a chain of UNION ALL is planned as one.
fn steps(mut body: &SetExpr) -> usize {
    let mut found = 0;
    while let SetExpr::SetOperation { left, op, set_quantifier, right } = body {
        let is_flat = *op == SetOperator::Union && *set_quantifier == SetQuantifier::All;
        found += usize::from(!is_flat) + steps(right);
        body = left;
    }
    found
}

impl Visitor for Counter {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        let with = with.map(|cte| (ptr::from_ref(&*cte.query), folded(&cte.alias.name))).collect();
        let known = self.known.len();
        self.begin(Part { is_query: true, with, known, ..Part::default() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        let Part { mut extent, known, .. } = self.end();
        extent.tables = extent.tables.max(1);
        extent.levels += steps(&query.body);
        self.largest.widen(extent);
        self.known.truncate(known);
        let with = self.parts.last().map(|around| around.with.as_slice()).unwrap_or_default();
        match with.iter().find(|(place, _)| ptr::eq(*place, query)) {
            Some((_, name)) => self.known.push((name.clone(), extent)),
            None => self.put(extent),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, _: &Select) -> ControlFlow<Infallible> {
        self.begin(Part::default());
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<Infallible> {
        let Part { mut extent, .. } = self.end();
        extent.tables = extent.tables.max(1);
        extent.levels += 1;
        self.put(extent);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Infallible> {
        match factor {
            // What is inside is read by itself.
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => {}
            TableFactor::Table { name, .. } => {
                let extent = self.table(name);
                self.put(extent);
            }
            _ => self.put(ONE),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
        if written(expr).is_some() {
            self.begin(Part::default());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Infallible> {
        if let Some(times) = written(expr) {
            let Part { mut extent, .. } = self.end();
            extent.tables = extent.tables.saturating_mul(times);
            self.put(extent);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(sql: &str) -> Statement {
        Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap().remove(0)
    }

    /// Tables, those that meet, levels.
    fn counted(sql: &str) -> [usize; 3] {
        let Extent { tables, joined, levels } = extent(&parsed(sql));
        [tables, joined, levels]
    }

    #[test]
    fn what_is_named_is_counted_wherever_it_is_named() {
        for (sql, want) in [
            ("select 1", [1, 0, 1]),
            ("select * from town a, town b join (village c cross join town d) on true", [4, 4, 1]),
            ("select 1 from town union all select 2 union all select 3 from town", [3, 1, 1]),
            ("select 1 from town union select 2 union all select 3 from town", [3, 1, 2]),
            ("select 1 union (select 2 intersect select 3) order by 1", [3, 0, 3]),
            ("select (select max(id) from town), b.id from (select id from village) b", [3, 2, 2]),
            ("select 1 from town where id in (select id from village)", [5, 2, 2]),
            ("select 1 from town where id > all (select id from village)", [5, 2, 2]),
            (
                "select 1 from town t where exists (select id from village where town_id = t.id)",
                [3, 2, 2],
            ),
            (
                "with a as (select 1 from town), b as (select 1 from a, a x) select 1 from b, b x, a",
                [5, 5, 3],
            ),
            ("with a as (select 1 from town, village) select 1", [2, 2, 1]),
            // A name is looked for as it is by the planner.
            (
                "with A as (select 1 from town, town x), \"A\" as (select 1) select 1 from a",
                [2, 2, 2],
            ),
            ("with a as (select 1 from town, town x) select 1 from public.a", [2, 2, 1]),
            (
                "with a as (with a as (select 1 from town, town x) select 1 from a) select 1 from a, a x",
                [4, 4, 3],
            ),
            (
                "with a as (select 1 from town), a as (select 1 from a, a x) select 1 from a",
                [2, 2, 3],
            ),
            ("with arrears as (select 1 from town) select 1 from arrears", [1, 1, 2]),
        ] {
            assert_eq!(counted(sql), want, "{sql}");
        }
    }

    #[test]
    fn a_view_counts_as_what_it_stands_on() {
        for view in views::all() {
            let written = counted(&view.statement());
            let named = counted(&format!("select * from {}", view.name));
            assert_eq!(named, [written[0], written[1], written[2] + 1], "{}", view.name);
            assert_eq!(counted(&format!("select * from public.{}", view.name)), named);
        }
        assert_eq!(counted("select * from arrears"), [5, 4, 4]);
    }

    #[test]
    fn what_doubles_at_every_step_ends_at_the_largest_number() {
        let steps = (1..200).map(|at| format!(", c{at} as (select 1 from c{0}, c{0} x)", at - 1));
        let sql = format!("with c0 as (select 1 from town){} select 1", steps.collect::<String>());
        assert_eq!(counted(&sql), [usize::MAX, usize::MAX, 200]);
    }
}
