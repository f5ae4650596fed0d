//! A mistake is told with its place and the way out, and the way out is answered.

use super::city::City;
use crate::Person;

/// Statements as people write them who know PostgreSQL or Oracle, and what they are told.
const TOLD: &[(&str, &str)] = &[
    // Windows without OVER, sets without their order.
    ("select lag(net) from payment", "第 1 行第 8 列：lag 只能用作窗口函数，这里缺少 over (…)"),
    ("select row_number() from payment", "这里缺少 over (…)：请写 row_number(…) over"),
    ("select rank() from payment", "这里缺少 over (…)"),
    ("select first_value(net) from payment", "这里缺少 over (…)"),
    ("select string_agg(no) from account", "缺少分隔：请写 string_agg(文字, ',')"),
    ("select percentile_cont(0.5) from payment", "缺少 within group：请写 percentile_cont(0.5)"),
    (
        "select string_agg(no, ',') within group (order by no) from account",
        "第 1 行第 8 列：string_agg 的排序写在括号里：请写 string_agg(文字, ',' order by",
    ),
    ("select listagg(no, ',') from account", "string_agg(…, ',' order by …)"),
    ("select max(net) within group (order by id) from payment", "排序请写在括号里"),
    // Subqueries that the engine has no plan for, and what is in its way.
    (
        "select (select max(p.net) + a.id from payment p where p.account_id = a.id) from account a",
        "在 select 里用了外层列：请把算式写到子查询外面",
    ),
    (
        "select (select count(*) from account b where upper(b.no) = upper(a.no)) from account a",
        "与外层列相比的要是子查询里的一列，不能是算式：请改写成 left join",
    ),
    (
        "select (select sum(s) from (select sum(net) as s from payment p where p.account_id = a.id group by kind) q) from account a",
        "隔着不止一次汇总：请先用 with 按该列分组算好",
    ),
    (
        "select a.id from account a left join payment p on p.account_id = a.id and exists (select 1 from charge_line l where l.account_id = a.id)",
        "on 里不能有用到外层列的子查询：请写在 where 里",
    ),
    (
        "select a.id, l.n from account a, lateral (select count(*) n from payment p where p.account_id = a.id group by rollup (p.method)) l",
        "请先用 with 按 group by 该列, rollup (…) 算好，再 join",
    ),
    ("select mod(null, null)", "空值没有类型，不知道怎样计算：请写明类型，例如 null::int"),
    ("select id from account order by id limit (select 2)", "limit、offset 后面要直接写成数字"),
    // What is written in another place, or not at all.
    ("select generate_series(1, 12)", "generate_series 请写在 from 里"),
    ("select '2026-11-27 10:00:00 PM'::timestamp", "时间里不能写 PM：请写 24 小时的钟点"),
    ("select to_char(interval '90 minutes', 'HH24:MI') from payment", "to_char 不能写时长"),
    ("select date_trunc('day', posted_at, 'UTC') from payment", "date_trunc 不能带时区"),
    ("select ntile(null) over (order by id) from payment", "ntile 的份数要写成数字，不能是空值"),
    (
        "select sum(net) over (order by id rows between 2 preceding and 5 preceding) from payment",
        "窗口的起点在终点之后，里面没有行：请对调",
    ),
    ("select regexp_matches(no, '[0-9]+') from account", "(regexp_match(文字, '正则'))[1]"),
    ("select distinct on (2) * from payment", "distinct on 的序号在 select 里没有对应的列"),
    (
        "select (id - 1) / 2 as b, count(*) from account group by rollup ((id - 1) / 2)",
        "请在前面加上 0 +，select 里也这样写，例如 rollup (0 + (甲 - 乙) / 30)",
    ),
    (
        "select id from account where upper(no) like all (array['E%', '%1'])",
        "列 like all (array['甲%', '乙%'])",
    ),
    // Laterals that compute.
    (
        "select y.m from account a cross join lateral (select a.persons * 2 as m) y",
        "lateral 里只有算式、没有表：请把算式直接写进 select",
    ),
    (
        "select y.x from account a, lateral (values (a.id), (a.town_id)) y(x)",
        "unnest(array[甲, 乙]) as 值",
    ),
    // Words of other databases.
    ("select trunc(posted_at, 'MM') from payment", "date_trunc('month', …)"),
    ("select trunc(account_date) from payment", "(…)::date"),
    ("select year(account_date) from payment", "extract(year from …)"),
    ("select month(account_date) from payment", "extract(month from …)"),
    ("select day(account_date) from payment", "extract(day from …)"),
    ("select datediff(account_date, account_date) from payment", "止日 - 起日"),
    ("select if(net > 0, 1, 0) from payment", "case when … then … else … end"),
    ("select isnull(phone, '无') from account", "coalesce(…, …)"),
    ("select ratio_to_report(net) over () from payment", "sum(值) over ()"),
    (
        "select max(net) keep (dense_rank first order by account_date) from payment",
        "第 1 行第 22 列：不支持 keep (dense_rank …)：请写 (array_agg(值 order by 排序的列))[1]",
    ),
    (
        "select id from town start with id = 1 connect by prior id = id",
        "一级一级写成 left join；一列数请写 generate_series(1, 12)",
    ),
    ("select posted_at + 1 from payment", "时间和整数不能用 + 计算：几天请写 interval '30 days'"),
    ("select now() - 30", "第 1 行第 14 列：时间和整数不能用 - 计算：几天请写 interval '30 days'"),
    ("select id from payment where posted_at > sysdate - 30", "now() - interval '30 days'"),
    ("select regexp_substr(no, '0') from account", "(regexp_match(文字, '正则'))[1]"),
    ("select any_value(net) from payment", "min(…) 或 max(…)"),
    (
        "select percentile_disc(0.5) within group (order by net) from payment",
        "cume_dist() over (order by 值)",
    ),
    (
        "select mode() within group (order by net) from payment",
        "order by count(*) desc, 列 limit 1",
    ),
    ("select md5(no) from account", "比较、分组、去重都不用换算"),
    ("select format('%s', no) from account", "concat(甲, 乙)"),
    ("select json_agg(no) from account", "string_agg(…, ',')"),
    ("select make_interval(0, 0, 0, 3)", "interval '3 months'"),
    (
        "select date_bin('15 minutes', posted_at, posted_at) from payment",
        "/ 15) * interval '15 minutes'",
    ),
    // What was said and was not so.
    (
        "select id from payment where id = any('{1,2}'::int[])",
        "第 1 行第 35 列：= any、<> all 后面只能写子查询或 array[甲, 乙]",
    ),
    (
        "select case when net > 0 then 1 from payment",
        "第 1 行第 8 列：这里的 case 没有写完，缺少 end",
    ),
    (
        "select sum(case when net > 0 then net) from payment",
        "第 1 行第 12 列：这里的 case 没有写完，缺少 end",
    ),
    ("select account.id from whole.account", "第 1 行第 24 列：表名前面不写“whole”：请写 account"),
    ("select extract(weekday from account_date) from payment", "dow（星期，0 是星期日）"),
    ("select extract(weekday from account_date) from payment", "第 1 行第 16 列："),
    (
        "select a.id from account a join account a on a.id = a.id",
        "第 1 行第 41 列：from 里有两张表都叫“a”",
    ),
    (
        "select id from payment where account_date > '11/05/2026'",
        "第 1 行第 45 列：“11/05/2026”不是日期",
    ),
    (
        "select id from payment where row_number() over (order by id) = 1",
        "请先在子查询里算出来，再在外面写 where",
    ),
    ("select net as isnull from payment", "别名不能叫 isnull"),
    // Places and names.
    (
        "select id from payment where kind = 'payment' && net > 1",
        "第 1 行第 47 列：不支持 &&：两个条件都要成立请写 and",
    ),
    ("select id from account where no ~ '('", "第 1 行第 33 列：正则表达式里的 ( 没有结束"),
    ("select id from account where no ~ 'a)'", "正则表达式里的 ) 前面没有 ("),
    ("select id from account where no ~ '*a'", "前面没有要重复的字"),
    (
        "select id from payment where account_date like '2026%'",
        "第 1 行第 43 列：日期和文字不能用 like 比较：日期请写 to_char",
    ),
    (
        "select id from account where persons like '4%'",
        "第 1 行第 38 列：整数和文字不能用 like 比较：数值请写 …::text like …",
    ),
    ("select id from payment where sum(net) > 1", "第 1 行第 24 列：where 里不能用 sum"),
    ("select net from payment union select no from account", "第 1 行第 25 列：文字不能直接和数字"),
    ("select [no] from account", "第 1 行第 8 列：名称不能写在 [ ] 里：请删去方括号"),
    ("select id from payment where net == 5", "第 1 行第 34 列：相等请写一个等号：="),
    ("select id from payment limit 1.5", "第 1 行第 24 列：limit 后面要写整数"),
    ("select substring(no) from account", "第 1 行第 8 列：substring 缺少起点"),
    (
        "select date_trunc(kind, now()) from payment",
        "第 1 行第 8 列：date_trunc 先写单位，写在引号里",
    ),
    ("select date_part(dow, account_date) from payment", "date_part 先写单位，写在引号里"),
    (
        "select sum(distinct net) over (order by id rows between 1 preceding and current row) from payment",
        "第 1 行第 8 列：sum 用作窗口函数时不能带 DISTINCT",
    ),
    (
        "select array_agg(net order by id) over (order by id) from payment",
        "第 1 行第 8 列：array_agg 带 over 时，括号里不能写 ORDER BY",
    ),
    ("select 1e1000000", "第 1 行第 8 列：数字“1e1000000”太大"),
    // A constant where a key is wanted.
    (
        "select id from payment order by '金额' desc",
        "第 1 行第 33 列：order by 后面的 '金额' 是一段文字，不是列：列名、别名要写在双引号里，\"金额\"；按第几列请写 order by 1",
    ),
    ("select id from town union select id from village order by null", "按第几列请写从 1 起的整数"),
    ("select count(*) from payment group by (kind, true)", "group by 后面的常数不是列"),
    ("select distinct on (-1) id from payment", "第 1 行第 22 列：distinct on 后面的常数不是列"),
    // What PostgreSQL does not read, or not so.
    (
        "select count(id, no) from account",
        "第 1 行第 8 列：count 的括号里写一列或 *：行数请写 count(*)",
    ),
    ("select sum(null) from account", "第 1 行第 8 列：sum、avg 里的空值要有类型"),
    ("select avg(x) from (select null as x) y", "sum、avg 里的空值要有类型"),
    ("select lag('x') over (order by id) from account", "第 1 行第 8 列：lag 里的值要有类型"),
    (
        "select id from account fetch 3",
        "第 1 行第 24 列：fetch 没有写完：请写 fetch first 3 rows only",
    ),
    ("select id from account fetch next 3 rows", "也可以写 limit 3"),
    ("select id from account limit 3 fetch first 2 rows only", "FETCH 和 LIMIT 只能写一个"),
    ("select id, 1a from account", "第 1 行第 12 列：数字“1”后面紧跟着字：别名前面请空一格写 as"),
    ("select position('a', no) from account", "第 1 行第 8 列：position 的两段文字之间写 in"),
    ("select id year from account", "第 1 行第 11 列：别名“year”前面要写 as：请写 … as year"),
    ("select now() - +interval '1 day'", "第 1 行第 17 列：interval、timestamp 前面不能写正号"),
    (
        "select id::float8 % 3 from account",
        "第 1 行第 8 列：mod、% 不能用于浮点数：请写 (…)::numeric",
    ),
    (
        "select sum(net) over (order by account_date range between 1 preceding and current row) from payment",
        "range 窗口按日期、时间排序时，前后的间隔要写时长：例如 interval '7 days' preceding",
    ),
    (
        "select count(*) over (order by no range between 1 preceding and current row) from account",
        "range 窗口按文字、条件排序时，不能写前后的间隔",
    ),
    // What was said and was another matter.
    ("select left(no) from account", "函数“left”缺少参数：请写 left(文字, 字数)"),
    (
        "select account.id.x from account",
        "第 1 行第 8 列：“account.id.x”多了一段：列写作 列名 或 表名.列名",
    ),
    ("select phone + payer_name from account", "文字和文字不能用 + 计算：文字相连请写 ||"),
    (
        "select count(*) over (order by id rows between 2 * 1 preceding and current row) from account",
        "第 1 行第 35 列：rows 窗口的行数要直接写成数字，不能写算式",
    ),
    (
        "select count(*) over (order by id range between 1 / 1 preceding and current row) from account",
        "第 1 行第 35 列：range 窗口的间隔要直接写成数字或时长，不能写算式",
    ),
    // What stands in the wrong place.
    (
        "select net * 2 as d from payment where d > 3",
        "第 1 行第 40 列：没有名为“d”的列：where 里不能用 select 里起的别名",
    ),
    (
        "select rank() over (order by net) as r from payment where r < 3",
        "where 里不能用 select 里起的别名",
    ),
    (
        "select net from payment order by net union select net from payment",
        "第 1 行第 38 列：union 前面的 order by、limit 要和那个 select 一起放进括号",
    ),
    (
        "select kind, sum(net) s from payment group by kind where net > 3",
        "where 只写一次，写在 from 之后、group by 和 order by 之前",
    ),
    ("select net from payment order by net limit 3 with ties", "rank() over (order by …) as 名次"),
    (
        "select net from payment order by net fetch first 3 rows with ties",
        "rank() over (order by …) as 名次",
    ),
    ("select kind, sum(net) from payment group by kind with rollup", "group by rollup (…)"),
    (
        "select case when net > 0 then 1 else '无' end from payment",
        "第 1 行第 38 列：“无”不是数值：各个结果要是同一种类型，数值请写成 …::text",
    ),
    (
        "select id from payment where method = cash",
        "没有名为“cash”的列；文字请写在单引号里，'cash'",
    ),
];

