//! Who pays and for which place are two things: places without a meter, sources of one's own, payers with many accounts.

use engine::billing::{ParkReason, parked};
use engine::register::{
    AccountChange, ChangeError, Clears, GarbageClass, NewAccount, NewPayer, Pays, PointKind,
    Quantities, ServedAt, SewageClass, UseClass, account_history,
};
use terms::{PayerId, ServicePointId};

use super::history::change;
use crate::city::{Account, City, DAOJIAO, Differs};

impl City {
    /// An account that owes for garbage by what it has, opened in the middle of August.
    async fn by_quantity(
        &self,
        payer: &str,
        garbage: GarbageClass,
        quantities: Quantities,
        differs: impl FnOnce(&mut NewAccount),
    ) -> Account {
        self.open(payer, DAOJIAO, |new| {
            new.garbage_class = garbage;
            new.quantities = quantities;
            new.opened_on = "2026-08-15".parse().unwrap();
            differs(new);
        })
        .await
    }

    async fn owed(&self, account: &Account) -> String {
        let sql = "select coalesce(sum(total), 0)::text from charge where account_id = $1";
        sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&self.owner).await.unwrap()
    }

    async fn bill_unread(&self) -> engine::billing::RunReport {
        let due = "2026-12-25".parse().unwrap();
        self.bill_month("2026-11".parse().unwrap(), self.today(), due).await.unwrap()
    }
}

fn area(m2: i64) -> Quantities {
    Quantities { area_m2: Some(m2.into()), ..Quantities::default() }
}

fn unmetered(new: &mut NewAccount) {
    new.meter = None;
    new.point().kind = PointKind::Unmetered;
}

#[tokio::test]
async fn fees_by_area_bins_and_households_are_due_month_by_month_on_what_the_account_has_then() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city.by_quantity("振兴百货", GarbageClass::ShopByArea, area(120), |_| {}).await;
    let bins = Quantities { bins: Some(3.into()), ..Quantities::default() };
    let office = city.by_quantity("道滘镇政府", GarbageClass::ByBin, bins, |_| {}).await;
    let one = Quantities { households: Some(1.into()), ..Quantities::default() };
    let home = city.by_quantity("陈大文", GarbageClass::ByHousehold, one, unmetered).await;
    // A part of the shop was given up in the middle of November.
    city.changed(AccountChange { quantities: area(100), ..change(&shop, "2026-11-15") }).await;
    let run = city.bill_unread().await;
    assert_eq!((run.charges, run.parked), (4, 0));
    // 120 m² at 0.6 yuan in September and October, 100 m² in November; three bins at 21; one household at 10.
    assert_eq!(city.owed(&shop).await, "204.00");
    assert_eq!(city.owed(&office).await, "189.00");
    assert_eq!(city.owed(&home).await, "30.00");
    let inputs = "select string_agg(months || ' × ' || quantity, ', ' order by id) from charge where account_id = $1";
    let inputs: String =
        sqlx::query_scalar(inputs).bind(shop.id.0).fetch_one(&city.owner).await.unwrap();
    assert_eq!(inputs, "2 × 120.000, 1 × 100.000");
    assert_eq!(city.bill_unread().await.charges, 0);
    city.agrees_in(&["2026-11"]).await;

    // The meter that was read late brings water and sewage, and no garbage twice.
    city.read_in("2026-11", &shop, "30").await;
    city.bill_unread().await;
    let garbage =
        "select sum(amount)::text from charge_line where fee_item = 'garbage' and account_id = $1";
    let garbage: String =
        sqlx::query_scalar(garbage).bind(shop.id.0).fetch_one(&city.owner).await.unwrap();
    assert_eq!(garbage, "204.00");
    city.check().await;
}

