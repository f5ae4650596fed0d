//! In a SELECT: its own clauses, `*` and its options, windows by name.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, GroupByExpr, NamedWindowDefinition, NamedWindowExpr, Query, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SelectModifiers, Visit, Visitor,
    WildcardAdditionalOptions, WindowType,
};

use super::first;
use super::function::in_window;
use super::keys::in_keys;
use super::relation::{in_joins, merges_columns_of_all};

/// What would be ignored of a SELECT.
pub(crate) fn in_select(select: &Select) -> Option<String> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        // The guard refuses it.
        into: _,
        from,
        lateral_views,
        prewhere,
        selection,
        connect_by,
        group_by,
        cluster_by,
        distribute_by,
        sort_by,
        having,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
    let modified = select_modifiers.as_ref().is_some_and(SelectModifiers::is_any_set);
    let all_columns = projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
    first([
        (!optimizer_hints.is_empty(), "不支持优化提示 /*+ … */：请删去"),
        (modified, "SELECT 后面有不支持的修饰词：请删去"),
        (top.is_some(), "不支持 TOP：请在末尾写 limit 行数"),
        (exclude.is_some(), "不支持 EXCLUDE：请写明要哪些列"),
        (!lateral_views.is_empty(), "不支持 LATERAL VIEW：请改写成 cross join unnest(…)"),
        (prewhere.is_some(), "不支持 PREWHERE：请改写成 where"),
        (!connect_by.is_empty(), "不支持 CONNECT BY：逐级的关系请一级一级写成 left join；一列数请写 generate_series(1, 12)"),
        (matches!(group_by, GroupByExpr::All(_)), "不支持 GROUP BY ALL：请写明按哪些列分组"),
        (!modifiers.is_empty(), "不支持 GROUP BY … WITH：请改写成 group by rollup (…) 或 cube (…)"),
        (
            matches!(group_by, GroupByExpr::Expressions(keys, _) if keys.iter().any(is_nothing)),
            "不支持 GROUP BY ()：请删去，不分组的汇总不用写 group by",
        ),
        (!cluster_by.is_empty(), "不支持 CLUSTER BY：请删去"),
        (!distribute_by.is_empty(), "不支持 DISTRIBUTE BY：请删去"),
        (!sort_by.is_empty(), "不支持 SORT BY：请改写成 order by"),
        (
            qualify.is_some(),
            "不支持 QUALIFY：请先在子查询里算出窗口函数，再在外层写 where",
        ),
        (value_table_mode.is_some(), "不支持 SELECT AS STRUCT、AS VALUE：请写明列"),
        (*flavor != SelectFlavor::Standard, "FROM 不能写在 SELECT 前面"),
        // The planner puts the window in place of its name in the list of columns only, and elsewhere drops the OVER.
        (
            names_a_window(distinct)
                || names_a_window(selection)
                || names_a_window(having),
            "over 窗口名 只能写在 SELECT 的列里：请把窗口写全，例如 over (partition by … order by …)",
        ),
        (
            names_a_window_within(projection),
            "列里的子查询不能用 over 窗口名：请把窗口写全，例如 over (partition by … order by …)",
        ),
        (
            all_columns && from.iter().any(merges_columns_of_all),
            "JOIN … USING、NATURAL JOIN 不能与 select * 同用：合并的列该排在最前，左连接时还可能取成空值；请写明列名，或改用 on",
        ),
    ])
    .or_else(|| projection.iter().find_map(in_item))
    .or_else(|| from.iter().find_map(in_joins))
    .or_else(|| named_window.iter().find_map(in_named_window))
    .or_else(|| match group_by {
        GroupByExpr::Expressions(keys, _) => in_keys("group by", keys),
        GroupByExpr::All(_) => None,
    })
    .or_else(|| match distinct {
        Some(Distinct::On(keys)) => in_keys("distinct on", keys),
        _ => None,
    })
}

fn is_nothing(key: &Expr) -> bool {
    matches!(key, Expr::Tuple(values) if values.is_empty())
}

fn in_item(item: &SelectItem) -> Option<String> {
    match item {
        // Without AS it is a condition.
        SelectItem::ExprWithAlias { expr: _, alias }
            if alias.quote_style.is_none() && is_a_condition(&alias.value) =>
        {
            Some(
                "别名不能叫 isnull、notnull：请换一个名字，或写在双引号里；判断空值请写 is null"
                    .to_owned(),
            )
        }
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { expr: _, alias: _ } => None,
        SelectItem::ExprWithAliases { .. } => Some("一列只能有一个别名".to_owned()),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
            Some("“.*”前面只能写表名或表的别名".to_owned())
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(_), options)
        | SelectItem::Wildcard(options) => in_wildcard(options),
    }
}

fn is_a_condition(title: &str) -> bool {
    ["isnull", "notnull"].iter().any(|word| title.eq_ignore_ascii_case(word))
}

fn in_wildcard(options: &WildcardAdditionalOptions) -> Option<String> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        // Used.
        opt_exclude: _,
        opt_except: _,
        opt_replace: _,
        opt_rename,
        opt_alias,
    } = options;
    first([
        (opt_ilike.is_some(), "select * 后面不支持 ILIKE：请写明要哪些列"),
        (opt_rename.is_some(), "select * 后面不支持 RENAME：请写明要哪些列，用 as 改名"),
        (opt_alias.is_some(), "select * 不能起别名：请写明要哪些列"),
    ])
}

fn in_named_window(definition: &NamedWindowDefinition) -> Option<String> {
    let NamedWindowDefinition(_, window) = definition;
    match window {
        NamedWindowExpr::NamedWindow(_) => {
            Some("WINDOW 里不能用另一个窗口名：请把 partition by 和 order by 写全".to_owned())
        }
        NamedWindowExpr::WindowSpec(spec) => in_window(spec),
    }
}

/// Says whether `over name` stands in a part of a SELECT, its subqueries aside.
pub(super) fn names_a_window(part: &impl Visit) -> bool {
    part.visit(&mut NamedWindows { depth: 0, within: false }).is_break()
}

/// Says whether `over name` stands in a subquery of a part of a SELECT.
fn names_a_window_within(part: &impl Visit) -> bool {
    part.visit(&mut NamedWindows { depth: 0, within: true }).is_break()
}

struct NamedWindows {
    depth: usize,
    /// Looks in subqueries, and only there.
    within: bool,
}

impl Visitor for NamedWindows {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(Function { over: Some(WindowType::NamedWindow(_)), .. })
                if (self.depth > 0) == self.within =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
