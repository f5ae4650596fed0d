//! Quotients, averages and deviations with PostgreSQL's last digit, and texts of numbers and times. The figures are those
//! that PostgreSQL 15 gives.

use crate::Person;
use crate::tests::city::City;

async fn told(city: &City, sql: &str) -> String {
    let answer = city.now().await.query(&Person::system(), sql, &[]).await;
    answer.map(|answer| format!("{answer:?}")).unwrap_err().to_string()
}

/// Found by fresh eyes: a quotient had sixteen decimals whatever its size, and a product of it was cut to as many.
#[tokio::test]
async fn quotients_are_computed_to_the_last_digit() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select 20 > avg(x) * 1.5, round(avg(x) * 1.5, 2) from (values (10), (10), (20)) v(x)",
            "true|20.00",
        ),
        ("select round(0.37 / 3 * 1.5, 2), 1.0 / 3 * 3 = 1, 7.0 / 7 = 1", "0.18|false|true"),
        (
            "select sum(round(x / 14 * 7, 2)), sum(floor(x / 7 * 7)) from (values (0.01), (0.03), (21.00), (13.37)) v(x)",
            "17.22|34",
        ),
        (
            "select count(*) filter (where q = 0.9), count(*) filter (where q < 0.9) from (select x / sum(x) over () * 3 q from (values (3.00), (3.00), (4.00)) v(x)) z",
            "2|0",
        ),
        (
            "select round(avg(x / n), 4), round(avg(x) / 7 / 3, 6) from (values (10.00, 3), (7.00, 9)) v(x, n)",
            "2.0556|0.404762",
        ),
        (
            "select round(avg(x) / avg(y), 4), round((avg(x) - avg(y)) / avg(y) * 100, 2) from (values (10.50, 3), (7.13, 9), (2.01, 7)) v(x, y)",
            "1.0337|3.37",
        ),
        (
            "select 1000000.0 / 7, 5 / 7.0, 100 / 3.0, avg(x) from (values (1), (2)) v(x)",
            "142857.1428571428570000|0.71428571428571428571|33.3333333333333333|1.5000000000000000",
        ),
        (
            "select round((sum(x) / 3)::numeric, 2), (5::numeric / 3) * 3 = 5 from (values (10.00), (7.00)) v(x)",
            "5.67|false",
        ),
        (
            "select extract(epoch from t - timestamp '2026-11-01 00:00') / 3600 > 25.5 from (values (timestamp '2026-11-02 02:00')) v(t)",
            "true",
        ),
        (
            "select round(sqrt(2.0), 4), round(ln(10.5), 6), round(exp(1.5), 3), log(1000), log(1000) = 3, round(log(2, 8.0), 2)",
            "1.4142|2.351375|4.482|3|true|3.00",
        ),
        ("select net::numeric::text, 5::numeric::text from payment where id = 1001", "20.00|5"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in [
        "select 1 from payment group by town_id having avg(net) / 7 / 3 > 0.5",
        "select id from payment order by net / 3 / 7",
        "select distinct net / 3 / 7 from payment",
        "select net / 3 / 7 from payment group by 1",
        "select max(sqrt(net)) from payment",
        "select sum(net / 3 / 7) from payment",
        "select net / 3 / 7 + 1 from payment",
        "select round(3.0 / 3 / 2, 0)",
        "select count(*) from payment where net / 3 / 7 between 1 and 2",
        "select 0.01 / 3000000000000",
    ] {
        let said = told(&city, sql).await;
        assert!(said.contains("小数位数不定") && said.contains("round("), "{sql}: {said}");
    }
}

