//! 代扣、微信、支付宝: what banks and online channels settled.

use chrono::NaiveDate;
use engine::access::Reach;
use engine::channels::{
    AnswerItem, BatchError, ChannelBatch, NewItem, PostItem, RequestItem, ReturnItem, ReverseError,
    ReversePayment, Settled, Settles, SuspenseError, Target, Whose, answer_item, parse, post_batch,
    post_item, request_item, return_item, reverse, suspense, take_batch,
};
use engine::counter::Stands;
use engine::register::GarbageClass;
use insta::assert_snapshot;
use terms::{Money, PaymentId};

use crate::city::{Account, City, DAOJIAO, yuan};

fn item(city: &City, account: &Account, serial: &str, gross: &str) -> Settled {
    let settles = Settles::UpTo(city.period());
    Settled { account: account.id, settles, serial: serial.to_owned(), gross: yuan(gross) }
}

/// What waits, as a person reads it.
async fn waiting(city: &City) -> String {
    let mut connection = city.pool.acquire().await.unwrap();
    let lines =
        suspense(&mut connection, &Reach::default(), 10_000).await.unwrap().into_iter().map(|w| {
            format!(
                "{} {} {} {} {}",
                w.channel,
                w.batch_no,
                w.serial,
                w.gross,
                w.reason.unwrap_or_default()
            )
        });
    lines.collect::<Vec<_>>().join("\n")
}

async fn waits(city: &City, serial: &str) -> i64 {
    let mut connection = city.pool.acquire().await.unwrap();
    let all = suspense(&mut connection, &Reach::default(), 10_000).await.unwrap();
    all.into_iter().find(|w| w.serial == serial).unwrap().item
}

async fn payment_of(city: &City, serial: &str) -> PaymentId {
    let sql = "select max(p.id) from payment p join channel_item i on i.id = p.channel_item_id where i.serial = $1 and p.kind = 'payment'";
    PaymentId(sqlx::query_scalar(sql).bind(serial).fetch_one(&city.owner).await.unwrap())
}

impl City {
    /// One person asks that an item goes to an account, and another says yes.
    async fn moved(
        &self,
        item: i64,
        to: &Account,
        target: Target,
    ) -> Result<Option<PaymentId>, SuspenseError> {
        let order = RequestItem { item, account: to.id, target, by: self.manager().await };
        let request = request_item(&self.pool, &self.clock, order).await?;
        let (by, reason) = (self.second_manager().await, String::new());
        let yes = AnswerItem { request, by, approved: true, reason };
        answer_item(&self.pool, &self.clock, yes).await
    }
}

#[tokio::test]
async fn a_batch_handed_in_twice_posts_once() {
    let city = City::new().await;
    let mut items = Vec::new();
    for n in 0..5 {
        let account = city.household_owing_for(&format!("住户{n}"), "30").await;
        items.push(item(&city, &account, &format!("WX20261124{n:04}"), "103.33"));
    }
    let first = city.settle("wechat", "W1", items.clone()).await;
    assert_eq!((first.posted, first.already, first.amount), (5, 0, yuan("516.65")));
    // The same day downloaded once more, under another number: a day is what WeChat's serials are unique in.
    for batch_no in ["W1", "W1-bis"] {
        let again = city.settle("wechat", batch_no, items.clone()).await;
        assert_eq!((again.posted, again.already), (0, 5));
        assert!(again.refused.is_empty());
    }
    assert_eq!(city.count("select count(*) from payment").await, 5);
    assert_eq!(city.count("select count(*) from channel_file").await, 3);
    city.check().await;
}

