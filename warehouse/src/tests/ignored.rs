//! What a planner would ignore is refused at the door, and whatever is wrong is told in Chinese.

use super::city::City;
use crate::{Person, WarehouseError};

#[tokio::test]
async fn clauses_that_would_be_ignored_are_refused() {
    let city = City::new().await;
    let now = city.now().await;
    for (sql, want) in [
        ("select id from account tablesample bernoulli (10)", "TABLESAMPLE"),
        (
            "select upper(no) filter (where id > 1) from account",
            "upper 不是汇总函数，不能带 FILTER",
        ),
        (
            "select round(id) over (partition by town_id) from account",
            "round 不是汇总函数，不能带 OVER",
        ),
        (
            "select id from payment window w as (partition by town_id) order by sum(net) over w",
            "ORDER BY 里不能用 over 窗口名",
        ),
        ("select count(distinct *) from account", "count(distinct *) 请写明列"),
        ("select id from account intersect all select id from account", "不支持 INTERSECT ALL"),
        ("select 1 from payment p join account a", "JOIN 缺少连接条件"),
        ("select id from account for json auto", "不支持 FOR XML、FOR JSON"),
    ] {
        let refused = now.query(&Person::system(), sql, &[]).await.unwrap_err();
        assert!(matches!(refused, WarehouseError::Refused(_)), "{sql}: {refused:?}");
        assert!(refused.to_string().contains(want), "{sql}: {refused}");
    }
}

/// What PostgreSQL has and the door has not is refused with what to write in its place.
#[tokio::test]
async fn forms_without_a_plan_are_refused_with_a_way_out() {
    let city = City::new().await;
    let now = city.now().await;
    for (sql, want) in [
        ("select id from payment where net between symmetric 100 and 1", "between symmetric"),
        (
            "select sum(net) over (order by id rows between 1 preceding and current row exclude current row) from payment",
            "窗口不支持 exclude",
        ),
        (
            "select count(*) from payment where (account_date, account_date) overlaps (account_date, account_date)",
            "甲起 < 乙止",
        ),
        ("select substring(no from '[0-9]+') from account", "regexp_match(文字, '正则'))[1]"),
        (
            "select id, count(*) from account group by rollup ((town_id), (id)::text)",
            "不能以括号开头",
        ),
        ("select lag(net, 1, id) over (order by id) from payment", "lag 的行数和默认值只能写常数"),
        (
            "select lead(net, tier) over (order by id) from (select id, amount as net, tier from charge_line) x",
            "lead 的行数和默认值只能写常数",
        ),
        ("select ntile(cast(id as int)) over (order by id) from payment", "ntile 的份数只能写常数"),
        (
            "select v from payment p cross join unnest(array[p.net, p.net]) as x(v)",
            "unnest(array[甲, 乙]) as 值",
        ),
        ("select instr(no, 'E') from account", "strpos(文字, 要找的字)"),
        ("select nvl(phone, '') from account", "coalesce(…, …)"),
        ("select ifnull(phone, '') from account", "coalesce(…, …)"),
        ("select nvl2(phone, 1, 2) from account", "case when … is not null"),
        ("select contains(no, 'E') from account", "strpos(文字, 要找的字) > 0"),
        ("select array_element(array_agg(no), 1) from account", "(列表)[第几个]"),
        ("select list_extract(array_agg(no), 1) from account", "没有函数"),
        ("select mean(net) from payment", "没有函数“mean”，或不允许使用，请改写：avg(…)"),
        ("select mean(net) over () from payment", "没有函数“mean”"),
        ("select signum(net) from payment", "请改写：sign(…)"),
        ("select today()", "没有函数“today”，或不允许使用，请改写：current_date"),
        ("select datetrunc('month', account_date) from payment", "date_trunc('month', …)"),
        ("select datepart('month', account_date) from payment", "extract(month from …)"),
        ("select var(net), var_sample(net) from payment", "请改写：var_samp(…)"),
        ("select var_population(net) from payment", "请改写：var_pop(…)"),
        ("select covar(net, id) from payment", "请改写：covar_samp(甲, 乙)"),
        ("select array_sort(array_agg(id)) from account", "array_agg(值 order by 值)"),
        ("select list_sort(array_agg(id)) from account", "array_agg(值 order by 值)"),
        ("select array_join(array_agg(no), ',') from account", "array_to_string(列表, ',')"),
        ("select list_to_string(array_agg(no), ',') from account", "array_to_string(列表, ',')"),
        ("select list_length(array_agg(no)) from account", "array_length(列表, 1)"),
        ("select quantile_cont(net, 0.5) from payment", "percentile_cont(…) within group"),
        ("select unnest_outer(array[1])", "没有函数“unnest_outer”"),
        ("select make_map('a', 1)", "没有函数“make_map”"),
        ("select map('a', 1)", "没有函数“map”"),
        ("select times(id, 2), float_text(1) from account", "没有函数“times”"),
        ("select current_date()", "current_date 后面不写括号：请写 current_date"),
        ("select substring_index(no, '-', 1) from account", "split_part"),
        ("select to_char(5, 'SG999')", "SG"),
        (
            "select id from account where (id, no) in (select id, no, town_id from account)",
            "左边有 2 个值，子查询却有 3 列",
        ),
        ("select null union all select null union all select id from town", "文字不能直接和数字"),
        ("select (id, no) from account", "一组值不能作为一列"),
        ("select row(id, no) as x from account", "一组值不能作为一列"),
        (
            "select id from town t where exists (select count(t.id) from payment)",
            "汇总里只有外层列",
        ),
        (
            "select id, (select sum(t.id) from payment p where p.town_id = t.id) from town t",
            "汇总里只有外层列",
        ),
        ("select x from (select null as x) y union all select 3", "文字不能直接和数字"),
        ("select id from payment where net > all (select null)", "文字不能直接和数字"),
        ("select id from payment where net in (select null)", "文字不能直接和数字"),
        ("select id from payment where net = any (values (1), (2))", "不能直接写 values"),
        (
            "select id from payment where net > all (array[1, 2])",
            "(select x from (values (1), (2)) as v (x))",
        ),
        ("select string_agg(id, ',') from account", "“string_agg”的第 1 个参数要文字"),
        ("select string_agg(id, ',') over (order by id) from account", "第 1 个参数要文字"),
        ("select array_agg('') from account", "array_agg 里的值要有类型"),
    ] {
        let refused = now.query(&Person::system(), sql, &[]).await.unwrap_err();
        assert!(refused.to_string().contains(want), "{sql}: {refused}");
    }
}

