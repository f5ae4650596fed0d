//! A house that opens today, and is no city that is played: what it does in a day is taken, on any day and at any hour.

use chrono::{Days, TimeDelta};
use engine::access::Reach;
use engine::billing::RunReport;
use engine::channels::{
    BatchError, NewItem, ReleaseHold, ReturnItem, Settled, Settles, Whose, release_hold,
    return_item, suspense, take_batch,
};
use engine::closing::{MonthError, PeriodKind};
use engine::counter::{Collect, CollectError, receipt_view};
use engine::prepaid::{Offset, offset};
use engine::reading::{self, NewReading};
use engine::register::{AccountChange, withdraw_change};
use engine::remittance::{Remit, ReverseRemittance, record, reverse};
use terms::{ChargeId, Clock, FeeItem, Money, PayMethod, ReceiptType, Role};

use super::history::change;
use super::sheets::spoil;
use crate::city::{Account, City, DAOJIAO, Till, slip, yuan};

/// Who comes on the day: all but 吴十 are billed, 郑一 for so much that somebody looks at it first.
struct Street {
    chen: Account,
    li: Account,
    wang: Account,
    huang: Account,
    zhao: Account,
    sun: Account,
    zheng: Account,
    wu: Account,
}

impl Street {
    async fn of(city: &City) -> Self {
        Self {
            chen: city.household("陈大文").await,
            li: city.household("李四").await,
            wang: city.household("王五").await,
            huang: city.household("黄六").await,
            zhao: city.household("赵七").await,
            sun: city.household("孙八").await,
            zheng: city.household("郑一").await,
            wu: city.household("吴十").await,
        }
    }

    /// 陈大文's meter was read yesterday, and is entered today; all others are read now.
    async fn is_read(&self, city: &City) {
        let (by, read_at) = (city.somebody("李抄表").await, city.clock.now() - TimeDelta::days(1));
        let seen = NewReading { read_at, ..city.seen(&self.chen, "30") };
        reading::enter(&city.pool, &city.clock, city.period(), Some(by), vec![seen]).await.unwrap();
        for account in [&self.li, &self.wang, &self.huang, &self.zhao, &self.sun] {
            city.read(account, "30").await;
        }
        city.read(&self.zheng, "250").await;
        assert_eq!(city.count("select count(*) from reading_review").await, 1);
    }

    /// Spoilt paper, cash with change and its slip once more, and a card slip that is taken back and comes as cash.
    async fn pays_at(&self, till: &Till<'_>) {
        let city = till.city;
        spoil(till, ReceiptType::WaterInvoice).await;
        let paid = till.collect(&self.chen, "110").await;
        assert_eq!((paid.change, paid.receipts.len()), (yuan("6.67"), 2));
        let mut connection = city.pool.acquire().await.unwrap();
        let printed = receipt_view(&mut connection, paid.payment).await.unwrap().unwrap();
        assert_eq!(printed.receipts, paid.receipts);
        drop(connection);
        let order = till.order(&self.wang, "0").await;
        let by_card = slip(PayMethod::Pos, "103.33", "P7");
        let wrong = till.submit(Collect { tenders: by_card, ..order }).await.unwrap();
        assert_eq!(till.take_back(wrong.payment).await.unwrap().refund, yuan("103.33"));
        till.collect(&self.wang, "103.33").await;
        till.collect(&self.sun, "103.33").await;
    }
}

impl City {
    /// Bills this month today, due in twenty-five days: the dates that the story would have on any day.
    async fn bill_today(&self) -> RunReport {
        let today = self.today();
        self.bill_month(self.period(), today, today + Days::new(25)).await.unwrap()
    }