#[tokio::test]
async fn an_account_of_which_nobody_knows_the_area_waits_with_a_reason() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let none = Quantities::default();
    let shop = city.by_quantity("振兴百货", GarbageClass::ShopByArea, none, |_| {}).await;
    let run = city.bill_unread().await;
    assert_eq!((run.charges, run.parked), (0, 1));
    let mut connection = city.owner.acquire().await.unwrap();
    let why = parked(&mut connection, "2026-11".parse().unwrap(), 10).await.unwrap();
    assert_eq!(why[0].words, "垃圾费按平方米·月计收，该户未登记数量");
    assert_eq!(why[0].reason, ParkReason::NoQuantity);
    drop(connection);
    assert_eq!(city.owed(&shop).await, "0");
}

/// The books have no room for a month of more than 999,999.9999 yuan: the account waits, and nobody beside it.
#[tokio::test]
async fn an_account_that_the_books_have_no_room_for_waits_and_the_others_of_its_chunk_are_billed() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let bins = |bins: i64| Quantities { bins: Some(bins.into()), ..Quantities::default() };
    let plant = city.by_quantity("垃圾中转站", GarbageClass::ByBin, bins(40_000), |_| {}).await;
    let office = city.by_quantity("道滘镇政府", GarbageClass::ByBin, bins(3), |_| {}).await;
    // Where it enters, it is refused: 50,000 bins at 21 yuan.
    let (maker, checker) = city.two_persons().await;
    let more = AccountChange { quantities: bins(50_000), ..change(&plant, "2026-11-01") };
    let refused = city.submit(maker, more).await.unwrap_err();
    assert!(matches!(refused, ChangeError::TooMuch), "{refused:?}");
    // What was within it comes to more by a price that rises.
    let dearer = "fee_item,class,town,supplier,valid_from,valid_to,levy_ratio,base_persons,basis,fixed_charge,\
        minimum_charge,tier,upto,unit_price,add_per_person,status,doc_no,source,replaces\n\
        garbage,by_bin,,,2026-11-01,,1,4,bin,0,0,1,,30,0,placeholder,,测试,\n";
    let mut connection = city.pool.acquire().await.unwrap();
    let dearer =
        engine::tariff::read_rows(&mut connection, engine::tariff::RateKind::Tariff, dearer);
    let dearer = dearer.await.unwrap();
    city.set_rates(dearer).await.unwrap();
    let run = city.bill_unread().await;
    assert_eq!(run.parked, 1);
    let why = parked(&mut connection, "2026-11".parse().unwrap(), 10).await.unwrap();
    assert_eq!(why[0].account_no, plant.no);
    assert!(why[0].words.starts_with("垃圾处理费超出账簿可记的数额"), "{}", why[0].words);
    // September and October of both at 21 yuan, November of the office at 30.
    assert_eq!(city.owed(&office).await, "216.00");
    assert_eq!(city.owed(&plant).await, "1680000.00");
    drop(connection);
    let fewer = AccountChange { quantities: bins(30_000), ..change(&plant, "2026-11-01") };
    let version = city.submit(maker, fewer).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    city.bill_unread().await;
    assert_eq!(city.owed(&plant).await, "2580000.00");
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn water_of_a_source_of_ones_own_bears_sewage_and_nobody_has_sold_it() {
    let city = City::new().await;
    let firm = city
        .open("虎门电镀厂", DAOJIAO, |new| {
            new.use_class = UseClass::SelfSupplied;
            new.sewage_class = SewageClass::NonResident;
            new.garbage_class = GarbageClass::Uncharged;
            new.meter().max_range = crate::city::m3("1000000");
            new.point().kind = PointKind::SelfSupplied;
        })
        .await;
    city.read(&firm, "12000").await;
    city.bill().await;
    assert_eq!(city.owed(&firm).await, "15120.00");
    let (maker, _) = city.two_persons().await;
    let bought =
        AccountChange { use_class: Some(UseClass::NonResident), ..change(&firm, "2026-11-01") };
    assert!(matches!(city.submit(maker, bought).await, Err(ChangeError::OtherSource)));
    city.agrees().await;
}

