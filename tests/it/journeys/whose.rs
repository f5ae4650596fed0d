//! Whose a bill is: who paid for the account then, whoever pays for it now. 原缴费人

use chrono::{DateTime, Days, TimeDelta, Utc};
use engine::billing::charge_sheet;
use engine::channels::{
    ChannelBatch, PostItem, ReturnItem, Settled, Settles, Target, in_suspense, post_batch,
    post_item, return_item,
};
use engine::counter::{Collect, receipt_view};
use engine::prepaid::{self, Offset};
use engine::register::{AccountChange, GarbageClass, NewPayer, Pays, UseClass};
use terms::ReceiptType::{NonTax, WaterInvoice};
use terms::{BillPeriod, FixedClock, Money, SystemClock};

use super::at_once::queue;
use super::history::change;
use crate::city::{Account, City, DAOJIAO, Till, cash, of_the_machine, yuan};

#[tokio::test]
async fn a_bill_that_is_open_again_is_still_of_who_left() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let first = city.counter().await.collect(&account, "103.33").await;
    city.at("2026-11-24 15:00");
    city.pass_on(&account, "李四").await;
    let back = Till::of(&city, "chen.juan").await.take_back(first.payment).await.unwrap();
    let mut connection = city.pool.acquire().await.unwrap();
    // What was printed for 陈大文 is taken back on paper for 陈大文.
    let slip = receipt_view(&mut connection, first.payment).await.unwrap().unwrap();
    assert_eq!((slip.payer_name.as_str(), slip.former_payers.len()), ("陈大文", 0));
    let slip = receipt_view(&mut connection, back.payment).await.unwrap().unwrap();
    assert_eq!(
        (slip.payer_name.as_str(), &slip.former_payers[..]),
        ("李四", &["陈大文".to_owned()][..])
    );
    assert_eq!(slip.receipts, back.receipts);
    assert!(back.receipts.iter().all(|red| red.former_payer.as_deref() == Some("陈大文")));
    drop(connection);

    city.december_of(&account).await;
    let till = Till::of(&city, "chen.juan").await;
    let quote = till.quote(&account).await;
    let payers: Vec<_> = quote
        .charges
        .iter()
        .map(|charge| charge.former_payer.as_ref().map_or("", |payer| payer.name.as_str()))
        .collect();
    assert_eq!((quote.payer.payer_name.as_str(), payers), ("李四", vec!["陈大文", ""]));
    let mut connection = city.pool.acquire().await.unwrap();
    for (charge, payer) in quote.charges.iter().zip(["陈大文", "李四"]) {
        let sheet = charge_sheet(&mut connection, charge.id).await.unwrap().unwrap();
        assert_eq!(sheet.payer_name, payer);
    }
    // A paper has one payer.
    let mixed = till.collect(&account, "400").await;
    let papers: Vec<_> = mixed
        .receipts
        .iter()
        .map(|paper| (paper.receipt_type, paper.former_payer.as_deref().unwrap_or_default()))
        .collect();
    let want = [(WaterInvoice, ""), (WaterInvoice, "陈大文"), (NonTax, ""), (NonTax, "陈大文")];
    assert_eq!(papers, want);
    let slip = receipt_view(&mut connection, mixed.payment).await.unwrap().unwrap();
    assert_eq!((slip.payer_name.as_str(), &slip.receipts), ("李四", &mixed.receipts));
    drop(connection);
    city.check().await;
}

#[tokio::test]
async fn who_came_pays_the_own_bill_and_leaves_the_older_one_of_who_left() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    city.december_of(&account).await;
    let till = Till::of(&city, "chen.juan").await;
    let quote = till.quote(&account).await;
    let own = quote.charges.iter().find(|charge| charge.former_payer.is_none()).unwrap();
    let order = till.order(&account, &own.total.to_string()).await;
    let order = Collect { charges: vec![own.id], expected_total: own.total, ..order };
    let paid = till.submit(order).await.unwrap();
    assert!(paid.receipts.iter().all(|paper| paper.former_payer.is_none()));
    assert_eq!(city.still_owed(&account).await, ["陈大文"]);
    city.check().await;
}

impl City {
    /// Whose the open bills of an account are that are not of who pays now; nothing where they are.
    async fn still_owed(&self, account: &Account) -> Vec<String> {
        let quote = Till::of(self, "chen.juan").await.quote(account).await;
        let payers = quote.charges.into_iter().map(|charge| charge.former_payer);
        payers.map(|payer| payer.map(|payer| payer.name).unwrap_or_default()).collect()
    }

