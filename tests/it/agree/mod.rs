//! The same questions asked of PostgreSQL and of the warehouse give the same answers, to the fen.

mod settings;
mod water;

use sqlx::{AssertSqlSafe, Row};
use warehouse::Person;

use crate::city::{City, DAOJIAO, GAOBU, Till, ask};

/// Statements in the words that both sides understand; every value is made text, so that both print it alike.
const QUESTIONS: &str = include_str!("questions.sql");

/// Some weeks at two counters: late payers, reversals, prepaid money, a bank's batch.
async fn busy_weeks(city: &mut City) {
    use engine::channels::{Settled, Settles};
    let mut accounts = Vec::new();
    for n in 0..24 {
        let outlet = if n % 3 == 0 { GAOBU } else { DAOJIAO };
        accounts.push(city.open(&format!("住户{n}"), outlet, |new| new.persons = 2 + n % 6).await);
    }
    city.counter().await;
    city.clerk("li.mei", "李梅", GAOBU).await;
    for (month, wall) in (1..).zip(["2026-11-20 10:00", "2026-12-21 10:00", "2027-01-22 10:00"]) {
        city.at(wall);
        for (n, account) in accounts.iter().enumerate() {
            let index = month * (7 + n);
            city.read(account, &index.to_string()).await;
        }
        city.bill().await;
        for (n, account) in accounts.iter().enumerate() {
            let till = Till::of(city, if n % 3 == 0 { "li.mei" } else { "chen.juan" }).await;
            match n % 5 {
                0 => continue,
                1 => {
                    let paid = till.collect(account, "9000").await;
                    till.take_back(paid.payment).await.unwrap();
                }
                2 => {
                    let gross = till.quote(account).await.total;
                    let serial = format!("W{month}-{n}");
                    let settles = Settles::UpTo(city.period());
                    let batch_no = serial.clone();
                    let items = vec![Settled { account: account.id, settles, serial, gross }];
                    let outcome = city.settle("wechat", &batch_no, items).await;
                    assert!(outcome.refused.is_empty(), "{outcome:?}");
                }
                3 => till.collect_and_keep(account, "9000").await,
                _ => {
                    till.collect(account, "9000").await;
                }
            }
        }
    }
}

/// PostgreSQL's answer, as text.
async fn ask_postgres(city: &City, sql: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&city.owner).await;
    let rows = rows.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let text = |row: &sqlx::postgres::PgRow| {
        let cell = |at| row.get::<Option<String>, _>(at).unwrap_or_default();
        (0..row.len()).map(cell).collect::<Vec<_>>().join("|")
    };
    rows.iter().map(text).collect()
}

#[tokio::test]
async fn the_same_questions_get_the_same_answers() {
    let mut city = City::new().await;
    busy_weeks(&mut city).await;
    let books = city.captured().await;
    let pinned = books.up_to_now().await;
    for question in QUESTIONS.split(';').map(str::trim).filter(|question| !question.is_empty()) {
        let theirs = ask_postgres(&city, question).await;
        let ours = ask(&pinned, &Person::system(), question).await;
        assert_eq!(ours, theirs, "{question}");
        assert!(!ours.is_empty(), "{question}: asks for nothing");
    }
    books.verify().await;
    books.stop().await;
    city.check().await;
}