/// A bank that numbers each file from 000001: the shop's fifty yuan of November and of December stand under the same
/// serial, and both are paid. 50.00 + 50.00 = 100.00.
#[tokio::test]
async fn a_bank_that_numbers_each_file_anew_loses_nothing() {
    let mut city = City::new().await;
    let shop = city.open("小店", DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
    for (wall, batch) in [("2026-11-24 10:00", "DK20261124"), ("2026-12-24 10:00", "DK20261224")] {
        city.at(wall);
        city.read(&shop, "0").await;
        city.bill().await;
        let outcome =
            city.settle("withhold", batch, vec![item(&city, &shop, "000123", "50.00")]).await;
        assert_eq!((outcome.posted, outcome.amount), (1, yuan("50.00")), "{batch}: {outcome:?}");
    }
    assert_eq!(city.amount("select sum(net) from payment").await, yuan("100.00"));
    assert_eq!(city.amount("select sum(open_amount) from charge_balance").await, Money::ZERO);
    // The same file again is recognised, line by line.
    let again =
        city.settle("withhold", "DK20261224", vec![item(&city, &shop, "000123", "50.00")]).await;
    assert_eq!((again.posted, again.already), (0, 1));
    // The same identity with other content is kept beside the first, named, and posted by nobody.
    let other =
        city.settle("withhold", "DK20261224", vec![item(&city, &shop, "000123", "51.00")]).await;
    assert_eq!((other.posted, other.refused.len()), (0, 1));
    assert_snapshot!(waiting(&city).await, @"银行代扣 DK20261224 000123 51.00 流水号已登记为另一笔");
    let contested = waits(&city, "000123").await;
    let order = PostItem { item: contested, target: Target::Prepaid, by: city.manager().await };
    let refused = post_item(&city.pool, &city.clock, order).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::Contested), "{refused:?}");
    let order =
        ReturnItem { item: contested, reason: "银行更正".into(), by: city.manager().await };
    return_item(&city.pool, &city.clock, order).await.unwrap();
    assert_eq!(waiting(&city).await, "");
    city.check().await;
}

#[tokio::test]
async fn what_does_not_match_the_books_waits_in_suspense() {
    let city = City::new().await;
    let till = city.counter().await;
    let open = city.household_owing_for("陈大文", "30").await;
    let paid = city.household_owing_for("李四", "30").await;
    till.collect(&paid, "103.33").await;
    let nobody = Settled { account: terms::AccountId(999), ..item(&city, &open, "A3", "1.00") };
    let items =
        vec![item(&city, &open, "A1", "103.32"), item(&city, &paid, "A2", "103.33"), nobody];
    let outcome = city.settle("withhold", "B1", items.clone()).await;
    assert_eq!((outcome.posted, outcome.amount), (0, Money::ZERO));
    assert_snapshot!(waiting(&city).await, @r"
    银行代扣 B1 A1 103.32 应收103.33元，渠道金额103.32元，不一致
    银行代扣 B1 A2 103.33 没有欠费
    银行代扣 B1 A3 1.00 用户不存在
    ");
    city.check().await;
    // Handed in again, they still wait, and are told again.
    let again = city.settle("withhold", "B1", items).await;
    assert_eq!((again.posted, again.already, again.refused.len()), (0, 0, 3));
    // One fen short is kept for the account; what was paid twice goes back; a wrong number finds its account.
    let by = city.manager().await;
    let order = PostItem { item: waits(&city, "A1").await, target: Target::Prepaid, by };
    post_item(&city.pool, &city.clock, order).await.unwrap();
    let back = ReturnItem { item: waits(&city, "A2").await, reason: "重复缴费".into(), by };
    return_item(&city.pool, &city.clock, back.clone()).await.unwrap();
    let refused = return_item(&city.pool, &city.clock, back).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::NotInSuspense), "{refused:?}");
    // By the word of two: no item of nobody goes anywhere by that of one.
    let lost = waits(&city, "A3").await;
    let order = PostItem { item: lost, target: Target::Prepaid, by };
    let refused = post_item(&city.pool, &city.clock, order).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::UnknownAccount), "{refused:?}");
    let refused = city.moved(lost, &open, Target::AsItSays).await.unwrap_err();
    assert_eq!(refused.to_string(), "应收103.33元，渠道金额1.00元，不一致");
    let asks = RequestItem { item: lost, account: open.id, target: Target::Prepaid, by };
    let no = AnswerItem {
        request: request_item(&city.pool, &city.clock, asks).await.unwrap(),
        by: city.second_manager().await,
        approved: false,
        reason: "金额不符".to_owned(),
    };
    assert_eq!(answer_item(&city.pool, &city.clock, no).await.unwrap(), None);
    city.moved(lost, &open, Target::Prepaid).await.unwrap();
    assert_eq!(waiting(&city).await, "");
    // 103.32 + 1.00 are with the account, 103.33 went back.
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("104.32"));
    city.check().await;
}

