//! What an account is charged as, changed from a day on; old months keep what was valid then.

use engine::access::Reach;
use engine::register::{
    AccountChange, ChangeError, GarbageClass, NewPayer, Pays, SewageClass, account_history,
    begin_changes, decide_change, submit_change, waiting_changes,
};
use terms::{AccountVersionId, Role, UserId};

use crate::city::{Account, City, DAOJIAO};

pub(super) fn change(account: &Account, from: &str) -> AccountChange {
    AccountChange {
        account_no: account.no.clone(),
        valid_from: from.parse().unwrap(),
        doc_no: Some("道滘民政〔2026〕7号".to_owned()),
        reason: "低保户免征".to_owned(),
        ..AccountChange::default()
    }
}

impl City {
    pub(super) async fn two_persons(&self) -> (UserId, UserId) {
        let enter = async |login, name| {
            self.person(login, name, Role::GroupAdministrator, None, None).await
        };
        (enter("qian.ban", "钱办").await, enter("sun.shen", "孙审").await)
    }

    pub(super) async fn submit(
        &self,
        by: UserId,
        change: AccountChange,
    ) -> Result<AccountVersionId, ChangeError> {
        submit_change(&self.pool, &self.clock, by, change).await
    }

    pub(super) async fn decide(
        &self,
        by: UserId,
        version: AccountVersionId,
        approve: bool,
    ) -> Result<(), ChangeError> {
        decide_change(&self.pool, &self.clock, by, version, approve).await
    }