/// A time that no calendar has, and a choice out of a subquery, are mistakes of the asker and no fault of ours.
#[tokio::test]
async fn times_beyond_all_calendars_are_told_as_mistakes() {
    let city = City::new().await;
    let now = city.now().await;
    for sql in [
        "select now() + interval '99999999 years'",
        "select now() - interval '99999999 years'",
        "select date '2026-01-01' + interval '99999999 years'",
        "select account_date + interval '178956970 years' from payment",
        "select interval '9999999999999999999999 years'",
        "select id from account where id > all (select * from payment)",
    ] {
        let refused = now.query(&Person::system(), sql, &[]).await.map(|_| ()).unwrap_err();
        assert!(!matches!(refused, WarehouseError::Broken(_)), "{sql}: {refused:?}");
        let said = refused.to_string();
        assert!(said.chars().any(|letter| letter > '\u{2E7F}'), "{sql}: {said}");
    }
}

/// Nobody is shown an English sentence or a plan, whatever is wrong.
#[tokio::test]
async fn whatever_is_wrong_is_told_in_chinese() {
    let city = City::new().await;
    let now = city.now().await;
    for sql in [
        "select town_id, net from payment group by town_id",
        "select id from payment where sum(net) > 1",
        "select sum(sum(net)) from payment",
        "select id from payment where row_number() over (order by id) = 1",
        "select sum(no) from account",
        "select round(1, 2, 3)",
        "select round('a', 'b')",
        "select left(no) from account",
        "select upper() from account",
        "select summ(net) from payment",
        "select id from payment where account_date > 5",
        "select account_date + account_date from payment",
        "select no + account_date from account, payment",
        "select id from account where no",
        "select not no from account",
        "select -no from account",
        "select x.id from account a",
        "select id from account a join account b on a.id = b.id",
        "select id from account union select id, no from account",
        "select (select id, no from account)",
        "select (select id from account)",
        "select id from account where id in (select id, no from account)",
        "select id from account order by 9",
        "select id from account order by 0",
        "select id, count(*) from account group by 9",
        "select id from account limit -1",
        "select id from account limit 'x'",
        "select id from payment where account_date = '2026/11/01'",
        "select cast('东城' as int)",
        "select cast(no as date) from account",
        "select timestamp '2026-13-01'",
        "select 1 / 0",
        "select id / (id - id) from account",
        "select 9223372036854775807 * 9223372036854775807",
        "select id from account where no ~ '('",
        "select regexp_replace(no, '[', 'x') from account",
        "select cast(1 as json)",
        "select date_trunc('fortnight', account_date) from payment",
        "select extract(foo from account_date) from payment",
        "select case when true then 1 else account_date end from payment",
        "select id from account where id between 1 and account_date",
        "select * from (values (1), (1, 2)) t(x)",
        "select * from (select a.id, b.id from account a, account b) x",
        "with a as (select 1), a as (select 2) select * from a",
        "select *",
        "select id over (order by id) from account",
        "select rank() over w from account",
        "select sum(net) over (order by id range between 1 preceding and current row) from payment",
        "select id from account qualify id > 1",
        "select id from account having id > 1",
        "select distinct town_id from payment order by net",
        "select (select max(net) from payment p where p.account_id > a.id limit 1) from account a",
        "select a.id from account a where exists (select 1 from payment p where p.net > a.id limit 1)",
        "select count(distinct id, no) from account",
        "select array_agg(distinct id order by no) from account",
        "select percentile_cont(0.5) from payment",
        "select interval '3 moons'",
        "select split_part(no, '-', 0) from account",
        "select chr(-1)",
        "select to_timestamp('abc')",
        "select id from account where (id, no) = (1, 'a', 2)",
        "select no[1] from account",
        "select $1",
        "select @a",
        "select id from account where id = 1 1",
        "select id，no from account",
        "select id from account where no = “a”",
        "select 'open",
        "select /* open",
        "select \"open",
    ] {
        let Err(error) = now.query(&Person::system(), sql, &[]).await else { continue };
        let said = error.to_string();
        assert!(said.chars().any(|letter| letter > '\u{2E7F}'), "{sql}: {said}");
        for english in [
            "rror",
            "xpression",
            "DataFusion",
            "Utf8",
            "Int64",
            "Decimal1",
            "Date32",
            " the ",
            " not ",
            " to ",
            " is ",
            "annot",
            "upport",
            "xpected",
            "nvalid",
            "Projection",
        ] {
            assert!(!said.contains(english), "{sql}: {said}");
        }
        assert!(!matches!(error, WarehouseError::Broken(_)), "{sql}: {error:?}");
    }
}