#[tokio::test]
async fn a_returned_debit_is_taken_back_once_and_its_bill_is_open_again() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let outcome = city.settle("withhold", "B1", vec![item(&city, &account, "1", "103.33")]).await;
    assert_eq!(outcome.posted, 1);
    city.at("2026-11-26 09:00");
    let payment = payment_of(&city, "1").await;
    let order = ReversePayment {
        payment,
        reason: "银行退票".into(),
        returned: true,
        by: city.manager().await,
    };
    let red = reverse(&city.pool, &city.clock, order.clone()).await.unwrap();
    assert_eq!(red.amount, yuan("103.33"));
    let again = reverse(&city.pool, &city.clock, order.clone()).await.unwrap_err();
    assert!(matches!(again, ReverseError::Stands(Stands::AlreadyReversed)), "{again:?}");
    let order = ReversePayment { payment: red.payment, ..order };
    let twice = reverse(&city.pool, &city.clock, order).await.unwrap_err();
    assert!(matches!(twice, ReverseError::Stands(Stands::IsReversal)), "{twice:?}");
    assert_eq!(city.amount("select sum(open_amount) from charge_balance").await, yuan("103.33"));
    assert_eq!(city.amount("select sum(net) from payment").await, Money::ZERO);
    assert_eq!(waiting(&city).await, "");
    // The bank collects once more in its next file, under the same serial.
    let outcome = city.settle("withhold", "B2", vec![item(&city, &account, "1", "103.33")]).await;
    assert_eq!(outcome.posted, 1);
    city.check().await;
}

#[tokio::test]
async fn money_booked_on_the_wrong_account_goes_to_the_right_one() {
    let city = City::new().await;
    let wrong = city.household_owing_for("陈大文", "30").await;
    let right = city.household_owing_for("李四", "30").await;
    city.settle("wechat", "W1", vec![item(&city, &wrong, "9", "103.33")]).await;
    let payment = payment_of(&city, "9").await;
    let order = ReversePayment {
        payment,
        reason: "户号有误".into(),
        returned: false,
        by: city.manager().await,
    };
    reverse(&city.pool, &city.clock, order).await.unwrap();
    assert_snapshot!(waiting(&city).await, @"微信支付 W1 9 103.33 户号有误");
    city.check().await;
    // Nobody moves it alone: neither who took it back, nor who asks, however often.
    let item = waits(&city, "9").await;
    let (maker, target) = (city.manager().await, Target::AsItSays);
    let own = RequestItem { item, account: wrong.id, target, by: maker };
    let refused = request_item(&city.pool, &city.clock, own.clone()).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::NotNeeded), "{refused:?}");
    let less = city.household_owing_for("王五", "20").await;
    let other = RequestItem { account: less.id, ..own.clone() };
    let refused = request_item(&city.pool, &city.clock, other).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::Refused(_)), "{refused:?}");
    let order = RequestItem { account: right.id, ..own };
    let request = request_item(&city.pool, &city.clock, order.clone()).await.unwrap();
    let refused = request_item(&city.pool, &city.clock, order).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::AlreadyAsked), "{refused:?}");
    let yes = AnswerItem { request, by: maker, approved: true, reason: String::new() };
    let refused = answer_item(&city.pool, &city.clock, yes.clone()).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::Yourself), "{refused:?}");
    let owed = "select sum(open_amount) from charge_balance b join account a on a.id = b.account_id where payer_name <> '王五'";
    assert_eq!(city.amount(owed).await, yuan("206.66"));
    let yes = AnswerItem { by: city.second_manager().await, ..yes };
    answer_item(&city.pool, &city.clock, yes.clone()).await.unwrap().unwrap();
    let refused = answer_item(&city.pool, &city.clock, yes).await.unwrap_err();
    assert!(matches!(refused, SuspenseError::NoRequest), "{refused:?}");
    assert_eq!(city.amount(owed).await, yuan("103.33"));
    let owed = "select sum(open_amount) from charge_balance b join account a on a.id = b.account_id where payer_name = '李四'";
    assert_eq!(city.amount(owed).await, Money::ZERO);
    city.check().await;
}

#[tokio::test]
async fn a_batch_is_refused_by_name_before_anything_is_written() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let batch = |channel: &str, settled_on: NaiveDate, serial: &str, gross: &str| ChannelBatch {
        channel: channel.to_owned(),
        batch_no: "B1".to_owned(),
        settled_on,
        items: vec![item(&city, &account, serial, gross)],
    };
    let mut said = Vec::new();
    for batch in [
        batch("nobody", city.today(), "1", "1"),
        batch("wechat", city.today().succ_opt().unwrap(), "1", "1"),
        batch("wechat", "2016-11-24".parse().unwrap(), "1", "1"),
        batch("wechat", city.today(), "", "1"),
        batch("wechat", city.today(), "1", "0"),
    ] {
        said.push(post_batch(&city.pool, &city.clock, batch).await.unwrap_err().to_string());
    }
    assert_snapshot!(said.join("\n"), @r"
    渠道“nobody”不存在，请先登记渠道
    结算日2026-11-25尚未到来，本批次未接收
    结算日2016-11-24早于开账，本批次未接收，请核对年月
    第1笔：流水号为空或超过60个字符，本批次未接收
    第1笔：金额0.00元须大于零，本批次未接收
    ");
    assert_eq!(city.count("select count(*) from channel_file").await, 0);
    city.settle("wechat", "B1", vec![item(&city, &account, "1", "103.33")]).await;
    let other = batch("wechat", city.today().pred_opt().unwrap(), "2", "1");
    let refused = post_batch(&city.pool, &city.clock, other).await.unwrap_err();
    assert!(matches!(refused, BatchError::OtherDay { .. }), "{refused}");
}

