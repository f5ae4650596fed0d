//! A payment at the counter stands in the daily report.

use engine::channels::{Settled, Settles};
use engine::counter::Collect;
use insta::assert_snapshot;
use terms::PayMethod;
use warehouse::{AsOf, Person};

use crate::city::{Account, City, DAOJIAO, GAOBU, Till, as_text, ask, cash, slip, yuan};

#[tokio::test]
async fn a_payment_at_the_counter_stands_in_the_daily_report() {
    let city = City::new().await;
    let till = city.counter().await;
    let books = city.captured().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    let report = books.report("daily-collection", &Person::system()).await;
    assert_snapshot!(as_text(&report), @"
    水务集团供水有限公司道滘分公司 | 陈娟 | 现金 | 1 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 0 | 0.00 | 103.33
    合　　计 | 1 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 0 | 0.00 | 103.33
    ");
    assert!(report.proved(), "{:#?}", report.checks);
    books.stop().await;
}

#[tokio::test]
async fn a_day_with_a_reversal_at_two_counters_adds_up_on_every_report() {
    let city = City::new().await;
    let (chen, li) = (city.counter().await, city.clerk("li.mei", "李梅", GAOBU).await);
    let books = city.captured().await;
    let mut accounts = Vec::new();
    for n in 0..2 {
        accounts.push(city.household_owing_for(&format!("住户{n}"), "30").await);
    }
    let there = city.open("住户2", GAOBU, |_| {}).await;
    city.read(&there, "30").await;
    city.bill().await;
    accounts.push(there);
    let taken = chen.collect(&accounts[0], "110").await;
    chen.collect(&accounts[1], "103.33").await;
    li.collect(&accounts[2], "103.33").await;
    chen.take_back(taken.payment).await.unwrap();
    chen.close().await;
    let all = Person::system();
    let daily = books.report("daily-collection", &all).await;
    assert_snapshot!(as_text(&daily), @"
    水务集团供水有限公司道滘分公司 | 陈娟 | 现金 | 2 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 1 | -103.33 | 103.33
    水务集团供水有限公司高埗分公司（南片） | 李梅 | 现金 | 1 | 58.48 | 25.65 | 19.20 | 0.00 | 0.00 | 0.00 | 0 | 0.00 | 103.33
    合　　计 | 3 | 116.96 | 51.30 | 38.40 | 0.00 | 0.00 | 0.00 | 1 | -103.33 | 206.66
    ");
    let detail = books.report("daily-detail", &all).await;
    assert_eq!(daily.total("net").unwrap().text, "206.66");
    assert_eq!(detail.rows, 4);
    for report in [&daily, &detail] {
        assert!(report.proved(), "{:#?}", report.checks);
    }
    // A clerk's report holds the own counter only.
    let li = books.person("li.mei").await;
    assert_eq!(books.report("daily-collection", &li).await.total("net").unwrap().text, "103.33");
    books.verify().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn a_payment_is_seen_by_the_leadership_within_a_second() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    let leader = Person::system();
    // What is owed has the same figure as what is paid: it is looked for where the payment stands, and nowhere else.
    let seen = async || {
        let pinned = books.warehouse.at(AsOf::Live).await.unwrap();
        let home = reports::home::figures(&pinned, &leader, city.today()).await.unwrap();
        let tile = home.tiles.into_iter().find(|tile| tile.key == "today").unwrap();
        (tile.title, tile.aside, tile.exact)
    };
    let told =
        |payments: &str, net: &str| ("今日实收".to_owned(), payments.to_owned(), net.to_owned());
    assert_eq!(seen().await, told("0 笔", "0.00 元"));
    till.collect(&account, "103.33").await;
    let posted = std::time::Instant::now();
    loop {
        let figures = seen().await;
        if figures == told("1 笔", "103.33 元") {
            break;
        }
        assert!(posted.elapsed().as_secs() < 10, "not seen after 10 s: {figures:?}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // A busy build machine is allowed more than the second that the benchmark holds us to.
    assert!(posted.elapsed().as_secs() < 3, "seen after {:?}", posted.elapsed());
    books.stop().await;
}

#[tokio::test]
async fn books_of_yesterday_stay_as_they_were() {
    let city = City::new().await;
    let till = city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "30").await,
    );
    let books = city.captured().await;
    till.collect(&one, "103.33").await;
    let before = books.up_to_now().await;
    till.collect(&two, "103.33").await;
    let after = books.up_to_now().await;
    let sql = "select sum(net) from payment";
    assert_eq!(ask(&before, &Person::system(), sql).await, ["103.33"]);
    assert_eq!(ask(&after, &Person::system(), sql).await, ["206.66"]);
    let again = books.warehouse.at(AsOf::Snapshot(before.position().seq)).await.unwrap();
    assert_eq!(ask(&again, &Person::system(), sql).await, ["103.33"]);
    books.stop().await;
}

/// 50.00 of one payment are on a card and 53.33 in cash, 103.33 of another in cash: what is handed in is told by where it
/// came from, and what was taken back is no part of what was taken.
#[tokio::test]
async fn a_payment_in_two_ways_counts_with_each_of_its_parts() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut accounts = Vec::new();
    for n in 0..3 {
        accounts.push(city.household_owing_for(&format!("住户{n}"), "30").await);
    }
    let books = city.captured().await;
    let tenders = [slip(PayMethod::Pos, "50", "POS900"), cash("60")].concat();
    let order = Collect { tenders, ..till.order(&accounts[0], "50").await };
    till.submit(order).await.unwrap();
    till.collect(&accounts[1], "110").await;
    let wrong = till.collect(&accounts[2], "110").await;
    till.take_back(wrong.payment).await.unwrap();
    let report = books.report("daily-collection", &Person::system()).await;
    let told = "交款来源（组合支付按各部分计，现金已减找零）陈娟：现金 156.66 元，刷卡 50.00 元，支票 0.00 元";
    assert_eq!(report.notes.last().map(String::as_str), Some(told));
    assert_eq!(report.words[1], "收款 3 笔，冲正 1 笔 -103.33 元");
    assert!(report.proved(), "{:#?}", report.checks);
    books.stop().await;
    city.check().await;
}

/// A purse that pays in the night is nobody's till, and no channel's either.
#[tokio::test]
async fn what_a_purse_paid_by_itself_is_said_to_be_its_own() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "500").await;
    city.read(&account, "30").await;
    assert_eq!(city.offset().await.charges, 1);
    let books = city.captured().await;
    for code in ["daily-collection", "daily-detail"] {
        let report = as_text(&books.report(code, &Person::system()).await);
        assert!(report.contains("预存抵扣") && !report.contains("渠道"), "{code}: {report}");
    }
    books.stop().await;
    city.check().await;
}

