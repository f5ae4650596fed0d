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