    /// The only bill of an account.
    async fn bill_of(&self, account: &Account) -> ChargeId {
        let sql = "select distinct charge_id from charge_balance where account_id = $1";
        let bill = sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&self.owner).await;
        ChargeId(bill.unwrap())
    }

    /// What waits for the bank is no counter's. A file of yesterday is none of today's bill, and that of today pays it.
    async fn bank_collects(&self, account: &Account) {
        let till = Till::of(self, "chen.juan").await;
        assert_eq!(self.hold(&[account], "DK01").await.unwrap(), 1);
        let refused = till.submit(till.order(account, "103.33").await).await.unwrap_err();
        assert!(matches!(refused, CollectError::Held(_)), "{refused:?}");
        let item = NewItem {
            whose: Whose::Number(account.no.clone()),
            settles: Settles::UpTo(self.period()),
            serial: "000001".to_owned(),
            gross: yuan("103.33"),
        };
        let (by, today) = (self.manager().await, self.today());
        let bring = |day| {
            let place = ("withhold".to_owned(), "DK01".to_owned(), day);
            let file = ("dk01.csv".to_owned(), b"000001".as_slice());
            take_batch(&self.pool, &self.clock, place, file, vec![item.clone()], by)
        };
        let early = bring(today.pred_opt().unwrap()).await.unwrap_err();
        assert!(matches!(early, BatchError::BeforeBills { .. }), "{early}");
        let outcome = bring(today).await.unwrap();
        assert_eq!((outcome.posted, outcome.amount), (1, yuan("103.33")), "{outcome:?}");
    }

    /// WeChat brings what was paid at the counter already: it waits, and goes back.
    async fn is_paid_twice(&self, account: &Account) {
        let item = Settled {
            account: account.id,
            settles: Settles::UpTo(self.period()),
            serial: "W0001".to_owned(),
            gross: yuan("103.33"),
        };
        let outcome = self.settle("wechat", "W1", vec![item]).await;
        assert_eq!((outcome.posted, outcome.refused[0].reason.as_str()), (0, "没有欠费"));
        let mut connection = self.pool.acquire().await.unwrap();
        let waits = suspense(&mut connection, &Reach::default(), 10).await.unwrap();
        drop(connection);
        let (item, by) = (waits[0].item, self.manager().await);
        let order = ReturnItem { item, reason: "重复缴费".to_owned(), by };
        return_item(&self.pool, &self.clock, order).await.unwrap();
    }

    /// What no bank comes for is free again, and owed.
    async fn is_held_in_vain(&self, account: &Account) {
        assert_eq!(self.hold(&[account], "DK02").await.unwrap(), 1);
        let order = ReleaseHold {
            channel: "withhold".to_owned(),
            reference: "DK02".to_owned(),
            reason: "回盘扣款失败".to_owned(),
            by: self.manager().await,
        };
        assert_eq!(release_hold(&self.pool, &self.clock, order).await.unwrap(), 1);
        let owed = Till::of(self, "chen.juan").await.quote(account).await.total;
        assert_eq!(owed, yuan("103.33"));
    }

    /// One more in the household from next month on, by two persons; and, by two persons, not so.
    async fn thinks_better_of(&self, account: &Account) {
        let from = self.period().next().first_day().to_string();
        let more = AccountChange { persons: Some(5), ..change(account, &from) };
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        let version = self.submit(maker, more).await.unwrap();
        self.decide(checker, version, true).await.unwrap();
        let back = withdraw_change(&self.pool, &self.clock, maker, version, "房屋已售").await;
        self.decide(checker, back.unwrap(), true).await.unwrap();
    }

    /// 20.00 typed for what five bills brought in, taken back by another, and typed as it is: 5 × 25.65.
    async fn passes_sewage_on(&self) {
        let by = self.person("cai", "财政", Role::Finance, None, None).await;
        let second = self.person("cai.er", "财政二", Role::Finance, None, None).await;
        let (_, town) = self.outlet(DAOJIAO).await;
        let owner = self.sewage_owner(town).await;
        let remit = |amount: &str, voucher_no: &str| {
            let order = Remit {
                town,
                owner,
                fee_item: FeeItem::Sewage,
                pay_period: self.period(),
                amount: yuan(amount),
                voucher_no: voucher_no.to_owned(),
            };
            record(&self.pool, &self.clock, by, order)
        };
        let wrong = remit("20.00", "JK-0001").await.unwrap();
        let reason = "金额录错".to_owned();
        let back = ReverseRemittance { id: wrong.id, reason, by: second };
        reverse(&self.pool, &self.clock, back).await.unwrap();
        remit("128.25", "JK-0001").await.unwrap();
        let more = remit("0.01", "JK-0002").await.unwrap_err().to_string();
        assert_eq!(more, "污水处理费可上缴0.00元，本次上缴0.01元，超出已收未缴金额");
    }

    /// This month goes on; the one before it held nothing and is over; the one before that was none of the books.
    async fn closes_what_is_over(&self) {
        let (this, last) = (self.period(), self.period().previous());
        for &kind in PeriodKind::ALL {
            let early = self.close_month(kind, this.number()).await.unwrap_err().to_string();
            assert_eq!(early, format!("{this}尚未结束，不能月结"));
        }
        let before = self.close_month(PeriodKind::Read, last.previous().number()).await;
        assert!(matches!(before, Err(MonthError::BeforeBooks(_))), "{before:?}");
        self.close_whole_month(last.number()).await;
    }
}