/// The same file from two hands at once: each item is posted by one of them.
#[tokio::test]
async fn two_hands_post_a_file_once() {
    let city = City::new().await;
    let mut items = Vec::new();
    for n in 0..20 {
        let account = city.household_owing_for(&format!("住户{n}"), "30").await;
        let no = sqlx::query_scalar("select no from account where id = $1")
            .bind(account.id.0)
            .fetch_one(&city.owner)
            .await
            .unwrap();
        let settles = Settles::UpTo(city.period());
        let (whose, gross) = (Whose::Number(no), yuan("103.33"));
        items.push(NewItem { whose, settles, serial: format!("{n:06}"), gross });
    }
    let by = city.manager().await;
    let bring = || {
        let place = ("withhold".to_owned(), "B1".to_owned(), city.today());
        let file = ("DK.csv".to_owned(), b"the same bytes".as_slice());
        take_batch(&city.pool, &city.clock, place, file, items.clone(), by)
    };
    let (one, two) = tokio::join!(bring(), bring());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.posted + two.posted, 20, "{one:?} {two:?}");
    assert_eq!(one.already + two.already, 20);
    assert_eq!(city.amount("select sum(net) from payment").await, yuan("2066.60"));
    city.check().await;
}

/// One row of three stands there twice: 103.33 of the 256.66 that the bank adds up are on no item of their own.
#[tokio::test]
async fn a_row_that_is_repeated_word_for_word_is_one_item_and_is_told() {
    let city = City::new().await;
    let (chen, li) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    );
    let by = city.manager().await;
    let row = format!("D004,{},103.33,2026-11\n", chen.no);
    let text = format!("流水号,用户号,金额,账务月份\n{row}D005,{},50.00,2026-11\n{row}", li.no);
    let bring = async || {
        let place = ("withhold".to_owned(), "DK1".to_owned(), city.today());
        let (file, items) = (("dk.csv".to_owned(), text.as_bytes()), parse(text.as_bytes()));
        take_batch(&city.pool, &city.clock, place, file, items.unwrap(), by).await.unwrap()
    };
    for (posted, already) in [(1, 0), (0, 1)] {
        let outcome = bring().await;
        assert_eq!((outcome.posted, outcome.already, outcome.refused.len()), (posted, already, 1));
        assert_eq!((outcome.repeated.rows, outcome.repeated.amount), (1, yuan("103.33")));
    }
    city.check().await;
}

/// A bank's file comes once, whatever number somebody types: under a second one all its money would wait again.
#[tokio::test]
async fn a_file_that_came_under_one_number_is_refused_under_another() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let by = city.manager().await;
    let file =
        |gross: &str| format!("流水号,用户号,金额,账务月份\n1,{},{gross},2026-11\n", account.no);
    let bring = async |batch: &str, text: &str| {
        let place = ("withhold".to_owned(), batch.to_owned(), city.today());
        let (file, items) = (("dk.csv".to_owned(), text.as_bytes()), parse(text.as_bytes()));
        take_batch(&city.pool, &city.clock, place, file, items.unwrap(), by).await
    };
    let (text, brought) = (file("50.00"), "select count(*) from channel_item");
    assert_eq!(bring("DK1", &text).await.unwrap().refused.len(), 1);
    let refused = bring("DK2", &text).await.unwrap_err();
    assert_snapshot!(refused.to_string(), @"这个文件已作为银行代扣批次DK1（结算日2026-11-24）登记，本次未接收；续办请用原批次号，确为另一批的，请在文件首行注明批次后再导入");
    assert_eq!(city.count(brought).await, 1);
    // Under its own number it goes on, and a file that says which other batch it is comes in.
    assert_eq!(bring("DK1", &text).await.unwrap().refused.len(), 1);
    assert_eq!(bring("DK2", &format!("批次DK2\n{text}")).await.unwrap().refused.len(), 1);
    assert_eq!(city.count(brought).await, 2);
    // Two hands at once: one of them.
    let text = file("60.00");
    let (one, two) = tokio::join!(bring("DK3", &text), bring("DK4", &text));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert_eq!(city.count(brought).await, 3);
    city.check().await;
}

