//! Money left with us: it pays bills by itself and at the counter, and no late fee runs against it.

use engine::channels::{ChannelBatch, Settled, Settles, post_batch};
use engine::counter::{Collect, ReverseError, Stands};
use engine::prepaid::{self, Offset};
use engine::register::{AccountChange, NewPayer, Pays};
use terms::{BillPeriod, Money, PayMethod, PaymentId, ReceiptType};

use super::history::change;
use crate::city::{Account, City, Till, cash, new_key, yuan};

impl City {
    /// Lets the purses pay after the bill run of this month.
    pub(crate) async fn offset(&self) -> Offset {
        let issue = self.bill().await.issue;
        prepaid::offset(&self.pool, &self.clock, issue, |_| {}).await.unwrap()
    }

    /// A household leaves money with us, which pays its bill; gives the two payments.
    async fn paid_from_purse(&mut self, amount: &str) -> (Account, PaymentId, PaymentId) {
        self.at("2026-11-20 10:00");
        let account = self.household("陈先生").await;
        let deposit = self.counter().await.deposit(&account, amount).await.payment;
        self.read(&account, "30").await;
        assert_eq!(self.offset().await.charges, 1);
        let offset = PaymentId(self.count("select max(id) from payment").await);
        (account, deposit, offset)
    }

    async fn purse(&self, account: &Account) -> Money {
        Till::of(self, "chen.juan").await.quote(account).await.prepaid
    }
}

#[tokio::test]
async fn five_hundred_left_in_november_pay_the_bill_before_it_is_due() {
    let mut city = City::new().await;
    city.at("2026-11-01 10:00");
    let account = city.household("陈先生").await;
    let till = city.counter().await;
    // A paper of its own says what was left with us.
    let deposit = till.deposit(&account, "500").await;
    let papers: Vec<_> = deposit.receipts.iter().map(|p| (p.receipt_type, p.amount)).collect();
    assert_eq!(papers, [(ReceiptType::Prepaid, yuan("500"))]);
    assert_eq!(deposit.receipts[0].in_capitals, "伍佰元整");
    city.at("2026-11-24 10:00");
    city.read(&account, "30").await;
    let paid = city.offset().await;
    assert_eq!((paid.accounts, paid.charges, paid.amount), (1, 1, yuan("103.33")));
    // 500.00 − 103.33 = 396.67; and in January nobody asks for 15.49 of late fees.
    city.at("2027-01-19 10:00");
    let quote = Till::of(&city, "chen.juan").await.quote(&account).await;
    assert_eq!(
        (quote.total, quote.late_fee, quote.prepaid),
        (Money::ZERO, Money::ZERO, yuan("396.67"))
    );
    // Money came in once, on the day on which it was left with us.
    assert_eq!(city.amount("select sum(net) from payment").await, yuan("500"));
    assert_eq!(city.amount("select sum(amount) from allocation").await, yuan("103.33"));
    // The same issue again takes nothing; and each account has one key for it.
    city.at("2026-11-24 11:00");
    assert_eq!(city.offset().await, Offset::default());
    city.check().await;
}

#[tokio::test]
async fn a_purse_pays_whole_bills_the_oldest_first() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈先生").await;
    let till = city.counter().await;
    city.read(&account, "30").await;
    city.bill().await;
    till.deposit(&account, "150").await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    // Two bills of 103.33: 150.00 is enough for November, and 46.67 stay for December.
    let paid = city.offset().await;
    assert_eq!((paid.accounts, paid.charges, paid.amount), (1, 1, yuan("103.33")));
    let quote = Till::of(&city, "chen.juan").await.quote(&account).await;
    let months: Vec<_> = quote.charges.iter().map(|charge| charge.period.to_string()).collect();
    assert_eq!((months, quote.prepaid), (vec!["2026-12".to_owned()], yuan("46.67")));
    city.check().await;
}

