//! Forms that DataFusion answers wrongly, found in the plan before it is optimised. Each says what to write instead.

use arrow::compute::kernels::cast_utils::parse_interval_month_day_nano;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::{merge_schema, split_conjunction};
use datafusion::logical_expr::{
    Distinct, Expr, ExprSchemable, LogicalPlan, SortExpr, Window, WindowFrameBound,
    WindowFrameUnits,
};

use super::arrays;
use super::correlated::{self, Use};
use super::existence::has_a_row;
use super::extremes::EXTREMES;
use super::operators::{Class, clash, class};
use super::united;

const NANOSECONDS_PER_DAY: i64 = 86_400_000_000_000;

/// What is refused in a plan, with the way out; none where it may run.
pub(crate) fn refusal(plan: &LogicalPlan) -> Option<String> {
    let mut found = of_rows(plan);
    // The walk itself cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        found = found.take().or_else(|| of_window(node));
        found = found.take().or_else(|| of_spans(node)).or_else(|| of_sides(node));
        found = found.take().or_else(|| arrays::refusal(node).map(str::to_owned));
        found = found.take().or_else(|| of_outer_rows(node));
        for input in node.inputs() {
            // LATERAL; a subquery inside an expression is looked at with what it is asked for.
            if let LogicalPlan::Subquery(subquery) = input {
                found = found.take().or_else(|| correlated::refusal(subquery, Use::Values));
                found = found.take().or_else(|| correlated::regrouped(subquery));
            }
        }
        let is_filter = matches!(node, LogicalPlan::Filter(_));
        let is_value = !is_filter && !matches!(node, LogicalPlan::Join(_));
        let _ = node.apply_expressions(|expression| {
            for condition in split_conjunction(expression) {
                found = found.take().or_else(|| of_condition(condition, is_filter));
            }
            if is_value && expression.exists(|part| Ok(asks_outside(part))).unwrap_or(false) {
                found = found.take().or_else(|| Some(AS_VALUE.to_owned()));
            }
            Ok(stop_when(found.is_some()))
        });
        Ok(stop_when(found.is_some()))
    });
    found
}

/// DataFusion writes a row, and a list of rows, in its own way.
fn of_rows(plan: &LogicalPlan) -> Option<String> {
    let shown = plan.schema().fields().iter().any(|field| holds_row(field.data_type()));
    shown.then(|| "一组值不能作为一列：请逐列写".to_owned())
}

fn holds_row(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) => holds_row(item.data_type()),
        plain => matches!(plain, DataType::Struct(_)),
    }
}

const AS_VALUE: &str = "用作一个值、又引用外层列的 exists 里只能写不带 group by、having、limit、union 的 select：请先用 with 按该列算好，再 left join";

/// True for an EXISTS that is no count of rows, and asks outer columns.
fn asks_outside(part: &Expr) -> bool {
    matches!(part, Expr::Exists(Exists { subquery, .. })
        if !subquery.outer_ref_columns.is_empty() && !has_a_row(&subquery.subquery))
}

/// A condition of its own in a WHERE or HAVING may be a correlated IN; everywhere else its third truth value is lost.
fn of_condition(condition: &Expr, is_filter: bool) -> Option<String> {
    if let Expr::InSubquery(InSubquery { expr, subquery, negated: false }) = condition
        && is_filter
    {
        return correlated::refusal(subquery, Use::In).or_else(|| of_condition(expr, false));
    }
    let mut found = None;
    // The walk itself cannot fail.
    let _ = condition.apply(|part| {
        found = found.take().or_else(|| of_part(part));
        Ok(stop_when(found.is_some()))
    });
    found
}

fn of_part(part: &Expr) -> Option<String> {
    let correlated = match part {
        Expr::Exists(Exists { subquery, .. }) => correlated::refusal(subquery, Use::Exists),
        Expr::InSubquery(InSubquery { subquery, .. }) => correlated::refusal(subquery, Use::In),
        Expr::ScalarSubquery(subquery) => {
            correlated::refusal(subquery, Use::Values).or_else(|| correlated::unequal(subquery))
        }
        _ => None,
    };
    if correlated.is_some() {
        return correlated;
    }
    match part {
        Expr::InSubquery(InSubquery { subquery, negated, .. })
            if !subquery.outer_ref_columns.is_empty() =>
        {
            Some(if *negated { NOT_IN } else { IN }.to_owned())
        }
        _ => None,
    }
}

const NOT_IN: &str = "不支持引用外层列的 not in (子查询)：空值会使结果出错；请改写成 not exists (select 1 from … where …)";
const IN: &str = "引用外层列的 in (子查询) 只能单独作为 where 的一个条件：请改写成 exists (select 1 from … where …)";