/// A purse that pays by itself between two items of a channel parts them in time, and not on paper: 103.33 + 103.33.
#[tokio::test]
async fn what_the_channels_brought_is_one_sum_on_the_detail() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let last = city.household_owing_for("李四", "30").await;
    let saver = city.household("王小明").await;
    till.deposit(&saver, "200").await;
    let by_phone = |account: &Account, serial: &str| Settled {
        account: account.id,
        settles: Settles::UpTo("2026-11".parse().unwrap()),
        serial: serial.to_owned(),
        gross: yuan("103.33"),
    };
    city.settle("wechat", "W1", vec![by_phone(&first, "S1")]).await;
    city.at("2026-11-24 11:00");
    city.read(&saver, "30").await;
    assert_eq!(city.offset().await.charges, 1);
    city.at("2026-11-24 12:00");
    city.settle("wechat", "W2", vec![by_phone(&last, "S2")]).await;
    let books = city.captured().await;
    let report = books.report("daily-detail", &Person::system()).await;
    let text = as_text(&report);
    let sums: Vec<_> = text.lines().filter(|line| line.starts_with("渠道　小计")).collect();
    assert!(matches!(sums[..], [sum] if sum.contains("206.66")), "{text}");
    assert!(report.proved(), "{:#?}", report.checks);
    books.stop().await;
    city.check().await;
}

