//! An outlet that has closed its month is left out of the runs of it, and nobody else; what is set free in it is billed in
//! the first month of the outlet that is open.

use super::history::change;
use crate::city::{Account, City, DAOJIAO, Differs, GAOBU, m3};
use engine::billing::{BillRun, ReverseChargeError, charge_sheet, dry_run};
use engine::closing::PeriodKind;
use engine::reading::Decision;
use engine::register::{AccountChange, GarbageClass, PointKind, SewageClass, UseClass};
use terms::{ChargeId, Money};

impl City {
    /// 道滘 closes what it read and billed in November.
    async fn close_november(&self) {
        for kind in [PeriodKind::Read, PeriodKind::Bill] {
            self.close_month(kind, 202_611).await.unwrap();
        }
    }

    /// Bills a month today.
    async fn run_of(&self, month: &str) -> engine::billing::RunReport {
        let (month, today) = (month.parse().unwrap(), self.today());
        self.bill_month(month, today, today + chrono::Days::new(25)).await.unwrap()
    }

    /// What stands of an account: month of the books, month of use, water, total.
    async fn standing(&self, account: &Account) -> String {
        let sql = "select string_agg(concat_ws(' ', bill_period, service_period, volume_m3, total), ', ' order by id)
            from charge_standing where account_id = $1";
        let told: Option<String> =
            sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&self.owner).await.unwrap();
        told.unwrap_or_default()
    }
}

#[tokio::test]
async fn one_outlets_closed_month_stops_nobody_and_what_it_freed_is_billed_in_its_open_month() {
    let mut city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.open("李迟审", GAOBU, |new| new.meter().start_index = m3("9990")).await;
    city.read(&li, "20").await;
    assert_eq!(city.bill().await.parked, 1);

    city.at("2026-12-03 09:00");
    city.close_november().await;
    let red = city.take_charge_back(&chen).await.unwrap();
    city.judge_newest(Decision::Accepted).await;
    // The other outlet's late reading is billed; 道滘 is left out, and that is said before and after.
    let mut connection = city.pool.acquire().await.unwrap();
    let november = "2026-11".parse().unwrap();
    let order =
        BillRun::plan(&mut connection, &city.clock, november, (None, None), 1).await.unwrap();
    let dry = dry_run(&city.pool, &city.clock, order).await.unwrap();
    let run = engine::billing::run(&city.pool, &city.clock, order, |_| {}).await.unwrap();
    assert_eq!((run.charges, run.amount.to_string()), (1, "103.33".to_owned()));
    assert_eq!((dry.charges, dry.amount, &dry.left_out), (1, run.amount, &run.left_out));
    let left_out: Vec<_> = run
        .left_out
        .iter()
        .map(|outlet| (outlet.name.as_str(), outlet.open_period.to_string(), outlet.readings))
        .collect();
    assert_eq!(left_out, [(DAOJIAO, "2026-12".to_owned(), 1)]);
    assert_eq!((run.total_charges, run.total_amount.to_string()), (2, "206.66".to_owned()));
    assert_eq!(city.standing(&chen).await, "");
    city.check().await;

    // December's run bills it, by the limits of November, in the books of December, under December's dates.
    city.at("2026-12-20 10:00");
    city.read(&chen, "90").await;
    let run = city.run_of("2026-12").await;
    assert_eq!(run.charges, 2);
    assert_eq!(
        city.standing(&chen).await,
        "202612 202611 30.000 103.33, 202612 202612 60.000 277.18"
    );
    let replaced = "select replaces_id from charge where service_period = 202611 and bill_period = 202612 and kind = 'bill'";
    assert_eq!(city.count(replaced).await, red.reversal.0);
    assert_eq!(city.run_of("2026-12").await.charges, 0);
    city.agrees_in(&["2026-11", "2026-12"]).await;
}

#[tokio::test]
async fn a_month_closes_only_once_what_was_freed_in_an_older_one_is_billed() {
    let mut city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    city.at("2026-12-20 09:00");
    city.close_november().await;
    city.take_charge_back(&chen).await.unwrap();
    city.at("2027-01-04 09:00");
    city.close_month(PeriodKind::Read, 202_612).await.unwrap();
    let refused = city.close_month(PeriodKind::Bill, 202_612).await.unwrap_err().to_string();
    assert!(refused.contains("尚未计费"), "{refused}");
    assert_eq!(city.run_of("2026-12").await.amount.to_string(), "103.33");
    city.close_month(PeriodKind::Bill, 202_612).await.unwrap();
    city.agrees_in(&["2026-11"]).await;
}

