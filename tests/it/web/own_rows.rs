//! What waits for a town stands on its pages, however much of other towns came before it.

use engine::access::change_password;
use engine::register::{AccountChange, Correct, Correction, correct, submit_change};
use engine::tariff::{RateKind, read_rows, submit_rates};
use terms::{Role, UserId};

use super::site::{PASSWORD, Site};
use crate::city::{Account, City, DAOJIAO, GAOBU};

/// More than any of the pages shows.
const MORE: usize = 201;

impl City {
    async fn orders_quota(&self, by: UserId, account: &Account, reason: &str) {
        let table = format!("account,period,quota_m3\n{},2027-01,6000\n", account.no);
        let mut connection = self.pool.acquire().await.unwrap();
        let rows = read_rows(&mut connection, RateKind::Quota, &table).await.unwrap();
        drop(connection);
        submit_rates(&self.pool, &self.clock, by, rows, reason).await.unwrap();
    }

    async fn asks_for(&self, by: UserId, account: &Account, reason: &str) {
        let account_no = account.no.clone();
        let (valid_from, reason) = (self.today(), reason.to_owned());
        let change = AccountChange {
            account_no: account_no.clone(),
            valid_from,
            persons: Some(6),
            reason: reason.clone(),
            ..AccountChange::default()
        };
        submit_change(&self.pool, &self.clock, by, change).await.unwrap();
        let what =
            Correct::Payer { name: Some("陈大闻".to_owned()), phone: None, document: None };
        let correction = Correction { account_no, valid_from, what, reason };
        assert!(correct(&self.pool, &self.clock, by, correction).await.unwrap().waits);
    }
}

#[tokio::test]
async fn more_rows_of_other_towns_than_a_page_shows_hide_none_of_the_own() {
    let city = City::new().await;
    let (_, gaobu) = city.outlet(GAOBU).await;
    let maker = city.manager().await;
    let local = ("gao.bu", "高埗管理员");
    city.person(local.0, local.1, Role::GroupAdministrator, None, Some(gaobu)).await;
    change_password(&city.pool, &city.clock, None, local.0, PASSWORD).await.unwrap();
    city.counter().await;
    let there = city.open("陈大文", DAOJIAO, |_| {}).await;
    let here = city.open("王小明", GAOBU, |_| {}).await;
    for _ in 0..MORE {
        city.orders_quota(maker, &there, "道滘定额").await;
        city.asks_for(maker, &there, "道滘变更").await;
    }
    city.orders_quota(maker, &here, "高埗定额").await;
    city.asks_for(maker, &here, "高埗变更").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let browser = site.enter(local.0).await;
    for (page, of_here, of_there, rows) in
        [("/rates", "高埗定额", "道滘定额", 1), ("/accounts", "高埗变更", "道滘变更", 2)]
    {
        let page = browser.get(page).await.text();
        assert_eq!(page.matches(of_here).count(), rows, "{page}");
        assert!(!page.contains(of_there), "{page}");
    }
    site.close().await;
    books.stop().await;
}
