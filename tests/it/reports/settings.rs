//! A database and its roles that write days and moments otherwise: the books, their capture and the reports do not.

use engine::register::{Correct, Correction, correct};
use sqlx::AssertSqlSafe;
use warehouse::Person;

use crate::city::{City, ask};

#[tokio::test]
async fn what_a_database_and_its_roles_are_set_to_moves_no_day() {
    let mut city = City::new().await;
    let name = city.database.name.clone();
    let (application, capture) = (engine::APPLICATION, engine::CAPTURE);
    for whose in [
        format!("database {name}"),
        format!("role {application} in database {name}"),
        format!("role {capture} in database {name}"),
    ] {
        for set in [
            "datestyle = 'SQL, DMY'",
            "timezone = 'America/New_York'",
            "intervalstyle = 'sql_standard'",
            "bytea_output = 'escape'",
            "extra_float_digits = -3",
        ] {
            let sql = AssertSqlSafe(format!("alter {whose} set {set}"));
            sqlx::raw_sql(sql).execute(&city.owner).await.unwrap();
        }
    }
    sqlx::raw_sql("select tell_laws('{laws}')").execute(&city.owner).await.unwrap();
    city.pool = engine::connect(city.database.application()).await.unwrap();
    // The third of the twelfth could be the twelfth of the third, and in New York it is the day before.
    city.at("2026-12-03 00:30");
    let till = city.counter().await;
    let (first, second) =
        (city.household_owing_for("陈大文", "30").await, city.household("李四").await);
    till.collect(&first, "103.33").await;
    // What is there is copied, and what comes is read off the log.
    let books = city.captured().await;
    city.read(&second, "30").await;
    city.bill().await;
    till.collect(&second, "103.33").await;
    let correction = Correction {
        account_no: first.no.clone(),
        valid_from: city.today(),
        what: Correct::Address("东莞市道滘镇新路9号".to_owned()),
        reason: "登记有误".to_owned(),
    };
    correct(&city.pool, &city.clock, city.manager().await, correction).await.unwrap();
    let who = Person::system();
    for report in ["daily-collection", "daily-detail"] {
        let report = books.report(report, &who).await;
        assert!(report.proved(), "{:#?}", report.checks);
        assert_eq!(report.total("net").unwrap().text, "206.66");
    }
    let live = books.live().await;
    let sql = "select distinct account_date::text || ' ' || to_char(posted_at, 'YYYY-MM-DD HH24:MI') from payment";
    assert_eq!(ask(&live, &who, sql).await, ["2026-12-03 2026-12-03 00:30"]);
    books.verify().await;
    books.stop().await;
    city.check().await;
}
