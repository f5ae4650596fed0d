//! 免征: nobody is let off by one person, and nobody without a paper, at the opening either.

use engine::register::SewageClass;
use insta::assert_snapshot;

use crate::city::{City, DAOJIAO};

#[tokio::test]
async fn who_opens_an_account_lets_nobody_off() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let exempt = city.try_open("李四", DAOJIAO, |new| new.sewage_class = SewageClass::Exempt);
    let refused = exempt.await.unwrap_err();
    assert_snapshot!(refused, @"第 1 户（00000002）：免征污水费须凭文件以档案变更办理，不能在立户时填写");
    assert_eq!(city.count("select count(*) from account").await, 1);
    // Opened as everybody, and let off by a paper and two persons: from its first day on.
    city.let_off(&account).await;
    city.read(&account, "30").await;
    // 103.33 without 25.65 for sewage.
    assert_eq!(city.bill().await.amount.to_string(), "77.68");
    city.agrees().await;
}
