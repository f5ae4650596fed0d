//! What was written: clauses, titles.

use crate::Person;
use crate::tests::city::City;

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
    // Capitals without quotes say nothing, whether the name stands once or twice.
    let sql = "select ID, net as Total, -net as TOTAL, id as \"Id\", -net as NET from payment order by net + 0";
    let answer = city.now().await.query(&Person::system(), sql, &[]).await.unwrap();
    let titles: Vec<_> = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(titles, ["id", "total", "total", "Id", "net"]);
}

/// Regular expressions mean what they mean in PostgreSQL, or are refused.
#[tokio::test]
async fn regular_expressions_are_postgresqls() {
    let city = City::new().await;
    let now = city.now().await;
    let who = Person::system();
    for (sql, want) in [
        (
            r"select regexp_replace('5', '(5)', '$1'), regexp_replace('a5b', '5', '\&\&'), regexp_replace('１２３abc1', '\d', '#')",
            "$1|a55b|１２３abc#",
        ),
        (
            r"select '１２' ~ '^\d+$', '东' ~ '[[:alpha:]]', E'a\nb' ~ 'a.b', '东城' ~ '东|西'",
            "false|true|true|true",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
    for (sql, said) in [
        ("select regexp_replace('东城街道', '(东|东城)', '')", "不能用 |"),
        ("select regexp_replace('abc', 'b*', '-', 'g')", "空文字"),
        ("select regexp_match('a', 'a', 'n')", "不支持选项"),
        ("select no ~ payer_name from account", "引号里"),
        ("select (array_agg(id))[-1] from account", "从 1 开始"),
        ("select (array_agg(id))[0] from account", "从 1 开始"),
        ("select array_agg(id)::text from account", "array_to_string"),
        ("select array_to_string(array_agg(net > 1), ',') from payment", "to_char"),
        ("select '2026-01-01 00:00:00.6'::timestamp(0)", "小数位数"),
    ] {
        let refused = now.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// A number is written as PostgreSQL writes it, in a cast, joined to other text and on the screen.
#[tokio::test]
async fn numbers_are_written_as_postgresql_writes_them() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        (
            "select ceil(net)::text || ' ' || floor(net)::text || ' ' || trunc(net, 1) from payment where id = 1002",
            "15 15 15.0",
        ),
        (
            "select ceil(9.5) || ' ' || floor(-0.5) || ' ' || trunc(-28.99) || ' ' || ceil(-28.5)",
            "10 -1 -28 -28",
        ),
        (
            "select trunc(1234.56, -2) || ' ' || trunc(1234.567, 2) || ' ' || trunc(7, 1) || ' ' || trunc(28.9, 3) || ' ' || round(7, 1)",
            "1200 1234.56 7.0 28.900 7.0",
        ),
        (
            "select round(-2.5) || ' ' || round(1250, -2) || ' ' || round(9.995, 2) || ' ' || round(99.5, 0)",
            "-3 1300 10.00 100",
        ),
        ("select ceil(net) from payment where id = 1001", "20"),
        ("select count(*) from payment where ceil(net)::text = '20'", "1"),
        ("select date_part('month', account_date) || '月' from payment where id = 1001", "11月"),
        (
            "select concat(date_part('year', account_date), '-', date_part('month', account_date)) from payment where id = 1001",
            "2026-11",
        ),
        (
            "select sqrt(16)::text || ' ' || power(2, 3) || ' ' || 1e20::float8 || ' ' || 0.1::float8",
            "4 8 1e+20 0.1",
        ),
        ("select sqrt(16)", "4"),
        (
            "select string_agg(sqrt((net * net)::float8)::text, ',' order by id) from payment",
            "20,15,5",
        ),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}

/// Words for what plainer words say.
#[tokio::test]
async fn other_words_say_the_same() {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in [
        ("select count(*) from account where phone isnull or town_id isnull", "0"),
        (
            "select count(*) from account a left join meter m on m.account_id = a.id where m.id isnull",
            "2",
        ),
        ("select count(*) from account where row(id, no) in ((1, 'E1'), (2, 'S3'))", "1"),
        ("select count(*) from account where row(id, no) = row(1, 'E1')", "1"),
        (
            "select count(*) from payment where (account_id, town_id) = any (select id, town_id from account)",
            "2",
        ),
        (
            "select count(*) from payment where row(account_id, town_id) in (select id, town_id from account)",
            "2",
        ),
        (
            "select localtimestamp = now()::timestamp, localtimestamp::date = current_date",
            "true|true",
        ),
        (
            "select (date '2026-11-30' + interval '1 month - 1 day')::date, (date '2026-11-30' + interval '- 3 days')::date",
            "2026-12-29|2026-11-27",
        ),
        ("select count(*) from (select null union all select id from town) x", "3"),
        ("select count(*) from ((select null limit 1) union all select id from town) x", "3"),
    ] {
        assert_eq!(city.row(&who, sql).await, want, "{sql}");
    }
}
