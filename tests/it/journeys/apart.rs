//! A fee taken apart: a village's sanitation station collects garbage alone, the branch the rest.

use engine::access::{Place, Reach, set_role};
use engine::channels::{Settled, Settles};
use engine::counter::{
    Collect, CollectError, ReverseError, Stands, Surplus, apart, payments_of, quote, receipt_view,
    shown,
};
use terms::{FeeItem, Money, OrganisationId, PaymentId, Role};

use warehouse::Person;

use crate::city::{Account, City, Till, as_text, new_key, yuan};

impl City {
    /// The clerk of a sanitation station in the town of 道滘.
    pub(crate) async fn station(&self) -> Till<'_> {
        let name = "南丫环卫所";
        self.by_hand(&format!(
            "with o as (insert into organisation (town_id, name, kind, business)
                 values (441900124, '{name}', 'sanitation_station', '生活垃圾处理费') returning id)
             insert into fee_apart select id, 'garbage' from o"
        ))
        .await;
        self.cashier(("wei.sheng", "魏胜"), Role::SanitationClerk, name).await
    }

    /// A household that a station serves, and a branch gives water to.
    pub(crate) async fn served_by(
        &self,
        station: &Till<'_>,
        branch: &Till<'_>,
        payer: &str,
    ) -> Account {
        let name = sqlx::query_scalar("select name from organisation where id = $1");
        let name: String = name.bind(station.outlet.0).fetch_one(&self.owner).await.unwrap();
        let supplier = Some(OrganisationId(branch.outlet.0));
        self.open(payer, &name, |new| new.supplier = supplier).await
    }
}

/// The order of a clerk who takes only what the station may take.
async fn alone(till: &Till<'_>, account: &Account, received: &str) -> Collect {
    let mut connection = till.city.pool.acquire().await.unwrap();
    let fees = apart(&mut connection, till.outlet).await.unwrap().fees;
    let whole = quote(&mut connection, account.id, till.city.today()).await;
    let only = whole.unwrap().unwrap().only(&fees);
    Collect {
        charges: only.charges.iter().map(|charge| charge.id).collect(),
        expected_total: only.total,
        fees,
        ..till.order(account, received).await
    }
}

/// A bill that a till takes whole, written by SQL.
fn forged(till: &Till<'_>, outlet: &str) -> String {
    format!(
        "with p as (
            insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net,
                idempotency_key, request_hash)
            select next_payment_id(c.created_at), 'payment', c.account_id, c.town_id, {outlet}, {}, 'cash', (c.created_at at time zone 'Asia/Shanghai')::date, c.created_at, c.total,
                c.total, 'forged', '' from charge c
            returning *
         ), t as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p
         )
         insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, cashier_id, method,
            account_date, owner_id, fee_item, amount)
         select l.bill_period, p.id, l.charge_id, l.id, p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method, p.account_date,
            l.owner_id, l.fee_item, l.amount from p, charge_line l",
        till.cashier.0
    )
}

#[tokio::test]
async fn the_station_takes_garbage_and_the_branch_what_is_left() {
    let city = City::new().await;
    let branch = city.counter().await;
    let station = city.station().await;
    let account = city.household_owing_for("陈大文", "30").await;
    // Nor does it take water by SQL, nor one of another town anything.
    let elsewhere = "(select f.outlet_id from fee_apart f join organisation o on o.id = f.outlet_id and o.town_id <> c.town_id limit 1)";
    let here = station.outlet.0.to_string();
    for (outlet, law) in [(&*here, "fee_not_apart"), (elsewhere, "payment_of_another_place")] {
        let sql = sqlx::AssertSqlSafe(forged(&station, outlet));
        let refused = sqlx::raw_sql(sql).execute(&city.pool).await.unwrap_err().to_string();
        assert!(refused.contains(law), "{refused}");
    }
    // 103.33 = 58.48 water + 25.65 sewage + 19.20 garbage.
    let taken = station.submit(alone(&station, &account, "20").await).await.unwrap();
    assert_eq!((taken.change, taken.receipts.len()), (yuan("0.80"), 1));
    assert_eq!(taken.receipts[0].amount, yuan("19.20"));
    let left = branch.quote(&account).await;
    assert_eq!(left.total, yuan("84.13"));
    let state = async || {
        let mut connection = city.pool.acquire().await.unwrap();
        let charge = left.charges[0].id;
        let sheet = engine::billing::charge_sheet(&mut connection, charge).await.unwrap().unwrap();
        (sheet.state().label(), sheet.open.to_string())
    };
    assert_eq!(state().await, ("部分缴费", "84.13".to_owned()));
    let fees: Vec<_> = left.charges[0].fees.iter().map(|fee| fee.fee_item).collect();
    assert_eq!(fees, [FeeItem::Water, FeeItem::Sewage]);
    let rest = branch.collect(&account, "84.13").await;
    assert_eq!(branch.quote(&account).await.total, Money::ZERO);
    assert_eq!(state().await, ("已缴费", "0.00".to_owned()));
    // Whose the money is stands on every line: as many owners as fees here.
    assert_eq!(city.count("select count(distinct owner_id) from allocation").await, 3);
    assert_eq!(city.count("select count(*) from charge_balance").await, 0);
    // What the station took goes back at the station, newest first on the charge.
    let refused = station.take_back(taken.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::Stands(Stands::NewestFirst { .. })), "{refused:?}");
    branch.take_back(rest.payment).await.unwrap();
    station.take_back(taken.payment).await.unwrap();
    assert_eq!(branch.quote(&account).await.total, yuan("103.33"));
    city.check().await;
}