/// What they are told to write.
const ANSWERED: &[&str] = &[
    "select string_agg(no, ',' order by no) from account",
    "select (array_agg(net order by account_date))[1], (array_agg(net order by id desc))[1] from payment",
    "select now() - interval '30 days', current_date - 30",
    "select date_trunc('hour', posted_at) + floor(extract(minute from posted_at) / 15) * interval '15 minutes' from payment",
    "select min(x) from (select net as x, cume_dist() over (order by net) as c from payment where net is not null) x where c >= 0.5",
    "select net from payment where net is not null group by net order by count(*) desc, net limit 1",
    "select net / sum(net) over () from payment",
    "select (regexp_match(no, '[0-9]+'))[1] from account",
    "select concat(no, phone) from account",
    "select to_char(net, 'FM999,990.00') from payment",
    "select date_trunc('month', account_date), posted_at::date from payment",
    "select extract(dow from account_date), extract(isodow from account_date), extract(doy from account_date), extract(epoch from account_date) from payment",
    "select net from (select net, rank() over (order by net) as 名次 from payment) x where 名次 <= 2",
    "(select net from payment order by net limit 1) union (select net from payment order by net desc limit 1)",
    "select case when net > 0 then net::text else '无' end from payment",
    "select id from payment where to_char(account_date, 'YYYY-MM-DD') like '2026%'",
    "select m from (select *, persons * 2 as m from account) x",
    "select kind, sum(net) from payment group by rollup (kind)",
    "select 0 + (id - 1) / 2 as b, count(*) from account group by rollup (0 + (id - 1) / 2)",
    "select id from account where no like all (array['E%', '%1'])",
    "select net as \"isnull\" from payment",
    "select account.id, public.account.no from public.account",
    "select count(*) from (select distinct town_id, no from account) as x",
    "select sum(null::numeric), bool_and(null::boolean) from account",
    "select id as year, town_id as \"1a\", no year_of from account order by id fetch first 3 rows only",
    "select position('a' in no), strpos(no, 'a'), (id::float8)::numeric % 3 from account",
    "select sum(net) over (order by account_date range between interval '7 days' preceding and current row) from payment",
    "select (select max(p.net) from payment p where p.account_id = a.id) + a.id from account a",
    "select a.id, x.数 from account a left join (select upper(no) as 键, count(*) as 数 from account group by 1) x on x.键 = upper(a.no)",
    "with x as (select account_id, method, count(*) n from payment group by account_id, rollup (method)) select a.id, x.method, x.n from account a join x on x.account_id = a.id",
    "select mod(null::int, null)",
    "select n from generate_series(1, 12) as x (n)",
    "select date_trunc('day', posted_at at time zone 'UTC') from payment",
    "select to_char(round(extract(epoch from posted_at - posted_at) / 3600, 1), '990.0') from payment",
    "select make_date(2026, 11, 1) + interval '8 hours 30 minutes'",
    "select net as \"金额\" from payment order by \"金额\" desc limit 10",
];