/// A year or a month mistyped: on that day there was no bill, and no late fee would be due. One bill that was made anew
/// after the bank took its money keeps no file out.
#[tokio::test]
async fn a_file_of_a_day_before_its_bills_is_refused() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let anew = city.household("李四").await;
    city.read(&anew, "30").await;
    let (billed_on, due_on) = ("2026-11-20".parse().unwrap(), "2026-12-14".parse().unwrap());
    city.bill_month(city.period(), billed_on, due_on).await.unwrap();
    let by = city.manager().await;
    let text = format!(
        "流水号,用户号,金额,账务月份\n1,{},103.33,2026-11\n2,{},103.33,2026-11\n",
        account.no, anew.no
    );
    let bring = async |day: &str| {
        let place = ("withhold".to_owned(), "DK1".to_owned(), day.parse().unwrap());
        let (file, items) = (("dk.csv".to_owned(), text.as_bytes()), parse(text.as_bytes()));
        take_batch(&city.pool, &city.clock, place, file, items.unwrap(), by).await
    };
    for day in ["2025-11-24", "2026-10-24"] {
        let words = format!(
            "结算日{day}早于账单的出账日（户号{}，2026-11-01出账），本批次未接收，请核对结算日的年月日",
            account.no
        );
        assert_eq!(bring(day).await.unwrap_err().to_string(), words);
    }
    assert_eq!(city.count("select count(*) from channel_batch").await, 0);
    // The same file again, of the day that was meant: it goes on where it was left.
    assert_eq!(bring("2026-11-10").await.unwrap().posted, 2);
    assert_eq!(bring("2026-11-10").await.unwrap().already, 2);
    city.check().await;
}

/// What the bank took on the 20th was owed then, though the only bill in its file was taken back and made anew since.
#[tokio::test]
async fn a_file_of_the_day_of_a_bill_that_was_taken_back_since_is_taken_in() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.take_charge_back(&account).await.unwrap();
    let due_on = "2026-12-14".parse().unwrap();
    city.bill_month(city.period(), city.today(), due_on).await.unwrap();
    let by = city.manager().await;
    let text = format!("流水号,用户号,金额,账务月份\n1,{},103.33,2026-11\n", account.no);
    let bring = async |day: &str| {
        let place = ("withhold".to_owned(), "DK1".to_owned(), day.parse().unwrap());
        let (file, items) = (("dk.csv".to_owned(), text.as_bytes()), parse(text.as_bytes()));
        take_batch(&city.pool, &city.clock, place, file, items.unwrap(), by).await
    };
    let before = bring("2026-10-20").await.unwrap_err().to_string();
    assert!(before.contains("2026-11-24出账"), "{before}");
    assert_eq!(bring("2026-11-20").await.unwrap().posted, 1);
    city.check().await;
}

/// 200.00 that a channel brought lie in the purse, and the bill was paid out of it: a till and the channel give the same
/// answer, for one rule holds at every door.
#[tokio::test]
async fn a_deposit_goes_back_by_one_rule_at_every_door() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈大文").await;
    city.counter().await;
    city.settle("wechat", "W1", vec![item(&city, &account, "1", "200.00")]).await;
    let keep = PostItem {
        item: waits(&city, "1").await,
        target: Target::Prepaid,
        by: city.manager().await,
    };
    let deposit = post_item(&city.pool, &city.clock, keep).await.unwrap();
    let till = crate::city::Till::of(&city, "chen.juan").await;
    till.deposit(&account, "300").await;
    city.read(&account, "30").await;
    assert_eq!(city.offset().await.charges, 1);
    // 396.67 are left, more than the channel brought; but the purse was drawn on since.
    let order = ReversePayment {
        payment: deposit,
        reason: "退款".into(),
        returned: true,
        by: city.manager().await,
    };
    let refused = reverse(&city.pool, &city.clock, order.clone()).await.unwrap_err();
    let ReverseError::Stands(Stands::OffsetFirst { later }) = refused else {
        panic!("{refused:?}")
    };
    till.take_back(later).await.unwrap();
    reverse(&city.pool, &city.clock, order).await.unwrap();
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("300"));
    city.check().await;
}
