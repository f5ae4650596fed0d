//! What DataFusion finds wrong with a statement, told again. The patterns are of version 55.2.

use super::foreign::foreign_call;
use super::kinds::{kind, kinds, sides};
use super::names::{column, hint, nearest};
use super::phrases::{Phrase, clipped};
use crate::functions;

const NOT_GROUPED: &str = "有的列既没有分组，也没有汇总：请加进 group by，或用 sum、max 等汇总";
pub(super) const SUBQUERY_PLACE: &str = "这样的子查询暂不支持：请改写成 join，或先用 with 算出来";
const WINDOW_PLACE: &str =
    "where、group by、having 里不能用窗口函数：请先在子查询里算出来，再在外面写 where";

/// Patterns and sentences; the first that fits is taken.
pub(super) const PHRASES: &[Phrase] = &[
    // Grouping.
    ("column \"{}\" must appear in the GROUP BY clause", |h| match column(h[0]) {
        Some(name) => {
            format!("列“{name}”既没有分组，也没有汇总：请加进 group by，或用 sum、max 等汇总")
        }
        None => NOT_GROUPED.to_owned(),
    }),
    ("HAVING clause references: {} must appear in the GROUP BY", |h| {
        // A column is printed with its table.
        if h[0].contains('.') {
            return "having 里的列既没有分组，也没有汇总：不汇总时请改用 where".to_owned();
        }
        "having 里没有列，select 里也没有汇总：条件请写在 where 里，行数请写 select count(*)"
            .to_owned()
    }),
    ("Aggregate functions are not allowed in the WHERE clause", |_| {
        "where 里不能用 sum、count 等汇总：请改写在 having 里".to_owned()
    }),
    ("Aggregate function calls cannot be nested", |_| {
        "汇总里不能再套汇总：请先在子查询里算出里面的一层".to_owned()
    }),
    ("Aggregate function calls cannot contain window function calls", |_| {
        "汇总里不能套窗口函数：请先在子查询里算出窗口函数".to_owned()
    }),
    ("Window function calls cannot be nested", |_| {
        "窗口函数里不能再套窗口函数：请先在子查询里算出里面的一层".to_owned()
    }),
    ("Cannot find column with position {} in SELECT clause. Valid columns: 1 to {}", |h| {
        format!("group by 的序号 {} 超出范围：SELECT 里只有 {} 列", clipped(h[0]), clipped(h[1]))
    }),
    ("GroupingSet must be the only expression", |_| {
        "rollup、cube、grouping sets 不能与别的列一起写在 group by 里：请把列都写进括号".to_owned()
    }),
    ("Tuple expressions", |_| "rollup、cube 的括号里只能写单个的列".to_owned()),
    ("Argument {} to grouping function is not in grouping columns", |h| match column(h[0]) {
        Some(name) => format!("grouping 里的列“{name}”不在 group by 里"),
        None => "grouping 里只能写 group by 里的列".to_owned(),
    }),
    // Windows.
    ("The window {} is not defined!", |h| {
        format!("没有名为“{}”的窗口：请用 window … as (…) 写明", clipped(h[0]))
    }),
    ("The window {} is defined multiple times!", |h| {
        format!("窗口“{}”写了两次：请另起一个名字", clipped(h[0]))
    }),
    // The engine finds no order of the rows that it has just sorted.
    ("Expects PARTITION BY expression to be ordered", |_| {
        "暂不支持这种写法：几个窗口按不同的列分组，请各写在一个子查询里".to_owned()
    }),
    ("RANGE requires exactly one ORDER BY column", |_| {
        "range 窗口只能按一列排序：请改成 rows".to_owned()
    }),
    ("GROUPS requires an ORDER BY clause", |_| "groups 窗口要有 order by".to_owned()),
    ("Invalid window frame: start bound ({}) cannot be larger than end bound", |_| {
        "窗口的起点在终点之后，里面没有行：请对调，例如 rows between 5 preceding and 2 preceding"
            .to_owned()
    }),
    ("Invalid window frame", |_| {
        "窗口范围写法有误：起点不能在终点之后，例如 rows between 2 preceding and current row"
            .to_owned()
    }),
    ("FILTER clause can only be used with aggregate window functions", |_| {
        "只有汇总函数能带 filter：请用 case when … end".to_owned()
    }),
    ("Aggregate ORDER BY is not implemented for window functions", |_| {
        "窗口函数的排序请写在 over (…) 里".to_owned()
    }),
    ("OVER and WITHIN GROUP clause cannot be used together", |_| {
        "within group 不能与 over 同用".to_owned()
    }),
    ("WITHIN GROUP is only supported for ordered-set", |_| {
        "within group 只能用于 percentile_cont：排序请写在括号里，例如 array_agg(x order by x)"
            .to_owned()
    }),
    ("[IGNORE | RESPECT] NULLS are not permitted for {}", |h| {
        format!("函数“{}”不能带 ignore nulls 或 respect nulls", clipped(h[0]))
    }),
    ("There is no window function named {}", |h| {
        format!("没有窗口函数“{}”，或不允许使用", clipped(h[0]))
    }),
    ("WindowFunction", |_| WINDOW_PLACE.to_owned()),
    ("Unexpected window", |_| WINDOW_PLACE.to_owned()),
    // Calls.
    ("Invalid function '{}'.\nDid you mean '{}'?", |h| {
        let meant = [h[1]].into_iter().filter(|meant| !functions::is_internal(meant));
        let hint = foreign_call(h[0]).unwrap_or_else(|| hint(nearest(h[0], meant)));
        format!("没有函数“{}”，或不允许使用{hint}", clipped(h[0]))
    }),
    ("Invalid function '{}'", |h| {
        format!(
            "没有函数“{}”，或不允许使用{}",
            clipped(h[0]),
            foreign_call(h[0]).unwrap_or_default()
        )
    }),
    ("table function '{}' not found", |h| format!("没有函数“{}”，或不允许使用", clipped(h[0]))),
    ("failed to match any signature{}argument types '{}({})'. You might", |h| call(h[1], h[2])),
    ("unction '{}' expects {} arguments but received {}", |h| count(h[0], h[1], h[2])),
    ("unction '{}' expected {} arguments but received {}", |h| count(h[0], h[1], h[2])),
    ("unction '{}' expected zero argument but received", |h| {
        format!("函数“{}”不带参数", clipped(h[0]))
    }),
    ("unction '{}' expected at least one argument", |h| format!("函数“{}”缺少参数", clipped(h[0]))),
    ("unction '{}' has signature {} which does not support zero", |h| {
        format!("函数“{}”缺少参数", clipped(h[0]))
    }),
    ("'{}' does not support zero arguments", |h| format!("函数“{}”缺少参数", clipped(h[0]))),
    ("No function matches the given name and argument types '{}({})'. You might", |h| {
        call(h[0], h[1])
    }),
    ("to satisfy a call to '{}' function: coercion from {} to the signature", |h| call(h[0], h[1])),
    ("unction '{}' user-defined coercion failed", |h| {
        format!("函数“{}”的参数个数或类型不对", clipped(h[0]))
    }),
    ("unction '{}' requires {}, but received {} (", |h| call(h[0], h[2])),
    ("unction '{}' does not support named arguments", |h| {
        format!("函数“{}”的参数不能写名字：请按顺序写", clipped(h[0]))
    }),
    ("Unknown parameter name '{}'", |h| format!("没有名为“{}”的参数", clipped(h[0]))),
    ("(DISTINCT) aggregations are not available", |_| {
        "这个函数不能带 distinct：请先在子查询里用 select distinct 去重".to_owned()
    }),
    ("Conflicting ordering requirements in aggregate", |_| {
        "带 distinct 和 order by 的汇总只能按同一列排序：请把它们分到两个子查询里算，再 join"
            .to_owned()
    }),
    ("In an aggregate with DISTINCT, ORDER BY expressions must appear in argument list", |_| {
        "带 distinct 的汇总只能按汇总的那一列排序".to_owned()
    }),
    // Operators and conditions.
    ("Cannot infer common argument type for comparison operation {}", |h| {
        two_sides(h[0], "不能用", "比较")
    }),
    ("Cannot infer common argument type for logical boolean operation {}", |h| {
        two_sides(h[0], "不能用", "连接：两边都要是条件")
    }),
    ("Cannot infer common argument type for regex operation {}", |h| {
        two_sides(h[0], "不能用", "匹配：两边都要是文字")
    }),
    ("Cannot infer common string type for string concat operation {}", |h| {
        two_sides(h[0], "不能用", "连接：请先换算成文字")
    }),
    ("Cannot infer common argument type for operation {}", |h| two_sides(h[0], "不能用", "运算")),
    ("Cannot infer common type for bitwise operation {}", |h| two_sides(h[0], "不能用", "运算")),
    ("Cannot coerce arithmetic expression {} to valid types", |h| {
        two_sides(h[0], "不能用", "计算")
    }),
    ("Cannot get result type for temporal operation {}: ", |h| two_sides(h[0], "不能用", "计算")),
    ("Cannot get result type for decimal operation {}: ", |h| two_sides(h[0], "不能用", "计算")),
    ("Cannot get result type for arithmetic operation {}: ", |h| two_sides(h[0], "不能用", "计算")),
    ("Cannot get result type for", |_| "两边的类型不能这样计算".to_owned()),
    ("There isn't a common type to coerce {} and {} in {} expression", |h| {
        let (left, right) = (kind(h[0]), kind(h[1]));
        let text = match left {
            "日期" | "时间" => "日期请写 to_char(…, 'YYYY-MM-DD') like …，或用 >= 和 <",
            "整数" | "小数" => "数值请写 …::text like …",
            _ => "两边都要是文字",
        };
        format!("{left}和{right}不能用 like 比较：{text}")
    }),
    ("Failed to coerce types {} and {} in BETWEEN expression", |h| {
        format!("{}和{}不能用 between 比较：请先用 cast 换成同一种类型", kind(h[0]), kind(h[1]))
    }),
    ("Can not find compatible types to compare {} with [{}]", |h| {
        let list = kinds(h[1]);
        let other = list.iter().find(|other| **other != kind(h[0])).unwrap_or(&"这些值");
        format!("{}不能与 in 列表里的{other}比较：请写成同一种类型", kind(h[0]))
    }),
    ("expr type {} can't cast to {} in InSubquery", |h| {
        format!("{}不能与子查询得到的{}比较：请先用 cast 换成同一种类型", kind(h[0]), kind(h[1]))
    }),
    ("expr type {} can't cast to {} in SetComparison", |h| {
        format!("{}不能与子查询得到的{}比较：请先用 cast 换成同一种类型", kind(h[0]), kind(h[1]))
    }),
    ("Failed to coerce then", |_| "case 各分支的类型不同：请用 cast 换成同一种类型".to_owned()),
    ("CASE expression 'then' values had multiple data types", |_| {
        "case 各分支的类型不同：请用 cast 换成同一种类型".to_owned()
    }),
    ("Failed to coerce case", |_| "case 与 when 的类型不同：请写成同一种类型".to_owned()),
    ("Cannot create filter with non-boolean predicate '{}' returning {}", |h| {
        format!("where、having 后面要写条件，不能是{}", kind(h[1]))
    }),
    ("must be boolean type, but got {}", |h| {
        format!("where、having、on 后面要写条件，不能是{}", kind(h[0]))
    }),
    ("Unary operator 'NOT' requires a boolean expression, got {}", |h| {
        format!("not 后面要写条件，不能是{}", kind(h[0]))
    }),
    ("Unary operator '-'", |_| "负号只能用于数值和时长".to_owned()),
    ("Unary operator '+'", |_| "正号只能用于数值和时长".to_owned()),
    ("Negation only supports", |_| "负号只能用于数值和时长".to_owned()),
    ("Unsupported AnyOp: '{}'", |_| "any 前面只能用 =、<>、>、<、>=、<=".to_owned()),
    ("Unsupported AllOp: '{}'", |_| "all 前面只能用 =、<>、>、<、>=、<=".to_owned()),
    ("Unsupported binary operator", |_| "不支持这个运算符".to_owned()),
    ("escape character in LIKE expression", |_| r"LIKE 的 ESCAPE 只能是 '\'".to_owned()),
    ("LIKE does not support escape_char", |_| r"LIKE 的 ESCAPE 只能是 '\'".to_owned()),
    ("Only identifiers and literals are supported in tuples", |_| {
        "括号里的一组值只能写列名和值，不能写算式".to_owned()
    }),
    // Unions, lists of values, columns of a result.
    (
        "UNION queries have different number of columns: left has {} columns whereas right has {} columns",
        |h| format!("union 两边的列数不同：左边 {} 列，右边 {} 列", clipped(h[0]), clipped(h[1])),
    ),
    ("query must have the same number of columns. Left is {} and right is {}.", |h| {
        format!("两边的列数不同：左边 {} 列，右边 {} 列", clipped(h[0]), clipped(h[1]))
    }),
    ("queries have different number of columns", |_| {
        "union、intersect、except 两边的列数不同：请写成一样多的列".to_owned()
    }),
    ("Union schemas have different number of fields", |_| {
        "union 各部分的列数不同：请写成一样多的列".to_owned()
    }),
    ("Previous inputs were of type {}, but got incompatible type {} on column '{}'", |h| {
        format!(
            "union 的列“{}”类型不同：有的是{}，有的是{}",
            column(h[2]).unwrap_or("?"),
            kind(h[0]),
            kind(h[1]),
        )
    }),
    ("Inconsistent data length across values list: got {} values in row {} but expected {}", |h| {
        format!("values 各行的列数不同：有的 {} 列，有的 {} 列", clipped(h[2]), clipped(h[0]))
    }),
    ("Inconsistent data type across values list at row {} column {}. Was {} but found {}", |h| {
        format!("values 同一列的类型不同：有的是{}，有的是{}", kind(h[2]), kind(h[3]))
    }),
    (
        "unique expression names but the expression \"{}\" at position {} and \"{}\" at position {} have",
        |h| {
            let number = |position: &str| position.trim().parse::<usize>().map_or(0, |n| n + 1);
            let (one, other) = (number(h[1]), number(h[3]));
            match column(h[0]) {
                Some(name) => {
                    format!("第 {one} 列和第 {other} 列都叫“{name}”：请用 as 另起一个名字")
                }
                None => format!("第 {one} 列和第 {other} 列同名：请用 as 各起一个名字"),
            }
        },
    ),
    ("SELECT * with no tables specified is not valid", |_| "select * 缺少 from".to_owned()),
    ("SELECT list is empty after resolving", |_| "没有剩下要查的列".to_owned()),
    ("Invalid qualifier {}", |h| {
        format!("FROM 里没有名为“{}”的表或别名", column(h[0]).unwrap_or("?"))
    }),
    ("Source table contains {} columns but only {} names given as column alias", |h| {
        format!("列的别名个数不对：有 {} 列，写了 {} 个", clipped(h[0]), clipped(h[1]))
    }),
    ("WITH query name \"{}\" specified more than once", |h| {
        format!("WITH 里的“{}”写了两次：请另起一个名字", clipped(h[0]))
    }),
    // Order and limit.
    ("Order by column out of bounds, specified: {}, max: {}", |h| {
        format!("order by 的序号 {} 超出范围：SELECT 里只有 {} 列", clipped(h[0]), clipped(h[1]))
    }),
    ("Order by index starts at 1", |_| "order by 的序号从 1 开始".to_owned()),
    ("For SELECT DISTINCT, ORDER BY expressions", |_| {
        "select distinct 只能按查出的列排序：请把排序的列也写进 SELECT".to_owned()
    }),
    ("SELECT DISTINCT ON expressions must match initial ORDER BY", |_| {
        "distinct on 的列要写在 order by 的最前面".to_owned()
    }),
    ("LIMIT must be >= 0", |_| "limit 不能是负数".to_owned()),
    ("OFFSET must be >=0", |_| "offset 不能是负数".to_owned()),
    ("Expected {} to be an integer or null, but got", |h| {
        format!("{} 后面要写整数", clipped(h[0]).to_lowercase())
    }),
    // Subqueries.
    ("The subquery should only return one column", |_| {
        "这里的子查询只能有一列：请只写要用的那一列".to_owned()
    }),
    ("subquery should only return one column", |_| {
        "这里的子查询只能有一列：请只写要用的那一列".to_owned()
    }),
    ("InSubquery should only return one column", |_| {
        "in (…) 的子查询只能有一列：请只写要用的那一列".to_owned()
    }),
    ("Correlated scalar subquery must be aggregated", |_| {
        "用到外层列的子查询要汇总成一行：例如用 max(…)、sum(…)".to_owned()
    }),
    ("A GROUP BY clause in a scalar correlated subquery", |_| {
        "用到外层列的子查询要汇总成一行：请去掉 group by".to_owned()
    }),
    ("subquery can only be used in", |_| SUBQUERY_PLACE.to_owned()),
    ("Correlated scalar subquery", |_| SUBQUERY_PLACE.to_owned()),
    ("Accessing outer reference columns is not allowed", |_| SUBQUERY_PLACE.to_owned()),
    ("OuterReferenceColumn", |_| SUBQUERY_PLACE.to_owned()),
    ("undecorrelated", |_| SUBQUERY_PLACE.to_owned()),
    ("InSubquery", |_| SUBQUERY_PLACE.to_owned()),
    ("logical expression Exists", |_| SUBQUERY_PLACE.to_owned()),
    ("mixed of outer references and inner columns", |_| SUBQUERY_PLACE.to_owned()),
    ("LATERAL syntax is not supported", |_| {
        "right join、full join 后面不能写 lateral：请改写成 left join lateral".to_owned()
    }),
    ("join condition should not be empty", |_| "JOIN 缺少连接条件：请写 on …".to_owned()),
    // Types and units.
    ("Unsupported SQL type {}", |h| {
        format!(
            "不支持类型“{}”：可用 int、bigint、decimal(18, 2)、varchar、date、timestamp、boolean",
            clipped(h[0])
        )
    }),
    ("should satisfy `0 < precision", |_| {
        "decimal 的位数不对：写作 decimal(总位数, 小数位数)，总位数最多 38".to_owned()
    }),
    ("Cannot specify only scale for decimal", |_| {
        "decimal 的位数不对：写作 decimal(总位数, 小数位数)".to_owned()
    }),
    ("exceeds the maximum supported precision", |_| "数字的位数太多：最多 38 位".to_owned()),
    ("Unsupported CAST from {} to {}", |h| format!("{}不能换算成{}", kind(h[0]), kind(h[1]))),
    ("Unsupported TRY_CAST from {} to {}", |h| format!("{}不能换算成{}", kind(h[0]), kind(h[1]))),
    ("Casting from {} to {} not supported", |h| format!("{}不能换算成{}", kind(h[0]), kind(h[1]))),
    ("Cannot automatically convert {} to {}", |h| {
        format!("{}不能换算成{}：请用 cast 写明", kind(h[0]), kind(h[1]))
    }),
    ("Unsupported date_trunc granularity: '{}'", |h| unit(h[0], "")),
    ("Date part '{}' not supported", |h| unit(h[0], PARTS)),
    ("Unknown date part: {}", |h| unit(h[0], PARTS)),
    ("Unsupported Value", |_| "不支持这种写法的值".to_owned()),
    ("Unsupported Interval", |_| "时长写法有误：例如 interval '3 days'".to_owned()),
    ("Unsupported interval", |_| "时长写法有误：例如 interval '3 days'".to_owned()),
    ("No value found for placeholder with name {}", |h| format!("缺少参数 {}", clipped(h[0]))),
    ("No value found for placeholder with id {}", |h| format!("缺少参数 {}", clipped(h[0]))),
    ("variable [\"{}\"] has no type", |h| format!("没有名为“{}”的变量", clipped(h[0]))),
    ("unnest() can only be applied", |_| "unnest 只能用于数组".to_owned()),
    ("requires exactly one argument", |_| "这个函数只带一个参数".to_owned()),
    ("Recursive CTE", |_| "不能使用递归查询：WITH RECURSIVE".to_owned()),
    ("FETCH clause is not supported", |_| "不支持 FETCH：请改写成 limit 行数".to_owned()),
];

