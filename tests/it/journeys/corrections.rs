//! A wrong bill taken back, its reading put right, and billed again.

use engine::billing::{
    AnswerChargeReversal, RequestChargeReversal, ReverseChargeError, ReversedCharge,
    answer_charge_reversal, request_charge_reversal,
};
use engine::reading::{self, Decision, EnterError, Entered, Review, ReviewError};
use insta::assert_snapshot;
use terms::{ChargeId, ReadingId, Role};

use crate::city::{Account, City, Till, ask};

impl City {
    /// Takes the newest charge of an account back.
    pub(crate) async fn take_charge_back(
        &self,
        account: &Account,
    ) -> Result<ReversedCharge, ReverseChargeError> {
        let newest = "select max(id) from charge where account_id = $1 and kind <> 'reversal'";
        let newest = sqlx::query_scalar(newest).bind(account.id.0).fetch_one(&self.owner);
        self.reverse_charge(ChargeId(newest.await.unwrap()), "抄表录错").await
    }

    /// Puts the month's reading of a meter right.
    pub(crate) async fn put_right(
        &self,
        by: &str,
        account: &Account,
        index: &str,
    ) -> Result<Entered, EnterError> {
        let (by, readings) = (Some(self.somebody(by).await), vec![self.seen(account, index)]);
        reading::correct(&self.pool, &self.clock, self.period(), by, readings).await
    }
}

#[tokio::test]
async fn a_bill_of_a_misread_index_is_taken_back_and_made_again() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "130").await;
    let refused = city.put_right("王更正", &account, "30").await.unwrap_err().to_string();
    assert!(refused.contains("请先冲正应收"), "{refused}");

    let red = city.take_charge_back(&account).await.unwrap();
    assert_eq!(city.amount("select sum(total) from charge").await, terms::Money::ZERO);
    assert_eq!(city.amount("select sum(amount) from charge_line").await, terms::Money::ZERO);
    city.check().await;

    city.put_right("王更正", &account, "30").await.unwrap();
    let run = city.bill().await;
    assert_eq!((run.charges, run.amount.to_string()), (1, "103.33".to_owned()));
    assert_eq!(
        city.count("select replaces_id from charge where kind = 'bill' and total = 103.33").await,
        red.reversal.0
    );
    assert_eq!(city.bill().await.charges, 0);
    let till = city.counter().await;
    assert_eq!(till.quote(&account).await.principal.to_string(), "103.33");
    till.collect(&account, "103.33").await;
    city.agrees().await;
}

#[tokio::test]
async fn the_same_reading_is_billed_again_after_each_reversal() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    for _ in 0..2 {
        city.take_charge_back(&account).await.unwrap();
        assert_eq!(city.bill().await.amount.to_string(), "103.33");
    }
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "103.33");
    let turns = "select max(turn)::bigint from charge_reading";
    assert_eq!(city.count(turns).await, 3);
    city.agrees().await;
}

#[tokio::test]
async fn a_charge_goes_back_once_and_only_when_nothing_is_paid_on_it() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = city.counter().await.collect(&account, "110").await;
    let refused = city.take_charge_back(&account).await.unwrap_err();
    assert!(matches!(refused, ReverseChargeError::Paid(by) if by == paid.payment), "{refused:?}");
    city.at("2026-12-05 09:00");
    Till::of(&city, "chen.juan").await.take_back(paid.payment).await.unwrap();
    let red = city.take_charge_back(&account).await.unwrap();
    // The mirror stands in the month in which it is made: November keeps its figure.
    assert_eq!(red.period.to_string(), "2026-12");
    let november = "select sum(total) from charge where bill_period = 202611";
    assert_eq!(city.amount(november).await.to_string(), "103.33");
    let again = city.take_charge_back(&account).await.unwrap_err();
    assert!(matches!(again, ReverseChargeError::AlreadyReversed(by) if by == red.reversal));
    let refused = city.reverse_charge(red.reversal, "x").await.unwrap_err();
    assert!(matches!(refused, ReverseChargeError::IsReversal), "{refused:?}");
    let unknown = city.reverse_charge(ChargeId(-7), "x").await.unwrap_err();
    assert!(matches!(unknown, ReverseChargeError::Unknown), "{unknown:?}");
    assert!(Till::of(&city, "chen.juan").await.quote(&account).await.charges.is_empty());
    let marks = "select count(*) from operation_log where action = 'billing.reversal.approve' and user_id is not null";
    assert_eq!(city.count(marks).await, 1);
    city.check().await;
}

