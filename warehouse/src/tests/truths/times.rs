//! Days, hours and their patterns.

use crate::Person;
use crate::tests::city::City;

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
    let today = || chrono::Utc::now().with_timezone(&terms::shanghai()).date_naive().to_string();
    // Midnight may pass meanwhile.
    let before = today();
    let said = city.row(&who, "select current_date").await;
    assert!([before, today()].contains(&said), "{said}");
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

/// Found by a stranger's reading: a day was told by the clock of UTC where the text has a zone. PostgreSQL takes the day
/// as it is written, and passes over the clock and the zone.
#[tokio::test]
async fn a_zone_in_a_text_moves_no_day_and_no_wall_clock() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select '2026-11-01 01:00:00+08'::date, '2026-11-01 23:30:00-05'::date, date '2026-11-01T01:00:00Z'",
            "2026-11-01|2026-11-01|2026-11-01",
        ),
        (
            "select '2026-11-01 01:00:00+08'::timestamp::text, '2026-11-01 01:00:00 UTC'::timestamp::text",
            "2026-11-01 01:00:00|2026-11-01 01:00:00",
        ),
        (
            "select '2026-11-01 01:00:00+00'::timestamptz::text, '2026-11-01 01:00:00'::timestamptz::text",
            "2026-11-01 09:00:00+08|2026-11-01 01:00:00+08",
        ),
        (
            "select string_agg(t::date::text, ' ' order by t) from (values ('2026-11-01 01:00:00+08'), ('2026-11-02 23:00:00-08'), ('2026-11-03')) v(t)",
            "2026-11-01 2026-11-02 2026-11-03",
        ),
        (
            "select string_agg(t::timestamp::text, ' ' order by t) from (values ('2026-11-01 01:00:00+08'), ('2026-11-02 23:00:00-08')) v(t)",
            "2026-11-01 01:00:00 2026-11-02 23:00:00",
        ),
        (
            "select string_agg(t::timestamptz::text, ' ' order by t) from (values ('2026-11-01 01:00:00+00'), ('2026-11-02 23:00:00-08')) v(t)",
            "2026-11-01 09:00:00+08 2026-11-03 15:00:00+08",
        ),
        (
            "select '10:00:00+08'::time::text, '2026-11-01 10:00:00+08'::time::text",
            "10:00:00|10:00:00",
        ),
        ("select count(*) from payment where account_date = '2026-11-01 01:00:00+08'", "1"),
        (
            "select count(*) from payment where account_date in ('2026-11-01 01:00:00+08', '2026-11-02')",
            "2",
        ),
        (
            "select sum(case when account_date = '2026-11-01 01:00+08' then 1 else 0 end) from payment",
            "1",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in ["select '2026-11-01 01:00:00+99'::date", "select '2026-11-01 10:00 nowhere'::date"]
    {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("不是日期"), "{sql}: {refused}");
    }
}