    /// An item of a channel for all that an account owes up to this month.
    fn for_all(&self, account: &Account, serial: &str, gross: &str) -> Settled {
        Settled {
            account: account.id,
            settles: Settles::UpTo(self.period()),
            serial: serial.to_owned(),
            gross: yuan(gross),
        }
    }
}

#[tokio::test]
async fn a_channel_holds_and_pays_no_bill_of_who_left() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    city.december_of(&account).await;
    assert_eq!(city.hold(&[&account], "DK1220").await.unwrap(), 1);
    let both = city.settle("withhold", "DK1219", vec![city.for_all(&account, "1", "206.66")]).await;
    assert_eq!(both.refused[0].reason, "应收103.33元，渠道金额206.66元，不一致");
    let own = city.settle("withhold", "DK1220", vec![city.for_all(&account, "2", "103.33")]).await;
    assert_eq!(own.posted, 1, "{own:?}");
    assert_eq!(city.still_owed(&account).await, ["陈大文"]);
    let more = city.settle("wechat", "W1", vec![city.for_all(&account, "3", "103.33")]).await;
    assert_eq!(more.refused[0].reason, "没有欠费");
    city.check().await;
}

#[tokio::test]
async fn on_the_day_of_its_passing_on_a_channel_pays_the_bill_of_who_came_too() {
    let mut city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.take_charge_back(&account).await.unwrap();
    city.at("2026-11-24 15:00");
    city.pass_on(&account, "李四").await;
    city.bill().await;
    assert_eq!(city.still_owed(&account).await, [""]);
    let less = city.settle("wechat", "W1", vec![city.for_all(&account, "1", "103.32")]).await;
    assert_eq!(less.refused[0].reason, "应收103.33元，渠道金额103.32元，不一致");
    let paid = city.settle("wechat", "W2", vec![city.for_all(&account, "2", "103.33")]).await;
    assert_eq!(paid.posted, 1, "{paid:?}");
    city.check().await;
}

#[tokio::test]
async fn what_a_channel_brought_before_the_account_passed_on_fills_no_purse_of_who_came() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    let newest = "select max(item_id) from channel_item_open";
    city.settle("wechat", "W1", vec![city.for_all(&account, "1", "50.00")]).await;
    city.at("2026-11-24 15:00");
    city.pass_on(&account, "李四").await;
    let (item, by) = (city.count(newest).await, city.manager().await);
    let mut connection = city.pool.acquire().await.unwrap();
    let waiting = in_suspense(&mut connection, item).await.unwrap().unwrap();
    assert_eq!(waiting.payer_name.as_deref(), Some("陈大文"));
    drop(connection);
    let keep = PostItem { item, target: Target::Prepaid, by };
    let refused = post_item(&city.pool, &city.clock, keep.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("2026-11-24，其后该户已过户"), "{refused}");
    assert!(refused.contains("请退回渠道"), "{refused}");
    let back = ReturnItem { item, reason: "该户已过户".to_owned(), by };
    return_item(&city.pool, &city.clock, back).await.unwrap();
    // What comes later is of who came.
    city.at("2026-11-25 10:00");
    city.settle("wechat", "W2", vec![city.for_all(&account, "2", "60.00")]).await;
    let keep = PostItem { item: city.count(newest).await, ..keep };
    post_item(&city.pool, &city.clock, keep).await.unwrap();
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("60.00"));
    city.check().await;
    // As if the account had passed on an hour before it was kept.
    let later = "begin; set local session_replication_role = replica;
        update account_approval set approved_at = '2026-11-25 09:00+08'; commit";
    sqlx::raw_sql(later).execute(&city.owner).await.unwrap();
    assert!(city.broken().await.contains(&"25p"));
}

impl City {
    /// What 户甲 used in October, 100 m³, is billed once the account has passed to 来者, who has left 500 with us; gives
    /// what the purse paid of it.
    async fn billed_late(&mut self) -> (Account, Offset) {
        self.at("2026-10-28 10:00");
        let flat = |new: &mut engine::register::NewAccount| {
            new.use_class = UseClass::ResidentFlat;
            new.garbage_class = GarbageClass::Uncharged;
        };
        let account = self.open("户甲", DAOJIAO, flat).await;
        self.read(&account, "100").await;
        self.at("2026-11-03 10:00");
        self.pass_on(&account, "来者").await;
        self.counter().await.deposit(&account, "500").await;
        self.at("2026-11-10 10:00");
        (account, self.offset_of_october().await)
    }

