//! Time and memory.

use std::time::{Duration, Instant};

use futures::StreamExt;

use super::city::City;
use crate::{Limits, Person, WarehouseError};

/// More rows than can be computed in minutes.
const ENDLESS: &str = "select sum(a.amount + b.amount + c.amount + d.amount + e.amount + f.amount + g.amount + h.amount) from \
    charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, charge_line g, charge_line h, \
    charge_line i, charge_line j, charge_line k, charge_line l, charge_line m, charge_line n";

#[tokio::test]
async fn the_deadline_fires_in_the_middle_of_a_join_and_the_work_stops() {
    let deadline = Duration::from_millis(400);
    let city = City::within(Limits { deadline, ..Limits::default() }).await;
    let now = city.now().await;
    let started = Instant::now();
    let late = now.query(&Person::system(), ENDLESS, &[]).await.unwrap_err();
    assert!(matches!(late, WarehouseError::Deadline(_)), "{late:?}");
    assert!(started.elapsed() < deadline * 3, "{:?}", started.elapsed());
    gone(&now).await;
}

#[tokio::test]
async fn dropping_the_rows_stops_the_work() {
    let city = City::new().await;
    let now = city.now().await;
    let sql = "select a.id from charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, \
        charge_line g, charge_line h, charge_line i, charge_line j, charge_line k, charge_line l";
    let mut rows = now.stream(&Person::system(), sql, &[]).await.unwrap();
    assert_eq!(rows.schema().field(0).name(), "id");
    assert!(rows.next().await.unwrap().unwrap().num_rows() > 0);
    drop(rows);
    gone(&now).await;
}

#[tokio::test]
async fn memory_is_bounded() {
    let city = City::within(Limits { memory_bytes: 64 << 10, ..Limits::default() }).await;
    let sql = "select a.id from charge_line a, charge_line b, charge_line c, charge_line d, charge_line e, charge_line f, \
        charge_line g, charge_line h order by a.amount + h.amount, b.id";
    let failed = city.now().await.query(&Person::system(), sql, &[]).await.unwrap_err();
    assert!(matches!(failed, WarehouseError::OutOfMemory), "{failed:?}");
}

async fn gone(now: &crate::Pinned) {
    let started = Instant::now();
    while now.alive() > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "{} tasks left", now.alive());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A text that is put together with itself a few times would fill the machine, whatever the limit of the statement.
#[tokio::test]
async fn a_text_is_not_put_together_without_end() {
    let city = City::new().await;
    let now = city.now().await;
    let times = |count: usize| format!("concat({})", vec!["t"; count].join(", "));
    // Sixty million letters' worth, within the bound.
    let long = format!(
        "with a as (select payer_name as t from account where id = 1), b as (select {0} as t from a), \
         c as (select {0} as t from b), d as (select {0} as t from c), e as (select {1} as t from d)",
        times(100),
        times(10)
    );
    for longer in [
        times(5),
        "concat_ws('-', t, t, t, t, t)".to_owned(),
        "t || t || t || t || t".to_owned(),
        "array_to_string(array[t, t, t, t, t], '')".to_owned(),
        "repeat(t, 5)".to_owned(),
        "rpad(t, 300000000)".to_owned(),
        "replace(t, left(t, 1), repeat('x', 100))".to_owned(),
    ] {
        let sql = format!("{long} select length({longer}) from e");
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("太长"), "{longer}: {refused}");
    }
    for made in ["repeat('x', 2000000000)", "lpad('x', 2000000000, 'y')", "rpad(no, 300000000)"] {
        let sql = format!("select {made} from account");
        let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
        assert!(refused.contains("太长"), "{made}: {refused}");
    }
    let new = "x".repeat(1_000);
    let sql = format!(
        "with x as (select string_agg(a.address || b.address || c.address || d.address, '') t from account a, account b, account c, account d) \
         select length(regexp_replace(regexp_replace(t, '[^?]', '{new}', 'g'), '[^?]', '{new}', 'g')) from x"
    );
    let refused = now.query(&Person::system(), &sql, &[]).await.unwrap_err().to_string();
    assert!(refused.contains("太长"), "{refused}");
}