    async fn lines_of(&self, month: i32) -> String {
        let sql = "select string_agg(fee_item || ' ' || amount, ', ' order by id) from charge_line where bill_period = $1";
        sqlx::query_scalar(sql).bind(month).fetch_one(&self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn a_late_bill_of_an_old_month_goes_by_what_was_valid_then() {
    let mut city = City::new().await;
    city.at("2026-10-20 10:00");
    let account = city.household("陈大文").await;
    city.at("2026-11-24 10:00");
    let (maker, checker) = city.two_persons().await;
    let exempt = AccountChange {
        sewage_class: Some(SewageClass::Exempt),
        persons: Some(6),
        ..change(&account, "2026-11-01")
    };
    let version = city.submit(maker, exempt).await.unwrap();
    // Until somebody else has approved it, nothing has changed.
    assert_eq!(city.count("select count(*) from account where sewage_class = 'exempt'").await, 0);
    city.decide(checker, version, true).await.unwrap();
    assert_eq!(
        city.count("select count(*) from account where sewage_class = 'exempt' and persons = 6")
            .await,
        1
    );

    // October was read late: with sewage. November: without.
    city.read_in("2026-10", &account, "30").await;
    city.read(&account, "60").await;
    let (october, due) = ("2026-10".parse().unwrap(), "2026-12-19".parse().unwrap());
    city.bill_month(october, city.today(), due).await.unwrap();
    city.bill().await;
    assert_eq!(
        city.lines_of(202_610).await,
        "water 37.84, water 20.64, sewage 25.65, garbage 19.20"
    );
    assert_eq!(city.lines_of(202_611).await, "water 37.84, water 20.64, garbage 19.20");
    let persons =
        "select string_agg(persons || ' ' || sewage_class, ', ' order by bill_period) from charge";
    let inputs: String = sqlx::query_scalar(persons).fetch_one(&city.owner).await.unwrap();
    assert_eq!(inputs, "4 resident, 6 exempt");
    let mut connection = city.owner.acquire().await.unwrap();
    let history = account_history(&mut connection, &account.no, 10).await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|v| {
            (
                v.valid_from.to_string(),
                v.state.persons,
                v.submitted_by.as_deref(),
                v.decided_by.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2026-11-01".to_owned(), 6, Some("钱办"), Some("孙审")),
            ("2026-09-01".to_owned(), 4, None, None),
        ]
    );
    drop(connection);
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

#[tokio::test]
async fn a_shop_that_became_a_home_owes_its_fixed_charge_for_the_months_before() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city
        .open("振兴小卖部", DAOJIAO, |new| {
            new.garbage_class = GarbageClass::Shop;
            new.opened_on = "2026-09-15".parse().unwrap();
        })
        .await;
    let home = AccountChange {
        garbage_class: Some(GarbageClass::Resident),
        ..change(&shop, "2026-12-01")
    };
    city.changed(home).await;
    let november = "2026-11".parse().unwrap();
    let run = city.bill_month(november, city.today(), "2026-12-25".parse().unwrap()).await.unwrap();
    assert_eq!(run.amount.to_string(), "100.00");
    city.at("2027-01-01 08:00");
    let december = "2026-12".parse().unwrap();
    let run = city.bill_month(december, city.today(), "2027-01-25".parse().unwrap()).await.unwrap();
    assert_eq!(run.charges, 0);
    city.agrees_in(&["2026-11", "2026-12"]).await;
}

#[tokio::test]
async fn each_unread_month_goes_by_what_the_account_and_the_rates_were_on_its_last_day() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let open = async |payer, garbage| {
        city.open(payer, DAOJIAO, |new| {
            new.garbage_class = garbage;
            new.opened_on = "2026-08-15".parse().unwrap();
        })
        .await
    };
    let left = open("振兴小卖部", GarbageClass::Shop).await;
    let came = open("陈大文", GarbageClass::Resident).await;
    let stayed = open("新开餐馆", GarbageClass::Shop).await;
    for (account, garbage) in [(&left, GarbageClass::Resident), (&came, GarbageClass::Shop)] {
        let moved = AccountChange { garbage_class: Some(garbage), ..change(account, "2026-11-01") };
        city.changed(moved).await;
    }
    // From October on the town takes 80 yuan a month.
    city.by_hand(
        "with v as (
            insert into tariff_version (fee_item, class, town_id, valid_from, fixed_charge, minimum_charge, source, status)
            select fee_item, class, (select min(town_id) from account), '2026-10-01', 80, 80, 'test', 'placeholder'
            from tariff_version where fee_item = 'garbage' and class = 'shop' and town_id is null limit 1 returning id)
         insert into tariff_tier (version_id, tier, unit_price) select id, 1, 0.64 from v",
    )
    .await;
    let november: terms::BillPeriod = "2026-11".parse().unwrap();
    city.bill_month(november, city.today(), "2026-12-25".parse().unwrap()).await.unwrap();
    // Closed shop: September at 50, October at 80. New shop: November alone. Shop all along: 50 and twice 80.
    for (account, want) in [(&left, "130.00"), (&came, "80.00"), (&stayed, "210.00")] {
        let sql = "select sum(total)::text from charge where account_id = $1";
        let owed: Option<String> =
            sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&city.owner).await.unwrap();
        assert_eq!(owed.as_deref(), Some(want), "{}", account.no);
    }
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn an_account_changes_its_supplier_and_nobody_buys_water_from_an_office() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let other = "select name from organisation where kind = 'waterworks' order by id limit 1";
    let other: String = sqlx::query_scalar(other).fetch_one(&city.owner).await.unwrap();
    let office = "select name from organisation where kind = 'finance' order by id limit 1";
    let office: String = sqlx::query_scalar(office).fetch_one(&city.owner).await.unwrap();
    let moved = |name: &String| AccountChange {
        supplier: Some(name.clone()),
        ..change(&account, "2026-11-01")
    };
    let refused = city.submit(maker, moved(&office)).await.unwrap_err().to_string();
    assert!(refused.contains("不是供水企业"), "{refused}");
    let version = city.submit(maker, moved(&other)).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    city.read(&account, "30").await;
    city.bill().await;
    let owner = "select o.name from charge_line l join organisation o on o.id = l.owner_id
        where l.fee_item = 'water' limit 1";
    let owner: String = sqlx::query_scalar(owner).fetch_one(&city.owner).await.unwrap();
    assert_eq!(owner, other);
    city.check().await;
}