/// A shop that used nothing owes its month all the same.
#[tokio::test]
async fn a_month_does_not_close_over_a_reading_without_use_that_owes_a_fixed_charge() {
    let mut city = City::new().await;
    let shop = city.open("振兴小卖部", DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
    city.read(&shop, "0").await;
    city.at("2026-12-03 09:00");
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    let refused = city.close_month(PeriodKind::Bill, 202_611).await.unwrap_err().to_string();
    assert!(refused.contains("尚未计费"), "{refused}");
    assert_eq!(city.run_of("2026-11").await.amount.to_string(), "50.00");
    city.close_month(PeriodKind::Bill, 202_611).await.unwrap();
    city.agrees_in(&["2026-11"]).await;
}

impl City {
    /// A farm that draws its own water, is let off its sewage fee and brings no garbage: nothing is due on what it used.
    async fn farm(&self) -> Account {
        let farm = self.open("道滘养殖场", DAOJIAO, |new| {
            new.use_class = UseClass::SelfSupplied;
            new.garbage_class = GarbageClass::Uncharged;
            new.point().kind = PointKind::SelfSupplied;
        });
        let farm = farm.await;
        self.let_off(&farm).await;
        self.read(&farm, "130").await;
        farm
    }
}

#[tokio::test]
async fn water_on_which_nothing_is_due_is_billed_at_nothing_and_its_month_closes() {
    let mut city = City::new().await;
    let farm = city.farm().await;
    let run = city.bill().await;
    assert_eq!((run.charges, run.amount, run.parked), (1, Money::ZERO, 0));
    assert_eq!(city.standing(&farm).await, "202611 202611 130.000 0.00");
    let quote = city.counter().await.quote(&farm).await;
    assert_eq!((quote.charges.len(), quote.total), (0, Money::ZERO));
    let charge = ChargeId(city.count("select max(id) from charge").await);
    let mut connection = city.pool.acquire().await.unwrap();
    let sheet = charge_sheet(&mut connection, charge).await.unwrap().unwrap();
    assert_eq!((sheet.state().label(), sheet.lines.len()), ("无应缴", 0));
    drop(connection);
    // A well that is read late goes on from it.
    let well = city.second_meter(&farm).await;
    city.read(&well, "45").await;
    assert_eq!(city.bill().await.charges, 1);
    assert_eq!(city.standing(&farm).await, "202611 202611 130.000 0.00, 202611 202611 45.000 0.00");
    assert_eq!(city.bill().await.charges, 0);
    city.at("2026-12-03 09:00");
    city.close_november().await;
    city.at("2026-12-20 10:00");
    city.read(&farm, "150").await;
    assert_eq!(city.run_of("2026-12").await.charges, 1);
    city.agrees_in(&["2026-11", "2026-12"]).await;
}

#[tokio::test]
async fn a_reading_that_was_billed_at_nothing_is_put_right_and_billed_anew() {
    let city = City::new().await;
    let farm = city.farm().await;
    city.bill().await;
    let refused = city.put_right("王更正", &farm, "30").await.unwrap_err().to_string();
    assert!(refused.contains("请先冲正应收"), "{refused}");
    let red = city.take_charge_back(&farm).await.unwrap();
    assert_eq!(red.amount, Money::ZERO);
    city.check().await;
    city.put_right("王更正", &farm, "30").await.unwrap();
    // Nor was it let off: nine tenths of 30 m³ at 1.40.
    let levied = Some(SewageClass::NonResident);
    city.changed(AccountChange { sewage_class: levied, ..change(&farm, "2026-11-01") }).await;
    assert_eq!(city.bill().await.amount.to_string(), "37.80");
    assert_eq!(city.standing(&farm).await, "202611 202611 30.000 37.80");
    let replaced = "select replaces_id from charge where kind = 'bill' and total > 0";
    assert_eq!(city.count(replaced).await, red.reversal.0);
    city.agrees().await;
}

/// The second meter was first read in December, so its use reaches back over November, which is billed anew by the same
/// run: December goes on where November ends, as if nothing had been taken back.
#[tokio::test]
async fn an_old_month_and_a_newer_one_billed_at_once_come_to_what_they_come_to_apart() {
    let mut city = City::new().await;
    city.at("2026-11-24 10:00");
    let mut accounts = Vec::new();
    for payer in ["陈大文", "李四"] {
        let one = city.household(payer).await;
        let two = city.second_meter(&one).await;
        city.read(&one, "30").await;
        accounts.push((one, two));
    }
    city.bill().await;
    city.at("2026-12-20 10:00");
    city.close_november().await;
    for (one, two) in &accounts {
        city.read(one, "60").await;
        city.read(two, "45").await;
    }
    city.take_charge_back(&accounts[0].0).await.unwrap();
    city.run_of("2026-12").await;
    // 30 m³ in November. Then 75 more in the two months, of which 14, 36 and 25 fall into the tiers of two months: 24.08,
    // 92.88 and 129.00 for the water, 67.5 × 0.95 for the sewage, 48.00 for the garbage.
    let months = ["202611 30.000 103.33", "202612 75.000 358.09"];
    assert_eq!(
        city.standing(&accounts[0].0).await,
        format!("202612 {}, 202612 {}", months[0], months[1])
    );
    assert_eq!(
        city.standing(&accounts[1].0).await,
        format!("202611 {}, 202612 {}", months[0], months[1])
    );
    city.agrees_in(&["2026-11", "2026-12"]).await;
}

/// The same of a shop: its November is charged by the bill of November alone. 30 and 105 m³ at 0.64 are less than the
/// 50.00 of each month.
#[tokio::test]
async fn months_of_a_shop_billed_at_once_are_charged_once() {
    let mut city = City::new().await;
    let mut shops = Vec::new();
    for payer in ["振兴小卖部", "兴隆小卖部"] {
        let one = city.open(payer, DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
        let two = city.second_meter(&one).await;
        city.read(&one, "30").await;
        shops.push((one, two));
    }
    city.bill().await;
    city.at("2026-12-20 10:00");
    city.close_november().await;
    for (one, two) in &shops {
        city.read(one, "60").await;
        city.read(two, "45").await;
    }
    city.take_charge_back(&shops[0].0).await.unwrap();
    assert_eq!(city.run_of("2026-12").await.charges, 3);
    for (shop, _) in &shops {
        let garbage = "select string_agg(c.service_period || ' ' || l.amount, ', ' order by c.id) from charge_standing c
            join charge_line l on l.charge_id = c.id and l.bill_period = c.bill_period
            where c.account_id = $1 and l.fee_item = 'garbage'";
        let garbage = sqlx::query_scalar(garbage).bind(shop.id.0).fetch_one(&city.owner);
        let garbage: String = garbage.await.unwrap();
        assert_eq!(garbage, "202611 50.00, 202612 50.00", "{}", shop.no);
    }
    city.agrees_in(&["2026-11", "2026-12"]).await;
}

/// Whoever puts a reading of November right holds November, in whatever month of the books it is billed.
#[tokio::test]
async fn a_reading_of_an_old_month_is_not_billed_while_it_is_put_right() {
    let mut city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    city.at("2026-12-20 10:00");
    city.close_november().await;
    city.take_charge_back(&chen).await.unwrap();
    let mut right = city.owner.begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(hashtext('take_readings'), 202611)")
        .execute(&mut *right)
        .await
        .unwrap();
    let (started, held) = (std::time::Instant::now(), std::time::Duration::from_millis(700));
    let run = async { (city.run_of("2026-12").await, started.elapsed()) };
    let ((run, took), ()) = tokio::join!(run, async {
        tokio::time::sleep(held).await;
        right.rollback().await.unwrap();
    });
    assert_eq!((run.amount.to_string(), took >= held), ("103.33".to_owned(), true), "{took:?}");
    city.check().await;
}

#[tokio::test]
async fn nothing_is_taken_back_while_a_run_is_between_looking_and_writing() {
    let city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    // As a chunk at work holds it.
    let mut chunk = city.pool.begin().await.unwrap();
    sqlx::query("select hold_billing(false)").execute(&mut *chunk).await.unwrap();
    let refused = city.take_charge_back(&chen).await.unwrap_err();
    assert!(matches!(refused, ReverseChargeError::Busy), "{refused:?}");
    chunk.rollback().await.unwrap();
    // What goes round the engine waits as well, and what was written behind the laws is found.
    let mut alone = city.pool.begin().await.unwrap();
    sqlx::query("select hold_billing(true)").execute(&mut *alone).await.unwrap();
    let (month, today) = (city.period(), city.today());
    let waiting = city.bill_month(month, today, today + chrono::Days::new(25));
    let waited = tokio::time::timeout(std::time::Duration::from_secs(1), waiting).await;
    assert!(waited.is_err(), "{waited:?}");
    alone.rollback().await.unwrap();
    city.check().await;
    sqlx::raw_sql(
        "alter table charge disable trigger user; update charge set used_before_m3 = 5; alter table charge enable trigger user",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    assert_eq!(city.broken().await, ["21f"]);
}