/// 过户: the bills of who left are still theirs, when they were paid and when they are taken back, as their paper says.
#[tokio::test]
async fn the_detail_of_a_day_names_who_paid_then() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let first = city.counter().await.collect(&account, "103.33").await;
    city.at("2026-11-24 15:00");
    city.pass_on(&account, "李四").await;
    city.at("2026-11-24 16:00");
    let deposit = Till::of(&city, "chen.juan").await.deposit(&account, "20").await;
    city.at("2026-11-24 17:00");
    Till::of(&city, "chen.juan").await.take_back(first.payment).await.unwrap();
    let books = city.captured().await;
    let report = books.report("daily-detail", &Person::system()).await;
    let text = as_text(&report);
    for (colour, name, net) in
        [("蓝", "陈大文", "103.33"), ("蓝", "李四", "20.00"), ("红", "陈大文", "-103.33")]
    {
        let is_it = |line: &str| [colour, name, net].iter().all(|part| line.contains(part));
        assert!(text.lines().any(is_it), "{colour} {name}: {text}");
    }
    // A deposit has its own paper, whose number stands in its row.
    let no = &deposit.receipts[0].no;
    assert!(text.lines().any(|line| line.contains("李四") && line.contains(no)), "{no}: {text}");
    assert!(report.proved(), "{:#?}", report.checks);
    books.stop().await;
    city.check().await;
}

/// A payment of who came that settles what who left owes too has papers for both.
#[tokio::test]
async fn the_detail_of_a_day_names_each_whose_bills_were_settled() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    city.december_of(&account).await;
    Till::of(&city, "chen.juan").await.collect(&account, "400").await;
    let books = city.captured().await;
    let text = as_text(&books.report("daily-detail", &Person::system()).await);
    assert!(text.contains("陈大文、李四"), "{text}");
    books.stop().await;
    city.check().await;
}

/// Outlet by outlet, cashier by cashier, the methods as the trade names them, and channels last: whatever came first.
#[tokio::test]
async fn rows_stand_in_the_order_of_the_trade() {
    let city = City::new().await;
    let chen = city.counter().await;
    let li = city.clerk("li.mei", "李梅", DAOJIAO).await;
    let wang = city.clerk("wang.er", "王二", GAOBU).await;
    let mut accounts = Vec::new();
    for n in 0..5 {
        accounts.push(city.household_owing_for(&format!("住户{n}"), "30").await);
    }
    let there = city.open("住户5", GAOBU, |_| {}).await;
    city.read(&there, "30").await;
    city.bill().await;
    wang.collect(&there, "103.33").await;
    let by_phone = Settled {
        account: accounts[0].id,
        settles: Settles::UpTo(city.period()),
        serial: "S1".to_owned(),
        gross: yuan("103.33"),
    };
    city.settle("wechat", "W1", vec![by_phone]).await;
    li.collect(&accounts[1], "103.33").await;
    for (account, method) in [(2, PayMethod::Cheque), (3, PayMethod::Pos)] {
        let mut order = chen.order(&accounts[account], "103.33").await;
        order.tenders = slip(method, "103.33", &format!("{method}1"));
        chen.submit(order).await.unwrap();
    }
    chen.collect(&accounts[4], "103.33").await;
    let books = city.captured().await;
    let report = as_text(&books.report("daily-collection", &Person::system()).await);
    let heads: Vec<_> = report
        .lines()
        .map(|line| line.split(" | ").take(3).collect::<Vec<_>>().join(" "))
        .filter(|head| !head.starts_with("合") && !head.starts_with("小"))
        .collect();
    assert_snapshot!(heads.join("\n"), @r"
    水务集团供水有限公司道滘分公司 陈娟 现金
    水务集团供水有限公司道滘分公司 陈娟 刷卡
    水务集团供水有限公司道滘分公司 陈娟 支票
    陈娟　小计 3 175.44
    水务集团供水有限公司道滘分公司 李梅 现金
    水务集团供水有限公司道滘分公司 渠道 微信
    水务集团供水有限公司道滘分公司　小计 5 292.40
    水务集团供水有限公司高埗分公司（南片） 王二 现金
    ");
    books.stop().await;
}
