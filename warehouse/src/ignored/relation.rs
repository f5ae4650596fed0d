//! In FROM: tables, subqueries and how they are joined.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, SetExpr, TableAlias, TableFactor, TableWithJoins,
    visit_expressions,
};

use super::first;
use super::query::in_alias;

const SAMPLE: &str = "不支持抽样：TABLESAMPLE；请改用 where 条件或 limit";
const COMPUTED: &str = "lateral 里只有算式、没有表：请把算式直接写进 select，或写成 from (select *, 算式 as 名称 from 表) x";
const LISTED: &str =
    "lateral 里不能直接写 values：请先在子查询里写 select …, unnest(array[甲, 乙]) as 值 from 表";
const ORDINALITY: &str = "不支持 WITH ORDINALITY：请用 row_number() over (…)";

/// What would be ignored of a table or a subquery in FROM.
pub(crate) fn in_relation(factor: &TableFactor) -> Option<String> {
    let named = |alias: &Option<TableAlias>| alias.as_ref().and_then(in_alias);
    match factor {
        TableFactor::Table {
            name: _,
            alias,
            // A call: the guard refuses it.
            args: _,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
        } => first([
            (sample.is_some(), SAMPLE),
            (version.is_some(), "不能在语句里指定时点：请先选择要查询的数据时点"),
            (*with_ordinality, ORDINALITY),
            (!with_hints.is_empty(), "不支持表提示 WITH (…)：请删去"),
            (!index_hints.is_empty(), "不支持索引提示 USE INDEX：请删去"),
            (!partitions.is_empty(), "不支持 PARTITION：请改用 where 条件"),
            (json_path.is_some(), "表名后面不能写路径"),
        ])
        .or_else(|| named(alias)),
        TableFactor::Derived { lateral, subquery, alias, sample } => {
            let found = first([(sample.is_some(), SAMPLE)]).or_else(|| named(alias));
            found.or_else(|| if *lateral { in_lateral(&subquery.body) } else { None })
        }
        TableFactor::UNNEST {
            alias,
            array_exprs: _,
            with_offset,
            with_offset_alias,
            with_ordinality,
        } => first([
            (*with_ordinality, ORDINALITY),
            (
                *with_offset || with_offset_alias.is_some(),
                "不支持 UNNEST … WITH OFFSET：请用 row_number() over (…)",
            ),
        ])
        .or_else(|| named(alias)),
        TableFactor::NestedJoin { table_with_joins, alias } => {
            in_joins(table_with_joins).or_else(|| named(alias))
        }
        // The guard refuses table functions.
        TableFactor::Function { .. } | TableFactor::TableFunction { .. } => None,
        TableFactor::Pivot { .. } => {
            Some("不支持 PIVOT：请用 sum(…) filter (where …) 一列一列写出".to_owned())
        }
        TableFactor::Unpivot { .. } => Some("不支持 UNPIVOT：请用 union all 合并".to_owned()),
        TableFactor::JsonTable { .. } | TableFactor::OpenJsonTable { .. } => {
            Some("不支持 JSON 表".to_owned())
        }
        TableFactor::XmlTable { .. } => Some("不支持 XMLTABLE".to_owned()),
        TableFactor::MatchRecognize { .. } => Some("不支持 MATCH_RECOGNIZE".to_owned()),
        TableFactor::SemanticView { .. } => Some("不支持 SEMANTIC_VIEW".to_owned()),
    }
}

/// A lateral without a table of its own has no plan.
fn in_lateral(body: &SetExpr) -> Option<String> {
    match body {
        SetExpr::Select(select) if select.from.is_empty() && names_columns(body) => {
            Some(COMPUTED.to_owned())
        }
        SetExpr::Values(_) if names_columns(body) => Some(LISTED.to_owned()),
        _ => None,
    }
}

/// True where columns are named, and no subquery is asked that may have them.
fn names_columns(body: &SetExpr) -> bool {
    let mut named = false;
    let asked = visit_expressions(body, |part| match part {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => {
            named |= matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            ControlFlow::Continue(())
        }
    });
    asked.is_continue() && named
}

/// What would be ignored, or taken for something else, of joins.
pub(super) fn in_joins(tables: &TableWithJoins) -> Option<String> {
    let TableWithJoins { relation: _, joins } = tables;
    joins.iter().find_map(in_join)
}

fn in_join(join: &Join) -> Option<String> {
    let Join { relation: _, global, join_operator } = join;
    if *global {
        return Some("不支持 GLOBAL JOIN：请去掉 global".to_owned());
    }
    match join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint) => unconditional(constraint),
        // A column that USING merges is read from the left side, which holds no value for rows of the right alone.
        JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => unconditional(constraint).or_else(|| {
            first([(
                merges_columns(constraint),
                "RIGHT JOIN、FULL JOIN 不能用 USING 或 NATURAL：同名列会取成空值；请改用 on，列写作 coalesce(甲.列, 乙.列)",
            )])
        }),
        JoinOperator::CrossJoin(JoinConstraint::None) => None,
        JoinOperator::CrossJoin(_) => Some("CROSS JOIN 不能带条件：请改写成 join … on …".to_owned()),
        JoinOperator::Semi(_) | JoinOperator::Anti(_) => {
            Some("不支持这种连接：请改写成 where exists (…) 或 not exists (…)".to_owned())
        }
        JoinOperator::CrossApply | JoinOperator::OuterApply => {
            Some("不支持 APPLY：请改写成 join lateral (…) on true".to_owned())
        }
        JoinOperator::AsOf { .. } => Some("不支持 ASOF JOIN".to_owned()),
        JoinOperator::StraightJoin(_) => {
            Some("不支持 STRAIGHT_JOIN：请改写成 join … on …".to_owned())
        }
        JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
            Some("不支持 ARRAY JOIN：请改写成 cross join unnest(…)".to_owned())
        }
    }
}

/// A JOIN without ON would be planned as a cross join.
fn unconditional(constraint: &JoinConstraint) -> Option<String> {
    let missing = matches!(constraint, JoinConstraint::None);
    first([(missing, "JOIN 缺少连接条件：请写 on … 或 using (…)；确实要所有组合请写 cross join")])
}

fn merges_columns(constraint: &JoinConstraint) -> bool {
    matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
}

/// Of two merged columns, `*` keeps the one whose table comes first in the alphabet, be it the empty one.
pub(super) fn merges_columns_of_all(tables: &TableWithJoins) -> bool {
    let nested = |factor: &TableFactor| match factor {
        TableFactor::NestedJoin { table_with_joins, alias: _ } => {
            merges_columns_of_all(table_with_joins)
        }
        _ => false,
    };
    let here = tables.joins.iter().any(|join| match &join.join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint) => merges_columns(constraint),
        _ => false,
    });
    here || nested(&tables.relation) || tables.joins.iter().any(|join| nested(&join.relation))
}