#[tokio::test]
async fn a_change_is_approved_once_by_another_person() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let more = |from: &str| AccountChange { persons: Some(5), ..change(&account, from) };
    let refused = [
        (more("2020-01-01"), "早于开户日期"),
        (more("2026-12-02"), "尚未到来"),
        (more("2027-02-01"), "尚未到来"),
        (change(&account, "2026-11-01"), "与现有档案相同"),
        (AccountChange { persons: Some(0), ..more("2026-11-01") }, "1 至 99"),
        (AccountChange { reason: " ".to_owned(), ..more("2026-11-01") }, "变更原因"),
        (AccountChange { account_no: "none".to_owned(), ..more("2026-11-01") }, "户号不存在"),
    ];
    for (order, words) in refused {
        let said = city.submit(maker, order).await.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    let ahead = city.submit(maker, more("2026-12-01")).await.unwrap();
    let now = city.submit(maker, more("2026-11-01")).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    assert_eq!(waiting_changes(&mut connection, &Reach::default(), 10).await.unwrap().len(), 2);
    drop(connection);
    assert!(matches!(city.decide(maker, now, true).await, Err(ChangeError::SamePerson)));
    city.decide(checker, ahead, false).await.unwrap();
    city.decide(checker, now, true).await.unwrap();
    assert!(matches!(city.decide(checker, now, true).await, Err(ChangeError::Decided)));
    let none = AccountVersionId(-1);
    assert!(matches!(city.decide(checker, none, true).await, Err(ChangeError::Unknown(_))));
    assert_eq!(city.count("select persons::bigint from account").await, 5);
    city.check().await;
}

/// The month is billed already: the change is of the next one, entered today, and nobody has to remember it.
#[tokio::test]
async fn a_change_that_is_approved_ahead_holds_from_its_month_on() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    city.read(&account, "30").await;
    city.bill().await;
    let exempt =
        |from| AccountChange { sewage_class: Some(SewageClass::Exempt), ..change(&account, from) };
    let refused = city.submit(maker, exempt("2026-11-01")).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Billed(_)), "{refused:?}");
    let version = city.submit(maker, exempt("2026-12-01")).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    // Nothing is shown before its day, and nothing is changed that it would undo.
    let shown = "select count(*) from account where sewage_class = 'exempt' and persons = 6";
    assert_eq!(begin_changes(&city.pool, &city.clock).await.unwrap(), 0);
    let more = |from| AccountChange { persons: Some(6), ..change(&account, from) };
    let refused = city.submit(maker, more("2026-11-24")).await.unwrap_err().to_string();
    assert!(refused.contains("2026-12-01"), "{refused}");
    let payer = AccountChange {
        payer: Some(Pays::Known(terms::PayerId(1))),
        ..change(&account, "2026-12-01")
    };
    let refused = city.submit(maker, payer).await.unwrap_err();
    assert!(matches!(refused, ChangeError::PayerAhead), "{refused:?}");
    // Another of the same day goes on from it.
    let version = city.submit(maker, more("2026-12-01")).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    assert_eq!(city.count(shown).await, 0);
    city.check().await;

    // Bills go by the day, whether it is shown yet or not.
    city.at("2026-12-20 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    assert_eq!(city.lines_of(202_612).await, "water 37.84, water 20.64, garbage 19.20");
    let persons =
        "select string_agg(persons || ' ' || sewage_class, ', ' order by bill_period) from charge";
    let inputs: String = sqlx::query_scalar(persons).fetch_one(&city.owner).await.unwrap();
    assert_eq!(inputs, "4 resident, 6 exempt");
    city.agrees_in(&["2026-11", "2026-12"]).await;
    assert_eq!(city.count(shown).await, 0);
    assert_eq!(begin_changes(&city.pool, &city.clock).await.unwrap(), 2);
    assert_eq!(city.count(shown).await, 1);
    assert_eq!(begin_changes(&city.pool, &city.clock).await.unwrap(), 0);
    city.check().await;
}