#[tokio::test]
async fn no_late_fee_runs_against_a_full_purse() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    city.counter().await;
    // Due on 25 November, fifteen days of grace: late from 11 December on. Twenty late days on the 30th cost a
    // tenth of each fee that knows lateness; that is when the purse is filled with more than enough.
    city.at("2026-12-30 10:00");
    let late = Till::of(&city, "chen.juan").await.quote(&account).await.late_fee;
    assert!(late > Money::ZERO);
    let till = Till::of(&city, "chen.juan").await;
    till.deposit(&account, "500").await;
    for wall in ["2026-12-30 11:00", "2027-01-19 10:00", "2027-03-01 10:00"] {
        city.at(wall);
        assert_eq!(
            Till::of(&city, "chen.juan").await.quote(&account).await.late_fee,
            late,
            "{wall}"
        );
    }
    // The purse pays what was late when it was filled, and no more.
    city.read(&account, "60").await;
    city.offset().await;
    assert_eq!(city.amount("select sum(late_fee) from payment").await, late);
    city.check().await;
}

#[tokio::test]
async fn at_the_counter_the_purse_pays_first_and_cash_the_rest() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let till = city.counter().await;
    till.collect_and_keep(&account, "150").await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    let till = Till::of(&city, "chen.juan").await;
    // 103.33 are due, 46.67 lie in the purse: 56.66 in cash, and from a note of 100 come 43.34 back.
    let order = Collect { prepaid_used: yuan("46.67"), ..till.order(&account, "100").await };
    let paid = till.submit(order.clone()).await.unwrap();
    assert_eq!(
        (paid.change, paid.prepaid_used, paid.prepaid),
        (yuan("43.34"), yuan("46.67"), Money::ZERO)
    );
    let again = till.submit(order).await.unwrap();
    assert!(
        again.replayed && again.prepaid_used == paid.prepaid_used && again.change == paid.change
    );
    // The paper shows what was settled, from whatever source.
    assert_eq!(paid.receipts.iter().map(|paper| paper.amount).sum::<Money>(), yuan("103.33"));
    assert_eq!(city.purse(&account).await, Money::ZERO);
    // Taken back, the cash goes to the payer and the rest into the purse again.
    let back = till.take_back(paid.payment).await.unwrap();
    assert_eq!((back.refund, back.prepaid_back), (yuan("56.66"), yuan("46.67")));
    assert_eq!(city.purse(&account).await, yuan("46.67"));
    let sheet = till.close().await.sheet;
    let total = sheet.total;
    assert_eq!(
        (total.net, total.prepaid_used, total.water),
        (Money::ZERO, Money::ZERO, Money::ZERO)
    );
    city.check().await;
}

#[tokio::test]
async fn a_full_purse_pays_all_and_the_sheet_says_that_no_money_came() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let till = city.counter().await;
    till.deposit(&account, "200").await;
    city.at("2026-11-25 10:00");
    let till = Till::of(&city, "chen.juan").await;
    let order = Collect { prepaid_used: yuan("103.33"), ..till.order(&account, "0").await };
    let paid = till.submit(order).await.unwrap();
    assert_eq!(paid.receipts.len(), 2);
    let close = till.close().await;
    let total = close.sheet.total;
    assert_eq!((total.net, total.prepaid_used), (Money::ZERO, yuan("103.33")));
    assert_eq!(total.water + total.sewage + total.garbage, yuan("103.33"));
    assert_eq!(close.sheet.methods[0].method, PayMethod::Prepaid);
    city.check().await;
}

#[tokio::test]
async fn what_a_purse_cannot_do_is_said() {
    let city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let till = city.counter().await;
    till.deposit(&account, "50").await;
    let order = till.order(&account, "200").await;
    for (used, received, want) in [
        ("50.01", "53.32", "预存余额已有变化，现余额为50.00元"),
        ("103.34", "0", "预存抵扣不能多于所选账单中现缴费人的应收103.33元"),
        ("50", "53.32", "应收53.33元，实收53.32元"),
    ] {
        let order = Collect {
            prepaid_used: yuan(used),
            tenders: cash(received),
            key: new_key(),
            ..order.clone()
        };
        let refused = till.submit(order).await.unwrap_err().to_string();
        assert!(refused.contains(want), "{refused}");
    }
    assert_eq!(city.count("select count(*) from payment").await, 1);
    city.check().await;
}

