//! Plain questions that once got a wrong answer in silence, with the right one: no wrong number at the SQL door.

use super::city::{City, city_analyst, south_analyst};
use crate::{Limits, Person, WarehouseError};

/// Sums that DataFusion took for a literal, known before the join and the filter were looked at.
#[tokio::test]
async fn exact_figures_answer_only_what_they_are_exact_for() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select sum(p.net) from payment p join town t on t.id = p.town_id where t.short_name = '东城'",
            "25.00",
        ),
        (
            "select sum(p.net) from payment p left join town t on t.id = p.town_id and t.short_name = '东城'",
            "40.00",
        ),
        (
            "select sum(p.net) from town t right join payment p on t.id = p.town_id where t.short_name = '南城'",
            "15.00",
        ),
        (
            "select sum(p.net) from payment p full join town t on t.id = p.town_id where t.short_name = '南城'",
            "15.00",
        ),
        ("select sum(a.net) from payment a join payment b on a.account_id = b.account_id", "75.00"),
        ("select sum(p.net) from payment p, town t", "80.00"),
        ("select sum(amount) from receivable where kind = 'nosuch'", ""),
        ("select sum(amount) from receivable where bill_period <= 202610", "80.00"),
        (
            "with j as (select p.net from payment p join account a on a.id = p.account_id where a.no = 'E2') select sum(net) from j",
            "5.00",
        ),
        (
            "select (select sum(p.net) from payment p join account a on a.id = p.account_id where a.no = 'E2') as s",
            "5.00",
        ),
        (
            "select sum(net) * 1, round(sum(net) / 10000, 2) from payment p join account a on a.id = p.account_id where a.no = 'E2'",
            "5.00|0.00",
        ),
        (
            "select sum(m.id) from meter m join account a on a.id = m.account_id where a.no = 'E1'",
            "101",
        ),
        (
            "select sum(r.amount) from remitted r join town t on t.id = r.town_id where t.short_name = '南城'",
            "",
        ),
        ("select sum(net) from (select net from payment order by id limit 1) x", "20.00"),
        (
            "select sum(net) from (select net from payment union all select net from payment) x",
            "80.00",
        ),
        (
            "select count(*), min(net), max(net) from payment p join town t on t.id = p.town_id where t.short_name = '南城'",
            "1|15.00|15.00",
        ),
        ("select sum(net), count(*), min(net) from payment where false", "|0|"),
        ("select sum(delta) from prepaid_entry where id < 0", ""),
        ("select sum(net) filter (where method = 'pos') from payment", "5.00"),
        ("select sum(distinct tier) from charge_line", "1"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// A sort, a rank or a partition sees what the reader sees.
#[tokio::test]
async fn masks_stand_under_everything() {
    let city = City::new().await;
    let who = city_analyst();
    for (sql, want) in [
        // Plain, the phones of 3 and 4 come in the other order.
        (
            "select id, phone from account order by phone, id",
            vec!["1|136****0000", "2|138****5678", "4|139****7777", "3|139****8888"],
        ),
        ("select id from account order by address, id", vec!["1", "2", "3", "4"]),
        ("select id from account order by address desc, id desc", vec!["4", "3", "2", "1"]),
        (
            "select id, rank() over (order by address) as place from account order by id",
            vec!["1|1", "2|1", "3|3", "4|3"],
        ),
        (
            "select id, dense_rank() over (order by address desc) as place from account order by id",
            vec!["1|2", "2|2", "3|1", "4|1"],
        ),
        (
            "select id, count(*) over (partition by address) as n from account order by id",
            vec!["1|2", "2|2", "3|2", "4|2"],
        ),
        (
            "select id, count(*) over (partition by address order by id) as n from account order by id",
            vec!["1|1", "2|2", "3|1", "4|2"],
        ),
        (
            "select address, count(*) from account group by address order by address",
            vec!["东莞市东城街道***|2", "东莞市南城街道***|2"],
        ),
        (
            "select distinct address from account order by 1",
            vec!["东莞市东城街道***", "东莞市南城街道***"],
        ),
        ("select count(distinct address) from account", vec!["2"]),
        (
            "select string_agg(phone, ',' order by phone) from account where id > 2",
            vec!["139****7777,139****8888"],
        ),
        (
            "select min(address), max(address) from account",
            vec!["东莞市东城街道***|东莞市南城街道***"],
        ),
        ("select count(*) from account a join account b on a.address = b.address", vec!["8"]),
        (
            "select address from account union select '东莞市东城街道***' order by 1",
            vec!["东莞市东城街道***", "东莞市南城街道***"],
        ),
        (
            "select id, '东莞市南城街道元美3号' as probe from account where address >= '东莞市南城街道元美3号' order by id",
            vec![],
        ),
        (
            "select first_value(id) over (order by address, id) as f from account order by id limit 1",
            vec!["1"],
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await, want, "{sql}");
    }
    // A literal of one's own among the sorted values told where a plain value lies.
    let probe = "select a, id from (select address as a, id from account union all select '东莞市东城街道主山2号', 0) x order by a, id";
    assert_eq!(
        city.rows(&south_analyst(), probe).await,
        ["东莞市东城街道主山2号|0", "东莞市南城街道***|3", "东莞市南城街道***|4"]
    );
}

/// Days and hours are Dongguan's, whatever the clock of the machine.
#[tokio::test]
async fn days_and_hours_are_dongguans() {
    let city = City::new().await;
    let who = Person::system();
    // The paper was leased at 17:00 UTC on 31 October: at one in the morning of 1 November.
    for (sql, want) in [
        ("select extract(hour from at) as h, extract(day from at) as d from receipt_event", "1|1"),
        ("select cast(at as date) as d from receipt_event", "2026-11-01"),
        ("select at::date as d from receipt_event", "2026-11-01"),
        (
            "select count(*) from receipt_event where at >= '2026-11-01 01:00:00' and at < '2026-11-01 01:00:01'",
            "1",
        ),
        ("select count(*) from receipt_event where at >= date '2026-11-01'", "1"),
        ("select count(*) from receipt_event where at < '2026-11-01'", "0"),
        ("select count(*) from receipt_event where at < timestamp '2026-11-01 01:00:00'", "0"),
        ("select count(*) from receipt_event where at = timestamptz '2026-11-01 01:00:00'", "1"),
        ("select count(*) from receipt_event where at = '2026-10-31 17:00:00+00'", "1"),
        (
            "select date_trunc('day', at) = timestamptz '2026-11-01 00:00:00' as d from receipt_event",
            "true",
        ),
        ("select cast(date_trunc('month', at) as date) as d from receipt_event", "2026-11-01"),
        ("select cast(at as varchar) as t from receipt_event", "2026-11-01 01:00:00+08"),
        ("select cast(at as timestamp) as t from receipt_event", "2026-11-01 01:00:00"),
        ("select to_char(at, 'YYYY-MM-DD HH24:MI') as t from receipt_event", "2026-11-01 01:00"),
        ("select day from receipt_usage where movement = 'leased'", "2026-11-01"),
        ("select current_date = cast(now() as date) as d", "true"),
        ("select cast(now() as varchar) like '%+08' as z", "true"),
        (
            "select count(*) from payment where account_date <= current_date + 3650 and account_date >= current_date - interval '36500 days'",
            "3",
        ),
        (
            "select date_trunc('month', account_date) as m, count(*) from payment group by 1",
            "2026-10-31T16:00:00+00:00|3",
        ),
        ("select timestamp '2026-11-24 00:00:00' as t", "2026-11-24 00:00:00"),
    ] {
        let sql_want = city.row(&who, sql).await;
        let shown = sql_want.replace("2026-11-01T00:00:00+08:00", "2026-11-01 00:00:00");
        assert_eq!(shown, want, "{sql}");
    }
    let today = chrono::Utc::now().with_timezone(&terms::shanghai()).date_naive().to_string();
    assert_eq!(city.row(&who, "select current_date").await, today);
}

/// PostgreSQL's patterns, and a word for every other.
#[tokio::test]
async fn patterns_are_postgresqls_or_refused() {
    let city = City::new().await;
    let who = Person::system();
    let monthly =
        "select to_char(account_date, 'YYYY-MM') as ym, sum(total) from collected group by 1";
    assert_eq!(city.rows(&who, monthly).await, ["2026-11|35.50"]);
    assert_eq!(
        city.row(&who, "select to_date('2026年11月03日', 'YYYY年MM月DD日') as d").await,
        "2026-11-03"
    );
    let refused = city
        .now()
        .await
        .query(&who, "select to_char(account_date, '%Y-%m') from collected", &[])
        .await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("%Y-%m"), "{said}");
}

