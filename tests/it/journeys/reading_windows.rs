//! Which month a reading may be for, and two people at one meter.

use engine::reading::{
    self, Decision, EnterError, Entered, ImportError, ImportFile, NewReading, Review, ReviewError,
    review,
};
use terms::{BillPeriod, ReadingId};

use crate::city::{Account, City, DAOJIAO, Differs, m3};

impl City {
    async fn read_for(
        &self,
        account: &Account,
        month: &str,
        index: &str,
    ) -> Result<Entered, EnterError> {
        let period: BillPeriod = month.parse().unwrap();
        let (by, readings) = (Some(self.somebody("李抄表").await), vec![self.seen(account, index)]);
        reading::enter(&self.pool, &self.clock, period, by, readings).await
    }
}

/// What a statement of the owner is answered with.
async fn refused(city: &City, sql: &'static str) -> String {
    sqlx::query(sql).execute(&city.owner).await.expect_err(sql).to_string()
}

/// What the engine says is what the database holds, to the month.
#[tokio::test]
async fn a_meter_is_read_within_half_a_year_of_its_month() {
    let city = City::new().await;
    let old = |new: &mut engine::register::NewAccount| {
        new.opened_on = "2026-03-01".parse().unwrap();
    };
    let account = city.open("陈大文", DAOJIAO, old).await;
    let wrong = city.read_for(&account, "2026-04", "30").await.unwrap_err().to_string();
    assert!(wrong.contains("相差超过半年"), "{wrong}");
    city.read_for(&account, "2026-05", "30").await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn a_month_typed_wrong_is_refused() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    for month in ["2062-11", "2027-01"] {
        let wrong = city.read_for(&account, month, "30").await.unwrap_err();
        assert!(matches!(wrong, EnterError::NotOpen(_)), "{month}: {wrong}");
    }
    let before = city.read_for(&account, "2026-09", "30").await.unwrap_err().to_string();
    assert!(before.contains("才装表"), "{before}");
    city.read_for(&account, "2026-11", "30").await.unwrap();
    // The next month may be begun early.
    city.read_for(&account, "2026-12", "60").await.unwrap();
    sqlx::query("select ensure_month(202703, 'readings')").execute(&city.owner).await.unwrap();
    let ahead = refused(
        &city,
        "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
            read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
         select first_id(202703) + next_ids('reading_id', 1), 202703, meter_id, account_id, town_id, outlet_id, to_date, to_date, bill_period, read_at, end_index,
            end_index, 0, source, 'zero', entered_by, entered_at from reading where bill_period = 202612",
    );
    assert!(ahead.await.contains("reading_not_ahead"));
    city.check().await;
}

#[tokio::test]
async fn a_file_that_is_only_looked_at_makes_no_room() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let bring = async |month: &str, dry_run: bool| {
        let rows = format!("水表号,抄表时间,本期止码\n{},2026-11-20,30\n", account.serial_no);
        let file = ImportFile {
            name: "抄表.csv".to_owned(),
            bytes: rows.into_bytes(),
            period: month.parse().unwrap(),
            entered_by: None,
            corrects: false,
            all_zero: false,
            dry_run,
        };
        reading::import(&city.pool, &city.clock, file).await
    };
    let room = "select count(*) from pg_inherits";
    let before = city.count(room).await;
    for dry_run in [true, false] {
        for month in ["2062-11", "2027-01"] {
            let wrong = bring(month, dry_run).await.unwrap_err();
            let told = matches!(wrong, ImportError::Enter(EnterError::NotOpen(_)));
            assert!(told, "{month} {dry_run}: {wrong}");
        }
    }
    let report = bring("2026-12", true).await.unwrap();
    assert_eq!((report.rows, report.entered.readings, report.imported), (1, 1, false));
    assert_eq!(city.count(room).await, before);
    assert_eq!(city.count("select count(*) from reading").await, 0);
    assert!(bring("2026-12", false).await.unwrap().imported);
    assert!(city.count(room).await > before);
    city.check().await;
}

