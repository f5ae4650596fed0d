//! Marks that lie: refused where they are left, and where one stands after all, one finding among the others.

use std::time::Duration;

use insta::assert_snapshot;
use sqlx::PgConnection;

use super::{answers, books};
use crate::city::City;

fn mark(act: &str, details: &str) -> String {
    format!("select leave_mark(null, '{act}', 'x', '{details}', now())")
}

const MILLIONS: &str =
    r#"{"posted": {"payments": "{[2611000000000,2711000000000)}", "digest": "y"}}"#;

#[tokio::test]
async fn a_mark_says_of_what_was_posted_nothing_but_the_truth() {
    let mut city = City::new().await;
    books(&mut city).await;
    let others = "select leave_mark(null, 'channels.batch.post', 'x', jsonb_build_object('posted', jsonb_build_object(
            'payments', ids::text, 'digest', posting_digest(ids))), now())
        from (select int8multirange(int8range(id, id, '[]')) as ids from newest) n";
    let attempts = [
        ("months of ids", mark("prepaid.balance.offset", MILLIONS)),
        ("no ids", mark("channels.batch.post", r#"{"posted": {"payments": "x", "digest": "y"}}"#)),
        ("no digest", mark("channels.batch.post", r#"{"posted": {"payments": "{}"}}"#)),
        ("an act that posts nothing", mark("access.session.fail", r#"{"posted": {}}"#)),
        ("the payment of another", others.to_owned()),
        ("that nothing was posted", mark("channels.batch.post", r#"{"posted": null}"#)),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    months of ids: mark_lies
    no ids: mark_lies
    no digest: mark_lies
    an act that posts nothing: mark_lies
    the payment of another: mark_lies
    that nothing was posted: taken
    ");
    city.check().await;
}

/// A check that is broken off, or whose process is gone, leaves nothing at work behind.
#[tokio::test]
async fn no_statement_works_for_ever_or_for_nobody() {
    let city = City::new().await;
    let limits = "select current_setting('statement_timeout') || ' ' || current_setting('client_connection_check_interval')";
    let limits: String = sqlx::query_scalar(limits).fetch_one(&city.pool).await.unwrap();
    assert_eq!(limits, "30min 10s");
    let mut gone = city.pool.acquire().await.unwrap().detach();
    let long = sqlx::query("select pg_sleep(3600)").execute(&mut gone);
    assert!(tokio::time::timeout(Duration::from_millis(300), long).await.is_err());
    drop(gone);
    let at_work = "select count(*) from pg_stat_activity where datname = current_database()
        and query = 'select pg_sleep(3600)' and state = 'active'";
    let mut seen = Vec::new();
    for _ in 0..150 {
        seen.push(sqlx::query_scalar(at_work).fetch_one(&city.owner).await.unwrap());
        if seen.last() == Some(&0_i64) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!((seen.first(), seen.last()), (Some(&1), Some(&0)));
}

/// What does not hold, and what the database said where it could not tell.
async fn broken(connection: &mut PgConnection) -> Vec<(&'static str, i64, Option<String>)> {
    let findings = engine::check::run(connection).await.unwrap();
    assert_eq!(findings.last().map(|last| last.id), Some("31c"));
    let broken = findings.into_iter().filter(|found| !found.holds());
    broken.map(|found| (found.id, found.violations, found.failure)).collect()
}

#[tokio::test]
async fn neither_a_lie_nor_a_failure_keeps_the_other_invariants_from_being_asked() {
    let mut city = City::new().await;
    books(&mut city).await;
    let mut owner = city.owner.begin().await.unwrap();
    let lies = [
        "alter table operation_log disable trigger check_posted".to_owned(),
        mark("closing.day.close", r#"{"close": "abc", "seal": "y"}"#),
        mark("counter.payment.collect", MILLIONS),
        mark("channels.batch.post", r#"{"posted": {"payments": "{[5,1)}", "digest": "y"}}"#),
        mark("prepaid.balance.offset", r#"{"posted": {"payments": "{[1,5)}"}}"#),
    ];
    for lie in lies {
        sqlx::raw_sql(sqlx::AssertSqlSafe(lie)).execute(&mut *owner).await.unwrap();
    }
    // What else is found: the mark of a payment at a till that there is not, and the law asleep on each part of the log.
    let asleep = "select count(*) from pg_trigger where tgname = 'check_posted'";
    let asleep: i64 = sqlx::query_scalar(asleep).fetch_one(&mut *owner).await.unwrap();
    let (alone, laws) = (("17j", 1, None), ("31a", asleep, None));
    let want = [("17g", 1, None), alone.clone(), ("17h", 3, None), laws.clone()];
    assert_eq!(broken(&mut owner).await, want);
    sqlx::raw_sql("alter function posted_by rename to gone").execute(&mut *owner).await.unwrap();
    let failed = "function posted_by(jsonb) does not exist".to_owned();
    let want = [
        ("17g", 1, None),
        alone,
        ("17h", 0, Some(failed)),
        laws,
        // The law by its old name, and by its new one.
        ("31b", 2, None),
    ];
    assert_eq!(broken(&mut owner).await, want);
    owner.rollback().await.unwrap();
    city.check().await;
}