#[tokio::test]
async fn mistakes_are_told_with_their_place_and_the_way_out() {
    let city = City::new().await;
    let now = city.now().await;
    for (sql, want) in TOLD {
        let Err(told) = now.query(&Person::system(), sql, &[]).await else {
            panic!("{sql}: answered")
        };
        assert!(told.to_string().contains(want), "{sql}: {told}");
    }
}

#[tokio::test]
async fn what_is_too_long_is_told_so() {
    let city = City::new().await;
    let now = city.now().await;
    let like = format!("select id from account where no like '{}'", "%a".repeat(60_000));
    let not = format!("select {}true", "not ".repeat(100));
    let minus = format!("select {}5", "- ".repeat(30));
    for (sql, want) in [
        (like, "第 1 行第 33 列：like 的文字太长或 % 太多：请截短"),
        (not, "语句太复杂：括号层数、条件个数或运算个数超过上限"),
        (minus, "语句太复杂"),
    ] {
        let told = now.query(&Person::system(), &sql, &[]).await.unwrap_err();
        assert!(told.to_string().contains(want), "{told}");
    }
}

#[tokio::test]
async fn the_way_out_is_answered() {
    let city = City::new().await;
    let now = city.now().await;
    for sql in ANSWERED {
        let answer = now.query(&Person::system(), sql, &[]).await;
        assert!(answer.is_ok(), "{sql}: {}", answer.unwrap_err());
    }
}
