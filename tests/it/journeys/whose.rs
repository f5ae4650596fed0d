//! Whose a bill is: who paid for the account then, whoever pays for it now. 原缴费人

use engine::billing::charge_sheet;
use engine::counter::receipt_view;
use terms::ReceiptType::{NonTax, WaterInvoice};

use crate::city::{City, Till};

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

    city.at("2026-12-20 10:00");
    city.read(&account, "60").await;
    city.bill().await;
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
