//! In a call: a scalar function is planned with its arguments alone, whatever else is written.

use std::collections::HashSet;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, ObjectNamePart, Value, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowSpec, WindowType,
};

use super::first;
use super::query::in_order_item;
use crate::functions;

/// Names and aliases of the scalar functions; they go before aggregates of the same name.
static SCALAR: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names = functions::scalar().into_iter().flat_map(|function| {
        let mut names = function.aliases().to_vec();
        names.push(function.name().to_owned());
        names
    });
    names.chain(["unnest".to_owned()]).collect()
});

/// Aggregates that look at DISTINCT, or whose answer it does not change.
const DISTINCT: &[&str] = &[
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "max",
    "median",
    "min",
    "percentile_cont",
    "string_agg",
    "sum",
];
/// Words of PostgreSQL, and no functions.
const MOMENTS: &[&str] = &["current_date", "current_time", "current_timestamp", "localtimestamp"];
/// Functions of the rows of a window, and of nothing else; over one they do not look at FILTER.
const OF_ROWS: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];
/// For these an ORDER BY between the parentheses takes the place of the first argument.
const ORDERED_SETS: &[&str] = &["percentile_cont"];

/// What would be ignored of a call.
pub(super) fn in_call(function: &Function) -> Option<String> {
    let Function {
        name,
        uses_odbc_syntax: _,
        parameters,
        args,
        filter,
        null_treatment,
        over,
        within_group,
    } = function;
    let called = match name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] if name.quote_style.is_none() => {
            name.value.to_lowercase()
        }
        [ObjectNamePart::Identifier(name)] => name.value.clone(),
        _ => name.to_string(),
    };
    let is = |names: &[&str]| names.contains(&called.as_str());
    if !matches!(parameters, FunctionArguments::None) {
        return Some(format!("不支持 {called}(…)(…) 写法：参数只能写在一对括号里"));
    }
    let said = match args {
        FunctionArguments::None => Said::default(),
        FunctionArguments::Subquery(_) => {
            return Some(format!("不支持 {called}(子查询)：数组请用 array_agg(…)"));
        }
        FunctionArguments::List(list) => match Said::read(&called, list) {
            Ok(said) => said,
            Err(refusal) => return Some(refusal),
        },
    };
    let nulls = null_treatment.is_some() || said.nulls;
    if is(&["date_part", "date_trunc"]) && said.begins_with_a_name {
        return Some(format!("{called} 先写单位，写在引号里：例如 {called}('month', 日期)"));
    }
    if is(MOMENTS) && said.arguments == 0 && !matches!(args, FunctionArguments::None) {
        return Some(format!("{called} 后面不写括号：请写 {called}"));
    }
    if called == "date_trunc" && said.arguments > 2 {
        return Some(
            "date_trunc 不能带时区：天和月都按东莞的算；别的时区请写 date_trunc('day', 时间 at time zone 'UTC')"
                .to_owned(),
        );
    }
    if called == "generate_series" {
        return Some(
            "generate_series 请写在 from 里：from generate_series(1, 12) as x (n)".to_owned(),
        );
    }
    if called == "ntile" && is_null(args) {
        return Some("ntile 的份数要写成数字，不能是空值".to_owned());
    }
    if called == "position" {
        return Some(
            "position 的两段文字之间写 in：请写 position('要找的字' in 文字)，或 strpos(文字, '要找的字')"
                .to_owned(),
        );
    }
    if called == "count" && said.arguments != 1 {
        return Some(
            "count 的括号里写一列或 *：行数请写 count(*)；几列去重后的行数请写 select count(*) from (select distinct 甲, 乙 from …) as x"
                .to_owned(),
        );
    }
    if SCALAR.contains(&called) {
        let clauses = [
            (over.is_some(), "OVER"),
            (filter.is_some(), "FILTER"),
            (!within_group.is_empty(), "WITHIN GROUP"),
            (said.distinct, "DISTINCT"),
            (said.ordered, "ORDER BY"),
            (nulls, "IGNORE NULLS 或 RESPECT NULLS"),
        ];
        return first(clauses).map(|clause| format!("{called} 不是汇总函数，不能带 {clause}"));
    }
    // PostgreSQL 15 has no such words.
    if nulls {
        return Some(format!(
            "{called} 不能带 IGNORE NULLS 或 RESPECT NULLS：要跳过空值，请先在子查询里用 where 去掉"
        ));
    }
    if said.distinct && !is(DISTINCT) {
        return Some(format!("{called} 不能带 DISTINCT：请先在子查询里用 select distinct 去重"));
    }
    if said.ordered && is(ORDERED_SETS) {
        return Some(format!(
            "{called} 的括号里不能写 ORDER BY：请写 {called}(…) within group (order by …)"
        ));
    }
    if called == "string_agg" && !within_group.is_empty() {
        return Some(
            "string_agg 的排序写在括号里：请写 string_agg(文字, ',' order by 排序的列)".to_owned(),
        );
    }
    if called == "string_agg" && said.arguments == 1 {
        return Some(
            "string_agg 缺少分隔：请写 string_agg(文字, ',')，要排序写 string_agg(文字, ',' order by 排序的列)"
                .to_owned(),
        );
    }
    if is(ORDERED_SETS) && has_list(args) {
        return Some(format!(
            "{called} 一次只算一个比例：几个请写成几列，{called}(0.25) within group (order by …), {called}(0.5) …"
        ));
    }
    if is(ORDERED_SETS) && within_group.is_empty() {
        return Some(format!(
            "{called} 缺少 within group：请写 {called}(0.5) within group (order by …)"
        ));
    }
    if over.is_none() && is(OF_ROWS) {
        return Some(format!(
            "{called} 只能用作窗口函数，这里缺少 over (…)：请写 {called}(…) over (partition by … order by …)"
        ));
    }
    let Some(over) = over else { return within_group.iter().find_map(in_order_item) };
    if said.distinct {
        return Some(format!(
            "{called} 用作窗口函数时不能带 DISTINCT：请先在子查询里去重，或按组汇总后再连接"
        ));
    }
    if said.ordered {
        return Some(format!(
            "{called} 带 over 时，括号里不能写 ORDER BY：排序请写在 over (order by …) 里"
        ));
    }
    if filter.is_some() && is(OF_ROWS) {
        return Some(format!("{called} 不能带 FILTER：请用 case when … end"));
    }
    match over {
        // Put in place by the planner; where it is not, `in_select` refuses it.
        WindowType::NamedWindow(_) => None,
        WindowType::WindowSpec(window) => in_window(window),
    }
}

