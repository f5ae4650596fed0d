//! How many things a statement writes beside each other. Numbers and texts in a list are no words (see `words`), and
//! each key, column and argument is planned by itself.

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, FunctionArgumentClause, FunctionArgumentList, FunctionArguments,
    GroupByExpr, NamedWindowExpr, OrderBy, OrderByKind, Query, Select, SetExpr, WindowSpec,
    WindowType,
};

/// Items of a SELECT, keys of a clause, columns of VALUES.
const BESIDE: usize = 500;
/// Arguments of a call, as in PostgreSQL.
const ARGUMENTS: usize = 100;
/// Of all of them together.
const TOGETHER: usize = 5_000;

/// What was counted of a statement.
#[derive(Default)]
pub(crate) struct Items(usize);

impl Items {
    /// Takes in what a query writes beside its SELECT.
    pub(crate) fn in_query(&mut self, query: &Query) -> Option<String> {
        let sorted = match &query.order_by {
            Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) => keys.len(),
            _ => 0,
        };
        let told = self.add(sorted, BESIDE, "order by 的列");
        told.or_else(|| self.add(columns(&query.body), BESIDE, "values 的列"))
    }

    pub(crate) fn in_select(&mut self, select: &Select) -> Option<String> {
        let grouped: usize = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => keys.iter().map(each).sum(),
            GroupByExpr::All(_) => 0,
        };
        let on: usize = match &select.distinct {
            Some(Distinct::On(keys)) => keys.iter().map(each).sum(),
            _ => 0,
        };
        let mut told = self.add(select.projection.len(), BESIDE, "select 的列");
        told = told.or_else(|| self.add(grouped, BESIDE, "group by 的列"));
        told = told.or_else(|| self.add(on, BESIDE, "distinct on 的列"));
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                told = told.or_else(|| self.in_window(spec));
            }
        }
        told
    }

    pub(crate) fn in_expression(&mut self, expr: &Expr) -> Option<String> {
        match expr {
            // A list of pairs may be long.
            Expr::Tuple(values) => more(values.len(), BESIDE, "一组值"),
            // What is written out is one value together; a column is copied for each time it stands there.
            Expr::Array(array) => {
                let computed = array.elem.iter().filter(|value| !is_written_out(value));
                self.add(computed.count(), ARGUMENTS, "数组里的列")
            }
            Expr::Function(Function { args, over, within_group, .. }) => {
                let mut told = self.add(within_group.len(), BESIDE, "order by 的列");
                if let FunctionArguments::List(FunctionArgumentList { args, clauses, .. }) = args {
                    let sorted = clauses.iter().map(|clause| match clause {
                        FunctionArgumentClause::OrderBy(keys) => keys.len(),
                        _ => 0,
                    });
                    told = told.or_else(|| self.add(args.len(), ARGUMENTS, "函数的参数"));
                    told = told.or_else(|| self.add(sorted.sum(), BESIDE, "order by 的列"));
                }
                if let Some(WindowType::WindowSpec(window)) = over {
                    told = told.or_else(|| self.in_window(window));
                }
                told
            }
            _ => None,
        }
    }

    fn in_window(&mut self, window: &WindowSpec) -> Option<String> {
        let told = self.add(window.partition_by.len(), BESIDE, "partition by 的列");
        told.or_else(|| self.add(window.order_by.len(), BESIDE, "order by 的列"))
    }

    fn add(&mut self, items: usize, most: usize, what: &str) -> Option<String> {
        self.0 += items;
        more(items, most, what).or_else(|| {
            (self.0 > TOGETHER).then(|| {
                format!("语句太复杂：列、排序和分组的键、函数的参数合计最多 {TOGETHER} 项")
            })
        })
    }
}

fn is_written_out(value: &Expr) -> bool {
    match value {
        Expr::Value(_) | Expr::TypedString(_) => true,
        Expr::Nested(inside)
        | Expr::UnaryOp { expr: inside, .. }
        | Expr::Cast { expr: inside, .. } => is_written_out(inside),
        _ => false,
    }
}

fn more(items: usize, most: usize, what: &str) -> Option<String> {
    (items > most).then(|| format!("{what}太多：一处最多 {most} 项"))
}

/// The keys that one of GROUP BY stands for.
fn each(key: &Expr) -> usize {
    match key {
        Expr::Nested(inside) => each(inside),
        Expr::Tuple(keys) => keys.iter().map(each).sum(),
        Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
            sets.iter().flatten().map(each).sum()
        }
        _ => 1,
    }
}

/// The columns of VALUES, of each that stands in a query without being one of its own.
fn columns(body: &SetExpr) -> usize {
    match body {
        SetExpr::Values(values) => values.rows.iter().map(|row| row.len()).max().unwrap_or(0),
        SetExpr::SetOperation { left, right, .. } => columns(left).max(columns(right)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use datafusion::sql::sqlparser::ast::{Visit, Visitor};
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    #[derive(Default)]
    struct Told(Items);

    fn verdict(told: Option<String>) -> ControlFlow<String> {
        told.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }

    impl Visitor for Told {
        type Break = String;

        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
            verdict(self.0.in_query(query))
        }

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
            verdict(self.0.in_select(select))
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
            verdict(self.0.in_expression(expr))
        }
    }

    fn told(sql: &str) -> Option<String> {
        let parsed = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap();
        parsed.visit(&mut Told::default()).break_value()
    }

    #[test]
    fn a_number_counts_wherever_it_is_planned() {
        let many = |most: usize| vec!["1"; most].join(", ");
        for (around, most, want) in [
            ("select #", 500, "select 的列太多"),
            ("select 1 order by #", 500, "order by 的列太多"),
            ("select 1 group by (#), 1", 499, "group by 的列太多"),
            ("select distinct on (#) 1", 500, "distinct on 的列太多"),
            ("select count(*) over (partition by #)", 500, "partition by 的列太多"),
            ("select count(*) over (order by #)", 500, "order by 的列太多"),
            ("select array_agg(1 order by #)", 500, "order by 的列太多"),
            (
                "select count(*) over w from town window w as (partition by #)",
                500,
                "partition by 的列太多",
            ),
            ("select 1 from (values (#)) v", 500, "values 的列太多"),
            ("select 1 union all values (#)", 500, "values 的列太多"),
            ("select concat(#)", 100, "函数的参数太多"),
            ("select 1 where (#) = (2)", 500, "一组值太多"),
        ] {
            let [fits, more] = [most, most + 1].map(|most| around.replace('#', &many(most)));
            assert_eq!(told(&fits), None, "{around}");
            assert!(told(&more).is_some_and(|said| said.starts_with(want)), "{around}");
        }
        let all = vec![format!("select {}", many(500)); 11].join(" union all ");
        assert!(told(&all).is_some_and(|said| said.starts_with("语句太复杂")));
        assert_eq!(told(&format!("select 1 where 1 in ({})", many(20_000))), None);
        assert_eq!(told(&format!("select array[-2, {}]", many(20_000))), None);
        let columns = |most: usize| format!("select array[1, {}]", vec!["x"; most].join(", "));
        assert_eq!(told(&columns(100)), None);
        assert!(told(&columns(101)).is_some_and(|said| said.starts_with("数组里的列太多")));
        let rows = vec!["(1, 2)"; 20_000].join(", ");
        assert_eq!(told(&format!("select 1 from (values {rows}) v")), None);
    }
}