    /// Bills October, due on 25 November, and lets the purses pay.
    async fn offset_of_october(&self) -> Offset {
        let (october, due) = (BillPeriod::from_number(202_610).unwrap(), "2026-11-25");
        let run = self.bill_month(october, self.today(), due.parse().unwrap()).await.unwrap();
        prepaid::offset(&self.pool, &self.clock, run.issue, |_| {}).await.unwrap()
    }
}

#[tokio::test]
async fn a_purse_pays_no_late_bill_of_who_left() {
    let mut city = City::new().await;
    let (account, paid) = city.billed_late().await;
    assert_eq!(paid, Offset::default());
    let quote = Till::of(&city, "chen.juan").await.quote(&account).await;
    let former = quote.charges[0].former_payer.as_ref().map(|payer| payer.name.as_str());
    assert_eq!((former, quote.total, quote.prepaid), (Some("户甲"), yuan("262.50"), yuan("500")));
    // The own bill, of 30 m³, is paid by itself, whatever stands before it.
    city.at("2026-11-24 10:00");
    city.read(&account, "130").await;
    let paid = city.offset().await;
    assert_eq!((paid.accounts, paid.charges, paid.amount), (1, 1, yuan("78.75")));
    // At the counter as little.
    let till = Till::of(&city, "chen.juan").await;
    let order = till.order(&account, "262.50").await;
    let all = Collect { prepaid_used: yuan("262.50"), tenders: cash("0"), ..order.clone() };
    let refused = till.submit(all).await.unwrap_err().to_string();
    assert!(refused.contains("现缴费人的应收0.00元"), "{refused}");
    till.submit(order).await.unwrap();
    let quote = till.quote(&account).await;
    assert_eq!((quote.total, quote.prepaid), (Money::ZERO, yuan("421.25")));
    city.check().await;
}

#[tokio::test]
async fn a_purse_keeps_no_late_fee_from_the_bill_of_who_left() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    Till::of(&city, "chen.juan").await.deposit(&account, "500").await;
    city.december_of(&account).await;
    // 陈大文's bill was due on 25 November: forty late days, a fifth. 李四's was due on 25 December, and could be paid.
    city.at("2027-01-19 10:00");
    let till = Till::of(&city, "chen.juan").await;
    let quote = till.quote(&account).await;
    let late: Vec<_> = quote.charges.iter().map(|charge| charge.late_fee).collect();
    assert_eq!((late, quote.total), (vec![yuan("20.66"), Money::ZERO], yuan("227.32")));
    let order = till.order(&account, "123.99").await;
    let more = Collect { prepaid_used: yuan("103.34"), tenders: cash("123.98"), ..order.clone() };
    let refused = till.submit(more).await.unwrap_err().to_string();
    assert!(refused.contains("现缴费人的应收103.33元"), "{refused}");
    let paid = till.submit(Collect { prepaid_used: yuan("103.33"), ..order }).await.unwrap();
    // What came out of 李四's purse goes back into it, whatever else has changed.
    city.at("2027-01-19 11:00");
    city.changed(AccountChange { persons: Some(5), ..change(&account, "2027-01-01") }).await;
    city.at("2027-01-19 12:00");
    let back = Till::of(&city, "chen.juan").await.take_back(paid.payment).await.unwrap();
    assert_eq!((back.refund, back.prepaid_back), (yuan("123.99"), yuan("103.33")));
    city.check().await;
}

#[tokio::test]
async fn what_a_purse_paid_for_who_left_is_named() {
    let mut city = City::new().await;
    let (account, _) = city.billed_late().await;
    // As if 户甲 still paid for the account.
    let swap =
        "update account a set payer_id = (select p.id from payer p where p.id <> a.payer_id)";
    sqlx::query(swap).execute(&city.owner).await.unwrap();
    city.at("2026-11-11 10:00");
    let paid = city.offset_of_october().await;
    assert_eq!((paid.charges, paid.amount), (1, yuan("262.50")));
    sqlx::query(swap).execute(&city.owner).await.unwrap();
    assert_eq!(Till::of(&city, "chen.juan").await.quote(&account).await.prepaid, yuan("237.50"));
    assert_eq!(city.broken().await, ["25m"]);
}

