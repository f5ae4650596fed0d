//! Around a SELECT: WITH, UNION, ORDER BY, LIMIT.

use datafusion::sql::sqlparser::ast::{
    Cte, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query, SetExpr, SetOperator,
    SetQuantifier, TableAlias, TableAliasColumnDef, Values,
};

use super::first;
use super::keys::in_keys;
use super::select::names_a_window;

/// What would be ignored of a query, itself without its SELECT.
pub(crate) fn in_query(query: &Query) -> Option<String> {
    let Query {
        with,
        body,
        order_by,
        limit_clause,
        fetch,
        // The guard refuses these.
        locks: _,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    first([
        (
            fetch.as_ref().is_some_and(|fetch| fetch.with_ties || fetch.percent),
            "不支持 FETCH 的 WITH TIES 和 PERCENT：并列的也要时，请在子查询里写 rank() over (order by …) as 名次，在外面写 where 名次 <= 行数",
        ),
        (
            fetch.is_some()
                && matches!(
                    limit_clause,
                    Some(
                        LimitClause::LimitOffset { limit: Some(_), .. }
                            | LimitClause::OffsetCommaLimit { .. }
                    )
                ),
            "FETCH 和 LIMIT 只能写一个：请删去一个",
        ),
        (for_clause.is_some(), "不支持 FOR XML、FOR JSON：请删去；要文件请用导出"),
        (settings.is_some(), "不支持 SETTINGS：请删去"),
        (format_clause.is_some(), "不支持 FORMAT：请删去；要文件请用导出"),
        (!pipe_operators.is_empty(), "不支持 |> 写法：请写成 select … from … where …"),
    ])
    .or_else(|| with.iter().flat_map(|with| &with.cte_tables).find_map(in_cte))
    .or_else(|| in_set(body))
    .or_else(|| order_by.as_ref().and_then(in_order_by))
    .or_else(|| limit_clause.as_ref().and_then(in_limit))
}

fn in_cte(cte: &Cte) -> Option<String> {
    let Cte { alias, query: _, from, materialized, closing_paren_token: _ } = cte;
    first([
        (materialized.is_some(), "不支持 MATERIALIZED：请删去，结果相同"),
        (from.is_some(), "WITH 的子查询后面不能再写 FROM"),
    ])
    .or_else(|| in_alias(alias))
}

pub(super) fn in_alias(alias: &TableAlias) -> Option<String> {
    let TableAlias { explicit: _, name: _, columns, at } = alias;
    let typed =
        columns.iter().any(|TableAliasColumnDef { name: _, data_type }| data_type.is_some());
    first([
        (typed, "表别名的列名后面不能写类型：请在查询里用 cast 换算"),
        (at.is_some(), "表别名后面不能写 AT"),
    ])
}

fn in_set(body: &SetExpr) -> Option<String> {
    match body {
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            counted(*op, *set_quantifier).or_else(|| in_set(left)).or_else(|| in_set(right))
        }
        SetExpr::Values(Values { explicit_row: _, value_keyword, rows: _ }) => {
            first([(*value_keyword, "VALUE 应写作 VALUES")])
        }
        SetExpr::Table(_) => Some("不支持 TABLE 写法：请写 select * from 表名".to_owned()),
        // Visited as a SELECT or a query of their own, or refused by the guard.
        SetExpr::Select(_)
        | SetExpr::Query(_)
        | SetExpr::Insert(_)
        | SetExpr::Update(_)
        | SetExpr::Delete(_)
        | SetExpr::Merge(_) => None,
    }
}

/// INTERSECT ALL and EXCEPT ALL are planned as joins, which do not count how often a row stands on each side.
fn counted(op: SetOperator, quantifier: SetQuantifier) -> Option<String> {
    match (op, quantifier) {
        (SetOperator::Union, _) => None,
        (SetOperator::Minus, _) => Some("不支持 MINUS：请改写成 except".to_owned()),
        (_, SetQuantifier::Distinct | SetQuantifier::None) => None,
        (_, SetQuantifier::All) => {
            Some(format!("不支持 {op} ALL：重复的行数不准；请去掉 all，或用 exists 条件"))
        }
        (_, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName) => {
            Some(format!("不支持 {op} BY NAME：请按顺序写列"))
        }
    }
}

/// After a UNION, ORDER BY ALL is dropped.
fn in_order_by(order: &OrderBy) -> Option<String> {
    let OrderBy { kind, interpolate } = order;
    let items = match kind {
        OrderByKind::All(_) => return Some("不支持 ORDER BY ALL：请写明列名".to_owned()),
        OrderByKind::Expressions(items) => items,
    };
    first([
        (interpolate.is_some(), "不支持 INTERPOLATE：请删去"),
        (names_a_window(items), "ORDER BY 里不能用 over 窗口名：请把窗口写全，或按别名排序"),
    ])
    .or_else(|| items.iter().find_map(in_order_item))
    .or_else(|| in_keys("order by", items.iter().map(|item| &item.expr)))
}

pub(super) fn in_order_item(item: &OrderByExpr) -> Option<String> {
    let OrderByExpr { expr: _, options: _, with_fill } = item;
    first([(with_fill.is_some(), "不支持 WITH FILL：请删去")])
}

fn in_limit(limit: &LimitClause) -> Option<String> {
    match limit {
        LimitClause::LimitOffset { limit: _, offset: _, limit_by } => {
            first([(!limit_by.is_empty(), "不支持 LIMIT … BY：请用 row_number() over (…)")])
        }
        LimitClause::OffsetCommaLimit { offset: _, limit: _ } => None,
    }
}