#[tokio::test]
async fn a_month_before_the_last_bill_is_refused() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let later = city.household("李四").await;
    city.read(&account, "30").await;
    city.bill().await;
    sqlx::query(
        "update meter m set account_id = a.id, service_point_id = a.service_point_id from account a
         where a.id = $1 and m.id = $2",
    )
    .bind(account.id.0)
    .bind(later.meter.0)
    .execute(&city.owner)
    .await
    .unwrap();
    let wrong = city.read_for(&later, "2026-10", "30").await.unwrap_err().to_string();
    assert!(wrong.contains("该户以后月份已出账"), "{wrong}");
    let by_hand = refused(
        &city,
        "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
            read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
         select first_id(202610) + next_ids('reading_id', 1), 202610, (select max(id) from meter), account_id, town_id, outlet_id, to_date, to_date, 202610, read_at, 0,
            0, 0, source, 'zero', entered_by, entered_at from reading",
    );
    assert!(by_hand.await.contains("reading_before_bill"));
}

#[tokio::test]
async fn a_reading_before_the_last_one_is_refused() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    let yesterday = city.clock.0 - chrono::TimeDelta::days(1);
    city.at("2026-12-02 10:00");
    let reading = NewReading { read_at: yesterday, ..city.seen(&account, "60") };
    let early = reading::enter(&city.pool, &city.clock, city.period(), None, vec![reading]).await;
    assert!(early.unwrap_err().to_string().contains("抄表时间早于上次抄表"));
}

/// Holds a meter, and gives what lets it go half a second later.
async fn held(city: &City, account: &Account) -> impl Future<Output = ()> {
    let mut held = city.owner.begin().await.unwrap();
    sqlx::query("select from meter where id = $1 for update")
        .bind(account.meter.0)
        .execute(&mut *held)
        .await
        .unwrap();
    async move {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        held.commit().await.unwrap();
    }
}

#[tokio::test]
async fn two_readers_at_one_meter_lose_and_double_nothing() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read_for(&account, "2026-10", "100").await.unwrap();
    // Both ask while the meter is held, so that neither has seen what the other writes.
    let let_go = held(&city, &account).await;
    let (november, december, ()) = tokio::join!(
        city.read_for(&account, "2026-11", "130"),
        city.read_for(&account, "2026-12", "160"),
        let_go
    );
    assert!(november.is_ok() || december.is_ok(), "{november:?} {december:?}");
    let used = "select sum(consumption_m3) from reading where bill_period > 202610";
    let used = city.amount(used).await.to_string();
    let whole = if december.is_ok() { "60.00" } else { "30.00" };
    assert_eq!(used, whole, "{november:?} {december:?}");
    city.check().await;
}

#[tokio::test]
async fn a_reading_is_not_rejected_while_another_is_entered_from_its_index() {
    let city = City::new().await;
    let from = |new: &mut engine::register::NewAccount| new.meter().start_index = m3("9990");
    let account = city.open("陈大文", DAOJIAO, from).await;
    city.read_for(&account, "2026-11", "20").await.unwrap();
    let let_go = held(&city, &account).await;
    let newest = ReadingId(city.count("select max(id) from reading").await);
    let order = Review {
        readings: vec![newest],
        decision: Decision::Rejected,
        reviewed_by: city.somebody("王审核").await,
    };
    let (rejected, december, ()) = tokio::join!(
        review(&city.pool, &city.clock, order),
        city.read_for(&account, "2026-12", "50"),
        let_go
    );
    december.unwrap();
    assert!(matches!(rejected, Ok(1) | Err(ReviewError::LaterReading(_))), "{rejected:?}");
    // December begins at 20 or, where November counts for nothing, at 9990.
    let december = "select consumption_m3 from reading where bill_period = 202612";
    let used = city.amount(december).await.to_string();
    assert_eq!(used, if rejected.is_ok() { "60.00" } else { "30.00" });
    city.check().await;
}
