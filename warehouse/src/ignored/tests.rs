//! What is refused, and what must go on working.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::dialect::NESTED;

use super::{in_expression, in_query, in_relation, in_select};

/// What the guard does, and no more.
struct Finder;

fn verdict(found: Option<String>) -> ControlFlow<String> {
    found.map_or(ControlFlow::Continue(()), ControlFlow::Break)
}

impl Visitor for Finder {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        verdict(in_query(query))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        verdict(in_select(select))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        verdict(in_relation(factor))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        verdict(in_expression(expr))
    }
}

fn refusal(sql: &str) -> Option<String> {
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, sql);
    match parsed.unwrap_or_else(|error| panic!("{sql}: {error}")).visit(&mut Finder) {
        ControlFlow::Break(said) => Some(said),
        ControlFlow::Continue(()) => None,
    }
}

#[test]
fn what_would_be_ignored_is_refused() {
    for (sql, want) in [
        // Around a SELECT.
        (
            "select id from account order by id fetch first 3 rows with ties",
            "不支持 FETCH 的 WITH TIES 和 PERCENT：并列的也要时，请在子查询里写 rank() over (order by …) as 名次，在外面写 where 名次 <= 行数",
        ),
        ("select id from account for xml auto", "不支持 FOR XML、FOR JSON：请删去；要文件请用导出"),
        (
            "select id from account for json path",
            "不支持 FOR XML、FOR JSON：请删去；要文件请用导出",
        ),
        (
            "with a as materialized (select 1 as n) select n from a",
            "不支持 MATERIALIZED：请删去，结果相同",
        ),
        (
            "with a as not materialized (select 1 as n) select n from a",
            "不支持 MATERIALIZED：请删去，结果相同",
        ),
        (
            "select n from (select 1) as t (n int)",
            "表别名的列名后面不能写类型：请在查询里用 cast 换算",
        ),
        (
            "select id from account intersect all select id from account",
            "不支持 INTERSECT ALL：重复的行数不准；请去掉 all，或用 exists 条件",
        ),
        (
            "select id from account union select 1 except all select 2",
            "不支持 EXCEPT ALL：重复的行数不准；请去掉 all，或用 exists 条件",
        ),
        (
            "select id from account except by name select id from account",
            "不支持 EXCEPT BY NAME：请按顺序写列",
        ),
        // In a SELECT.
        ("select /*+ parallel(4) */ id from account", "不支持优化提示 /*+ … */：请删去"),
        ("select top 5 id from account", "不支持 TOP：请在末尾写 limit 行数"),
        ("select * as a from account", "select * 不能起别名：请写明要哪些列"),
        ("select id from account distribute by id", "不支持 DISTRIBUTE BY：请删去"),
        ("select id from account cluster by id", "不支持 CLUSTER BY：请删去"),
        ("select id from account sort by id", "不支持 SORT BY：请改写成 order by"),
        (
            "select id from payment window w as (partition by town_id) order by sum(net) over w",
            "ORDER BY 里不能用 over 窗口名：请把窗口写全，或按别名排序",
        ),
        (
            "select id from payment qualify row_number() over (partition by town_id order by id) = 1",
            "不支持 QUALIFY：请先在子查询里算出窗口函数，再在外层写 where",
        ),
        (
            "select town_id, sum(net) from payment group by all",
            "不支持 GROUP BY ALL：请写明按哪些列分组",
        ),
        (
            "select sum(net) from payment having sum(net) over w > 3 window w as (partition by town_id)",
            "over 窗口名 只能写在 SELECT 的列里：请把窗口写全，例如 over (partition by … order by …)",
        ),
        (
            "select (select max(s) from (select sum(net) over w as s from payment window w as ()) x) from account",
            "列里的子查询不能用 over 窗口名：请把窗口写全，例如 over (partition by … order by …)",
        ),
        (
            "select sum(net) over (w) from payment window w as (partition by town_id)",
            "OVER 的括号里不能写窗口名：请写 over 窗口名，或把 partition by 和 order by 写全",
        ),
        (
            "select sum(net) over v from payment window w as (partition by town_id), v as (w order by id)",
            "OVER 的括号里不能写窗口名：请写 over 窗口名，或把 partition by 和 order by 写全",
        ),
        // In FROM.
        (
            "select id from account tablesample bernoulli (10)",
            "不支持抽样：TABLESAMPLE；请改用 where 条件或 limit",
        ),
        (
            "select id from account a tablesample system (10) repeatable (1)",
            "不支持抽样：TABLESAMPLE；请改用 where 条件或 limit",
        ),
        (
            "select id from (select id from account) x tablesample system (10)",
            "不支持抽样：TABLESAMPLE；请改用 where 条件或 limit",
        ),
        (
            "select id from account with ordinality",
            "不支持 WITH ORDINALITY：请用 row_number() over (…)",
        ),
        (
            "select x from unnest(array[1, 2]) with ordinality as t(x, n)",
            "不支持 WITH ORDINALITY：请用 row_number() over (…)",
        ),
        (
            "select 1 from payment p join account a",
            "JOIN 缺少连接条件：请写 on … 或 using (…)；确实要所有组合请写 cross join",
        ),
        (
            "select 1 from payment p left join account a",
            "JOIN 缺少连接条件：请写 on … 或 using (…)；确实要所有组合请写 cross join",
        ),
        (
            "select 1 from (payment p join account a)",
            "JOIN 缺少连接条件：请写 on … 或 using (…)；确实要所有组合请写 cross join",
        ),
        (
            "select id from payment right join account using (id)",
            "RIGHT JOIN、FULL JOIN 不能用 USING 或 NATURAL：同名列会取成空值；请改用 on，列写作 coalesce(甲.列, 乙.列)",
        ),
        (
            "select id from payment natural full join account",
            "RIGHT JOIN、FULL JOIN 不能用 USING 或 NATURAL：同名列会取成空值；请改用 on，列写作 coalesce(甲.列, 乙.列)",
        ),
        (
            "select * from payment left join account using (id)",
            "JOIN … USING、NATURAL JOIN 不能与 select * 同用：合并的列该排在最前，左连接时还可能取成空值；请写明列名，或改用 on",
        ),
        (
            "select 1 from payment cross apply (select 1) x",
            "不支持 APPLY：请改写成 join lateral (…) on true",
        ),
        (
            "select * from payment pivot (sum(net) for method in ('cash', 'pos')) p",
            "不支持 PIVOT：请用 sum(…) filter (where …) 一列一列写出",
        ),
        // Calls.
        (
            "select round(net) over (partition by town_id) from payment",
            "round 不是汇总函数，不能带 OVER",
        ),
        (
            "select upper(no) filter (where id > 1) from account",
            "upper 不是汇总函数，不能带 FILTER",
        ),
        ("select upper(distinct no) from account", "upper 不是汇总函数，不能带 DISTINCT"),
        ("select upper(no order by id) from account", "upper 不是汇总函数，不能带 ORDER BY"),
        (
            "select upper(no) ignore nulls from account",
            "upper 不是汇总函数，不能带 IGNORE NULLS 或 RESPECT NULLS",
        ),
        ("select array(select id from account)", "不支持 array(子查询)：数组请用 array_agg(…)"),
        (
            "select count(distinct *) from account",
            "count(distinct *) 请写明列，例如 count(distinct 户号)",
        ),
        (
            "select count(a.*) from payment p left join account a on a.id = p.account_id",
            "请写 count(*)，或写明列：count(表名.列)",
        ),
        ("select sum(*) from payment", "sum(*) 请写明列：只有 count 可以写 *"),
        (
            "select corr(distinct id, net) from payment",
            "corr 不能带 DISTINCT：请先在子查询里用 select distinct 去重",
        ),
        (
            "select sum(distinct net) over () from payment",
            "sum 用作窗口函数时不能带 DISTINCT：请先在子查询里去重，或按组汇总后再连接",
        ),
        (
            "select count(distinct id) over w from payment window w as (order by id)",
            "count 用作窗口函数时不能带 DISTINCT：请先在子查询里去重，或按组汇总后再连接",
        ),
        (
            "select percentile_cont(net, 0.5 order by id) from payment",
            "percentile_cont 的括号里不能写 ORDER BY：请写 percentile_cont(…) within group (order by …)",
        ),
        (
            "select row_number() filter (where id > 1) over (order by id) from payment",
            "row_number 不能带 FILTER：请用 case when … end",
        ),
        (
            "select rank() ignore nulls over (order by id) from payment",
            "rank 不能带 IGNORE NULLS 或 RESPECT NULLS：要跳过空值，请先在子查询里用 where 去掉",
        ),
        (
            "select sum(net) respect nulls over (order by id) from payment",
            "sum 不能带 IGNORE NULLS 或 RESPECT NULLS：要跳过空值，请先在子查询里用 where 去掉",
        ),
        (
            "select lag(net, 1, 0) ignore nulls over (order by id) from payment",
            "lag 不能带 IGNORE NULLS 或 RESPECT NULLS：要跳过空值，请先在子查询里用 where 去掉",
        ),
        (
            "select array_agg(net) respect nulls from payment",
            "array_agg 不能带 IGNORE NULLS 或 RESPECT NULLS：要跳过空值，请先在子查询里用 where 去掉",
        ),
        ("select string_agg(no, ',' limit 3) from account", "string_agg 的括号里不能写 LIMIT"),
        // Expressions.
        ("select array[array[1, 2], array[3, 4]]", NESTED),
        ("select array[(array[]::int[])]", NESTED),
        ("select array[[1, 2], [3, 4]]", NESTED),
        ("select id from account where id = any (array[array[1]])", NESTED),
        ("select array[1, 2]::int[][]", NESTED),
        ("select cast(array[1] as int[][])", NESTED),
        ("select array[1, 2]::numeric[]", "小数位数不定：数组请写明位数，例如 numeric(18, 2)[]"),
        (
            "select id from account where no like any ('a%', 'b%')",
            "不支持这样的 LIKE ANY：请写 列 like any (array['甲%', '乙%'])，或用 or 连接几个 like",
        ),
        (
            "select id from account where no not like all ('a%', 'b%')",
            "不支持这样的 LIKE ALL：请写 列 like all (array['甲%', '乙%'])，或用 and 连接几个 like",
        ),
        ("select id from account where no like 'a!%' escape '!'", r"LIKE 的 ESCAPE 只能是 '\'"),
        ("select id from account where no ilike 'a!%' escape '!'", r"LIKE 的 ESCAPE 只能是 '\'"),
        (
            "select id from account where no similar to 'a%'",
            "不支持 SIMILAR TO：请用 like 或 regexp_like(…)",
        ),
        ("select id from account where no rlike 'a'", "不支持 RLIKE、REGEXP：请用 regexp_like(…)"),
        ("select trim(no, 'a', 'b') from account", "TRIM 只能带一组要去掉的字：请合写成一段文字"),
        (
            "select no::varchar(3)[] from account",
            "类型 VARCHAR 不能限定长度：请写 varchar，要截短请用 left(文字, 字数)",
        ),
        (
            "select cast(no as char(3)) from account",
            "不支持类型 CHAR：请写 varchar，要截短请用 left(文字, 字数)",
        ),
        ("select cast(id as int(5)) from account", "整数类型不能限定长度：请写 int 或 bigint"),
        (
            "select net::real from payment",
            "不支持只有六位有效数字的类型 real：金额和水量请写 decimal(18, 2)，比率请写 double precision",
        ),
        ("select no::bytea from account", "不支持字节类型 bytea：文字请写 text，不用换算"),
        (
            "select cast(no as bytea[]) from account",
            "不支持字节类型 bytea：文字请写 text，不用换算",
        ),
        ("select bytea 'a'", "不支持字节类型 bytea：文字请写 text，不用换算"),
        ("select 1, x'1F'", "第 1 行第 11 列：不支持十六进制的值：整数请写十进制，例如 31"),
        ("select 0x1F from account", "第 1 行第 8 列：不支持十六进制的值：整数请写十进制，例如 31"),
        (
            "select now() - interval 1 month",
            "INTERVAL 后面的时长要写在引号里：例如 interval '1 month'；几个月请写 月数 * interval '1 month'",
        ),
        (
            "select id from account where id = 1 = true",
            "比较不能连着写：请加括号，写成 (甲 = 乙) = 丙，或用 and 连接两个条件",
        ),
        (
            "select id from account where 1 < id <= 3",
            "比较不能连着写：请加括号，写成 (甲 = 乙) = 丙，或用 and 连接两个条件",
        ),
        (
            "select interval '1' year to month",
            "INTERVAL 只能带一个单位，不能带精度：例如 interval '3 days'",
        ),
        (
            "select ceil(now() to day)",
            "CEIL、FLOOR 只能取整：数值请用 round 或 trunc，时间请用 date_trunc",
        ),
        (
            "select floor(1.234, 2)",
            "CEIL、FLOOR 只能取整：数值请用 round 或 trunc，时间请用 date_trunc",
        ),
        ("select @ -3", "不支持运算符 @"),
        ("select |/ 9", "不支持运算符 |/"),
        ("select no collate \"C\" from account", "不支持 COLLATE：请删去"),
        ("select no is normalized from account", "不支持 IS NORMALIZED"),
        // Within subqueries too.
        (
            "with x as (select id from account tablesample system (1)) select * from x",
            "不支持抽样：TABLESAMPLE；请改用 where 条件或 limit",
        ),
        (
            "select id from account where id in (select id from account intersect all select 1)",
            "不支持 INTERSECT ALL：重复的行数不准；请去掉 all，或用 exists 条件",
        ),
    ] {
        assert_eq!(refusal(sql).as_deref(), Some(want), "{sql}");
    }
}

