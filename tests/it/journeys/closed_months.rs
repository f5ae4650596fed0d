//! 月结: an organisation closes its months, kind by kind.

use engine::access::Reach;
use engine::channels::{ReturnItem, Settled, Settles, return_item, suspense};
use engine::closing::{MonthError, PeriodKind, organisations};
use engine::reading::{Decision, EnterError, Review};
use insta::assert_snapshot;
use terms::{AccountId, BillPeriod};

use crate::city::{City, DAOJIAO, GAOBU, Till, broken, yuan};

#[tokio::test]
async fn who_has_business_stands_first_among_all_organisations() {
    let city = City::new().await;
    let mut connection = city.pool.acquire().await.unwrap();
    let idle = organisations(&mut connection).await.unwrap();
    assert!(idle.len() > 100 && idle[0].name != DAOJIAO);
    city.household("陈大文").await;
    let all = organisations(&mut connection).await.unwrap();
    assert_eq!((all.len(), &*all[0].name), (idle.len(), DAOJIAO));
}

/// November: 103.33 paid by 陈大文. In December the month is closed, kind by kind; what comes later counts in December.
#[tokio::test]
async fn a_closed_month_takes_no_entry_and_its_figures_stand() {
    let mut city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    let wang = city.household("王五").await;
    let early = city.close_month(PeriodKind::Read, 202_611).await.unwrap_err();
    assert!(matches!(early, MonthError::NotOver(_)), "{early:?}");
    let paid = Till::of(&city, "chen.juan").await.collect(&chen, "103.33").await;
    let november = city.today();
    // WeChat settles one fen too little on the last day of November, and the item waits.
    city.at("2026-11-30 23:00");
    let short = Settled {
        account: li.id,
        settles: Settles::UpTo(city.period()),
        serial: "S1".to_owned(),
        gross: yuan("103.32"),
    };
    city.settle("wechat", "W1130", vec![short]).await;

    city.at("2026-12-03 09:00");
    let mut said = Vec::new();
    for &kind in PeriodKind::ALL {
        match city.close_month(kind, 202_611).await {
            Ok(closed) => {
                said.push(format!("{} {} 笔 {} 元", kind.label(), closed.entries, closed.amount))
            }
            Err(refused) => said.push(format!("{} {refused}", kind.label())),
        }
    }
    assert_snapshot!(said.join("\n"), @r"
    抄表月 2 笔 0.00 元
    应收月 2 笔 206.66 元
    实收月 不能月结：有1个收费员日尚未日结，最早2026-11-24；有1笔渠道明细挂账或待入账，如流水号S1
    票据月 不能月结：有1个收费员日尚未日结，最早2026-11-24；本月实收尚未月结，请先月结实收月
    ");
    let till = Till::of(&city, "chen.juan").await;
    till.close_on(november).await.unwrap();
    let item =
        suspense(&mut city.pool.acquire().await.unwrap(), &Reach::default(), 1).await.unwrap()[0]
            .item;
    let back = ReturnItem { item, reason: "金额不足".to_owned(), by: city.manager().await };
    return_item(&city.pool, &city.clock, back).await.unwrap();
    let pay = city.close_month(PeriodKind::Pay, 202_611).await.unwrap();
    assert_eq!((pay.entries, pay.amount), (1, yuan("103.33")));
    let receipt = city.close_month(PeriodKind::Receipt, 202_611).await.unwrap();
    assert_eq!((receipt.entries, receipt.amount), (2, yuan("103.33")));
    let twice = city.close_month(PeriodKind::Pay, 202_611).await.unwrap_err();
    assert!(matches!(twice, MonthError::AlreadyClosed(_)), "{twice:?}");

    // A reading of November comes too late, and is one of December.
    let reading = city.seen(&wang, "7");
    let november = BillPeriod::from_number(202_611).unwrap();
    let late = engine::reading::enter(&city.pool, &city.clock, november, None, vec![reading]).await;
    assert!(matches!(late, Err(EnterError::MonthClosed)), "{late:?}");

    // The payment of November is taken back on December's books; November stays as it was.
    till.take_back(paid.payment).await.unwrap();
    let sums = "select sum(net) from payment where pay_period = 202612";
    assert_eq!(city.amount(sums).await, yuan("-103.33"));
    city.check().await;

    // A bank that settles a day of November only now: the money counts in December, late fees run to its day.
    let item = Settled {
        account: chen.id,
        settles: Settles::UpTo(november),
        serial: "000001".to_owned(),
        gross: yuan("103.33"),
    };
    let batch = engine::channels::ChannelBatch {
        channel: "withhold".to_owned(),
        batch_no: "DK1130".to_owned(),
        settled_on: november.last_day(),
        items: vec![item],
    };
    let outcome = engine::channels::post_batch(&city.pool, &city.clock, batch).await.unwrap();
    assert_eq!(outcome.posted, 1, "{outcome:?}");
    assert_eq!(city.count("select count(*) from payment where pay_period = 202611").await, 1);
    // Nor does SQL date money into the closed month, whatever month it gives itself.
    let forged = "insert into payment (id, kind, account_id, town_id, outlet_id, method, account_date, pay_period, posted_at,
            received, net, prepaid_used, idempotency_key, request_hash)
        select next_payment_id('2026-12-10 12:00+08'), 'payment', id, town_id, outlet_id, 'prepaid', date '2026-11-30', 202612, timestamptz '2026-12-10 12:00+08',
            0, 0, 1, 'forged', '' from account where payer_name = '陈大文'";
    let refused = sqlx::query(forged).execute(&city.pool).await.unwrap_err().to_string();
    assert!(refused.contains("month_closed: 202611"), "{refused}");
    // Close, remittance and report count it in one month: November's figures are those of its close.
    let mut connection = city.pool.acquire().await.unwrap();
    for (month, want) in [(november, "25.65"), (november.next(), "25.65")] {
        let books = engine::remittance::unremitted(&mut connection, month).await.unwrap();
        let sewage = books.iter().find(|b| b.fee_item == terms::FeeItem::Sewage).unwrap();
        assert_eq!(sewage.collected, yuan(want), "{month}");
    }
    drop(connection);
    let by_day = "select sum(net) from payment where account_date < '2026-12-01'";
    assert_eq!(city.amount(by_day).await, yuan("103.33"));
    city.check().await;
    // What the owner changes in a closed month shows.
    sqlx::raw_sql(
        "alter table payment disable trigger user;
         update payment set late_fee = late_fee, reason = null, method = 'pos' where pay_period = 202611;
         alter table payment enable trigger user",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let broken = city.broken().await;
    assert!(broken.contains(&"6a") && broken.contains(&"17c"), "{broken:?}");
}

/// Money whose account nobody knows waits at the outlets that its batch brought money for, or else at all.
#[tokio::test]
async fn no_month_closes_over_money_of_which_nobody_knows_whose_it_is() {
    let mut city = City::new().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let item = |account, serial: &str| Settled {
        account,
        settles: Settles::UpTo(BillPeriod::from_number(202_611).unwrap()),
        serial: serial.to_owned(),
        gross: yuan("103.33"),
    };
    let nobody = AccountId(-1);
    city.settle("wechat", "W1", vec![item(chen.id, "1"), item(nobody, "2")]).await;
    let waiting = async |outlet: &str| {
        let (organisation, _) = city.outlet(outlet).await;
        let sql = "select coalesce(sum(number), 0)::bigint from month_obstacles($1, 'pay', 202611) where obstacle = 'open_items'";
        let number: i64 =
            sqlx::query_scalar(sql).bind(organisation.0).fetch_one(&city.owner).await.unwrap();
        number
    };
    assert_eq!((waiting(DAOJIAO).await, waiting(GAOBU).await), (1, 0));
    city.settle("wechat", "W2", vec![item(nobody, "3")]).await;
    assert_eq!((waiting(DAOJIAO).await, waiting(GAOBU).await), (2, 1));
    city.at("2026-12-03 09:00");
    let refused = city.close_month(PeriodKind::Pay, 202_611).await.unwrap_err().to_string();
    assert!(refused.contains("有2笔渠道明细挂账"), "{refused}");
    city.check().await;
}

#[tokio::test]
async fn a_month_waits_for_its_reviews_and_its_bills() {
    let mut city = City::new().await;
    city.at("2026-08-20 10:00");
    let chen = city.household("陈大文").await;
    for (wall, index) in [
        ("2026-08-20 10:00", "10"),
        ("2026-09-20 10:00", "20"),
        ("2026-10-20 10:00", "30"),
        ("2026-11-20 10:00", "500"),
    ] {
        city.at(wall);
        city.read(&chen, index).await;
        city.bill().await;
    }
    city.at("2026-12-02 09:00");
    let skipping = city.close_month(PeriodKind::Read, 202_611).await.unwrap_err();
    assert!(skipping.to_string().contains("较早的账期202608尚未月结"), "{skipping}");
    for month in [202_608, 202_609, 202_610] {
        city.close_month(PeriodKind::Read, month).await.unwrap();
    }
    // Bills close in order too, from the first month that has any.
    let skipping = city.close_month(PeriodKind::Bill, 202_610).await.unwrap_err();
    assert_eq!(skipping.to_string(), "不能月结：较早的账期202608尚未月结，请先月结");
    for month in [202_608, 202_609, 202_610] {
        city.close_month(PeriodKind::Bill, month).await.unwrap();
    }
    let waiting = city.close_month(PeriodKind::Read, 202_611).await.unwrap_err();
    assert_eq!(waiting.to_string(), "不能月结：有1条抄表待审核");
    let readings = vec![terms::ReadingId(city.count("select max(id) from reading").await)];
    let review =
        Review {
            readings, decision: Decision::Accepted, reviewed_by: city.somebody("班长").await
        };
    engine::reading::review(&city.pool, &city.clock, review).await.unwrap();
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    let unbilled = city.close_month(PeriodKind::Bill, 202_611).await.unwrap_err();
    assert_eq!(unbilled.to_string(), "不能月结：有1条已审核的抄表尚未计费");
    let november = BillPeriod::from_number(202_611).unwrap();
    let (bill_date, due) = (city.today(), city.today() + chrono::Days::new(25));
    city.bill_month(november, bill_date, due).await.unwrap();
    city.close_month(PeriodKind::Bill, 202_611).await.unwrap();
    city.check().await;
}

/// Paper of October and November: October's closes first.
#[tokio::test]
async fn receipts_close_in_order_from_the_first_month_that_has_any() {
    let mut city = City::new().await;
    city.at("2026-10-20 10:00");
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    Till::of(&city, "chen.juan").await.deposit(&chen, "1").await;
    city.at("2026-11-20 10:00");
    Till::of(&city, "chen.juan").await.collect(&chen, "200").await;
    Till::of(&city, "chen.juan").await.close().await;
    city.at("2026-12-02 09:00");
    for month in [202_610, 202_611] {
        city.close_month(PeriodKind::Pay, month).await.unwrap();
    }
    let skipping = city.close_month(PeriodKind::Receipt, 202_611).await.unwrap_err();
    assert_eq!(skipping.to_string(), "不能月结：较早的账期202610尚未月结，请先月结");
    for month in [202_610, 202_611] {
        city.close_month(PeriodKind::Receipt, month).await.unwrap();
    }
    city.check().await;
}

/// Who owes a bill of a closed month, until when, and what the house was told of the close.
#[tokio::test]
async fn what_a_closed_month_says_of_its_bills_and_was_told_of_it_stays_as_it_was() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    city.household_owing_for("李四", "30").await;
    city.at("2026-12-02 09:00");
    for kind in [PeriodKind::Read, PeriodKind::Bill] {
        city.close_month(kind, 202_611).await.unwrap();
    }
    city.check().await;
    let faults = [
        ("update charge set payer_id = (select max(id) from payer)", "6a"),
        ("update charge set due_date = due_date + 100", "6a"),
        ("update outbox set body = body || '{\"amount\": \"1.00\"}'", "6f"),
    ];
    for (fault, law) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        let fault = format!("set local session_replication_role = replica; {fault}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault.clone())).execute(&mut *owner).await.unwrap();
        let found = broken(engine::check::run(&mut owner).await.unwrap());
        assert!(found.iter().any(|(id, _)| *id == law), "{fault}: {found:?}");
        owner.rollback().await.unwrap();
    }
}
