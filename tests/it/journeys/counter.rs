//! A payment at the counter: what is posted, what is printed, and what is refused.

use engine::counter::{Collect, CollectError, Collected, Surplus};
use engine::register::GarbageClass;
use insta::assert_snapshot;
use terms::{Money, PayMethod, ReceiptType};
use tokio::task::JoinSet;

use crate::city::{City, DAOJIAO, GAOBU, cash, new_key, slip, yuan};

/// The paper, as it is handed over the counter.
fn papers(collected: &Collected) -> String {
    let mut text = Vec::new();
    for paper in &collected.receipts {
        text.push(format!("{} {} {}", paper.receipt_type.label(), paper.amount, paper.in_capitals));
        for line in &paper.lines {
            text.push(format!(
                "  {} {} {} {}",
                line.period,
                line.fee_item.label(),
                line.amount,
                line.late_fee
            ));
        }
    }
    text.join("\n")
}

#[tokio::test]
async fn cash_settles_the_bill_gives_change_and_two_papers() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let collected = till.collect(&account, "110").await;
    assert_eq!(collected.change, yuan("6.67"));
    assert_snapshot!(papers(&collected), @"
    水费发票 58.48 伍拾捌元肆角捌分
      2026-11 水费 58.48 0.00
    非税票据 44.85 肆拾肆元捌角伍分
      2026-11 污水处理费 25.65 0.00
      2026-11 垃圾处理费 19.20 0.00
    ");
    assert_eq!(till.quote(&account).await.total, Money::ZERO);
    city.check().await;
}

#[tokio::test]
async fn forty_days_late_cost_five_per_mille_a_day() {
    let mut city = City::new().await;
    let account = city
        .open("陈大文", DAOJIAO, |new| {
            new.garbage_class = GarbageClass::Uncharged;
        })
        .await;
    city.let_off(&account).await;
    city.read(&account, "30").await;
    city.bill().await;
    // Due on 25 November; fifteen days of grace, then forty late ones: 5 per mille a day on the fee as a
    // whole, cut to the fen once, however many tiers it has.
    city.at("2027-01-19 10:00");
    let till = city.counter().await;
    let quote = till.quote(&account).await;
    assert_eq!((quote.principal, quote.late_fee), (yuan("58.48"), yuan("11.69")));
    let collected = till.collect(&account, "100").await;
    assert_eq!(collected.change, yuan("29.83"));
    city.check().await;
}

#[tokio::test]
async fn fifty_clicks_make_one_payment_and_one_receipt() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "103.33").await;
    let mut clicks = JoinSet::new();
    for _ in 0..50 {
        let (pool, clock, order) = (city.pool.clone(), city.clock, order.clone());
        clicks.spawn(async move { engine::counter::collect(&pool, &clock, order).await.unwrap() });
    }
    let answers = clicks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.payment == answers[0].payment));
    assert!(answers.iter().all(|answer| answer.receipts == answers[0].receipts));
    assert_eq!(city.count("select count(*) from payment").await, 1);
    assert_eq!(city.count("select count(*) from receipt").await, 2);
    city.check().await;
}

#[tokio::test]
async fn wrong_orders_are_refused_in_words_and_post_nothing() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "103.33").await;
    let key = new_key;
    let wrong = [
        Collect { tenders: cash("103.32"), key: key(), ..order.clone() },
        Collect { expected_total: yuan("100"), key: key(), ..order.clone() },
        Collect {
            charges: vec![],
            tenders: vec![],
            expected_total: Money::ZERO,
            key: key(),
            ..order.clone()
        },
        Collect { tenders: slip(PayMethod::Pos, "110", "P9"), key: key(), ..order.clone() },
        Collect { tenders: slip(PayMethod::Wechat, "110", "W9"), key: key(), ..order.clone() },
    ];
    let mut answers = Vec::new();
    for order in wrong {
        answers.push(till.submit(order).await.unwrap_err().to_string());
    }
    assert_snapshot!(answers.join("\n"), @"
    应收103.33元，实收103.32元，不足，账单须整笔缴清
    账单已有变化，所选账单现应收103.33元
    请选择要缴纳的账单，或填写预存金额
    只有现金可以找零，多收的6.67元请转为预存
    微信不在柜台收取，请选择现金、刷卡或支票
    ");
    assert_eq!(city.count("select count(*) from payment").await, 0);
    city.check().await;
}

#[tokio::test]
async fn a_stale_quote_is_refused() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    // Both clerks have the bill on their screens; the second one comes too late.
    let (first, second) =
        (till.order(&account, "103.33").await, till.order(&account, "103.33").await);
    till.submit(first).await.unwrap();
    let refused = till.submit(second).await.unwrap_err().to_string();
    assert_eq!(refused, "所选账单刚刚已收讫：103.33元（10:00，陈娟），请勿重复收款");
    assert_eq!(city.count("select count(*) from payment").await, 1);
}

#[tokio::test]
async fn a_used_key_with_another_body_is_refused() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "110").await;
    till.submit(order.clone()).await.unwrap();
    let other = Collect { tenders: cash("120"), ..order };
    let refused = till.submit(other).await.unwrap_err();
    assert!(matches!(refused, CollectError::KeyReused { .. }), "{refused:?}");
}