#[tokio::test]
async fn a_deposit_goes_back_once_what_it_paid_is_open_again() {
    let mut city = City::new().await;
    let (account, deposit, _) = city.paid_from_purse("500").await;
    let till = Till::of(&city, "chen.juan").await;
    let refused = till.take_back(deposit).await.unwrap_err();
    let ReverseError::Stands(Stands::OffsetFirst { later }) = refused else {
        panic!("{refused:?}")
    };
    // Nobody's till had to do with the offset; the clerk opens it, and the mark says who.
    let back = till.take_back(later).await.unwrap();
    assert_eq!((back.refund, back.prepaid_back), (Money::ZERO, yuan("103.33")));
    assert_eq!(city.purse(&account).await, yuan("500"));
    let refund = till.take_back(deposit).await.unwrap().refund;
    assert_eq!((refund, city.purse(&account).await), (yuan("500"), Money::ZERO));
    assert_eq!(
        city.amount("select sum(amount) from receipt where receipt_type = 'prepaid'").await,
        Money::ZERO
    );
    assert_eq!(till.quote(&account).await.principal, yuan("103.33"));
    till.close().await;
    city.check().await;
}

/// 过户 to 李四.
fn to_li(account: &Account) -> AccountChange {
    let li = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    AccountChange { payer: Some(Pays::New(li)), ..change(account, "2026-11-01") }
}

#[tokio::test]
async fn who_leaves_takes_along_what_is_in_the_purse() {
    let mut city = City::new().await;
    let (account, deposit, offset) = city.paid_from_purse("500").await;
    let (maker, checker) = city.two_persons().await;
    let version = city.submit(maker, to_li(&account)).await.unwrap();
    let refused = city.decide(checker, version, true).await.unwrap_err().to_string();
    assert!(refused.contains("预存396.67元"), "{refused}");
    // The way out: back to him, the newest first, and the bill is paid anew.
    let till = Till::of(&city, "chen.juan").await;
    till.take_back(offset).await.unwrap();
    assert_eq!(till.take_back(deposit).await.unwrap().refund, yuan("500"));
    till.collect(&account, "103.33").await;
    city.decide(checker, version, true).await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn a_purse_that_the_owner_hid_while_the_account_was_passed_on_is_named() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "500").await;
    let (maker, checker) = city.two_persons().await;
    city.at("2026-11-23 10:00");
    let version = city.submit(maker, to_li(&account)).await.unwrap();
    let hide = "update prepaid_balance set balance = 500 - balance";
    sqlx::query(hide).execute(&city.owner).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    sqlx::query(hide).execute(&city.owner).await.unwrap();
    assert_eq!(city.broken().await, ["25k"]);
}

#[tokio::test]
async fn what_a_purse_paid_stays_paid_once_the_account_has_another_payer() {
    let mut city = City::new().await;
    let (account, _, offset) = city.paid_from_purse("103.33").await;
    let (maker, checker) = city.two_persons().await;
    let version = city.submit(maker, to_li(&account)).await.unwrap();
    city.at("2026-11-20 11:00");
    city.decide(checker, version, true).await.unwrap();
    let till = Till::of(&city, "chen.juan").await;
    let refused = till.take_back(offset).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::PassedOn)), "{refused:?}");
    assert_eq!(city.purse(&account).await, Money::ZERO);
    city.check().await;
}

#[tokio::test]
async fn a_later_deposit_stands_in_nobodys_way() {
    let city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let till = city.counter().await;
    let first = till.deposit(&account, "100").await;
    let paid = till.collect(&account, "103.33").await;
    till.deposit(&account, "50").await;
    // The bill, and the older deposit: what came later touches neither.
    till.take_back(paid.payment).await.unwrap();
    till.take_back(first.payment).await.unwrap();
    assert_eq!(city.purse(&account).await, yuan("50"));
    city.check().await;
}

#[tokio::test]
async fn a_bill_that_the_bank_is_about_to_collect_is_left_to_it() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let till = city.counter().await;
    let (held, free) = (city.household("陈先生").await, city.household("李四").await);
    till.deposit(&held, "500").await;
    till.deposit(&free, "500").await;
    for account in [&held, &free] {
        city.read(account, "30").await;
    }
    city.bill().await;
    city.hold(&[&held], "DK1120").await.unwrap();
    let paid = city.offset().await;
    assert_eq!((paid.accounts, paid.amount), (1, yuan("103.33")));
    // The hold is over, and the same issue is asked again: the purse pays.
    city.at("2026-11-22 11:00");
    let paid = city.offset().await;
    assert_eq!((paid.accounts, paid.amount), (1, yuan("103.33")));
    assert_eq!(city.purse(&held).await, yuan("396.67"));
    city.check().await;
}

