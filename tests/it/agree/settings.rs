//! A server that is told to write days, times and numbers otherwise, for all or for one login: the warehouse has the
//! same values.

use sqlx::AssertSqlSafe;
use warehouse::Person;

use crate::city::{City, ask};

#[tokio::test]
async fn other_manners_of_the_server_change_no_value() {
    let city = City::new().await;
    let database = format!("database {}", city.database.name);
    for whom in [format!("role {} in {database}", engine::CAPTURE), database.clone()] {
        for (name, value) in [
            ("datestyle", "'German, DMY'"),
            ("timezone", "'America/New_York'"),
            ("intervalstyle", "'sql_standard'"),
            ("bytea_output", "'escape'"),
            ("extra_float_digits", "-15"),
        ] {
            let sql = AssertSqlSafe(format!("alter {whom} set {name} = {value}"));
            sqlx::query(sql).execute(&city.owner).await.unwrap();
        }
    }
    let (first, second) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    );
    let till = city.counter().await;
    till.collect(&first, "110").await;
    // The first is copied, the second comes in the stream.
    let books = city.captured().await;
    till.collect(&second, "110").await;
    let pinned = books.up_to_now().await;
    books.verify().await;
    let paid = "select account_date, to_char(posted_at, 'YYYY-MM-DD HH24:MI:SS'), net from payment order by id";
    let seen = ask(&pinned, &Person::system(), paid).await;
    assert_eq!(seen, ["2026-11-24|2026-11-24 10:00:00|103.33"; 2]);
    books.stop().await;
}
