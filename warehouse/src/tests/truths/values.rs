//! Values: their kinds, their limits, what is computed of them.

use crate::tests::city::City;
use crate::{Person, WarehouseError};

/// What does not fit is an error, never another number.
#[tokio::test]
async fn overflow_is_an_error() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for sql in [
        "select 9223372036854775807 + 1",
        "select -9223372036854775807 - 2",
        "select cast(4000000000 as bigint) * 4000000000",
        "select id * 9223372036854775807 from account where id = 2",
        "select sum(x) from (values (99999999999999999999999999999999999999::decimal(38,0)), (1::decimal(38,0))) t(x)",
        "select 99999999999999999999999999999999999999::decimal(38,0) + 1",
    ] {
        let failed = now.query(&who, sql, &[]).await;
        let said = failed.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(said.contains("数值超出范围"), "{sql}: {said}");
    }
    for (sql, want) in [
        ("select sum(x) from (values (9223372036854775807), (1)) t(x)", "9223372036854775808"),
        (
            "select cast(no as bigint) * 10000000000 + id as k from (select '53' as no, id from account where id = 1) x",
            "530000000001",
        ),
        ("select 7 / 2, -7 / 2, 7 % -2, 7.0 / 2", "3|-3|1|3.5000000000000000"),
        ("select cast(2.5 as int), cast(-2.5 as int), round(2.345, 2)", "3|-3|2.35"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Found by fresh eyes: forms that were answered otherwise than PostgreSQL answers them, now right or refused.
#[tokio::test]
async fn what_is_compared_and_cut_is_of_one_kind() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, said) in [
        (
            "select sum(net) from payment where account_date >= 2026-11-01",
            "第 1 行第 36 列：日期和数字",
        ),
        ("select 1 from payment where account_date between 20261101 and 20261130", "日期要加引号"),
        ("select 1 from payment where account_date in (20261101)", "日期要加引号"),
        ("select greatest(account_date, 20261101) from payment", "日期要加引号"),
        ("select account_date from payment union all select 20261101", "日期要加引号"),
        ("select 1 from payment where id in (select no from account)", "文字不能直接和数字"),
        ("select id from account union select no from account", "文字不能直接和数字"),
        (
            "select 1 from payment p join account a using (id) where a.no = p.id",
            "文字不能直接和数字",
        ),
        ("select -2 ^ 2", "power"),
        ("select 1 from receipt_event where now() - at > interval '30 days'", "extract(epoch"),
        ("select max(now() - at) from receipt_event", "extract(epoch"),
        ("select cast(method as interval) from payment", "interval '30 days'"),
        ("select extract(week from now() - at) from receipt_event", "epoch"),
        (
            "select count(*) from payment p where exists (select 1 from charge c where c.account_id = p.account_id offset 30)",
            "窗口函数、limit",
        ),
        (
            "select 1 from payment p, lateral (select row_number() over (order by c.id) as r from charge c where c.account_id = p.account_id) x",
            "窗口函数、limit",
        ),
        ("select (null, null) is null", "逐列"),
        ("select -min(a) from (values (-9223372036854775808)) t(a)", "数值超出范围"),
        (
            "select sum(cast(net as double precision)) over (order by id rows 1 preceding) from payment",
            "浮点数",
        ),
        ("select cast(3 as numeric(38, 24))", "最多 20 位"),
        ("select cast(1.5 as decimal(39, 3)) + 1", "38 位"),
        ("select date '2026-01-01' - 2147483647", "数值超出范围"),
        ("select power(power(cast(1.1 as decimal(3, 1)), 8), 8)", "power 的底数"),
        (
            "select to_char(account_date, repeat_) from (select account_date, concat('YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD ', 'YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD YYYY-MM-DD ') as repeat_ from payment) x",
            "格式太长",
        ),
        ("select quotient(1, 2)", "没有函数“quotient”"),
        ("select sum(net)，1 from payment", "全角"),
        ("select date_bin(interval '1 day', at) from receipt_event", "没有函数“date_bin”"),
    ] {
        let failed = now.query(&who, sql, &[]).await;
        let told = failed.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(told.contains(said), "{sql}: {told}");
    }
    for (sql, want) in [
        ("select count(*) from payment where net >= all (select net from payment)", "1"),
        (
            "select upper(method) as method, id from payment order by method = 'cash' desc, id limit 1",
            "CASH|1001",
        ),
        (
            "select method, sum(net) as net from payment group by method order by sum(net) desc limit 1",
            "cash|20.00",
        ),
        (
            "select x from (select upper(method) as method, id as x from payment order by method = 'cash', id limit 1) y",
            "1002",
        ),
        ("select -net as net, id from payment order by net + 0, id limit 1", "-5.00|1003"),
        ("select -net as net from payment order by net limit 1", "-20.00"),
        ("select timestamp '2026-01-01 10:00:00+08' as t", "2026-01-01 10:00:00"),
        ("select count(*) from receipt_event where at >= '2026/11/01 01:00'", "1"),
        (
            "select extract(epoch from at - timestamp '2026-11-01 00:00') as s from receipt_event",
            "3600.000000",
        ),
        ("select round(cast(2.5 as double precision)), sign(-3), ceiling(1.2)", "2|-1|2"),
        ("select (1, null) = (1, 2), (1, 3) in ((1, 2), (1, 3))", "|true"),
        ("select cast('1.23456789012345' as numeric) * 1", "1.23456789012345"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// What PostgreSQL does not cast is not cast here: a number is no count of days.
#[tokio::test]
async fn numbers_and_days_are_not_cast_into_each_other() {
    let city = City::new().await;
    let who = Person::system();
    let now = city.now().await;
    for (sql, hint) in [
        (
            "select sum(total) from charge where cast(bill_period * 100 + 1 as date) >= date '2026-06-01'",
            "to_date",
        ),
        (
            "select count(*) from payment where account_date::int between 20261101 and 20261130",
            "to_char",
        ),
        ("select bill_period::date from charge", "to_date"),
        ("select 20261128::date", "to_date"),
        ("select 1790000000::timestamp", "to_date"),
        ("select 1790000000::bigint::timestamptz", "to_date"),
        ("select net::timestamp from payment", "to_date"),
        ("select posted_at::bigint from payment", "extract"),
        ("select posted_at::numeric from payment", "extract"),
        ("select posted_at::time::bigint from payment", "不能换算"),
        ("select avg(net)::text from payment", "round"),
        ("select 'a' || net / 3 from payment", "round"),
        ("select nth_value(net, 0) over (order by id) from payment", "从 1 开始"),
        ("select ntile(0) over (order by id) from payment", "从 1 开始"),
        ("select approx_distinct(id) from payment", "count(distinct"),
        ("select 1 << 63", "移位"),
        ("select first_value(net) from payment", "over"),
        ("select decode(method, 'pos', 1) from payment", "case"),
        ("select sysdate from payment", "now()"),
        ("select net from payment where rownum < 3", "limit"),
    ] {
        let said = now.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(said.contains(hint), "{sql}: {said}");
    }
    for (sql, want) in [
        ("select to_char(account_date, 'YYYYMM')::int from payment limit 1", "202611"),
        ("select to_date(bill_period::text, 'YYYYMM') from charge where id = 11", "2026-10-01"),
        (
            "select true::int, 1::boolean, '1'::int, '2026-11-01'::date, net::int from payment where id = 1001",
            "1|true|1|2026-11-01|20",
        ),
        (
            "select min(account_date)::timestamp, min(account_date)::text from payment",
            "2026-11-01 00:00:00|2026-11-01",
        ),
        ("select round(avg(net), 2)::text || '元' from payment", "13.33元"),
        (
            "select (interval '1 day 30 minutes')::text, interval '14 months'",
            "1 day 00:30:00|1 year 2 mons",
        ),
        ("select town_id, count(*) from payment group by rollup (1) order by 1 nulls first", "|3"),
        (
            "select 1e2 + 0.01, 1e2 - 0.01, 1e3 * 1.5 + 0.5, round(1e3), round(1e2, -1), 2.5e3 + 0.5",
            "100.01|99.99|1500.5|1000|100|2500.5",
        ),
        ("select count(*) from payment where net < round(1e2)", "3"),
        ("select x + 0.5 from (values (1e2), (3e3)) v(x) order by 1", "100.5"),
        (
            "select ceil(9.5), floor(-9.5), ceil(99.01), round(cast(99.99 as decimal(4, 2)), 1)",
            "10|-10|100|100.0",
        ),
        (
            "select 0.1::float8 + 0.2::float8 = 0.3, 1e-20::float8 > 0.0, 0.1::float8 = 0.1",
            "false|true|true",
        ),
        (
            "select 0.3 between 0.1::float8 + 0.2::float8 and 1, 0.3 in (0.1::float8 + 0.2::float8)",
            "false|false",
        ),
        (
            "select case 0.1::float8 + 0.2::float8 when 0.3 then 1 else 2 end, case 0.3 when 0.1::float8 + 0.2::float8 then 1 else 2 end",
            "2|2",
        ),
        ("select sum(nullif(7, id)) / 2, sum(nullif(id, 1001)) from payment", "10|2005"),
        (
            "select nullif(0.1::float8 + 0.2::float8, 0.3) is null, nullif('2026-11-01'::date, '2026-11-01') is null",
            "false|true",
        ),
        ("select nullif(null, 1) is null, nullif(1, null), nullif('a', 'b')", "true|1|a"),
        (
            "select extract(epoch from timestamp '9999-12-31 00:00:00' - timestamp '2026-11-01 00:00:00')",
            "251608723200.000000",
        ),
        (
            "select extract(epoch from interval '14 months'), extract(epoch from interval '1 day 30 minutes')",
            "36741600.000000|88200.000000",
        ),
        (
            "select extract(epoch from date_trunc('month', account_date)) from payment limit 1",
            "1793462400.000000",
        ),
    ] {
        let rows = city.rows(&who, sql).await;
        assert_eq!(rows.first().map_or("", String::as_str), want, "{sql}");
    }
}

/// Answered once where PostgreSQL answers nothing: each is refused as a kind, with a way out.
#[tokio::test]
async fn what_postgresql_does_not_take_is_refused() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, said) in [
        ("select coalesce(net, '无') from payment", "“无”不是数值"),
        ("select coalesce(id, 'x') from payment", "“x”不是数值"),
        ("select id from town union select 'x'", "“x”不是数值"),
        ("select distinct '1' from town union select id from town", "文字不能直接和数字"),
        ("select case when net then 1 end from payment", "这里要写条件"),
        ("select count(*) filter (where id) from payment", "这里要写条件"),
        ("select 1 from payment where id > 0 or net", "这里要写条件"),
        ("select extract(hour from account_date) from payment", "日期没有时、分、秒"),
        ("select extract(month from method) from payment", "只能用于日期、时间和时长"),
        ("select date_part('year', '2026-11-01')", "只能用于日期、时间和时长"),
        ("select date_trunc('month', method) from payment", "date_trunc 只能用于日期和时间"),
        ("select max(id > 1) from payment", "bool_or"),
        ("select round(net::float8, 2) from payment", "(…)::numeric"),
        ("select 1 from payment where net > (select null)", "文字不能直接和数字"),
        ("select '0000-01-01'::date", "不是日期"),
        ("select make_date(0, 1, 1)", "年份从 1 到 9999"),
        ("select to_date('2026-11-01')", "to_date 要写文字和格式"),
    ] {
        let refused = now.query(&who, sql, &[]).await;
        let refused = refused.map(|answer| format!("{answer:?}")).unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// What has no value in PostgreSQL is an error here: no NaN, no infinity.
#[tokio::test]
async fn a_function_without_a_value_says_so() {
    let city = City::new().await;
    let who = Person::system();
    for sql in [
        "select ln(-1)",
        "select ln(net - net) from payment",
        "select log(0)",
        "select log10(0)",
        "select log(2, net - net) from payment",
        "select exp(1000)",
        "select power(-8, 0.5)",
        "select power(0, -1)",
        "select sqrt(0 - net) from payment",
        "select count(*) from payment where ln(net::float8 - 1000) > 0",
    ] {
        let said = city.now().await.query(&who, sql, &[]).await.unwrap_err();
        assert!(matches!(said, WarehouseError::Computation(_)), "{sql}: {said}");
        assert!(said.to_string().contains("第 1 行第 "), "{sql}: {said}");
    }
    assert_eq!(city.row(&who, "select round(ln(2.718281828459045), 4), sqrt(4)").await, "1.0000|2");
}

/// A share of the way between two values, to the last digit: DataFusion's weights are floats of six decimals.
#[tokio::test]
async fn percentiles_are_exact() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select round(percentile_cont(0.1) within group (order by x), 10) from (values (1.0), (75058500.5)) v(x)",
            "7505850.9500000000",
        ),
        (
            "select round(percentile_cont(0.95) within group (order by x desc), 4) from (values (1), (2), (3)) v(x)",
            "1.1000",
        ),
        ("select round(median(x), 3) from (values (0.01), (0.02)) v(x)", "0.015"),
        ("select median(x) is null from (values (1)) v(x) where x > 1", "true"),
        ("select count(*) from (select town_id, median(net) from payment group by town_id) v", "2"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Found by a stranger's reading: decimals were cut at sixteen places in silence.
#[tokio::test]
async fn a_decimal_has_all_its_digits_or_there_is_none() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select 1.0 / 3 = '0.33333333333333333333', 2 / 3.0 > '0.66666666666666666666'",
            "true|true",
        ),
        ("select count(*) from payment where net / 3 = '6.6666666666666667'", "1"),
        ("select '0.12345678901234567890'::numeric, '1.50'::numeric", "0.1234567890123456789|1.50"),
        ("select cast('0.12345678901234567890' as numeric) = 0.1234567890123456789", "true"),
        (
            "select string_agg(round(t::numeric, 10)::text, ' ' order by t) from (values ('0.12345678901234567890'), ('1.5')) v(t)",
            "0.1234567890 1.5000000000",
        ),
        (
            "select string_agg(t::numeric(10, 2)::text, ' ' order by t) from (values ('12.345'), ('-1.005'), ('1e2')) v(t)",
            "-1.01 12.35 100.00",
        ),
        (
            "select string_agg((net * '1.5')::text, ' ' order by id) from payment",
            "30.000 22.500 7.500",
        ),
        ("select count(*) from payment where net = '1.5e1'", "1"),
        (
            "select 1e-20::float8::numeric = 0.00000000000000000001, 0.1::float8::numeric = 0.1",
            "true|true",
        ),
        ("select 0.00499999999999999::float8::numeric(5, 2)", "0.00"),
        ("select round((net::float8 / 7)::numeric, 4) from payment where id = 1001", "2.8571"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select 1e-30::float8::numeric", "多于 24 位"),
        ("select t::numeric from (values ('0.1234567890123456789012345')) v(t)", "多于 24 位"),
        ("select net > '0.123456789012345678901' from payment", "最多 20 位"),
        ("select net::real from payment", "real"),
        ("select 'abc'::numeric", "不是数值"),
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}
