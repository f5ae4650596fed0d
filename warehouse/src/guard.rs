//! Which statements are let in: one SELECT, of a size that can be planned in a blink.
//!
//! Planning is plain code that no deadline stops, and its time grows with the square of a chain of OR terms. So `words`
//! counts the text before it is parsed; then it is looked at before it is planned, and `extent` follows what it names.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::ScalarValue;
use datafusion::execution::context::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, ObjectNamePart, Query, Select, SelectItem, Statement, TableFactor, Value, ValueWithSpan,
    Visit, Visitor, visit_expressions,
};

use crate::ignored::Labels;
use crate::items::Items;
use crate::session::DIALECT;
use crate::{WarehouseError, dialect, error, extent, functions, ignored, words};

/// Queries within queries; an average of an average is planned twice at each step.
const QUERIES: usize = 8;
/// Lists of subqueries that stand within each other: each is written three or four times, for its NULLs.
const LISTS: usize = 4;
/// Columns of CUBE, ROLLUP and GROUPING SETS together: each may double the work.
const GROUPINGS: usize = 8;

/// The way out where a series is meant.
const SERIES: &str = "；一列数或日期请写 generate_series(1, 12) 或 generate_series(date '2026-01-01', date '2026-12-01', interval '1 month')：起止和步长要直接写出，最多 2000 行";

/// Lets a statement in, parsed, or says why not.
pub(crate) fn admit(
    state: &SessionState,
    sql: &str,
    params: &HashMap<String, ScalarValue>,
) -> Result<Parsed, WarehouseError> {
    words::check(sql)?;
    let mut parsed =
        state.sql_to_statement(sql, &DIALECT).map_err(|found| error::about(found, sql))?;
    let Parsed::Statement(statement) = &mut parsed else {
        return words::refused("只能执行查询（SELECT 或 WITH）");
    };
    extent::check(statement)?;
    dialect::spelled(statement);
    let (items, labels) = (Items::default(), Labels::of(sql));
    let mut inspector = Inspector { params, items, labels, groupings: 0, lists: 0, queries: 0 };
    match statement.visit(&mut inspector) {
        ControlFlow::Continue(()) => Ok(parsed),
        ControlFlow::Break(reason) => Err(*reason),
    }
}

/// Looks at the parsed statement for what its first word does not tell.
struct Inspector<'a> {
    params: &'a HashMap<String, ScalarValue>,
    items: Items,
    labels: Labels<'a>,
    groupings: usize,
    /// Lists of subqueries within each other.
    lists: usize,
    /// Queries around the place that is looked at.
    queries: usize,
}

const UNNEST: &str = "from 里的 unnest 不能用别的表的列：请先在子查询里写 select …, unnest(array[甲, 乙]) as 值 from …";

/// True for several values in parentheses, which are shown as one in PostgreSQL's own way.
fn is_row(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Tuple(_))
        }
        _ => false,
    }
}

fn names_columns(exprs: &Vec<Expr>) -> bool {
    let named = visit_expressions(exprs, |part| match part {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    named.is_break()
}

/// True for a value that is looked for in a subquery.
fn is_list(expr: &Expr) -> bool {
    matches!(expr, Expr::InSubquery { .. } | Expr::AnyOp { .. } | Expr::AllOp { .. })
}

type Verdict = ControlFlow<Box<WarehouseError>>;

fn stop(message: impl Into<String>) -> Verdict {
    ControlFlow::Break(Box::new(WarehouseError::Refused(message.into().into())))
}

fn verdict(found: Option<String>) -> Verdict {
    found.map_or(ControlFlow::Continue(()), stop)
}

impl Visitor for Inspector<'_> {
    type Break = Box<WarehouseError>;

    fn pre_visit_statement(&mut self, statement: &Statement) -> Verdict {
        match statement {
            Statement::Query(_) => ControlFlow::Continue(()),
            _ => stop("只能查询，不能修改数据"),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> Verdict {
        if !query.locks.is_empty() {
            return stop("只能查询，不能锁定数据：FOR UPDATE");
        }
        if query.with.as_ref().is_some_and(|with| with.recursive) {
            return stop(format!("不能使用递归查询：WITH RECURSIVE{SERIES}"));
        }
        self.queries += 1;
        if self.queries > QUERIES {
            return stop(format!("子查询层数太多：最多 {QUERIES} 层"));
        }
        verdict(self.items.in_query(query).or_else(|| ignored::in_query(query)))
    }

    fn post_visit_query(&mut self, _: &Query) -> Verdict {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Verdict {
        if let Some(said) = self.items.in_select(select) {
            return stop(said);
        }
        if select.projection.iter().any(is_row) {
            return stop("一组值不能作为一列：请逐列写");
        }
        match select.into {
            Some(_) => stop("只能查询，不能把结果存成表：SELECT INTO"),
            None => verdict(ignored::in_select(select).or_else(|| self.labels.refusal(select))),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Verdict {
        match factor {
            TableFactor::Table { args: Some(_), name, .. } | TableFactor::Function { name, .. } => {
                let hint = if name.to_string().eq_ignore_ascii_case("generate_series") {
                    SERIES
                } else {
                    ""
                };
                stop(format!("不能使用表函数：{name}{hint}"))
            }
            TableFactor::TableFunction { .. } => stop("不能使用表函数"),
            TableFactor::UNNEST { array_exprs, .. } if names_columns(array_exprs) => stop(UNNEST),
            _ => verdict(ignored::in_relation(factor)),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Verdict {
        if let Expr::Cube(sets) | Expr::Rollup(sets) | Expr::GroupingSets(sets) = expr {
            self.groupings += sets.len();
            if self.groupings > GROUPINGS {
                return stop(format!(
                    "分组太多：CUBE、ROLLUP、GROUPING SETS 合计最多 {GROUPINGS} 项"
                ));
            }
        }
        if is_list(expr) {
            self.lists += 1;
            if self.lists > LISTS {
                return stop(format!("子查询层数太多：in、any、all (子查询) 最多套 {LISTS} 层"));
            }
        }
        if let Expr::Function(function) = expr
            && let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice()
            && functions::is_internal(&name.value.to_lowercase())
        {
            let hint = error::foreign_call(&name.value).unwrap_or_default();
            return stop(format!("没有函数“{name}”，或不允许使用{hint}"));
        }
        verdict(self.items.in_expression(expr).or_else(|| ignored::in_expression(expr)))
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> Verdict {
        if is_list(expr) {
            self.lists -= 1;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> Verdict {
        match &value.value {
            Value::Placeholder(name) if !self.params.contains_key(name.trim_start_matches('$')) => {
                stop(format!("缺少参数 {name}"))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