/// The answers of three-valued logic where a list may hold NULL.
#[tokio::test]
async fn lists_with_nothing_in_them_are_answered_as_postgresql_does_or_refused() {
    let city = City::new().await;
    let who = Person::system();
    let correlated = "select count(*) from app_user u where u.id not in (select p.cashier_id from payment p where p.cashier_id = u.id)";
    let refused = city.now().await.query(&who, correlated, &[]).await.unwrap_err();
    assert!(matches!(refused, WarehouseError::Refused(_)), "{refused:?}");
    assert!(refused.to_string().contains("not exists"), "{refused}");
    for (sql, want) in [
        (
            "select count(*) from app_user u where not exists (select 1 from payment p where p.cashier_id = u.id)",
            "3",
        ),
        (
            "select p.id, (select payer_name from account a where a.id = p.account_id) as who from payment p order by 1 limit 1",
            "1001|张三",
        ),
        // Payment 1002 has no cashier: nothing is surely not in the list.
        ("select count(*) from app_user where id not in (select cashier_id from payment)", "0"),
        ("select count(*) from app_user where id in (select cashier_id from payment)", "1"),
        (
            "select count(*) from app_user where id not in (select cashier_id from payment where cashier_id is not null)",
            "3",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

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

/// What a planner would pass over is refused by name.
#[tokio::test]
async fn what_would_be_ignored_is_refused() {
    let city = City::new().await;
    let sample = city
        .now()
        .await
        .query(&Person::system(), "select * from account tablesample bernoulli(1)", &[])
        .await;
    assert!(sample.unwrap_err().to_string().contains("TABLESAMPLE"));
}

/// Titles are what the analyst wrote.
#[tokio::test]
async fn titles_are_what_was_written() {
    let city = City::new().await;
    let sql = "select a.id, sum(p.net), sum( p.net ), count(*) as n, p.account_date::date, a.id from account a join payment p on p.account_id = a.id group by a.id, p.account_date order by sum(p.net)";
    let answer = city.now().await.query(&Person::system(), sql, &[]).await.unwrap();
    let titles: Vec<_> = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(titles, ["id", "sum(p.net)", "sum( p.net )", "n", "p.account_date::date", "id"]);
}

/// The branches of a union share no threshold but that of the whole sort key.
#[tokio::test]
async fn the_first_rows_of_a_union_are_the_first() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select entry, entry_id, split_part(greatest(entry, method) || method_name, '市', 1) as n \
             from collected order by entry, entry_id, n desc limit 1",
            "allocation|2001|cash现金",
        ),
        (
            "select k, id from (select 'b' as k, id from payment where id < 1003 union all \
             select 'a' as k, id from payment where id > 1001) x order by k desc, id desc limit 1",
            "b|1002",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Filters above two columns of one name are asked of the right one, whichever side of the join is read first.
#[tokio::test]
async fn a_filter_is_asked_of_its_own_column() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) from receipt t1 right join receivable t2 on t1.account_id = t2.account_id where t1.amount is distinct from 20.00",
            "4",
        ),
        (
            "select count(*) from charge t1 right join charge t2 on t1.id = t2.id and t2.town_id <> 441900003 where t1.town_id between 441900003 and 441900003",
            "0",
        ),
        (
            "select count(*) from allocation a left join payment p on p.id = a.payment_id left join account c on c.id = p.account_id where p.town_id is distinct from c.town_id",
            "1",
        ),
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
        ("select cast('30' as interval)", "interval '30 days'"),
        ("select extract(hour from now() - at) from receipt_event", "epoch"),
        (
            "select count(*) from payment p where exists (select 1 from charge c where c.account_id = p.account_id offset 30)",
            "窗口函数、limit",
        ),
        (
            "select 1 from payment p, lateral (select row_number() over (order by c.id) as r from charge c where c.account_id = p.account_id) x",
            "窗口函数、limit",
        ),
        (
            "select x from (select upper(method) as method, id as x from payment order by method = 'cash', id limit 1) y",
            "别名",
        ),
        ("select 2 = any(array[1, null])", "any、all"),
        ("select (null, null) is null", "逐列"),
        ("select -min(a) from (values (-9223372036854775808)) t(a)", "数值超出范围"),
        (
            "select sum(cast(net as double precision)) over (order by id rows 1 preceding) from payment",
            "浮点数",
        ),
        ("select cast(1 as numeric(38, 0)) / cast(3 as numeric(38, 20))", "数值超出范围"),
        ("select count(*) from payment where net >= all (select net from payment)", "= any"),
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
        (
            "select upper(method) as method, id from payment order by method = 'cash' desc, id limit 1",
            "CASH|1001",
        ),
        (
            "select method, sum(net) as net from payment group by method order by sum(net) desc limit 1",
            "cash|20.00",
        ),
        ("select -net as net, id from payment order by net + 0, id limit 1", "-5.00|1003"),
        ("select -net as net from payment order by net limit 1", "-20.00"),
        ("select timestamp '2026-01-01 10:00:00+08' as t", "2026-01-01 10:00:00"),
        ("select count(*) from receipt_event where at >= '2026/11/01 01:00'", "1"),
        (
            "select extract(epoch from at - timestamp '2026-11-01 00:00') as s from receipt_event",
            "3600.000000",
        ),
        ("select round(cast(2.5 as double precision)), sign(-3), ceiling(1.2)", "2.0|-1|2.0"),
        ("select (1, null) = (1, 2), (1, 3) in ((1, 2), (1, 3))", "|true"),
        ("select cast('1.23456789012345' as numeric) * 1", "1.2345678901234500"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
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
        "select count(*) from payment where ln(net - 1000) > 0",
    ] {
        let said = city.now().await.query(&who, sql, &[]).await.unwrap_err();
        assert!(matches!(said, WarehouseError::Computation(_)), "{sql}: {said}");
        assert!(said.to_string().contains("第 1 行第 "), "{sql}: {said}");
    }
    assert_eq!(city.row(&who, "select round(ln(2.718281828459045), 4), sqrt(4)").await, "1.0|2.0");
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

/// A list that holds a NULL never says that a value is not in it.
#[tokio::test]
async fn a_null_in_a_list_hides_what_is_not_in_it() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from payment where method not in ('pos', null)", "0"),
        ("select count(*) from payment where method not in ('x', 'y', 'z', 'x', null)", "0"),
        ("select count(*) from payment where method not in ('x', 'y', 'x', 'y', null)", "0"),
        ("select count(*) from payment where id not in (7, 8, 7, 8, null)", "0"),
        ("select count(*) from payment where method not in ('a','b','c','d','e','f', null)", "0"),
        (
            "select count(*) from receipt_usage where movement not in ('reddened', 'used', 'reddened', 'used', null)",
            "0",
        ),
        (
            "select count(*) from town t right join receipt_usage p on t.id = p.town_id where p.movement not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from town t right join receipt_usage p on t.id = p.town_id and now() > timestamptz '2026-01-01 00:00:00+08' where p.movement not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from (select movement as m from receipt_usage) x where m not in ('x', 'y', 'x', 'y', null)",
            "0",
        ),
        (
            "select count(*) from payment where id in (1, 2, 3, 4, null) and id not in (5, 6, 7, 8, null)",
            "0",
        ),
        (
            "select count(*) from payment where (id in (2, account_id, 3, 4)) and id in (0, account_id + 0, 9, 8)",
            "0",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// A set that leaves a column out makes NULLs of it; DataFusion went on counting on its order and its one value.
#[tokio::test]
async fn grouping_sets_keep_nothing_of_the_order_of_the_rows() {
    let city = City::new().await;
    let who = Person::system();
    for threads in [1, 2, 4] {
        let now = city.now().await.with_limits(Limits { threads, ..Limits::default() });
        for (sql, want) in [
            (
                "select id, charge_id, count(*) from charge_line where id in (131) group by grouping sets ((id, charge_id), (id), ()) order by 2, 3 desc, 1 desc nulls first",
                vec!["131|13|1", "||1", "131||1"],
            ),
            (
                "select last_no, sum(sheets) from receipt_usage group by rollup (last_no) order by 2 desc, 1 fetch first 2 rows only",
                vec!["|10", "8|8"],
            ),
        ] {
            assert_eq!(super::city::rows(&now, &who, sql).await, want, "{threads} threads: {sql}");
        }
    }
}

/// A wall clock and a moment side by side: the wall hangs in Dongguan.
#[tokio::test]
async fn a_wall_clock_beside_a_moment_is_dongguans() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select date_trunc('month', account_date) >= timestamptz '2026-11-01 00:00:00+08' from payment limit 1",
            "true",
        ),
        (
            "select date_trunc('month', account_date) >= timestamptz '2026-11-01 07:30:00+08' from payment limit 1",
            "false",
        ),
        (
            "select date_trunc('month', account_date) between timestamptz '2026-10-31 16:00:00+00' and timestamptz '2026-10-31 16:00:00+00' from payment limit 1",
            "true",
        ),
        (
            "select date_trunc('month', account_date) in (timestamptz '2026-11-01 00:00:00+08') from payment limit 1",
            "true",
        ),
        (
            "select count(*) from payment a join (values (timestamptz '2026-10-31 16:00:00+00')) v(t) on date_trunc('month', a.account_date) = v.t",
            "3",
        ),
        ("select timestamp '2026-11-01 08:00:00' = timestamptz '2026-11-01 00:00:00+00'", "true"),
        ("select timestamptz '2026-11-01 00:00:00+00' <= timestamp '2026-11-01 07:59:59'", "false"),
        (
            "select case timestamp '2026-11-01 08:00:00' when timestamptz '2026-11-01 00:00:00+00' then 1 else 2 end",
            "1",
        ),
        (
            "select coalesce(null, timestamp '2026-11-01 08:00:00', timestamptz '2026-11-01 00:00:00+00') = timestamptz '2026-11-01 00:00:00+00'",
            "true",
        ),
        (
            "select greatest(timestamp '2026-11-01 08:00:00', timestamptz '2026-11-01 00:00:01+00') = timestamptz '2026-11-01 00:00:01+00'",
            "true",
        ),
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
        ("select sum(interval '2000000 days') from account", "不能用于时长"),
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
            "select extract(epoch from date_trunc('month', account_date)) from payment limit 1",
            "1793462400.000000",
        ),
    ] {
        let rows = city.rows(&who, sql).await;
        assert_eq!(rows.first().map_or("", String::as_str), want, "{sql}");
    }
}

/// A column that is one value before an outer join is two after it.
#[tokio::test]
async fn an_outer_join_makes_nulls_of_a_constant() {
    let city = City::new().await;
    let who = Person::system();
    for threads in [1, 2, 4] {
        let now = city.now().await.with_limits(Limits { threads, ..Limits::default() });
        for sql in [
            "select distinct p.id / 1000 as a, q.c from payment p left join (select id, 'x' as c from town where short_name = '东城') q on p.town_id = q.id order by 2, 1",
            "select p.id / 1000 as a, q.c from payment p full join (select id, 'x' as c from town where short_name = '东城') q on p.town_id = q.id group by 1, 2 order by 2, 1",
            "select p.id / 1000 as a, q.c from (select id, 'x' as c from town where short_name = '东城') q right join payment p on p.town_id = q.id group by 1, 2 order by 2, 1",
        ] {
            assert_eq!(super::city::rows(&now, &who, sql).await, ["1|x", "1|"], "{threads}: {sql}");
        }
    }
}