/// DataFusion compares spans of time part by part, also those that a list holds: 30 days are not more than 29 days and
/// 30 hours.
fn of_spans(node: &LogicalPlan) -> Option<String> {
    let schema = merge_schema(&node.inputs());
    let is_span = |value: &Expr| value.get_type(&schema).is_ok_and(|kind| holds_span(&kind));
    let by_span = |keys: &[SortExpr]| keys.iter().any(|key| is_span(&key.expr));
    let is_key = |key: &Expr| match key {
        Expr::GroupingSet(sets) => sets.distinct_expr().into_iter().any(is_span),
        plain => is_span(plain),
    };
    let shows_span = || node.schema().fields().iter().any(|field| holds_span(field.data_type()));
    let mut compared = match node {
        LogicalPlan::Sort(sort) => by_span(&sort.expr),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.iter().any(is_key),
        LogicalPlan::Distinct(Distinct::On(first)) => {
            let picks = first.sort_expr.as_deref().is_some_and(by_span);
            picks || shows_span() || first.on_expr.iter().any(is_span)
        }
        LogicalPlan::Distinct(Distinct::All(_)) => shows_span(),
        // USING and NATURAL.
        LogicalPlan::Join(join) => join
            .on
            .iter()
            .any(|(own, _)| own.get_type(join.left.schema()).is_ok_and(|kind| holds_span(&kind))),
        _ => false,
    };
    // The walk itself cannot fail.
    let _ = node.apply_expressions(|expression| {
        expression.apply(|part| {
            compared |= compares_spans(part, is_span);
            Ok(stop_when(compared))
        })
    });
    compared.then(|| "时长不能比大小、排序和分组：请写 extract(epoch from …) 换成秒".to_owned())
}

/// True for what asks which of several spans is greater, or whether they are equal.
fn compares_spans(part: &Expr, is_span: impl Fn(&Expr) -> bool + Copy) -> bool {
    let by_span = |keys: &[SortExpr]| keys.iter().any(|key| is_span(&key.expr));
    match part {
        // The operators that compare.
        Expr::BinaryExpr(binary) if binary.op.supports_propagation() => {
            is_span(&binary.left) && is_span(&binary.right)
        }
        Expr::Between(between) => is_span(&between.expr),
        Expr::InList(list) => is_span(&list.expr),
        Expr::InSubquery(among) => is_span(&among.expr),
        Expr::SetComparison(beside) => is_span(&beside.expr),
        // CASE with a value behind it.
        Expr::Case(case) => case.expr.as_deref().is_some_and(is_span),
        Expr::AggregateFunction(call) => {
            let by_order =
                matches!(call.func.name(), "min" | "max" | EXTREMES) || call.params.distinct;
            by_order && call.params.args.iter().any(is_span) || by_span(&call.params.order_by)
        }
        Expr::WindowFunction(call) => {
            let by_order = matches!(call.fun.name(), "min" | "max" | EXTREMES);
            by_span(&call.params.order_by)
                || call.params.partition_by.iter().any(is_span)
                || by_order && call.params.args.iter().any(is_span)
        }
        Expr::ScalarFunction(call) => {
            matches!(call.name(), "greatest" | "least" | "nullif") && call.args.iter().any(is_span)
        }
        _ => false,
    }
}

/// True for spans, and for lists and rows of them.
fn holds_span(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            holds_span(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().any(|field| holds_span(field.data_type())),
        plain => class(plain) == Some(Class::Span),
    }
}

/// Both sides of a union or a join must hold values of one kind.
fn of_sides(node: &LogicalPlan) -> Option<String> {
    if let Some((first, other)) = united::sides(node) {
        return first.iter().zip(&other).find_map(|(left, right)| clash(left, right));
    }
    match node {
        LogicalPlan::Join(join) => join.on.iter().find_map(|(l, r)| {
            let left = l.get_type(join.left.schema()).ok()?;
            clash(&left, &r.get_type(join.right.schema()).ok()?)
        }),
        _ => None,
    }
}

/// An aggregate of outer columns alone is one of the outer rows in PostgreSQL, and here of those at hand.
fn of_outer_rows(node: &LogicalPlan) -> Option<String> {
    let LogicalPlan::Aggregate(sums) = node else { return None };
    let outer = |value: &Expr| match value {
        Expr::AggregateFunction(call) => {
            call.params.args.iter().any(Expr::contains_outer)
                && call.params.args.iter().all(|arg| arg.column_refs().is_empty())
        }
        _ => false,
    };
    let found =
        sums.aggr_expr.iter().any(|sum| sum.exists(|part| Ok(outer(part))).unwrap_or(false));
    found.then(|| OF_OUTER.to_owned())
}

const OF_OUTER: &str =
    "汇总里只有外层列，没有内层的列：请汇总内层的列，例如 count(*)，或先在外层的子查询里汇总";