#[test]
fn what_is_used_is_let_in() {
    for sql in [
        "with a(n) as (select 1) select n from a order by n desc nulls last limit 3 offset 1 rows",
        "select town_id, sum(net) from payment group by rollup (town_id, outlet_id)",
        "select town_id, sum(net) from payment group by grouping sets ((town_id), ())",
        "select distinct on (town_id) id from payment order by town_id, id",
        "select id, rank() over w from payment window w as (partition by town_id order by net)",
        "select id, rank() over w + 1 as r from payment window w as (order by net) order by r",
        "select id from payment where id in (select max(id) over w from payment window w as (order by net))",
        "select sum(net) over (order by id rows between 2 preceding and current row) from payment",
        "select sum(net) filter (where id > 1), count(distinct town_id), count(*) from payment",
        "select lag(net, 1, 0) over (order by id) from payment",
        "select string_agg(distinct no, ',' order by no) from account",
        "select percentile_cont(0.5) within group (order by net) from payment",
        "select count(net) filter (where id > 1) over (partition by town_id) from payment",
        "select t.* from payment p, lateral (select net from account where id = p.id) t",
        "select 1 from payment p left join lateral (select 1) t on true",
        "select id from payment join account using (id)",
        "select id from payment left join account using (id)",
        "select account.* from payment left join account using (id)",
        "select id from payment natural join account",
        "select 1 from payment cross join account",
        "select 1 from payment p full join account a on a.id = p.account_id",
        "select 1 from payment, account",
        "select x from unnest(array[1, 2]) as t(x)",
        "select array[1, id], array[]::int[], array[(array[1])[1]], array[1]::numeric(18, 2)[] from account",
        "select * from (values (1, 'a'), (2, 'b')) t(n, s)",
        "select 1 union all by name select 1",
        "select 1 union select 2 intersect select 3 except select 4",
        r"select id from account where no like 'a\%' escape '\'",
        "select trim(both 'x' from no), trim(no), trim(no, 'x'), btrim(no) from account",
        "select substring(no from 1 for 2), position('a' in no), overlay(no placing 'x' from 1) from account",
        "select id from account where (id = 1) = true and id + 1 = 2 and (1 < id) is true",
        "select extract(year from account_date), date '2026-11-01' + interval '1 month' from payment",
        "select cast(net as decimal(18, 2)), net::double precision, no::varchar, id::bigint from payment",
        "select no::varchar(3), cast(no as varchar(3)), now() at time zone no from account",
        "select now() at time zone 'Asia/Shanghai', timestamptz '2026-11-01 01:00:00+08'",
        "select case when a is null then 1 else 2 end, ceil(1.2), floor(1.2) from x",
        "select id from account where id = any (select 1) and id <> all (select 2) and (id, no) in ((1, 'a'))",
        "select id from account where exists (select 1) and no ~ '^a' and no !~* 'b'",
    ] {
        assert_eq!(refusal(sql), None, "{sql}");
    }
}