/// Two changes wait, each written over what the account was when it was submitted: once one is approved, the other one
/// knows nothing of it, and is submitted anew.
#[tokio::test]
async fn of_two_changes_that_wait_the_later_one_does_not_undo_the_earlier() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let exempt = || AccountChange {
        sewage_class: Some(SewageClass::Exempt),
        ..change(&account, "2026-11-01")
    };
    let more = AccountChange { persons: Some(6), ..change(&account, "2026-11-01") };
    let (persons, sewage) =
        (city.submit(maker, more).await.unwrap(), city.submit(maker, exempt()).await.unwrap());
    city.decide(checker, persons, true).await.unwrap();
    let overtaken = city.decide(checker, sewage, true).await.unwrap_err();
    assert!(matches!(overtaken, ChangeError::Overtaken), "{overtaken:?}");
    assert!(overtaken.to_string().contains("重新提交"), "{overtaken}");
    let state = "select count(*) from account where persons = 6 and sewage_class = $$resident$$";
    assert_eq!(city.count(state).await, 1);
    city.decide(checker, sewage, false).await.unwrap();
    // Refused ones overtake nobody.
    let anew = city.submit(maker, exempt()).await.unwrap();
    let other = AccountChange { persons: Some(7), ..change(&account, "2026-11-01") };
    let other = city.submit(maker, other).await.unwrap();
    city.decide(checker, other, false).await.unwrap();
    city.decide(checker, anew, true).await.unwrap();
    let state = "select count(*) from account where persons = 6 and sewage_class = $$exempt$$";
    assert_eq!(city.count(state).await, 1);
    city.check().await;
}

/// It would hold until the day of the other one and no longer: who came would have paid for two weeks.
#[tokio::test]
async fn nothing_is_changed_before_the_day_of_a_change_that_holds() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let persons = |many, from| AccountChange { persons: Some(many), ..change(&account, from) };
    let waits = city.submit(maker, persons(5, "2026-11-02")).await.unwrap();
    city.decide(checker, waits, false).await.unwrap();
    let version = city.submit(maker, persons(6, "2026-11-15")).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    let li = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    let to = |from| AccountChange { payer: Some(Pays::New(li.clone())), ..change(&account, from) };
    for early in [to("2026-11-10"), persons(7, "2026-11-14")] {
        let refused = city.submit(maker, early).await.unwrap_err().to_string();
        assert!(refused.contains("2026-11-15 起生效") && refused.contains("请改为"), "{refused}");
    }
    let version = city.submit(maker, to("2026-11-15")).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    let state = "select count(*) from account where persons = 6 and payer_name = '李四'";
    assert_eq!(city.count(state).await, 1);
    city.check().await;
}

/// Whoever submits waits for an approval that is being written, and starts from what it made of the account.
#[tokio::test]
async fn a_change_is_not_submitted_over_one_that_is_being_approved() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, _) = city.two_persons().await;
    let mut approving = city.owner.begin().await.unwrap();
    sqlx::query("select from account where id = $1 for no key update")
        .bind(account.id.0)
        .execute(&mut *approving)
        .await
        .unwrap();
    let more = AccountChange { persons: Some(6), ..change(&account, "2026-11-01") };
    let waits = tokio::time::timeout(
        std::time::Duration::from_millis(500),
        city.submit(maker, more.clone()),
    );
    assert!(waits.await.is_err());
    approving.rollback().await.unwrap();
}

/// No bill stands that another state would have priced otherwise: it is taken back first, and made again.
#[tokio::test]
async fn a_change_of_months_that_were_billed_names_them() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = city.two_persons().await;
    let more = |from: &str| AccountChange { persons: Some(6), ..change(&account, from) };
    let waiting = city.submit(maker, more("2026-11-01")).await.unwrap();
    city.read(&account, "30").await;
    city.bill().await;
    let refused = [
        city.submit(maker, more("2026-11-15")).await.unwrap_err(),
        city.decide(checker, waiting, true).await.unwrap_err(),
    ];
    for refused in refused {
        assert!(
            matches!(&refused, ChangeError::Billed(months) if months == "2026-11"),
            "{refused}"
        );
    }
    // Of the month after nobody has a bill.
    let next = city.submit(maker, more("2026-12-01")).await.unwrap();
    city.decide(checker, next, false).await.unwrap();
    let charge = terms::ChargeId(city.count("select id from charge").await);
    city.reverse_charge(charge, "人口有误").await.unwrap();
    city.decide(checker, waiting, true).await.unwrap();
    city.bill().await;
    let persons = "select persons::bigint from charge_standing";
    assert_eq!(city.count(persons).await, 6);
    city.agrees().await;
}