/// True for a name that stands for itself, and for no text.
fn is_name(value: &FunctionArg) -> bool {
    matches!(
        value,
        FunctionArg::Unnamed(FunctionArgExpr::Expr(
            Expr::Identifier(_) | Expr::CompoundIdentifier(_)
        ))
    )
}

/// True where the one argument is NULL.
fn is_null(args: &FunctionArguments) -> bool {
    let FunctionArguments::List(list) = args else { return false };
    matches!(&list.args[..], [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))]
        if value.value == Value::Null)
}

/// True where one of the arguments is an array.
fn has_list(args: &FunctionArguments) -> bool {
    let FunctionArguments::List(list) = args else { return false };
    list.args
        .iter()
        .any(|arg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(_)))))
}

/// What would be ignored of a window.
pub(super) fn in_window(window: &WindowSpec) -> Option<String> {
    let WindowSpec { window_name, partition_by: _, order_by, window_frame } = window;
    let by_groups =
        window_frame.as_ref().is_some_and(|frame| frame.units == WindowFrameUnits::Groups);
    first([
        (
            window_name.is_some(),
            "OVER 的括号里不能写窗口名：请写 over 窗口名，或把 partition by 和 order by 写全",
        ),
        // Where the rows come in several batches, groups of them are lost.
        (by_groups, "暂不支持 groups 窗口：请用 rows 或 range"),
        (
            reaches_computed(window_frame.as_ref(), WindowFrameUnits::Rows),
            "rows 窗口的行数要直接写成数字，不能写算式：例如 2 preceding",
        ),
        (
            reaches_computed(window_frame.as_ref(), WindowFrameUnits::Range),
            "range 窗口的间隔要直接写成数字或时长，不能写算式：例如 interval '7 days' preceding",
        ),
    ])
    .or_else(|| order_by.iter().find_map(in_order_item))
}