#[tokio::test]
async fn a_fixed_charge_taken_back_sets_its_months_free() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city
        .open("振兴小卖部", crate::city::DAOJIAO, |new| {
            new.garbage_class = engine::register::GarbageClass::Shop;
            new.opened_on = "2026-08-15".parse().unwrap();
        })
        .await;
    let november: terms::BillPeriod = "2026-11".parse().unwrap();
    let (bill_date, due_date) = (city.today(), "2026-12-25".parse().unwrap());
    for _ in 0..2 {
        let run = city.bill_month(november, bill_date, due_date).await.unwrap();
        assert_eq!(run.amount.to_string(), "150.00");
        city.take_charge_back(&shop).await.unwrap();
    }
    city.bill_month(november, bill_date, due_date).await.unwrap();
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "150.00");
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn a_reading_that_stands_is_put_right_by_another_person_or_with_a_review() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    let none = city.put_right("王更正", &account, "30").await.unwrap_err().to_string();
    assert!(none.contains("没有可更正的抄表"), "{none}");
    city.read(&account, "10").await;
    // The same person: it waits.
    assert_eq!(city.put_right("李抄表", &account, "20").await.unwrap().corrected, 1);
    assert_eq!(city.bill().await.parked, 1);
    city.judge_newest(Decision::Accepted).await;
    // Another one: it stands at once.
    assert_eq!(city.put_right("王更正", &account, "30").await.unwrap().waiting(), 0);
    assert_eq!(city.bill().await.amount.to_string(), "103.33");
    // The next month begins where the last one of them ended, and nobody goes behind it.
    city.at("2026-12-20 10:00");
    city.read(&account, "60").await;
    assert_eq!(city.bill().await.amount.to_string(), "103.33");
    city.at("2026-11-25 10:00");
    let late = city.put_right("王更正", &account, "29").await.unwrap_err().to_string();
    assert!(late.contains("以后月份已抄表，请先从 2026-12 起逐月退回"), "{late}");
    city.check().await;
}

/// November was read too high, and December began from there: both bills go back, then the readings, the newest first.
#[tokio::test]
async fn a_wrong_index_is_put_right_behind_the_next_month() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "50").await;
    let checker = city.somebody("王审核").await;
    let newest = async |city: &City| ReadingId(city.count("select max(id) from reading").await);
    city.at("2026-12-20 10:00");
    city.read(&account, "60").await;
    assert_eq!(city.bill().await.charges, 1);
    let wrong = Review {
        readings: vec![newest(&city).await],
        decision: Decision::Rejected,
        reviewed_by: checker,
    };
    let billed = reading::review(&city.pool, &city.clock, wrong.clone()).await.unwrap_err();
    assert!(billed.to_string().contains("请先冲正应收"), "{billed}");
    city.take_charge_back(&account).await.unwrap();
    let first = ChargeId(city.count("select min(id) from charge").await);
    city.reverse_charge(first, "抄表录错").await.unwrap();
    let november = ReadingId(city.count("select min(id) from reading").await);
    let early = Review { readings: vec![november], ..wrong.clone() };
    let early = reading::review(&city.pool, &city.clock, early).await.unwrap_err();
    assert!(matches!(early, ReviewError::LaterReading(_)), "{early}");
    assert_eq!(reading::review(&city.pool, &city.clock, wrong).await.unwrap(), 1);

    city.at("2026-11-24 10:00");
    city.put_right("王更正", &account, "30").await.unwrap();
    assert_eq!(city.bill().await.amount.to_string(), "103.33");
    city.at("2026-12-21 10:00");
    city.read(&account, "60").await;
    assert_eq!(city.bill().await.amount.to_string(), "103.33");
    city.agrees().await;
}