/// What operators are rewritten to.
const OPERATORS: &[(&str, &str)] = &[
    ("plus", "+"),
    ("minus", "-"),
    ("times", "*"),
    ("divided_by", "/"),
    ("quotient", "/"),
    ("mod", "%"),
];

/// Functions that want more than one argument, and which.
const SECOND: &[(&str, &str)] = &[
    ("left", "文字, 字数"),
    ("lpad", "文字, 字数, '0'"),
    ("nullif", "值, 0"),
    ("repeat", "文字, 次数"),
    ("replace", "文字, '旧', '新'"),
    ("right", "文字, 字数"),
    ("rpad", "文字, 字数, ' '"),
    ("split_part", "文字, '-', 1"),
    ("starts_with", "文字, '开头'"),
    ("strpos", "文字, '要找的字'"),
    ("to_char", "值, 'YYYY-MM-DD'"),
    ("to_date", "文字, 'YYYYMMDD'"),
    ("to_number", "文字, '999.99'"),
    ("to_timestamp", "文字, 'YYYYMMDD HH24:MI:SS'"),
    ("translate", "文字, '旧', '新'"),
];

/// A function with arguments that it does not take.
fn call(name: &str, types: &str) -> String {
    let name = clipped(name.rsplit(['\'', ' ']).next().unwrap_or(name));
    let operator = OPERATORS.iter().find(|(function, _)| *function == name);
    match kinds(types).as_slice() {
        [left, right] if operator.is_some() => {
            let sign = operator.map_or("", |(_, sign)| sign);
            format!("{left}和{right}不能用 {sign} 计算{}", way_out(left, sign, right))
        }
        ["日期" | "时间", ..] if matches!(name.as_str(), "trunc" | "round") => format!(
            "函数“{name}”只用于数值：取月初请写 date_trunc('month', …)，去掉钟点请写 (…)::date"
        ),
        [] => format!("函数“{name}”缺少参数"),
        [one] => match SECOND.iter().find(|(function, _)| *function == name) {
            Some((_, takes)) => format!("函数“{name}”缺少参数：请写 {name}({takes})"),
            None => format!("函数“{name}”不能用于{one}"),
        },
        many if name == "make_array" => {
            format!("数组里的值不是一种类型：写的是{}，请用 cast 换成同一类型", many.join("、"))
        }
        many => format!("函数“{name}”的参数个数或类型不对：写的是{}", many.join("、")),
    }
}