/// Found by fresh eyes: variances were floats, negative over windows that slide.
#[tokio::test]
async fn deviations_are_exact() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select round(stddev(x), 2), round(variance(x), 4), round(stddev_pop(x), 6), var_pop(x) > 0 from (values (10.00), (12.50), (20.10)) v(x)",
            "5.26|27.6700|4.294958|true",
        ),
        (
            "select stddev(x) = 0, variance(x) = 0, var_samp(x) = 0 from (values (0.1), (0.1), (0.1)) v(x)",
            "true|true|true",
        ),
        (
            "select sum(s) from (select round(stddev(x) over (order by i rows 1 preceding), 3) s from (values (1, 1000000.10), (2, 1000000.10), (3, 2.5), (4, 2.5)) v(i, x)) z",
            "707105.084",
        ),
        (
            "select min(s) = 0, max(s) = 499997600002.88 from (select variance(x) over (order by i rows 1 preceding) s from (values (1, 1000000.10), (2, 1000000.10), (3, 2.5), (4, 2.5)) v(i, x)) z",
            "true|true",
        ),
        (
            "select stddev(x) over (order by i), stddev_pop(x) over () = 0 from (values (1, 5)) v(i, x)",
            "|true",
        ),
        ("select every(net > 1) from payment", "true"),
        (
            "select 2 = any(array[1, null]) is null, count(*) filter (where method = any(array['cash', 'pos'])), count(*) filter (where method <> all(array['cash', 'pos'])) from payment",
            "true|2|1",
        ),
        ("select date(timestamp '2026-11-01 08:00')", "2026-11-01"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select stddev(net::float8) from payment", "浮点数"),
        ("select covar_pop(net, id) over (order by id rows 1 preceding) from payment", "浮点数"),
        ("select corr(net, id) over (order by id rows 1 preceding) from payment", "滑动"),
        ("select stddev(distinct net) from payment", "distinct"),
        ("select stddev(net / 3) from payment", "round("),
    ] {
        let refused = told(&city, sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// PostgreSQL writes each value with the decimals of the branch that it came from.
#[tokio::test]
async fn texts_of_decimals_have_one_scale_or_are_refused() {
    let city = City::new().await;
    let who = Person::system();
    for sql in [
        "select coalesce(sum(net), 0)::text from payment",
        "select concat('共', coalesce(sum(net), 0), '元') from payment",
        "select '共' || case when id > 1001 then net else 0 end from payment",
        "select string_agg(greatest(net, 6)::text, ',') from payment",
        "select lag(net, 1, 0) over (order by id)::text from payment",
        "select x::text from (select net x from payment union all select 0) y",
        "select x::text from (values (1.5), (2)) v(x)",
        "select max(x)::text from (values (1.5), (2)) v(x)",
        "select array_to_string(array[1.5, 2], ',')",
        "select array_to_string(array_agg(net / 3), ',') from payment",
        "select array_agg(coalesce(net, 0)) from payment",
    ] {
        let said = told(&city, sql).await;
        assert!(said.contains("小数位数不定") && said.contains("round("), "{sql}: {said}");
    }
    for (sql, want) in [
        ("select coalesce(sum(net), 0.00)::text from payment", "40.00"),
        ("select round(coalesce(sum(net), 0), 2)::text || '元' from payment", "40.00元"),
        ("select cast(coalesce(sum(net), 0) as numeric(10, 2))::text from payment", "40.00"),
        (
            "select array_to_string(array_agg(net order by id), ',') from payment",
            "20.00,15.00,5.00",
        ),
        ("select min(settled)::text = max(settled)::text or true from arrears", "true"),
        (
            "select string_agg(distinct x, ',') from (values ('b'), ('a'), (null), ('b'), ('C')) v(x)",
            "C,a,b",
        ),
        (
            "select array_to_string(array_agg(distinct x), ',') from (values (3), (1), (2), (3)) v(x)",
            "1,2,3",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Spans have days and hours wherever they come from, and a time of the day is read as it is written.
#[tokio::test]
async fn spans_and_times_of_the_day_are_postgresqls() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select upper('éßﬁж'), lower('İÉЖ'), initcap('élan ßx')", "ÉßﬁЖ|iéж|Élan ßx"),
        (
            "select '0930'::time, '093015'::time = '09:30:15', '09:30'::time",
            "09:30:00|true|09:30:00",
        ),
        (
            "select (timestamp '2026-11-05 10:00' - timestamp '2026-11-01 08:00' + interval '1 day')::text",
            "5 days 02:00:00",
        ),
        (
            "select coalesce(timestamp '2026-11-05' - t, interval '0 days')::text from (values (timestamp '2026-11-01')) v(t)",
            "4 days",
        ),
        (
            "select (case when t > timestamp '2026-10-01' then timestamp '2026-11-05 00:00' - t else interval '1 month' end)::text from (values (timestamp '2026-11-01')) v(t)",
            "4 days",
        ),
        ("select timestamp '2026-11-01 08:00' - timestamp '2026-11-03 09:30'", "-2 days -01:30:00"),
        (
            "select timestamp '2026-11-01 08:00' > '20261031', '20261101'::timestamptz = '2026-11-01'::timestamptz",
            "true|true",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select '1e400'::float8", "数值超出范围"),
        ("select cast(array_agg(net) as int[]) from payment", "round("),
    ] {
        let refused = told(&city, sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    for sql in ["select '10'::time", "select '930'::time", "select '25:00'::time"] {
        let said = told(&city, sql).await;
        assert!(said.contains("不是钟点"), "{sql}: {said}");
    }
}