#[tokio::test]
async fn a_ratio_of_its_own_rests_on_a_paper_and_holds_from_its_day_on() {
    let mut city = City::new().await;
    city.at("2026-10-20 10:00");
    let firm = city.household("东莞冰厂").await;
    city.at("2026-11-24 10:00");
    let (maker, checker) = city.two_persons().await;
    let less = AccountChange {
        levy_ratio: Some("0.5".parse().unwrap()),
        reason: "产品水多，核定计征比例".to_owned(),
        ..change(&firm, "2026-11-01")
    };
    let unproved = AccountChange { doc_no: None, ..less.clone() };
    assert!(matches!(city.submit(maker, unproved).await, Err(ChangeError::NoDocument)));
    let more = AccountChange { levy_ratio: Some("1.2".parse().unwrap()), ..less.clone() };
    assert!(matches!(city.submit(maker, more).await, Err(ChangeError::LevyRatio)));
    let version = city.submit(maker, less).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    // October, read late, goes by the ratio of the rate: 27 m³; November by its own: 15 m³, at 0.95 yuan.
    city.read_in("2026-10", &firm, "30").await;
    let due = "2026-12-19".parse().unwrap();
    city.bill_month("2026-10".parse().unwrap(), city.today(), due).await.unwrap();
    city.at("2026-11-25 10:00");
    city.read(&firm, "60").await;
    city.bill().await;
    let sewage = "select string_agg(amount::text, ' ' order by id) from charge_line where fee_item = 'sewage'";
    let sewage: String = sqlx::query_scalar(sewage).fetch_one(&city.owner).await.unwrap();
    assert_eq!(sewage, "25.65 14.25");
    let stored = "select string_agg(levy_ratio::text, ' ' order by id) from charge";
    let stored: String = sqlx::query_scalar(stored).fetch_one(&city.owner).await.unwrap();
    assert_eq!(stored, "0.9000 0.5000");
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

/// A chunk of a bill run at work may be making what who leaves owes: the change waits for it.
#[tokio::test]
async fn no_account_passes_to_another_payer_or_changes_while_bills_are_being_made() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let li = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    let to = AccountChange { payer: Some(Pays::New(li)), ..change(&account, "2026-11-01") };
    let more = AccountChange { persons: Some(5), ..change(&account, "2026-11-01") };
    let version = city.submit(maker, to).await.unwrap();
    let mut chunk = city.pool.begin().await.unwrap();
    sqlx::query("select hold_billing(false)").execute(&mut *chunk).await.unwrap();
    let waits = city.decide(checker, version, true).await.unwrap_err();
    assert!(matches!(waits, ChangeError::Busy), "{waits:?}");
    assert!(waits.to_string().contains("正在计费"), "{waits}");
    // It may be pricing the account by what would change, too. Who says no waits for nobody.
    let persons = city.submit(maker, more).await.unwrap();
    let waits = city.decide(checker, persons, true).await.unwrap_err();
    assert!(matches!(waits, ChangeError::Busy), "{waits:?}");
    city.decide(checker, persons, false).await.unwrap();
    chunk.rollback().await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    assert_eq!(city.count("select count(*) from account where payer_name = '李四'").await, 1);
    city.check().await;
}

