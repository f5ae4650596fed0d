//! 定额: a quota comes before the bill of its month, and never beside it.

use std::time::Duration;

use engine::register::{GarbageClass, UseClass};
use engine::tariff::{NewQuota, RateError, RateRows, submit_rates};

use crate::city::{Account, City, DAOJIAO, broken, m3};

impl City {
    /// A firm that used 8,000 m³ this month.
    async fn firm(&self) -> Account {
        let firm = self
            .open("虎门电镀厂", DAOJIAO, |new| {
                new.use_class = UseClass::NonResident;
                new.garbage_class = GarbageClass::Uncharged;
            })
            .await;
        self.let_off(&firm).await;
        self.read(&firm, "8000").await;
        firm
    }

    async fn set_quota(&self, firm: &Account) -> Result<i64, RateError> {
        let quota = NewQuota { account: firm.id, period: self.period(), volume: m3("6000") };
        self.set_rates(RateRows::Quotas(vec![quota])).await
    }
}

#[tokio::test]
async fn a_quota_is_not_set_while_bills_are_being_made() {
    let city = City::new().await;
    let firm = city.firm().await;
    // As a chunk at work holds it.
    let mut chunk = city.pool.begin().await.unwrap();
    sqlx::query("select hold_billing(false)").execute(&mut *chunk).await.unwrap();
    let refused = city.set_quota(&firm).await.unwrap_err();
    assert!(matches!(refused, RateError::Busy), "{refused:?}");
    assert!(refused.to_string().contains("正在计费"), "{refused}");
    chunk.rollback().await.unwrap();
    city.set_quota(&firm).await.unwrap();
    // 8,000 × 2.18 for the water, 1,200 × 2.18 and 800 × 4.36 above the quota.
    assert_eq!(city.bill().await.amount.to_string(), "23544.00");
    city.agrees().await;
}

#[tokio::test]
async fn bills_wait_for_a_quota_that_is_being_set() {
    let city = City::new().await;
    let firm = city.firm().await;
    let quota = NewQuota { account: firm.id, period: city.period(), volume: m3("6000") };
    let rows = RateRows::Quotas(vec![quota]);
    let order = submit_rates(&city.pool, &city.clock, city.manager().await, rows, "核定").await;
    let checker = city.second_manager().await;
    let mut setting = city.owner.begin().await.unwrap();
    let order = order.unwrap();
    let decision = format!(
        "insert into rate_decision values ({order}, 'approved', {checker}, now());
         select leave_mark({checker}, 'tariff.order.decide', 'x', jsonb_build_object('rows', order_digest({order})), now())"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(decision)).execute(&mut *setting).await.unwrap();
    let set = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        setting.commit().await.unwrap();
    };
    let (run, ()) = tokio::join!(city.bill(), set);
    assert_eq!(run.amount.to_string(), "23544.00");
    city.agrees().await;
}

#[tokio::test]
async fn a_bill_that_was_taken_back_leaves_room_for_a_quota() {
    let city = City::new().await;
    let firm = city.firm().await;
    city.bill().await;
    let refused = city.set_quota(&firm).await.unwrap_err();
    assert!(matches!(refused, RateError::Billed(_)), "{refused:?}");
    city.take_charge_back(&firm).await.unwrap();
    city.set_quota(&firm).await.unwrap();
    assert_eq!(city.bill().await.amount.to_string(), "23544.00");
    city.agrees().await;
}

#[tokio::test]
async fn a_quota_is_the_one_that_was_approved() {
    let city = City::new().await;
    let firm = city.firm().await;
    city.set_quota(&firm).await.unwrap();
    city.check().await;
    // The owner of the database knows better, behind every law.
    let mut owner = city.owner.begin().await.unwrap();
    sqlx::raw_sql(
        "set local session_replication_role = replica; update overquota_plan set quota_m3 = quota_m3 * 100",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    assert_eq!(broken(engine::check::run(&mut owner).await.unwrap()), [("22d", 1), ("27d", 1)]);
    owner.rollback().await.unwrap();
}
