//! A payment taken back: a mirror of it, and red paper.

use engine::counter::{
    Approve, ApproveError, Reverse, ReverseError, Stands, approvals, approve, reverse,
};
use insta::assert_snapshot;

use crate::city::{City, DAOJIAO, GAOBU, Till, new_key, yuan};

#[tokio::test]
async fn a_payment_taken_back_leaves_a_mirror_and_red_paper() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = city.counter().await.collect(&account, "110").await;
    city.at("2026-11-25 09:00");
    let till = Till::of(&city, "chen.juan").await;
    let reversed = till.take_back(paid.payment).await.unwrap();
    assert_eq!(reversed.refund, yuan("103.33"));
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "select kind, account_date::text, net::text, change_given::text from payment order by id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let text: Vec<_> = rows.iter().map(|(k, d, n, c)| format!("{k:8} {d} {n} {c}")).collect();
    assert_snapshot!(text.join("\n"), @"
    payment  2026-11-24 103.33 6.67
    reversal 2026-11-25 -103.33 -6.67
    ");
    assert!(reversed.receipts.iter().all(|paper| paper.is_red));
    assert_eq!(city.count("select count(*) from receipt where kind = 'red'").await, 2);
    // The bill is open again, to the fen.
    assert_eq!(till.quote(&account).await.principal, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn it_goes_back_once_and_where_it_was_paid() {
    let city = City::new().await;
    let till = city.counter().await;
    let elsewhere = city.clerk("li.mei", "李梅", GAOBU).await;
    let account = city.household_owing_for("陈大文", "30").await;
    let older = till.collect(&account, "110").await;
    let newer = till.deposit(&account, "50").await;
    let refused = elsewhere.take_back(newer.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::OtherOutlet), "{refused:?}");
    let reversal = till.take_back(newer.payment).await.unwrap();
    let refused = till.take_back(newer.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::AlreadyReversed)), "{refused:?}");
    let refused = till.take_back(reversal.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::IsReversal)), "{refused:?}");
    till.take_back(older.payment).await.unwrap();
    assert_eq!(city.amount("select sum(net) from payment").await, terms::Money::ZERO);
    city.check().await;
}

#[tokio::test]
async fn the_bank_s_file_does_not_hold_a_wrong_payment_fast() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household_owing_for("陈大文", "30").await;
    // Booked on the wrong account; then the bank pays December of the same one.
    let wrong = city.counter().await.collect(&account, "103.33").await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    let items = vec![engine::channels::Settled {
        account: account.id,
        settles: engine::channels::Settles::UpTo(city.period()),
        serial: "DK1".to_owned(),
        gross: yuan("103.33"),
    }];
    assert_eq!(city.settle("withhold", "B1", items).await.posted, 1);
    let till = Till::of(&city, "chen.juan").await;
    assert_eq!(till.take_back(wrong.payment).await.unwrap().refund, yuan("103.33"));
    assert_eq!(till.quote(&account).await.principal, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn a_bill_paid_taken_back_and_paid_again_stands_paid_once() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    for _ in 0..3 {
        let paid = till.collect(&account, "103.33").await;
        till.take_back(paid.payment).await.unwrap();
    }
    till.collect(&account, "103.33").await;
    assert_eq!(city.amount("select sum(net) from payment").await, yuan("103.33"));
    assert_eq!(city.amount("select sum(amount) from receipt").await, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn nobody_takes_money_out_of_a_till_alone() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = till.collect(&account, "103.33").await;
    let order = Reverse {
        payment: paid.payment,
        cashier: till.cashier,
        outlet: till.outlet,
        reason: "收错用户".to_owned(),
        key: new_key(),
    };
    let alone = reverse(&city.pool, &city.clock, order.clone()).await.unwrap_err();
    assert!(matches!(alone, ReverseError::NotApproved), "{alone:?}");
    // Not by the cashier, not by a supervisor of another outlet, not for another cashier.
    let yes =
        |by, cashier| Approve { payment: paid.payment, cashier, by, reason: "收错".to_owned() };
    let finance = async |login: &str, outlet: &str| {
        let (outlet, _) = city.outlet(outlet).await;
        city.person(login, "网点财务", terms::Role::OutletFinance, Some(outlet), None).await
    };
    let (here, elsewhere) = (finance("cai.wu", DAOJIAO).await, finance("cai.wu2", GAOBU).await);
    let own = approve(&city.pool, &city.clock, yes(till.cashier, till.cashier)).await.unwrap_err();
    assert!(matches!(own, ApproveError::Yourself), "{own:?}");
    let foreign = approve(&city.pool, &city.clock, yes(elsewhere, till.cashier)).await.unwrap_err();
    assert!(matches!(foreign, ApproveError::Unknown), "{foreign:?}");
    let other = city.clerk("wu.zhi", "吴志", DAOJIAO).await;
    approve(&city.pool, &city.clock, yes(here, other.cashier)).await.unwrap();
    let alone = reverse(&city.pool, &city.clock, order.clone()).await.unwrap_err();
    assert!(matches!(alone, ReverseError::NotApproved), "{alone:?}");
    approve(&city.pool, &city.clock, yes(here, till.cashier)).await.unwrap();
    reverse(&city.pool, &city.clock, order).await.unwrap();
    let given = approvals(&mut city.pool.acquire().await.unwrap(), here).await.unwrap();
    let used: Vec<_> = given.iter().map(|approval| approval.used).collect();
    assert_eq!(used, [true, false]);
    city.check().await;
}
