//! Values that stand for one another: a value is computed in the type that they all have, whichever comes first.

use crate::Person;
use crate::tests::city::City;

/// Found by a third look: `0` in the first branch took the fen off the amounts in the others.
#[tokio::test]
async fn a_value_is_computed_in_the_type_that_its_branches_have_together() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select sum(net * case when method = 'cash' then 0 else 0.006 end) from payment",
            "0.12000",
        ),
        (
            "select sum(coalesce(case when method = 'cash' then 0.5 else net end, 0)) from payment",
            "20.50",
        ),
        ("select sum(case when kind = 'payment' then 1 else 0.5 end) * 1.5 from payment", "4.50"),
        ("select least(100, case when 1 > 2 then 0.5 else 28.94 end)", "28.94"),
        ("select sum(a) - sum(b) from (select 10.61 a, 0 b union all select 0, 3.35) x", "7.26"),
        ("select x.b from (select 0 b union all select 3.35) x where b + 0.05 = 3.40", "3.35"),
        ("select v + 0.05 from (select 0 v union select 3.35) x order by 1 desc limit 1", "3.40"),
        (
            "with t as (select id, net 应, 0 实 from payment union all select id, 0, 5 from payment) \
             select count(*) from (select id from t group by 1 having sum(应) - sum(实) > 0.5) z",
            "2",
        ),
        (
            "select coalesce(v, 0) from (select 0.5 v union all select 3.355) x order by 1 desc limit 1",
            "3.355",
        ),
        ("select (select 0 union all select 3.35 order by 1 desc limit 1) + 0.05", "3.40"),
        ("select v * 1.1 from (select case when 1 > 2 then 0 else 2.5 end v) x", "2.75"),
        ("select count(*) from payment where case when 1 > 2 then 0 else net end = '15.00'", "1"),
        (
            "select lag(net, 1, 0.005) over (order by id) * 2 from payment order by 1 limit 1",
            "0.010",
        ),
        (
            "select min(extract(epoch from b - a)) from (select date '2026-11-01' a, date '2026-11-02' b union all \
             select timestamp '2026-11-01 08:00', date '2026-11-02') x",
            "57600.000000",
        ),
        ("select a / 2 from (select 3 a intersect select 3.0) x", "1.5000000000000000"),
        ("select a from (select 2.50 a except select 2) x", "2.50"),
        ("select count(*) from (select id from payment except select 1001) x", "2"),
        (
            "select count(*) from (select net from payment intersect select round(net, 3) from payment) x",
            "3",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    let both = "select 3 intersect select 3.0::float8";
    let refused = city.now().await.query(&who, both, &[]).await.unwrap_err().to_string();
    assert!(refused.contains("类型不同"), "{refused}");
}

