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
        ("select 1 isnull", "is null"),
    ] {
        let refused = now.query(&who, sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}