#[tokio::test]
async fn arrears_and_receivables_know_what_was_taken_back() {
    let mut city = City::new().await;
    let wrong = city.household_owing_for("陈大文", "130").await;
    city.household_owing_for("李四", "30").await;
    let books = city.captured().await;
    books.stop().await;
    city.at("2026-12-05 09:00");
    city.take_charge_back(&wrong).await.unwrap();
    let books = city.captured().await;
    books.verify().await;
    let leader = {
        city.person("he.lin", "何琳", Role::Leader, None, None).await;
        books.person("he.lin").await
    };
    let live = books.live().await;
    let owed = "select sum(open_amount) from arrears";
    assert_eq!(ask(&live, &leader, owed).await, ["103.33"]);
    let receivable = "select sum(amount) from receivable";
    assert_eq!(ask(&live, &leader, receivable).await, ["103.33"]);
    let red = "select count(distinct charge_id), max(bill_period) from receivable where kind = 'reversal'";
    assert_eq!(ask(&live, &leader, red).await, ["1|202612"]);
    books.stop().await;
}

#[tokio::test]
async fn a_bill_goes_back_by_the_word_of_two() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "130").await;
    let charge = ChargeId(city.count("select max(id) from charge").await);
    let one = city.person("qian.ban", "钱办", Role::GroupAdministrator, None, None).await;
    let two = city.person("sun.shen", "孙审", Role::GroupAdministrator, None, None).await;
    let ask = async |by| {
        let order = RequestChargeReversal { charge, reason: "抄表录错".to_owned(), by };
        request_charge_reversal(&city.pool, &city.clock, order).await
    };
    let answer = async |request, by, approved, reason: &str| {
        let order = AnswerChargeReversal { request, by, approved, reason: reason.to_owned() };
        answer_charge_reversal(&city.pool, &city.clock, order).await
    };
    let request = ask(one).await.unwrap();
    // Nothing is taken back yet, and nobody asks twice.
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "743.03");
    let mut said = vec![ask(two).await.unwrap_err().to_string()];
    said.push(answer(request, one, true, "").await.unwrap_err().to_string());
    said.push(answer(request, two, false, " ").await.unwrap_err().to_string());
    said.push(answer(-7, two, true, "").await.unwrap_err().to_string());
    let clerk = city.counter().await.cashier;
    said.push(answer(request, clerk, true, "").await.unwrap_err().to_string());
    assert_eq!(answer(request, two, false, "读数无误").await.unwrap(), None);
    said.push(answer(request, two, true, "").await.unwrap_err().to_string());
    assert_snapshot!(said.join("\n"), @"
    该笔应收已申请冲正，请等待核准
    不能核准自己申请的冲正，请由另一人核准
    请填写原因（200字以内）
    没有这项申请，或不属于您负责的镇街
    您的角色没有这项权限
    该项申请已有答复
    ");
    // Asked again, and paid meanwhile: the yes comes too late.
    let again = ask(one).await.unwrap();
    let till = Till::of(&city, "chen.juan").await;
    let paid = till.collect(&account, "800").await;
    let late = answer(again, two, true, "").await.unwrap_err();
    assert!(matches!(late, ReverseChargeError::Paid(_)), "{late:?}");
    till.take_back(paid.payment).await.unwrap();
    let done = answer(again, two, true, "").await.unwrap().unwrap();
    assert_eq!(done.amount.to_string(), "743.03");
    assert_eq!(city.amount("select sum(total) from charge").await, terms::Money::ZERO);
    let marks = "select count(*) from operation_log where action in ('billing.reversal.request', 'billing.reversal.approve') \
                 and user_id is not null";
    assert_eq!(city.count(marks).await, 4);
    city.check().await;
}