#[tokio::test]
async fn a_real_house_does_all_that_it_does_in_a_day() {
    let mut city = City::of_today().await;
    let street = Street::of(&city).await;
    city.counter().await.deposit(&street.huang, "150").await;
    city.goes_on();
    street.is_read(&city).await;
    city.goes_on();
    let billed = city.bill_today().await;
    assert_eq!((billed.charges, billed.parked), (7, 0));
    let purses = offset(&city.pool, &city.clock, billed.issue, |_| {}).await.unwrap();
    assert_eq!(purses, Offset { accounts: 1, charges: 1, amount: yuan("103.33") });
    // 李四's bill is taken back by two persons, and made anew.
    city.goes_on();
    city.reverse_charge(city.bill_of(&street.li).await, "抄错").await.unwrap();
    assert_eq!(city.bill_today().await.charges, 1);

    city.goes_on();
    street.pays_at(&Till::of(&city, "chen.juan").await).await;
    city.goes_on();
    city.bank_collects(&street.li).await;
    city.is_paid_twice(&street.chen).await;
    city.is_held_in_vain(&street.zhao).await;
    city.goes_on();
    city.pass_on(&street.sun, "周九").await;
    city.thinks_better_of(&street.wu).await;
    let next_month = city.period().next().first_day().to_string();
    let rates = city.garbage_rate(",", &next_month, "0.7").await;
    city.set_rates(rates).await.unwrap();

    city.goes_on();
    let till = Till::of(&city, "chen.juan").await;
    let sums = till.close().await.sheet.total;
    let order = till.order(&street.zhao, "103.33").await;
    let late = till.submit(order).await.unwrap_err();
    assert!(matches!(late, CollectError::DayClosed), "{late:?}");
    city.goes_on();
    city.passes_sewage_on().await;
    city.closes_what_is_over().await;
    city.agrees().await;

    // The till: 150.00 for the purse, three bills in cash, and a card slip that went back. Its payments, its paper and its
    // sheet say the same.
    assert_eq!((sums.payments, sums.reversals, sums.net), (5, 1, yuan("459.99")));
    let at_till = "select sum(net) from payment where cashier_id is not null";
    assert_eq!(city.amount(at_till).await, sums.net);
    assert_eq!(city.amount("select sum(amount) from receipt").await, sums.net);
    // And the bank: all money pays five bills, or lies in a purse.
    let bills = city.amount("select sum(amount + late_fee) from allocation").await;
    let purses = city.amount("select sum(balance) from prepaid_balance").await;
    assert_eq!((bills, purses), (yuan("516.65"), yuan("46.67")));
    assert_eq!(city.amount("select sum(net) from payment").await, bills + purses);
    // 赵七 and 郑一 owe what they owed: 103.33, and 1,167.88 of water, 213.75 and 160.00.
    let owed: Money = city.amount("select sum(open_amount) from charge_balance").await;
    assert_eq!(owed, yuan("1644.96"));
}