/// What PostgreSQL makes of whole numbers and exponents.
#[tokio::test]
async fn numbers_have_the_type_that_postgresql_gives_them() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select count(*) / 1e4, 5e0 / 2, 1.5e1 / 2 from payment",
            "0.0003000000000000|2.5000000000000000|7.5000000000000000",
        ),
        (
            "select round(7) / 2, round(count(*), 2) / 100, trunc(7, 1) / 2 from payment",
            "3.5|0.0300000000000000|3.5000000000000000",
        ),
        (
            "select 100 / nullif(3, 2.5), 100 / nullif(count(*), 0.0), nullif(7, 0) / 2 from payment",
            "33.3333333333333333|33.3333333333333333|3",
        ),
        ("select power(1.1, 2) * 1.5, sum(1), avg(1) from payment", "1.8150|3|1.0000000000000000"),
        (
            "select cast(1.005::float8 as decimal(10, 2)), count(*) filter (where net::float8::numeric <> net) from payment",
            "1.01|0",
        ),
        (
            "select extract(epoch from timestamptz '2027-01-01 07:59:59.999999+08')",
            "1798761599.999999",
        ),
        (
            "select concat('是否:', net > 15), concat_ws('/', net > 15, method) from payment where id = 1001",
            "是否:t|t/cash",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// A file is left out only for what keeps the order of its values.
#[tokio::test]
async fn a_cast_that_keeps_less_is_asked_of_every_row() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from receipt_event where at::time between '00:30' and '02:00'", "1"),
        ("select count(*) from receipt_event where at::time > '12:00'", "0"),
        ("select count(*) from receipt_event where cast(at as date) = date '2026-11-01'", "1"),
        ("select count(*) from payment where cast(net * 1.013 as decimal(18, 0)) = 20", "1"),
        ("select count(*) from payment where cast(net * 1.013 as decimal(18, 0)) <> 20", "2"),
        (
            "select count(*) from charge_line where (amount * 1.005)::decimal(12, 1) in (20.1, 7)",
            "2",
        ),
        ("select sum(net) from payment having (sum(net) * 1.001)::decimal(18, 0) = 40", "40.00"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Found by a fourth look: what is an `integer` in PostgreSQL is one here, wherever it stands, so a sum of it divides
/// without decimals as there.
#[tokio::test]
async fn whole_numbers_are_integers_wherever_they_stand() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select c, sum(n) / count(*) from (select '户' c, null n union all select '户', 7 union all select '户', 8) x group by 1",
            "户|5",
        ),
        ("select sum(abs(x)) / 2 from (select null x union all select 5) t", "2"),
        (
            "select sum(d) / count(*) from (select id - lag(id, 1, 0) over (order by id) d from (values (1), (2), (4)) v(id)) x",
            "1",
        ),
        ("select sum(mod(v, 3)) / 2 from (values (2), (4), (5)) t(v)", "2"),
        (
            "select sum(q) / 2 from (select ntile(4) over (order by id) q from (values (1), (2), (4)) v(id)) x",
            "3",
        ),
        ("select sum(array_length(m, 1)) / 2 from (select array_agg(id) m from payment) x", "1"),
        ("select sum((array[5, 6])[1]) / 2, sum(x) / 2 from unnest(array[5, 6]) t(x)", "5|5"),
        ("select sum(x) / 2 from (select +5 x) t", "2"),
        (
            "select sum(case when id > 0 then +1 else 0 end) / 2 from (values (1), (2), (4)) v(id)",
            "1",
        ),
        ("select sum(x) / 2 from (values (+5)) t(x)", "2"),
        ("select sum(x) / 2 from (select max(1) x union all select min(+4)) t", "2"),
        ("select count(*) from payment where net is distinct from net::float8 * 1.1 / 1.1", "1"),
        (
            "select count(*) from payment where net in (select net::float8 * 1.1 / 1.1 from payment)",
            "2",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select a.k from (values (5)) a(k) join (values (5.0)) b(k) using (k)", "改用 on"),
        ("select * from (select 1 k) a join (select 1 k, 2 b) b using (k)", "排在最前"),
        (
            "select count(*) from account where no is not distinct from 10000001",
            "文字不能直接和数字",
        ),
        ("select lag(net, null) over (order by id) from payment", "空值"),
    ] {
        let refused = now.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// A list of a subquery as a value, with its third truth value.
#[tokio::test]
async fn a_list_is_asked_for_wherever_a_value_stands() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select sum(case when town_id in (select id from town where short_name = '东城') then net else 0 end) from payment",
            "25.00",
        ),
        (
            "select count(*) filter (where town_id not in (select id from town where short_name = '东城')) from payment",
            "1",
        ),
        (
            "select town_id in (select id from town where short_name = '东城') as east, sum(net) from payment group by 1 order by 1",
            "false|15.00 true|25.00",
        ),
        (
            "select id, cashier_id in (select cashier_id from payment) from payment order by id",
            "1001|true 1002| 1003|true",
        ),
        (
            "select id, 7 in (select cashier_id from payment), 7 in (select 1 where false) from town order by id",
            "441900003||false 441900004||false",
        ),
        (
            "select null in (select 1 where false), null not in (select 1), 1 not in (select 1)",
            "false||false",
        ),
        (
            "select exists (select 1 from payment where net > 100), not exists (select 1 from payment where net > 100), exists (select max(id) from payment where false)",
            "false|true|true",
        ),
        ("select bool_or(id in (select payment_id from receipt)), count(*) from payment", "true|3"),
        (
            "select id, exists (select 1 from receipt r where r.payment_id = payment.id), not exists (select * from receipt r where r.payment_id = payment.id) from payment order by id",
            "1001|true|false 1002|true|false 1003|false|true",
        ),
        (
            "select id, rank() over (order by net) r from payment where id in (select payment_id from receipt) order by id",
            "1001|2 1002|1",
        ),
        (
            "select case when id in (select payment_id from receipt) and net in (select total - 35 from charge) then 'both' else 'no' end from payment order by id",
            "no both no",
        ),
    ] {
        assert_eq!(city.rows(&who, sql).await.join(" "), want, "{sql}");
    }
}
