//! What payers, places and meters are called, put right; what was said before stays known.

use engine::access::Reach;
use engine::counter::receipt_view;
use engine::register::{
    AccountChange, Correct, CorrectError, Corrected, Correction, Pays, Standing, account_file,
    correct, corrections, decide_payer, open_accounts, waiting_payers,
};
use terms::{Clock, PayerId, UserId};

use super::at_once::queue;
use super::history::change;
use crate::city::{Account, City, DAOJIAO, Differs, m3};

fn payer(name: Option<&str>, phone: Option<&str>) -> Correct {
    Correct::Payer {
        name: name.map(str::to_owned),
        phone: phone.map(str::to_owned),
        document: None,
    }
}

impl City {
    async fn correct_now(
        &self,
        by: UserId,
        account: &Account,
        what: Correct,
    ) -> Result<Corrected, CorrectError> {
        self.correct_from(by, account, what, &self.today().to_string()).await
    }

    async fn correct_from(
        &self,
        by: UserId,
        account: &Account,
        what: Correct,
        from: &str,
    ) -> Result<Corrected, CorrectError> {
        let correction = Correction {
            account_no: account.no.clone(),
            valid_from: from.parse().unwrap(),
            what,
            reason: "登记有误".to_owned(),
        };
        correct(&self.pool, &self.clock, by, correction).await
    }