fn count(name: &str, wanted: &str, given: &str) -> String {
    let digits =
        |text: &str| -> String { text.trim().chars().take_while(char::is_ascii_digit).collect() };
    let (wanted, given) = (digits(wanted), digits(given));
    if wanted.is_empty() || given.is_empty() {
        return format!("函数“{}”的参数个数不对", clipped(name));
    }
    format!("函数“{}”应有 {wanted} 个参数，写了 {given} 个", clipped(name))
}

fn two_sides(printed: &str, cannot: &str, what: &str) -> String {
    match sides(printed) {
        Some((left, operator, right)) => {
            let way = way_out(left, operator, right);
            format!("{left}和{right}{cannot} {operator} {what}{way}")
        }
        None => format!("两边的类型{cannot}这个运算符{what}"),
    }
}

/// What to write for texts that are put together, and for a number of days beside a time.
fn way_out(left: &str, operator: &str, right: &str) -> &'static str {
    match (left, operator, right) {
        ("文字", "+", "文字") => return "：文字相连请写 ||",
        (_, "+" | "-", _) => {}
        _ => return "",
    }
    let number = |side: &str| matches!(side, "整数" | "小数");
    let time = |side: &str| matches!(side, "日期" | "时间");
    if time(left) && number(right) || number(left) && time(right) {
        "：几天请写 interval '30 days'"
    } else {
        ""
    }
}

/// Parts of a time that are no units to cut it to.
const PARTS: &str =
    "、dow（星期，0 是星期日）、isodow（1 到 7）、doy（一年中第几天）、epoch（秒数）";

fn unit(name: &str, more: &str) -> String {
    format!(
        "没有时间单位“{}”：可用 year、quarter、month、week、day、hour、minute、second{more}",
        clipped(name)
    )
}