#[tokio::test]
async fn a_station_takes_no_water_of_whom_it_serves_itself() {
    let city = City::new().await;
    let branch = city.counter().await;
    let station = city.station().await;
    let account = city.served_by(&station, &branch, "王小明").await;
    city.read(&account, "30").await;
    city.bill().await;
    let sql = sqlx::AssertSqlSafe(forged(&station, &station.outlet.0.to_string()));
    let refused = sqlx::raw_sql(sql).execute(&city.pool).await.unwrap_err().to_string();
    assert!(refused.contains("fee_not_apart"), "{refused}");
    // What it does not say it takes is garbage, too.
    let whole = station.order(&account, "110").await;
    let refused = station.submit(whole.clone()).await.unwrap_err();
    assert!(matches!(refused, CollectError::StaleQuote { total } if total == yuan("19.20")));
    let garbage = Collect { expected_total: yuan("19.20"), key: new_key(), ..whole };
    let kept = Collect { surplus: Surplus::Prepaid, key: new_key(), ..garbage.clone() };
    let refused = station.submit(kept).await.unwrap_err();
    assert!(matches!(refused, CollectError::PurseElsewhere), "{refused:?}");
    assert_eq!(station.submit(garbage).await.unwrap().receipts[0].amount, yuan("19.20"));
    city.check().await;
}

/// What a channel brought for a whole bill counts at the station that serves the account, and tells of its water.
#[tokio::test]
async fn a_station_is_told_no_payment_of_water() {
    let city = City::new().await;
    let branch = city.counter().await;
    let station = city.station().await;
    let own = city.served_by(&station, &branch, "王小明").await;
    let other = city.served_by(&station, &branch, "陈大文").await;
    for account in [&own, &other] {
        city.read(account, "30").await;
    }
    city.bill().await;
    let order = Collect { expected_total: yuan("19.20"), ..station.order(&own, "20").await };
    let garbage = station.submit(order).await.unwrap().payment;
    let (settles, serial) = (Settles::UpTo(city.period()), "WX202611240001".to_owned());
    let whole = Settled { account: other.id, settles, serial, gross: yuan("103.33") };
    assert_eq!(city.settle("wechat", "W1", vec![whole]).await.posted, 1);
    let mut connection = city.pool.acquire().await.unwrap();
    let reach = Reach { outlet: Some(station.outlet), ..Reach::default() };
    for (account, of_station, of_all) in [(&own, vec![garbage], 1), (&other, vec![], 1)] {
        let seen = payments_of(&mut connection, &account.no, &reach, 9).await.unwrap();
        assert_eq!(seen.iter().map(|slip| slip.payment).collect::<Vec<_>>(), of_station);
        let all = payments_of(&mut connection, &account.no, &Reach::default(), 9).await.unwrap();
        assert_eq!(all.len(), of_all);
    }
    let of_water = "select max(id) from payment where channel_item_id is not null";
    let of_water = PaymentId(city.count(of_water).await);
    let shown = shown(&mut connection, &reach).await.unwrap();
    for (payment, is_within) in [(garbage, true), (of_water, false)] {
        let slip = receipt_view(&mut connection, payment).await.unwrap().unwrap();
        assert_eq!(slip.is_within(shown.own()), is_within, "{slip:?}");
    }
    drop(connection);
    city.check().await;
}

