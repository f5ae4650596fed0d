//! Whose a bill is: who paid for the account then, whoever pays for it now. 原缴费人

use engine::billing::charge_sheet;
use engine::counter::{Collect, receipt_view};
use engine::prepaid::{self, Offset};
use engine::register::{AccountChange, GarbageClass, UseClass};
use terms::ReceiptType::{NonTax, WaterInvoice};
use terms::{BillPeriod, Money};

use super::history::change;
use crate::city::{Account, City, DAOJIAO, Till, cash, yuan};

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