#[tokio::test]
async fn a_channel_charges_no_late_day_that_the_purse_covered() {
    let mut city = City::new().await;
    city.at("2026-11-01 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "500").await;
    let late = city.household("李四").await;
    city.at("2026-11-24 10:00");
    for account in [&account, &late] {
        city.read(account, "30").await;
    }
    city.bill().await;
    // Thirty late days on 9 January: 15 % of what knows lateness. 李四 fills the purse on 30 December only.
    city.at("2026-12-20 10:00");
    let before = Till::of(&city, "chen.juan").await.quote(&late).await.total;
    city.at("2026-12-30 10:00");
    let filled = Till::of(&city, "chen.juan").await.quote(&late).await.total;
    Till::of(&city, "chen.juan").await.deposit(&late, "500").await;
    city.at("2027-01-19 10:00");
    let till = Till::of(&city, "chen.juan").await;
    assert_eq!(till.quote(&account).await.total, yuan("103.33"));
    assert_eq!(till.quote(&late).await.total, filled);
    assert!(yuan("103.33") < before && before < filled);
    let item = |account: &Account, serial: &str, gross| Settled {
        account: account.id,
        settles: Settles::UpTo(BillPeriod::from_number(202_611).unwrap()),
        serial: serial.to_owned(),
        gross,
    };
    // A day that the purse did not reach yet is late for the channel too.
    let batch = |day: &str, items| ChannelBatch {
        channel: "wechat".to_owned(),
        batch_no: format!("W{day}"),
        settled_on: day.parse().unwrap(),
        items,
    };
    let early = batch("2026-12-20", vec![item(&late, "1", before)]);
    let posted = post_batch(&city.pool, &city.clock, early).await.unwrap();
    assert_eq!(posted.posted, 1, "{posted:?}");
    let today = batch("2027-01-19", vec![item(&account, "2", yuan("103.33"))]);
    let posted = post_batch(&city.pool, &city.clock, today).await.unwrap();
    assert_eq!(posted.posted, 1, "{posted:?}");
    city.check().await;
}

#[tokio::test]
async fn what_lies_ready_for_a_held_bill_pays_no_other() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "150").await;
    city.read(&account, "30").await;
    city.bill().await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    city.at("2027-02-01 10:00");
    city.hold(&[&account], "DK0201").await.unwrap();
    let of = |quote: engine::counter::Quote| {
        quote.charges.iter().map(|c| c.late_fee > Money::ZERO).collect::<Vec<_>>()
    };
    // 150.00 reach November's 103.33 and not December's besides, held or not.
    assert_eq!(of(Till::of(&city, "chen.juan").await.quote(&account).await), [false, true]);
    city.read(&account, "90").await;
    assert_eq!(city.offset().await, Offset::default());
    assert_eq!(city.purse(&account).await, yuan("150"));
    // The hold is over: what lay ready pays what it lay ready for.
    city.at("2027-02-03 10:00");
    let paid = city.offset().await;
    assert_eq!((paid.charges, paid.amount), (1, yuan("103.33")));
    city.check().await;
}

#[tokio::test]
async fn an_offset_taken_back_leaves_the_purse_as_full_as_it_was_all_the_time() {
    let mut city = City::new().await;
    city.at("2026-11-01 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "103.33").await;
    city.at("2026-11-24 10:00");
    city.read(&account, "30").await;
    assert_eq!(city.offset().await.charges, 1);
    city.at("2027-01-19 10:00");
    let till = Till::of(&city, "chen.juan").await;
    let offset = PaymentId(city.count("select max(id) from payment").await);
    till.take_back(offset).await.unwrap();
    let quote = till.quote(&account).await;
    assert_eq!((quote.principal, quote.late_fee), (yuan("103.33"), Money::ZERO));
    assert_eq!(quote.prepaid, yuan("103.33"));
    city.check().await;
}