/// A frame that reaches by so many yuan: the engine adds the reach to the value in the value's own digits.
fn of_window(node: &LogicalPlan) -> Option<String> {
    let LogicalPlan::Window(window) = node else { return None };
    let slides = window.window_expr.iter().find_map(|expression| {
        let Expr::WindowFunction(function) = expression.clone().unalias() else { return None };
        let from_the_first = matches!(
            &function.params.window_frame.start_bound,
            WindowFrameBound::Preceding(by) if by.is_null()
        );
        let name = function.fun.name();
        let of_floats = name.starts_with("regr_") || name.starts_with("cov") || name == "corr";
        (of_floats && !from_the_first).then(|| name.to_owned())
    });
    if let Some(name) = slides {
        return Some(format!(
            "{name} 按浮点数计算，不能用在滑动的窗口里：窗口请从 unbounded preceding 开始"
        ));
    }
    if let Some(said) = window.window_expr.iter().find_map(|value| of_range(value, window)) {
        return Some(said.to_owned());
    }
    let by_decimal = window.window_expr.iter().any(|expression| {
        let Expr::WindowFunction(function) = expression.clone().unalias() else { return false };
        let params = &function.params;
        let reaches = |bound: &WindowFrameBound| match bound {
            WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
            WindowFrameBound::CurrentRow => false,
        };
        let frame = &params.window_frame;
        let kind = params.order_by.first().map(|key| key.expr.get_type(window.input.schema()));
        frame.units == WindowFrameUnits::Range
            && (reaches(&frame.start_bound) || reaches(&frame.end_bound))
            && matches!(kind, Some(Ok(DataType::Decimal128(..))))
    });
    if window.window_expr.iter().any(|expression| part_of_a_day(expression, window)) {
        return Some(OF_DAYS.to_owned());
    }
    by_decimal
        .then(|| "range 窗口不能按小数的差来取：请用 rows 窗口，或按整数、日期排序".to_owned())
}

/// A frame that reaches by what PostgreSQL does not add to its key: the engine would, or compares texts.
fn of_range(expression: &Expr, window: &Window) -> Option<&'static str> {
    let Expr::WindowFunction(function) = expression.clone().unalias() else { return None };
    let (frame, keys) = (&function.params.window_frame, &function.params.order_by);
    let kind = keys.first()?.expr.get_type(window.input.schema()).ok()?;
    let reach = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(ScalarValue::Utf8(reach))
        | WindowFrameBound::Following(ScalarValue::Utf8(reach)) => reach.clone(),
        _ => None,
    };
    let reaches: Vec<String> =
        [&frame.start_bound, &frame.end_bound].into_iter().filter_map(reach).collect();
    let is_number = |reach: &String| reach.parse::<f64>().is_ok();
    if frame.units != WindowFrameUnits::Range || reaches.is_empty() {
        return None;
    }
    match kind {
        DataType::Date32 | DataType::Timestamp(..) if reaches.iter().any(is_number) => {
            Some(OF_TIMES)
        }
        kind if kind.is_numeric() && !reaches.iter().all(is_number) => Some(OF_NUMBERS),
        kind if matches!(class(&kind), Some(Class::Text | Class::Truth)) => Some(OF_TEXTS),
        _ => reaches.iter().any(|reach| is_backwards(reach)).then_some(BACKWARDS),
    }
}

/// True for less than nothing, and for what may be: a month less thirty days is, in February.
fn is_backwards(reach: &str) -> bool {
    if let Ok(number) = reach.parse::<f64>() {
        return number < 0.0;
    }
    // What cannot be read is told of later.
    parse_interval_month_day_nano(reach)
        .is_ok_and(|span| span.months < 0 || span.days < 0 || span.nanoseconds < 0)
}

const BACKWARDS: &str = "range 窗口前后的间隔不能带负数：往前写 … preceding，往后写 … following";

const OF_TIMES: &str =
    "range 窗口按日期、时间排序时，前后的间隔要写时长：例如 interval '7 days' preceding";
const OF_NUMBERS: &str = "range 窗口按数值排序时，前后的间隔要直接写成数字：例如 7 preceding";
const OF_TEXTS: &str =
    "range 窗口按文字、条件排序时，不能写前后的间隔：请用 rows 窗口，或按整数、日期排序";

const OF_DAYS: &str =
    "range 窗口按日期排序时，前后的间隔要是整天：要按钟点取，请写 order by (日期)::timestamp";

/// True for a frame over days that reaches by hours: the engine drops them, PostgreSQL counts in moments.
fn part_of_a_day(expression: &Expr, window: &Window) -> bool {
    let Expr::WindowFunction(function) = expression.clone().unalias() else { return false };
    let params = &function.params;
    let kind = params.order_by.first().map(|key| key.expr.get_type(window.input.schema()));
    let is_part = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => {
            let ScalarValue::Utf8(Some(reach)) = by else { return false };
            // What cannot be read is told of later.
            parse_interval_month_day_nano(reach)
                .is_ok_and(|reach| reach.nanoseconds % NANOSECONDS_PER_DAY != 0)
        }
        WindowFrameBound::CurrentRow => false,
    };
    let frame = &params.window_frame;
    frame.units == WindowFrameUnits::Range
        && matches!(kind, Some(Ok(DataType::Date32)))
        && (is_part(&frame.start_bound) || is_part(&frame.end_bound))
}

pub(super) fn stop_when(found: bool) -> TreeNodeRecursion {
    if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue }
}