#[tokio::test]
async fn an_account_passes_to_a_payer_of_another_one_once_who_leaves_has_paid() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (maker, checker) = city.two_persons().await;
    let to = |payer| AccountChange {
        payer: Some(payer),
        doc_no: Some("粤房权证2026-118".to_owned()),
        reason: "房屋买卖过户".to_owned(),
        ..change(&account, "2026-11-01")
    };
    let li = NewPayer {
        name: " 李四 ".to_owned(),
        phone: Some("１３９１２３４５６７８\u{3000}".to_owned()),
        document: Some("４４１９００19800101123Ｘ".to_owned()),
    };
    let nobody = city.submit(maker, to(Pays::Known(PayerId(-1)))).await.unwrap_err().to_string();
    assert!(nobody.contains("缴费人不存在"), "{nobody}");
    let unnamed = NewPayer { name: " ".to_owned(), ..li.clone() };
    let unnamed = city.submit(maker, to(Pays::New(unnamed))).await.unwrap_err().to_string();
    assert!(unnamed.contains("户名应为"), "{unnamed}");
    let version = city.submit(maker, to(Pays::New(li))).await.unwrap();
    let owes = city.decide(checker, version, true).await.unwrap_err();
    assert!(matches!(owes, ChangeError::PayerOwes), "{owes:?}");
    till.collect(&account, "103.33").await;
    city.decide(checker, version, true).await.unwrap();
    let now = "select payer_name || ' ' || phone || ' ' || no from account";
    let now: String = sqlx::query_scalar(now).fetch_one(&city.owner).await.unwrap();
    assert_eq!(now, format!("李四 13912345678 {}", account.no));
    // However they were typed, there is one way in which they are kept, for they are searched in it.
    let kept = "select count(*) from payer where document = '44190019800101123X'";
    assert_eq!(city.count(kept).await, 1);
    let wide = "alter table payer disable trigger user; update payer set phone = '１３９'";
    let said = sqlx::raw_sql(wide).execute(&city.owner).await.unwrap_err().to_string();
    assert!(said.contains("payer_phone_check"), "{said}");
    let mut connection = city.owner.acquire().await.unwrap();
    let history = account_history(&mut connection, &account.no, 10).await.unwrap();
    let payers: Vec<_> = history.iter().map(|version| version.payer_then.as_str()).collect();
    assert_eq!(payers, ["李四", "陈大文"]);
    drop(connection);

    // 李四 pays for a second account, and the place of the first one serves a third.
    let id = |sql| sqlx::query_scalar::<_, i64>(sql).fetch_one(&city.owner);
    let payer = PayerId(id("select payer_id from account").await.unwrap());
    let point = ServicePointId(id("select service_point_id from account").await.unwrap());
    let second = city.open("李四", DAOJIAO, |new| new.payer = Pays::Known(payer)).await;
    let third = city.open("王五", DAOJIAO, |new| new.point = ServedAt::Known(point)).await;
    assert_eq!(city.count("select count(*) from account where payer_name = '李四'").await, 2);
    let at_one = "select count(*) from account a join service_point s on s.id = a.service_point_id
        where s.address = a.address and s.id = (select min(id) from service_point)";
    assert_eq!(city.count(at_one).await, 2);
    for account in [&second, &third] {
        city.read(account, "30").await;
    }
    city.bill().await;
    // Each charge names who paid for the account then.
    let payers = "select string_agg(p.name, ' ' order by c.id) from charge c join payer p on p.id = c.payer_id";
    let payers: String = sqlx::query_scalar(payers).fetch_one(&city.owner).await.unwrap();
    assert_eq!(payers, "陈大文 李四 王五");
    city.agrees().await;
}

#[tokio::test]
async fn what_an_account_has_no_longer_is_taken_away_from_a_day_on() {
    let city = City::new().await;
    let shop = city
        .open("振兴百货", DAOJIAO, |new| {
            new.garbage_class = GarbageClass::ShopByArea;
            new.quantities = area(120);
        })
        .await;
    let (maker, checker) = city.two_persons().await;
    let less =
        AccountChange { levy_ratio: Some("0.5".parse().unwrap()), ..change(&shop, "2026-11-01") };
    let home = AccountChange {
        garbage_class: Some(GarbageClass::Resident),
        clears: Clears { area_m2: true, levy_ratio: true, ..Clears::default() },
        ..change(&shop, "2026-11-02")
    };
    for change in [less, home.clone()] {
        let version = city.submit(maker, change).await.unwrap();
        city.decide(checker, version, true).await.unwrap();
    }
    let again = city.submit(maker, home).await.unwrap_err();
    assert!(matches!(again, ChangeError::Nothing), "{again:?}");
    assert_eq!(
        city.count("select count(*) from account where area_m2 is null and levy_ratio is null")
            .await,
        1
    );
    city.read(&shop, "30").await;
    city.bill().await;
    // By the water, and by the ratio of the rate: as any household.
    assert_eq!(city.owed(&shop).await, "103.33");
    city.agrees().await;
}
