//! 代扣、微信、支付宝: what banks and online channels settled.

use engine::channels::{ChannelBatch, Refusal, Settled, Settles, post_batch};
use terms::{Money, PayMethod};

use crate::city::{City, yuan};

#[tokio::test]
async fn a_batch_handed_in_twice_posts_once() {
    let city = City::new().await;
    let mut items = Vec::new();
    for n in 0..5 {
        let account = city.household_owing_for(&format!("住户{n}"), "30").await;
        items.push(Settled {
            account: account.id,
            settles: Settles::UpTo(city.period()),
            serial: format!("WX20261124{n:04}"),
            gross: yuan("103.33"),
        });
    }
    let batch = ChannelBatch { method: PayMethod::Wechat, account_date: city.today(), items };
    let first = post_batch(&city.pool, &city.clock, batch.clone()).await.unwrap();
    assert_eq!((first.posted, first.already, first.amount), (5, 0, yuan("516.65")));
    let second = post_batch(&city.pool, &city.clock, batch).await.unwrap();
    assert_eq!((second.posted, second.already), (0, 5));
    assert!(second.refused.is_empty());
    assert_eq!(city.count("select count(*) from payment").await, 5);
    city.check().await;
}

#[tokio::test]
async fn an_item_that_does_not_match_the_books_is_left_to_a_person() {
    let city = City::new().await;
    let till = city.counter().await;
    let open = city.household_owing_for("陈大文", "30").await;
    let paid = city.household_owing_for("李四", "30").await;
    till.collect(&paid, "103.33").await;
    let item = |account, serial: &str, gross| Settled {
        account,
        settles: Settles::UpTo(city.period()),
        serial: serial.to_owned(),
        gross: yuan(gross),
    };
    let items = vec![
        item(open.id, "A1", "103.32"),
        item(paid.id, "A2", "103.33"),
        item(terms::AccountId(999), "A3", "1.00"),
    ];
    let batch =
        ChannelBatch { method: PayMethod::BatchWithhold, account_date: city.today(), items };
    let outcome = post_batch(&city.pool, &city.clock, batch).await.unwrap();
    assert_eq!((outcome.posted, outcome.amount), (0, Money::ZERO));
    let mut refused: Vec<_> = outcome.refused.into_iter().map(|r| (r.serial, r.reason)).collect();
    refused.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        refused,
        [
            ("A1".to_owned(), Refusal::Differs { due: yuan("103.33"), gross: yuan("103.32") }),
            ("A2".to_owned(), Refusal::NothingOpen),
            ("A3".to_owned(), Refusal::UnknownAccount),
        ]
    );
    city.check().await;
}
