//! 实收 is one number: on the tiles, of the towns, in the trend and on the reports it is what was taken, net.

use engine::channels::{Settled, Settles};
use reports::home::{Home, Town, figures};
use reports::{Made, Params, lay_out};
use terms::{Money, Role};
use warehouse::{Person, Pinned};

use crate::city::{Account, Books, City, DAOJIAO, GAOBU, Till, ask, yuan};

/// The days on which money moved.
const DAYS: [&str; 2] = ["2026-11-20", "2026-12-21"];

/// Two towns and two months: money stored and given back, a payment taken back and paid again late, a channel.
async fn two_months(city: &mut City) {
    city.at("2026-11-20 10:00");
    city.counter().await;
    city.clerk("li.mei", "李梅", GAOBU).await;
    let mut accounts = Vec::new();
    for (n, outlet) in [DAOJIAO, DAOJIAO, GAOBU, GAOBU].into_iter().enumerate() {
        let account = city.open(&format!("住户{n}"), outlet, |_| {}).await;
        city.read(&account, "30").await;
        accounts.push(account);
    }
    city.bill().await;
    let [stores, repays, withdraws, scans] = &accounts[..] else { panic!("four accounts") };

    let (chen, li) = (Till::of(city, "chen.juan").await, Till::of(city, "li.mei").await);
    chen.collect_and_keep(stores, "150").await;
    let taken = chen.collect(repays, "110").await;
    let deposit = li.deposit(withdraws, "50").await;
    scan(&li, scans).await;

    city.at("2026-12-21 10:00");
    let (chen, li) = (Till::of(city, "chen.juan").await, Till::of(city, "li.mei").await);
    li.take_back(deposit.payment).await.unwrap();
    chen.take_back(taken.payment).await.unwrap();
    chen.collect(repays, "900").await;
    chen.close().await;
    li.close().await;
}

/// Pays all that is open by phone, at no counter.
async fn scan(till: &Till<'_>, account: &Account) {
    let (city, gross) = (till.city, till.quote(account).await.total);
    let settles = Settles::UpTo(city.period());
    let items = vec![Settled { account: account.id, settles, serial: "WX1".to_owned(), gross }];
    let outcome = city.settle("wechat", "WX1", items).await;
    assert_eq!(outcome.posted, 1, "{outcome:?}");
}

/// The exact figure of a tile.
fn tile<'a>(home: &'a Home, key: &str) -> &'a str {
    &home.tiles.iter().find(|tile| tile.key == key).unwrap().exact
}

fn town<'a>(home: &'a Home, name: &str) -> &'a Town {
    home.towns.iter().find(|town| town.name == name).unwrap()
}

/// The total of a money column of a report over all outlets, on a day.
async fn on_paper(books: &Books<'_>, pinned: &Pinned, code: &str, day: &str) -> Money {
    let (who, report) = (Person::system(), reports::find(code).unwrap());
    let params = Params::default().with("day", day).with("outlet", "0");
    let made = Made { at: books.city.clock.0, by: who.name.clone() };
    let laid_out = lay_out(pinned, &who, report, &params, made).await.unwrap();
    assert!(laid_out.proved(), "{code} {day}: {:#?}", laid_out.checks);
    let total = |name: &str| -> Money {
        let cell = laid_out.total(name).unwrap_or_else(|| panic!("{code} has no {name}"));
        yuan(&cell.text.replace(',', ""))
    };
    // What it was used for makes what was taken.
    let parts = ["water", "sewage", "garbage", "overquota", "late_fee", "prepaid"];
    assert_eq!(parts.into_iter().map(total).sum::<Money>(), total("net"), "{code} {day}");
    total("net")
}

#[tokio::test]
async fn what_was_taken_is_one_number_wherever_it_is_said() {
    let mut city = City::new().await;
    two_months(&mut city).await;
    let books = city.captured().await;
    let pinned = books.live().await;
    let whole = city.amount("select sum(net) from payment").await;
    let home = figures(&pinned, &Person::system(), city.today()).await.unwrap();

    // The tiles.
    let sql = "select sum(net) from payment where account_date >= '2026-12-01'";
    let december = city.amount(sql).await;
    assert_eq!(tile(&home, "year"), format!("{} 元", whole.grouped()));
    for key in ["today", "month"] {
        assert_eq!(tile(&home, key), format!("{} 元", december.grouped()), "{key}");
    }
    // The towns.
    assert_eq!(home.towns.iter().map(|town| town.taken).sum::<Money>(), whole);
    let daojiao = city.amount("select sum(net) from payment where town_id = 441900124").await;
    let gaobu = city.amount("select sum(net) from payment where town_id = 441900129").await;
    assert_eq!((town(&home, "道滘").taken, town(&home, "高埗").taken), (daojiao, gaobu));
    assert!(daojiao > Money::ZERO && gaobu > Money::ZERO, "{daojiao} {gaobu}");
    // The trend, part by part.
    for month in &home.trend {
        assert_eq!(month.fees.into_iter().sum::<Money>() + month.prepaid, month.total);
    }
    let [.., november, last] = &home.trend[..] else { panic!("24 months") };
    assert_eq!((november.total + last.total, last.total), (whole, december));
    assert_eq!(november.prepaid, yuan("96.67"));
    assert_eq!(last.prepaid, yuan("-50"), "more was taken out than stored");
    // The reports of the days, each with its proofs.
    for code in ["daily-collection", "daily-detail"] {
        let mut sum = Money::ZERO;
        for day in DAYS {
            sum += on_paper(&books, &pinned, code, day).await;
        }
        assert_eq!(sum, whole, "{code}");
    }
    // The view that analysts ask.
    let collected = ask(&pinned, &Person::system(), "select sum(total) from collected").await;
    assert_eq!(collected, [whole.to_string()]);
    // Whoever sees one town sees its number.
    let (_, place) = city.outlet(DAOJIAO).await;
    city.person("liang.bo", "梁波", Role::Leader, None, Some(place)).await;
    let leader = books.person("liang.bo").await;
    let home = figures(&books.live().await, &leader, city.today()).await.unwrap();
    assert_eq!(tile(&home, "year"), format!("{} 元", daojiao.grouped()));
    assert_eq!(town(&home, "道滘").taken, daojiao);
    books.stop().await;
    city.check().await;
}
