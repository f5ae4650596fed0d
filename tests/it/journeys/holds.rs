//! 锁定: a bill that a channel is about to collect.

use engine::channels::{HoldError, ReleaseHold, Settled, Settles, held, release_hold};
use engine::counter::CollectError;
use insta::assert_snapshot;
use terms::{ChargeId, Clock};

use crate::city::{Account, City, Till, yuan};

#[tokio::test]
async fn a_held_bill_is_paid_by_its_holder_alone_until_the_end() {
    let mut city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    let wang = city.household_owing_for("王五", "30").await;
    assert_eq!(city.hold(&[&chen, &li], "DK1124").await.unwrap(), 2);
    assert_eq!(city.hold(&[&wang], "DK1123").await.unwrap(), 1);
    let again = city.hold(&[&chen], "DK1125").await;
    assert!(matches!(again, Err(HoldError::AlreadyHeld)), "{again:?}");

    // The counter sees who holds the bill, and takes no money for it.
    let till = Till::of(&city, "chen.juan").await;
    let mut connection = city.pool.acquire().await.unwrap();
    let seen = held(&mut connection, chen.id, city.clock.now()).await.unwrap();
    assert_eq!((seen[0].channel.as_str(), seen[0].reference.as_str()), ("银行代扣", "DK1124"));
    let refused = till.submit(till.order(&chen, "103.33").await).await.unwrap_err();
    assert!(matches!(refused, CollectError::Held(_)), "{refused:?}");
    assert_snapshot!(refused, @"账单已锁定（银行代扣 DK1124 至 2026-11-26 10:00），锁定期间不能在柜台收款");

    // Nor is it taken back: the bank may bring money for it.
    let charge =
        sqlx::query_scalar("select charge_id from held_charge where account_id = $1").bind(li.id.0);
    let charge = ChargeId(charge.fetch_one(&city.owner).await.unwrap());
    let refused = city.reverse_charge(charge, "抄错").await.unwrap_err();
    assert_snapshot!(refused, @"该笔应收已被渠道锁定（银行代扣 DK1124 至 2026-11-26 10:00），请待解锁或到期后再冲正");

    // Nor does another channel; the holder's file does, and that frees the bill.
    let item = |account: &Account| Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: account.id.to_string(),
        gross: yuan("103.33"),
    };
    let outcome = city.settle("wechat", "W1", vec![item(&chen)]).await;
    assert_eq!((outcome.posted, outcome.refused.len()), (0, 1), "{outcome:?}");
    assert_eq!(outcome.refused[0].refusal.code(), "held");
    let outcome = city.settle("withhold", "DK1124", vec![item(&chen)]).await;
    assert_eq!(outcome.posted, 1, "{outcome:?}");
    assert!(held(&mut connection, chen.id, city.clock.now()).await.unwrap().is_empty());

    // The bank could not collect from 李四: the release says so. 王五 waits for the end.
    let by = city.manager().await;
    let free = |reference: &str| ReleaseHold {
        channel: "withhold".to_owned(),
        reference: reference.to_owned(),
        reason: "回盘扣款失败".to_owned(),
        by,
    };
    let nothing = release_hold(&city.pool, &city.clock, free("DK0000")).await;
    assert!(matches!(nothing, Err(HoldError::NothingHeld)), "{nothing:?}");
    drop(connection);
    assert_eq!(release_hold(&city.pool, &city.clock, free("DK1124")).await.unwrap(), 1);
    till.collect(&li, "103.33").await;
    city.at("2026-11-26 10:00");
    let till = Till::of(&city, "chen.juan").await;
    till.collect(&wang, "103.33").await;
    city.check().await;
}

#[tokio::test]
async fn a_hold_is_not_released_while_the_holders_file_is_being_written() {
    let city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    assert_eq!(city.hold(&[&chen], "DK1124").await.unwrap(), 1);
    let mut bank = city.owner.begin().await.unwrap();
    sqlx::query(
        "with c as (select id from channel where code = 'withhold'),
         b as (insert into channel_batch (channel_id, batch_no, settled_on) select id, 'DK1124', '2026-11-24' from c returning *),
         f as (insert into channel_file (batch_id, sha256, items, gross, received_at)
            select id, '', 1, 103.33, '2026-11-24 10:00+08' from b returning *)
         insert into channel_item (id, settled_period, file_id, batch_id, channel_id, unique_in, serial, account_no, gross, up_to, hash)
         select first_id(202611) + next_ids('channel_item_id', 1), 202611, f.id, b.id, b.channel_id, 'DK1124', '1', $1, 103.33, 202611, '' from b, f",
    )
    .bind(&chen.no)
    .execute(&mut *bank)
    .await
    .unwrap();
    let free = ReleaseHold {
        channel: "withhold".to_owned(),
        reference: "DK1124".to_owned(),
        reason: "回盘扣款失败".to_owned(),
        by: city.manager().await,
    };
    let (pool, clock) = (city.pool.clone(), city.clock);
    let release = tokio::spawn(async move { release_hold(&pool, &clock, free).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!release.is_finished());
    bank.commit().await.unwrap();
    let refused = release.await.unwrap();
    assert!(matches!(refused, Err(HoldError::InFlight(1))), "{refused:?}");
}