    async fn called(&self, account: &Account) -> String {
        let sql = "select concat_ws(' ', payer_name, phone, address) from account where id = $1";
        sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn another_name_waits_for_a_second_person_and_a_telephone_for_nobody() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household("陈大文").await;
    let payer_id: i64 = city.count("select payer_id from account").await;
    let second =
        city.open("陈大文", DAOJIAO, |new| new.payer = Pays::Known(PayerId(payer_id))).await;
    let (maker, checker) = city.two_persons().await;
    // A clerk writes a telephone down; it holds for both accounts of the payer.
    let done = city.correct_now(till.cashier, &account, payer(None, Some("13900000000"))).await;
    assert!(!done.unwrap().waits);
    assert!(city.called(&second).await.contains("陈大文 13900000000"));
    let same = city.correct_now(maker, &account, payer(Some("陈大文"), None)).await.unwrap_err();
    assert!(matches!(same, CorrectError::Nothing), "{same:?}");
    // Another name waits, and its own submitter does not approve it.
    let name = city.correct_now(till.cashier, &account, payer(Some("陈大闻"), None)).await.unwrap();
    assert!(name.waits && city.called(&account).await.starts_with("陈大文"));
    let mut connection = city.owner.acquire().await.unwrap();
    let waiting = waiting_payers(&mut connection, &Reach::default(), 10).await.unwrap();
    assert_eq!((waiting[0].name.as_str(), waiting[0].to_name.as_str()), ("陈大文", "陈大闻"));
    assert_eq!(waiting[0].accounts, [account.no.clone(), second.no.clone()]);
    let decide = async |by, version, approve| {
        decide_payer(&city.pool, &city.clock, by, version, approve).await
    };
    let own = decide(till.cashier, name.version, true).await.unwrap_err();
    assert!(matches!(own, CorrectError::SamePerson), "{own:?}");
    decide(checker, name.version, true).await.unwrap();
    let again = decide(checker, name.version, false).await.unwrap_err();
    assert!(matches!(again, CorrectError::Decided), "{again:?}");
    for account in [&account, &second] {
        assert!(city.called(account).await.starts_with("陈大闻 13900000000"));
    }
    // Of two that wait, the one that knows nothing of the other is submitted anew.
    let one = city.correct_now(maker, &account, payer(Some("甲"), None)).await.unwrap();
    let other = city.correct_now(maker, &account, payer(Some("乙"), None)).await.unwrap();
    decide(checker, one.version, true).await.unwrap();
    let overtaken = decide(checker, other.version, true).await.unwrap_err();
    assert!(matches!(overtaken, CorrectError::Overtaken), "{overtaken:?}");
    decide(checker, other.version, false).await.unwrap();
    let told: Vec<_> = corrections(&mut connection, &account.no, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|said| (said.words, said.standing, said.submitted_by, said.decided_by))
        .collect();
    let by = |name: &str| Some(name.to_owned());
    // All on one day: those said last come first, and what was said before any of them last.
    assert_eq!(
        told,
        [
            ("乙 13900000000".to_owned(), Standing::Refused, by("钱办"), by("孙审")),
            ("甲 13900000000".to_owned(), Standing::Holds, by("钱办"), by("孙审")),
            ("陈大闻 13900000000".to_owned(), Standing::Holds, by("陈娟"), by("孙审")),
            ("陈大文 13900000000".to_owned(), Standing::Holds, by("陈娟"), None),
            ("陈大文 13812341234".to_owned(), Standing::First, None, None),
        ]
    );
    drop(connection);
    city.check().await;
}

/// Who corrects a payer waits for whoever gives that payer an account, and finds it.
#[tokio::test]
async fn an_account_that_passes_to_a_payer_is_called_as_the_payer_is_meanwhile() {
    let city = City::new().await;
    let (passed, own) = (city.household("陈大文").await, city.household("李四").await);
    let li = city.count("select payer_id from account where payer_name = '李四'").await;
    let (maker, checker) = city.two_persons().await;
    let pays = Some(Pays::Known(PayerId(li)));
    let change = AccountChange { payer: pays, ..change(&passed, "2026-11-24") };
    let version = city.submit(maker, change).await.unwrap();
    // Nobody leaves a mark, so that both have done their work and neither has ended.
    let mut held = city.owner.begin().await.unwrap();
    let lock = "lock table operation_chain in exclusive mode";
    sqlx::query(lock).execute(&mut *held).await.unwrap();
    let corrected = async {
        queue(&city, 1).await;
        city.correct_now(maker, &own, payer(None, Some("13922222222"))).await
    };
    let let_go = async {
        queue(&city, 2).await;
        held.commit().await.unwrap();
    };
    let decided = city.decide(checker, version, true);
    let (decided, corrected, ()) = tokio::join!(decided, corrected, let_go);
    decided.unwrap();
    corrected.unwrap();
    assert!(city.called(&passed).await.starts_with("李四 13922222222"));
    city.check().await;

    // So it is where an account is opened.
    let mut opening = city.owner.begin().await.unwrap();
    let another = "insert into account
        select (jsonb_populate_record(a, jsonb_build_object('id', nextval('account_id_seq'), 'no', 'K' || a.no))).* from account a where a.id = $1";
    sqlx::query(another).bind(own.id.0).execute(&mut *opening).await.unwrap();
    let opened = async {
        queue(&city, 1).await;
        opening.commit().await.unwrap();
    };
    let phone = payer(None, Some("13933333333"));
    let (corrected, ()) = tokio::join!(city.correct_now(maker, &own, phone), opened);
    corrected.unwrap();
    assert_eq!(city.count("select count(*) from account where phone = '13933333333'").await, 3);
}

#[tokio::test]
async fn a_paper_that_is_printed_again_says_what_it_said() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let taken = till.collect(&account, "103.33").await;
    let was = city.called(&account).await;
    city.at("2026-11-25 10:00");
    let (maker, checker) = city.two_persons().await;
    let name = city.correct_now(maker, &account, payer(Some("陈大闻"), None)).await.unwrap();
    decide_payer(&city.pool, &city.clock, checker, name.version, true).await.unwrap();
    let moved = Correct::Address("东莞市道滘镇新路9号".to_owned());
    city.correct_now(maker, &account, moved).await.unwrap();
    let now = city.called(&account).await;
    assert!(now.starts_with("陈大闻") && now.ends_with("新路9号"), "{now}");
    let mut connection = city.pool.acquire().await.unwrap();
    let slip = receipt_view(&mut connection, taken.payment).await.unwrap().unwrap();
    assert!(was.starts_with(&slip.payer_name) && was.ends_with(&slip.address), "{was}");
    drop(connection);
    // And a search finds it by both words of today.
    assert_eq!(city.count("select count(*) from account where payer_name = '陈大闻'").await, 1);
    city.check().await;
}

