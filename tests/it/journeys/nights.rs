//! `weir check`, night by night: what was touched is asked at once, and everything else in its turn.

use engine::check::{Finding, Part, run, run_part};

use crate::city::City;

impl City {
    /// What a night finds broken, and where.
    async fn night(&self, part: Part) -> Vec<(&'static str, i64)> {
        let mut connection = self.pool.acquire().await.unwrap();
        broken(run_part(&mut connection, part).await.unwrap())
    }
}

fn broken(findings: Vec<Finding>) -> Vec<(&'static str, i64)> {
    findings.into_iter().filter(|found| !found.holds()).map(|f| (f.id, f.violations)).collect()
}

#[tokio::test]
async fn a_fault_is_found_at_once_where_money_moved_and_in_its_turn_elsewhere() {
    let city = City::new().await;
    let till = city.counter().await;
    let paying = city.household_owing_for("陈大文", "30").await;
    let quiet = city.household("李四").await;
    till.collect(&paying, "103.33").await;
    till.close().await;
    let part = |turn| Part { turn, today: city.today() };
    let turn = quiet.id.0 % 30;
    assert_eq!(city.night(part(turn)).await, []);
    // Somebody with the keys of the house fills every purse, behind every law.
    let mut owner = city.owner.acquire().await.unwrap();
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into prepaid_balance (account_id, balance) select id, 5 from account
             on conflict (account_id) do update set balance = 5;
         set session_replication_role = origin",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    assert_eq!(broken(run(&mut owner).await.unwrap()), [("8b", 2)]);
    assert_eq!(city.night(part(turn)).await, [("8b", 2)]);
    assert_eq!(city.night(part((turn + 7) % 30)).await, [("8b", 1)]);
}