#[tokio::test]
async fn two_clerks_never_take_the_same_money() {
    let city = City::new().await;
    let chen = city.counter().await;
    let li = city.clerk("li.mei", "李梅", DAOJIAO).await;
    for n in 0..10 {
        let account = city.household_owing_for(&format!("住户{n}"), "30").await;
        let (one, other) =
            (chen.order(&account, "103.33").await, li.order(&account, "103.33").await);
        let (one, other) = tokio::join!(chen.submit(one), li.submit(other));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    }
    assert_eq!(city.count("select count(*) from payment").await, 10);
    assert_eq!(city.amount("select sum(open_amount) from charge_balance").await, Money::ZERO);
    city.check().await;
}

#[tokio::test]
async fn a_clerk_of_another_outlet_takes_nothing_and_is_told_no_sum() {
    let city = City::new().await;
    city.counter().await;
    let li = city.clerk("li.mei", "李梅", GAOBU).await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = li.order(&account, "103.33").await;
    for order in [
        order.clone(),
        Collect { expected_total: yuan("1"), key: new_key(), ..order },
        li.deposit_order(&account, "103.33").await,
    ] {
        let refused = li.submit(order).await.unwrap_err();
        assert!(matches!(refused, CollectError::OtherOutlet), "{refused:?}");
        assert_eq!(refused.to_string(), "该用户属于其他网点，不能在本网点收费");
    }
    assert_eq!(city.count("select count(*) from payment").await, 0);
}

#[tokio::test]
async fn a_key_of_the_counter_never_stands_in_the_way_of_a_channel() {
    let city = City::new().await;
    let till = city.counter().await;
    let (first, second) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    );
    let order = till.order(&first, "103.33").await;
    till.submit(Collect { key: "wechat:WX1".into(), ..order }).await.unwrap();
    let items = vec![engine::channels::Settled {
        account: second.id,
        settles: engine::channels::Settles::UpTo(city.period()),
        serial: "WX1".to_owned(),
        gross: yuan("103.33"),
    }];
    let outcome = city.settle("wechat", "WX1", items).await;
    assert_eq!((outcome.posted, outcome.already), (1, 0), "{outcome:?}");
    city.check().await;
}

#[tokio::test]
async fn what_is_over_stays_with_the_account_as_prepaid_money() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "150").await;
    let collected = till
        .submit(Collect {
            tenders: slip(PayMethod::Pos, "150", "P1"),
            surplus: Surplus::Prepaid,
            ..order
        })
        .await
        .unwrap();
    assert_eq!((collected.change, collected.prepaid), (Money::ZERO, yuan("46.67")));
    assert_eq!(till.quote(&account).await.prepaid, yuan("46.67"));
    city.check().await;
}

#[tokio::test]
async fn without_paper_nothing_is_taken() {
    let city = City::new().await;
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let cashier = city.person("wu.zhi", "吴志", terms::Role::Clerk, Some(outlet), None).await;
    // Water invoices there are, but the last of the other family is gone.
    city.lease(ReceiptType::WaterInvoice, cashier, outlet, 1, 10).await;
    let till = crate::city::Till { city: &city, cashier, outlet };
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "110").await;
    let refused = till.submit(order).await.unwrap_err();
    assert!(matches!(refused, CollectError::NoReceipts(ReceiptType::NonTax)), "{refused:?}");
    assert_eq!(city.count("select count(*) from payment").await, 0);
    // The number that had been drawn for the invoice was given back.
    assert_eq!(city.count("select next_no from stock_segment").await, 1);
}

#[tokio::test]
async fn what_does_not_fit_on_one_paper_goes_on_on_the_next() {
    let mut city = City::new().await;
    let account = city.household("陈大文").await;
    for (n, wall) in [
        "2026-11-20",
        "2026-12-20",
        "2027-01-20",
        "2027-02-20",
        "2027-03-20",
        "2027-04-20",
        "2027-05-20",
    ]
    .iter()
    .enumerate()
    {
        city.at(&format!("{wall} 10:00"));
        city.read(&account, &((n + 1) * 30).to_string()).await;
        city.bill().await;
    }
    let till = city.counter().await;
    let paid = till.collect(&account, "9999").await;
    let on_them: Vec<_> =
        paid.receipts.iter().map(|p| (p.receipt_type, p.no.as_str(), p.lines.len())).collect();
    let [(water, first, 7), (ReceiptType::NonTax, other, 12), (ReceiptType::NonTax, next, 2)] =
        on_them[..]
    else {
        panic!("{on_them:?}")
    };
    assert_eq!(water, ReceiptType::WaterInvoice);
    assert_eq!((first.len(), other.len()), (8, 8));
    assert_eq!(next.parse::<i64>().unwrap(), other.parse::<i64>().unwrap() + 1);
    // Each red paper takes one of them back, and names its number.
    let back = till.take_back(paid.payment).await.unwrap();
    let blue: Vec<_> = paid.receipts.iter().map(|p| Some(format!("{} {}", p.code, p.no))).collect();
    let red: Vec<_> = back.receipts.iter().map(|p| p.takes_back.clone()).collect();
    assert_eq!(red, blue);
    let mut connection = city.pool.acquire().await.unwrap();
    let slip = engine::counter::receipt_view(&mut connection, back.payment).await.unwrap();
    assert_eq!(slip.unwrap().receipts, back.receipts);
    city.check().await;
}