#[tokio::test]
async fn what_may_not_be_taken_apart_is_said() {
    let city = City::new().await;
    let branch = city.counter().await;
    let station = city.station().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let garbage = alone(&station, &account, "19.20").await;
    let at_branch = Collect {
        cashier: branch.cashier,
        outlet: branch.outlet,
        key: new_key(),
        ..garbage.clone()
    };
    let refused = branch.submit(at_branch).await.unwrap_err();
    assert_eq!(refused.to_string(), "垃圾处理费在本网点不能单独收取");
    let water = Collect { fees: vec![FeeItem::Water], key: new_key(), ..garbage.clone() };
    let refused = station.submit(water).await.unwrap_err();
    assert_eq!(refused.to_string(), "水费在本网点不能单独收取");
    let kept = Collect { surplus: Surplus::Prepaid, key: new_key(), ..garbage };
    let refused = station.submit(kept).await.unwrap_err();
    assert!(matches!(refused, CollectError::PurseElsewhere), "{refused:?}");
    assert_eq!(city.count("select count(*) from payment").await, 0);
    city.check().await;
}

/// The purse pays whole bills or none: what a station takes is late as the quote says, although the purse would pay that.
#[tokio::test]
async fn a_purse_that_pays_the_station_alone_stops_no_late_fee() {
    let mut city = City::new().await;
    let branch = city.counter().await;
    city.station().await;
    let account = city.household_owing_for("陈大文", "30").await;
    branch.deposit(&account, "20").await;
    city.at("2027-02-01 10:00");
    let station = Till::of(&city, "wei.sheng").await;
    let order = alone(&station, &account, "30").await;
    assert!(order.expected_total > yuan("19.20"), "{}", order.expected_total);
    let late = order.expected_total;
    assert_eq!(station.submit(order).await.unwrap().receipts[0].amount, late);
    city.check().await;
}

#[tokio::test]
async fn the_detail_counts_the_water_once_and_names_every_paper() {
    let mut city = City::new().await;
    city.counter().await;
    city.station().await;
    let chen = city.household("陈大文").await;
    // Seven months: fourteen lines of other fees, for which one paper has no room.
    for (n, month) in
        (1..).zip(["2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04", "2027-05"])
    {
        city.at(&format!("{month}-20 10:00"));
        city.read(&chen, &(n * 10).to_string()).await;
        city.bill().await;
    }
    let books = city.captured().await;
    let station = Till::of(&city, "wei.sheng").await;
    station.submit(alone(&station, &chen, "200").await).await.unwrap();
    let branch = Till::of(&city, "chen.juan").await;
    let paid = branch.submit(branch.order(&chen, "1000").await).await.unwrap();
    let papers: Vec<_> = paid.receipts.iter().map(|paper| paper.no.clone()).collect();
    let detail = books.report("daily-detail", &Person::system()).await;
    assert_eq!(detail.total("volume_m3").unwrap().text, "70");
    let text = as_text(&detail);
    for no in papers {
        assert!(text.contains(&no), "{no} is missing in {text}");
    }
    books.stop().await;
}

/// A station's clerk is a cashier, and so is who was one; whose account it is stays known where another outlet has it.
#[tokio::test]
async fn the_reports_name_whoever_took_something_and_whose_account_it_was() {
    let city = City::new().await;
    let (branch, station) = (city.counter().await, city.station().await);
    let chen = city.household_owing_for("陈大文", "30").await;
    station.submit(alone(&station, &chen, "20").await).await.unwrap();
    // 103.33 less the 19.20 of garbage.
    branch.collect(&chen, "84.13").await;
    branch.close().await;
    let place = Place { outlet: Some(branch.outlet), town: None };
    let finance = (Role::OutletFinance, place);
    set_role(&city.pool, &city.clock, None, "chen.juan", finance, true).await.unwrap();
    let books = city.captured().await;
    let own = as_text(&books.report("daily-detail", &books.person("wei.sheng").await).await);
    for told in ["魏胜", &chen.no, "19.20"] {
        assert!(own.contains(told), "{told}: {own}");
    }
    let of_all = as_text(&books.report("daily-collection", &Person::system()).await);
    for cashier in ["魏胜 | 现金 | 1", "陈娟 | 现金 | 1"] {
        assert!(of_all.contains(cashier), "{cashier}: {of_all}");
    }
    books.stop().await;
    city.check().await;
}