/// So many times an interval; a text in quotes is one too.
#[tokio::test]
async fn intervals_are_multiplied_as_postgresql_does() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select (date '2026-01-31' + interval '1 month' * 3)::date, (date '2026-01-31' + 2 * interval '1 month')::date",
            "2026-04-30|2026-03-31",
        ),
        (
            "select (interval '1 month' / 2)::text, (interval '1 day' * 1.5)::text, (interval '1 year 2 months' * 2)::text",
            "15 days|1 day 12:00:00|2 years 4 mons",
        ),
        ("select '3 days'::interval::text, cast('1 month' as interval)::text", "3 days|1 mon"),
        (
            "select string_agg((account_date + interval '1 day' * account_id)::date::text, ' ' order by id) from payment",
            "2026-11-02 2026-11-03 2026-11-05",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select interval '1 day' / 0", "除数为零"),
        ("select method::interval from payment", "interval '1 day'"),
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// Lengths of time in words, added up, and between two days.
#[tokio::test]
async fn lengths_of_time_are_postgresqls() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select interval '1 month + 2 days', interval '1 month -1 day', interval '1 day -02:03:04', interval '0.05 month', interval '2 days ago', interval '5' day",
            "1 mon 2 days|1 mon -1 days|1 day -02:03:04|1 day 12:00:00|-2 days|5 days",
        ),
        (
            "select age(date '2026-11-30', date '2026-02-28'), age(date '2026-12-31', date '2027-02-28'), age(date '2026-11-05', '2026-01-01'), age(timestamptz '2026-11-01 00:00+00', date '2026-10-01')",
            "9 mons 2 days|-1 mons -28 days|10 mons 4 days|1 mon 08:00:00",
        ),
        ("select age(current_date), age(now()::date - 1)", "00:00:00|1 day"),
        (
            "select sum(x), avg(x) from (values (interval '1 month 3 days 04:00'), (interval '-2 days'), (null), (interval '1 day 00:00:01')) v(x)",
            "1 mon 2 days 04:00:01|10 days 17:20:00.333333",
        ),
        ("select sum(age(date '2026-12-01', account_date)) from payment", "1 mon 57 days"),
        ("select sum(age(account_date)), avg(age(account_date)) from payment where id < 0", "|"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select interval '1 day 2 days'", "不是时长"),
        ("select '2026-11-01T09:30:00Z'::time", "不是钟点"),
        ("select '10:00 Asia/Shanghai'::time", "不是钟点"),
        ("select age(no, current_date) from account", "函数 age"),
        (
            "select percentile_cont(array[0.25, 0.5]) within group (order by net) from payment",
            "一次只算一个比例",
        ),
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// Found by an attacker: a day and 24 hours were told apart by CASE, in lists, by keys and by what aggregates sort by.
#[tokio::test]
async fn spans_are_not_compared() {
    let city = City::new().await;
    let spans = "(values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n)";
    for sql in [
        "select case interval '24 hours' when interval '1 day' then 1 else 2 end".to_owned(),
        format!("select case x when '1 day' then 1 end from {spans}"),
        "select array[interval '1 month'] = array[interval '30 days']".to_owned(),
        "select array[interval '1 day'] is distinct from array[interval '24 hours']".to_owned(),
        "select array[interval '1 day'] in (array[interval '24 hours'])".to_owned(),
        "select nullif(array[interval '24 hours'], array[interval '1 day'])".to_owned(),
        format!("select array[x], count(*) from {spans} group by array[x]"),
        format!("select count(distinct array[x]) from {spans}"),
        format!("select distinct array[x] from {spans}"),
        format!("select array[x] from {spans} union select array[interval '1 day']"),
        format!("select array[x] from {spans} intersect select array[interval '1 day']"),
        format!("select distinct on (x) n from {spans} order by x, n"),
        format!("select distinct on (array[x]) n from {spans}"),
        format!("select distinct on (n % 1) n from {spans} order by n % 1, x"),
        format!("select count(*) over (partition by array[x]) from {spans}"),
        format!("select count(*) from {spans} group by rollup (x)"),
        format!("select count(*) from {spans} group by grouping sets ((x), ())"),
        "select interval '1 day' in (select interval '24 hours')".to_owned(),
        "select interval '1 day' = any (select interval '24 hours'), interval '1 day' >= all (select interval '24 hours')".to_owned(),
        "select count(*) from (select interval '24 hours' a) x join (select interval '1 day' a) y using (a)".to_owned(),
        "select count(*) from (select interval '24 hours' a) x natural join (select interval '1 day' a) y".to_owned(),
        "select count(*) from (select array[interval '24 hours'] a) x join (select array[interval '1 day'] a) y on x.a = y.a".to_owned(),
        "select string_agg(n::text, ',' order by x) from (values (interval '30 hours', 1), (interval '1 day', 2)) v(x, n)".to_owned(),
    ] {
        let refused = city.now().await.query(&Person::system(), &sql, &[]).await.map(|_| ());
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("时长不能比大小"), "{sql}: {said}");
    }
    let sql = format!(
        "select sum(x), count(x), array_to_string(array_agg(n order by n), ',') from {spans}"
    );
    assert_eq!(city.row(&Person::system(), &sql).await, "1 day 24:00:00|2|1,2", "{sql}");
}

/// A series that is written out.
#[tokio::test]
async fn a_series_tells_its_rows() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select string_agg(n::text, ',' order by n) from generate_series(1, 5, 2) n", "1,3,5"),
        (
            "select string_agg(g::date::text, ',' order by g) from generate_series(date '2026-01-31', date '2026-04-30', interval '1 month') g",
            "2026-01-31,2026-02-28,2026-03-28,2026-04-28",
        ),
        (
            "select count(d), count(p.id), sum(p.net) from generate_series('2026-11-01'::date, '2026-11-30', '1 day') as t(d) left join payment p on p.account_date = t.d::date",
            "30|3|40.00",
        ),
        ("select count(*), max(generate_series) from generate_series(1, 0)", "0|"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for sql in [
        "select * from generate_series(1, 100000)",
        "select * from generate_series(1, (select max(id) from account))",
    ] {
        let refused = city.now().await.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("起止和步长要直接写出"), "{sql}: {refused}");
    }
}
