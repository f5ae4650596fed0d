//! A list that is cut to a length is cut of what somebody sees: rows of others, before or after, hide none of theirs.

use engine::access::Reach;
use engine::billing::{RequestChargeReversal, charge_requests_waiting, request_charge_reversal};
use engine::channels::{Settled, Settles, suspense};
use engine::counter::{payments_by_paper, payments_of};
use engine::receipts::{Lease, Receive, lease, receive};
use terms::{ChargeId, ReceiptType, Role, TownId};

use crate::city::{Account, City, DAOJIAO, GAOBU, Till, yuan};

fn of_town(town: TownId) -> Reach {
    Reach { town: Some(town), ..Reach::default() }
}

impl City {
    /// A household of 高埗 that was billed for 30 m³.
    async fn owing_at_gaobu(&self, payer: &str) -> Account {
        let account = self.open(payer, GAOBU, |_| {}).await;
        self.read(&account, "30").await;
        self.bill().await;
        account
    }

    async fn asks_for_bill_of(&self, account: &Account) {
        let charge = sqlx::query_scalar("select max(id) from charge where account_id = $1");
        let charge = ChargeId(charge.bind(account.id.0).fetch_one(&self.owner).await.unwrap());
        let (reason, by) = ("抄表有误".to_owned(), self.manager().await);
        let order = RequestChargeReversal { charge, reason, by };
        request_charge_reversal(&self.pool, &self.clock, order).await.unwrap();
    }
}

impl City {
    /// A clerk whose paper begins with number 1 of a series of its own.
    async fn till_of_series(&self, login: &str, outlet: &str, code: &str) -> Till<'_> {
        let (outlet, _) = self.outlet(outlet).await;
        let holder = self.person(login, login, Role::Clerk, Some(outlet), None).await;
        let by = self.storekeeper().await;
        for receipt_type in [ReceiptType::WaterInvoice, ReceiptType::NonTax] {
            let code = code.to_owned();
            let (first, last) = ("00000001".to_owned(), "00000009".to_owned());
            let paper =
                Receive { receipt_type, code: code.clone(), first, last, store: outlet, by };
            receive(&self.pool, &self.clock, paper).await.unwrap();
            let (first_no, last_no) = (1, 9);
            let order = Lease { receipt_type, code, first_no, last_no, outlet, holder, by };
            lease(&self.pool, &self.clock, order).await.unwrap();
        }
        Till { city: self, cashier: holder, outlet }
    }
}

#[tokio::test]
async fn what_waits_for_a_town_is_cut_of_its_own() {
    let city = City::new().await;
    let there = city.household_owing_for("陈大文", "30").await;
    let here = city.owing_at_gaobu("王小明").await;
    let (_, gaobu) = city.outlet(GAOBU).await;
    let item = |account: &Account, serial: &str| Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: serial.to_owned(),
        gross: yuan("1.00"),
    };
    let outcome = city.settle("withhold", "B1", vec![item(&there, "A1"), item(&here, "A2")]).await;
    assert_eq!(outcome.refused.len(), 2);
    city.asks_for_bill_of(&there).await;
    city.asks_for_bill_of(&here).await;
    let mut connection = city.pool.acquire().await.unwrap();
    for (reach, serial, payer) in
        [(Reach::default(), "A1", "陈大文"), (of_town(gaobu), "A2", "王小明")]
    {
        let items = suspense(&mut connection, &reach, 1).await.unwrap();
        let serials: Vec<_> = items.iter().map(|item| item.serial.as_str()).collect();
        assert_eq!(serials, [serial]);
        let bills = charge_requests_waiting(&mut connection, &reach, 1).await.unwrap();
        let payers: Vec<_> = bills.iter().map(|bill| bill.payer_name.as_str()).collect();
        assert_eq!(payers, [payer]);
    }
    // Nor does a person of an outlet see what is asked at another of the same town.
    let (daojiao, _) = city.outlet(DAOJIAO).await;
    let reach = Reach { outlet: Some(daojiao), ..Reach::default() };
    let bills = charge_requests_waiting(&mut connection, &reach, 9).await.unwrap();
    assert_eq!(bills.iter().map(|bill| bill.outlet).collect::<Vec<_>>(), [daojiao]);
}

#[tokio::test]
async fn payments_that_somebody_sees_are_cut_of_theirs() {
    let city = City::new().await;
    let there = city.household_owing_for("陈大文", "30").await;
    let here = city.owing_at_gaobu("王小明").await;
    let li = city.till_of_series("li.mei", GAOBU, "1000001").await;
    let chen = city.till_of_series("chen.juan", DAOJIAO, "1000002").await;
    let own = li.collect(&here, "200").await.payment;
    let other = chen.collect(&there, "110").await.payment;
    let (outlet, town) = city.outlet(GAOBU).await;
    let mut connection = city.pool.acquire().await.unwrap();
    // One number of two series: the newer payment is not theirs.
    let of_outlet = Reach { outlet: Some(outlet), ..Reach::default() };
    for (reach, payment) in [(Reach::default(), other), (of_town(town), own), (of_outlet, own)] {
        let found = payments_by_paper(&mut connection, "00000001", &reach, 1).await.unwrap();
        assert_eq!(found.iter().map(|slip| slip.payment).collect::<Vec<_>>(), [payment]);
    }
    // Nor are payments of an account that another outlet took.
    for (reach, count) in [(of_town(city.outlet(DAOJIAO).await.1), 1), (of_town(town), 0)] {
        let found = payments_of(&mut connection, &there.no, &reach, 9).await.unwrap();
        assert_eq!(found.len(), count, "{reach:?}");
    }
}