/// True for a frame in these units that reaches by what is no plain number, and no length of time where it may be one.
fn reaches_computed(frame: Option<&WindowFrame>, units: WindowFrameUnits) -> bool {
    let plain = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(Some(by)) | WindowFrameBound::Following(Some(by)) => {
            match by.as_ref() {
                Expr::Value(written) => matches!(written.value, Value::Number(..)),
                Expr::Interval(_) => units == WindowFrameUnits::Range,
                _ => false,
            }
        }
        _ => true,
    };
    frame.is_some_and(|frame| {
        frame.units == units
            && !(plain(&frame.start_bound) && frame.end_bound.as_ref().is_none_or(plain))
    })
}

/// What stands between the parentheses beside the arguments.
#[derive(Default)]
struct Said {
    distinct: bool,
    ordered: bool,
    nulls: bool,
    arguments: usize,
    begins_with_a_name: bool,
}

impl Said {
    fn read(called: &str, list: &FunctionArgumentList) -> Result<Said, String> {
        let FunctionArgumentList { duplicate_treatment, args, clauses } = list;
        let mut said = Said {
            distinct: matches!(duplicate_treatment, Some(DuplicateTreatment::Distinct)),
            arguments: args.len(),
            begins_with_a_name: args.first().is_some_and(is_name),
            ..Said::default()
        };
        for clause in clauses {
            let dropped = match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => {
                    said.nulls = true;
                    continue;
                }
                FunctionArgumentClause::OrderBy(_) => {
                    said.ordered = true;
                    continue;
                }
                FunctionArgumentClause::Limit(_) => "LIMIT",
                FunctionArgumentClause::OnOverflow(_) => "ON OVERFLOW",
                FunctionArgumentClause::Having(_) => "HAVING",
                FunctionArgumentClause::Separator(_) => "SEPARATOR",
                FunctionArgumentClause::JsonNullClause(_) => "NULL ON NULL",
                FunctionArgumentClause::JsonReturningClause(_) => "RETURNING",
            };
            return Err(format!("{called} 的括号里不能写 {dropped}"));
        }
        for argument in args {
            let (FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. }
            | FunctionArg::Unnamed(arg)) = argument;
            match arg {
                FunctionArgExpr::Expr(_) => {}
                FunctionArgExpr::Wildcard if called == "count" && !said.distinct => {}
                // Planned as count(distinct 1).
                FunctionArgExpr::Wildcard if called == "count" => {
                    return Err("count(distinct *) 请写明列，例如 count(distinct 户号)".to_owned());
                }
                // Planned as count(*), which also counts rows that an outer join has left empty.
                FunctionArgExpr::QualifiedWildcard(_) if called == "count" => {
                    return Err("请写 count(*)，或写明列：count(表名.列)".to_owned());
                }
                FunctionArgExpr::WildcardWithOptions(_) if called == "count" => {
                    return Err("count(*) 的 * 后面不能再写别的".to_owned());
                }
                FunctionArgExpr::Wildcard
                | FunctionArgExpr::QualifiedWildcard(_)
                | FunctionArgExpr::WildcardWithOptions(_) => {
                    return Err(format!("{called}(*) 请写明列：只有 count 可以写 *"));
                }
            }
        }
        Ok(said)
    }
}