#[tokio::test]
async fn the_face_of_a_meter_is_put_right_as_long_as_no_reading_says_otherwise() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, _) = city.two_persons().await;
    let meter = |serial: Option<&str>, range: Option<&str>| Correct::Meter {
        serial_no: account.serial_no.clone(),
        to_serial_no: serial.map(str::to_owned),
        caliber_mm: None,
        max_range: range.map(m3),
    };
    let missing = Correct::Meter {
        serial_no: "none".to_owned(),
        to_serial_no: Some("X".to_owned()),
        caliber_mm: None,
        max_range: None,
    };
    let unknown = city.correct_now(maker, &account, missing).await.unwrap_err();
    assert!(matches!(unknown, CorrectError::UnknownMeter(_)), "{unknown:?}");
    let other = city.household("李四").await;
    let taken = city.correct_now(maker, &account, meter(Some(&other.serial_no), None)).await;
    assert!(matches!(taken, Err(CorrectError::SerialTaken)), "{taken:?}");
    city.correct_now(maker, &account, meter(None, Some("100000"))).await.unwrap();
    city.read(&account, "12000").await;
    let read = city.correct_now(maker, &account, meter(None, Some("10000"))).await.unwrap_err();
    assert!(matches!(read, CorrectError::RangeWasRead), "{read:?}");
    city.correct_now(maker, &account, meter(Some("S-77"), None)).await.unwrap();
    assert_eq!(city.count("select count(*) from meter where serial_no = 'S-77'").await, 1);
    assert_eq!(city.count("select count(*) from meter_version").await, 3);
    city.check().await;
}

/// Who put a meter in, and when that was said, stays known; and nobody says it otherwise.
#[tokio::test]
async fn who_put_a_meter_in_or_took_it_out_stays_known() {
    let city = City::new().await;
    let (mut new, by) = (None, city.manager().await);
    let account = city.open("陈大文", DAOJIAO, |told| new = Some(told.clone())).await;
    let mut new = new.unwrap();
    new.no = "X0000001".to_owned();
    new.meter().serial_no = "X-1".to_owned();
    let opened = open_accounts(&city.pool, &city.clock, Some(by), &[new]).await.unwrap()[0];
    let mut connection = city.owner.acquire().await.unwrap();
    let file = account_file(&mut connection, opened.account).await.unwrap().unwrap();
    let meter = &file.meters[0];
    assert_eq!((meter.installed_by.is_some(), meter.recorded_at), (true, city.clock.now()));
    let file = account_file(&mut connection, account.id).await.unwrap().unwrap();
    assert_eq!(file.meters[0].installed_by, None);
    let removed = format!(
        "final_index = 9, removed_on = '2026-11-24', removed_by = {by}, removal_recorded_at = now()"
    );
    for (what, law) in [
        ("installed_on = installed_on - 1", "meter_said"),
        ("start_index = start_index + 1", "meter_said"),
        ("removed_on = '2026-11-24', final_index = 9", "meter_removed_whole"),
        (removed.as_str(), ""),
        ("removed_on = '2026-11-23'", "meter_said"),
        (
            "removed_on = null, final_index = null, removed_by = null, removal_recorded_at = null",
            "meter_said",
        ),
    ] {
        let update = format!("update meter set {what} where id = {}", account.meter.0);
        match sqlx::raw_sql(sqlx::AssertSqlSafe(update)).execute(&mut *connection).await {
            Ok(_) => assert_eq!(law, "", "{what}"),
            Err(refused) => {
                let said = refused.to_string();
                assert!(!law.is_empty() && said.contains(law), "{what}: {said}");
            }
        }
    }
    let file = account_file(&mut connection, account.id).await.unwrap().unwrap();
    assert!(file.meters[0].removed_by.is_some());
}

#[tokio::test]
async fn what_cannot_be_put_right_is_said() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, _) = city.two_persons().await;
    city.at("2026-11-25 10:00");
    city.correct_now(maker, &account, payer(None, Some("13900000000"))).await.unwrap();
    let refused = |phone: &str, from: &str| {
        let (city, account) = (&city, &account);
        let (what, from) = (payer(None, Some(phone)), from.to_owned());
        async move { city.correct_from(maker, account, what, &from).await.unwrap_err().to_string() }
    };
    assert!(refused("13800000000", "2026-11-26").await.contains("不能晚于今天"));
    let before = refused("13800000000", "2026-11-24").await;
    assert!(before.contains("不能早于上一次更正的生效日期 2026-11-25"), "{before}");
    assert!(refused("138000000001380000000", "2026-11-25").await.contains("电话应为"));
    let nobody = payer(Some(" "), None);
    let nobody = city.correct_now(maker, &account, nobody).await.unwrap_err().to_string();
    assert!(nobody.contains("户名应为"), "{nobody}");
    let reader = city.somebody("李抄表").await;
    let moved = Correct::Address("别处".to_owned());
    let CorrectError::Database(refused) =
        city.correct_now(reader, &account, moved).await.unwrap_err()
    else {
        panic!("a reader corrects an address")
    };
    assert!(engine::access::is_refused(&refused), "{refused}");
    city.check().await;
}