/// An approval may tell a moment before that of a payment that is in the books, and a payment one before the approval that
/// it waited for: neither makes the money of one payer that of the other.
#[tokio::test]
async fn what_is_paid_and_what_is_passed_on_come_one_after_the_other() {
    let mut city = City::new().await;
    let now = of_the_machine();
    let before = FixedClock(now.0 - TimeDelta::minutes(2));
    city.clock = now;
    let account = city.household("陈大文").await;
    city.counter().await;
    let (maker, checker) = city.two_persons().await;
    city.opens_for_real().await;
    let till = Till::of(&city, "chen.juan").await;
    till.take_back(till.deposit(&account, "50").await.payment).await.unwrap();
    let li = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    let opened_on = city.period().previous().first_day().to_string();
    let passes = AccountChange { payer: Some(Pays::New(li)), ..change(&account, &opened_on) };
    let version = city.submit(maker, passes).await.unwrap();
    city.clock = before;
    let refused = city.decide(checker, version, true).await.unwrap_err().to_string();
    assert!(refused.contains("请重试"), "{refused}");
    city.clock = FixedClock(now.0 + TimeDelta::seconds(1));
    city.decide(checker, version, true).await.unwrap();
    city.clock = before;
    let till = Till::of(&city, "chen.juan").await;
    let order = till.deposit_order(&account, "30").await;
    let refused = till.submit(order).await.unwrap_err().to_string();
    assert!(refused.contains("请重试"), "{refused}");
    city.clock = FixedClock(now.0 + TimeDelta::seconds(2));
    Till::of(&city, "chen.juan").await.deposit(&account, "30").await;
    city.check().await;
}

/// The file of a channel waits for 陈大文's account. Meanwhile 李四's, which stands in it too, passes on to 王五, and what
/// 李四 had paid is taken back at the till. The file pays both bills then, and not at the moment at which it began to wait.
#[tokio::test]
async fn a_file_that_has_waited_pays_after_what_happened_meanwhile() {
    let mut city = City::of_today().await;
    city.counter().await;
    let (waited_for, passes_on) = (city.household("陈大文").await, city.household("李四").await);
    for account in [&waited_for, &passes_on] {
        city.read(account, "30").await;
    }
    city.goes_on();
    let today = city.today();
    city.bill_month(city.period(), today, today + Days::new(25)).await.unwrap();
    city.goes_on();
    let paid = Till::of(&city, "chen.juan").await.collect(&passes_on, "103.33").await;
    let batch = ChannelBatch {
        channel: "wechat".to_owned(),
        batch_no: "W1".to_owned(),
        settled_on: today,
        items: vec![
            city.for_all(&waited_for, "1", "103.33"),
            city.for_all(&passes_on, "2", "103.33"),
        ],
    };
    let mut held = city.owner.begin().await.unwrap();
    let lock = "select from account where id = $1 for no key update";
    sqlx::query(lock).bind(waited_for.id.0).execute(&mut *held).await.unwrap();
    let pool = city.pool.clone();
    let meanwhile = async {
        queue(&city, 1).await;
        city.goes_on();
        city.pass_on(&passes_on, "王五").await;
        city.goes_on();
        Till::of(&city, "chen.juan").await.take_back(paid.payment).await.unwrap();
        held.commit().await.unwrap();
    };
    let (posted, ()) = tokio::join!(post_batch(&pool, &SystemClock, batch), meanwhile);
    let posted = posted.unwrap();
    assert_eq!((posted.posted, posted.amount), (2, yuan("206.66")), "{posted:?}");
    city.check().await;
}

/// A purse that waited for its account pays when it has come to it.
#[tokio::test]
async fn a_purse_that_has_waited_pays_at_the_moment_at_which_it_pays() {
    let mut city = City::of_today().await;
    let account = city.household("陈大文").await;
    city.counter().await.deposit(&account, "150").await;
    city.goes_on();
    city.read(&account, "30").await;
    city.goes_on();
    let today = city.today();
    let run = city.bill_month(city.period(), today, today + Days::new(25)).await.unwrap();
    let mut held = city.owner.begin().await.unwrap();
    let lock = "select from account where id = $1 for no key update";
    sqlx::query(lock).bind(account.id.0).execute(&mut *held).await.unwrap();
    let let_go = async {
        queue(&city, 1).await;
        let now = of_the_machine();
        held.commit().await.unwrap();
        now
    };
    let opened = prepaid::offset(&city.pool, &SystemClock, run.issue, |_| {});
    let (opened, let_go) = tokio::join!(opened, let_go);
    assert_eq!(opened.unwrap().accounts, 1);
    let paid = "select posted_at from payment where method = 'prepaid'";
    let paid: DateTime<Utc> = sqlx::query_scalar(paid).fetch_one(&city.owner).await.unwrap();
    assert!(paid >= let_go.0, "{paid} {let_go:?}");
    city.check().await;
}
