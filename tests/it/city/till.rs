//! A clerk at a counter.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::NaiveDate;
use engine::closing::{CloseDay, CloseError, DayClose, DayOf, close_day, forgotten_days};
use engine::counter::{
    Collect, CollectError, Collected, Quote, Reverse, ReverseError, Reversed, Surplus, Tender,
    collect, quote, reverse,
};
use terms::{Money, OutletId, PayMethod, PaymentId, UserId};

use super::{Account, City};

/// A clerk with paper, at an outlet.
#[derive(Clone, Copy)]
pub(crate) struct Till<'a> {
    pub(crate) city: &'a City,
    pub(crate) cashier: UserId,
    pub(crate) outlet: OutletId,
}

impl<'a> Till<'a> {
    /// The counter of a clerk who is known already.
    pub(crate) async fn of(city: &'a City, login: &str) -> Till<'a> {
        let sql = "select id, outlet_id from app_user where login = $1";
        let (id, outlet) = sqlx::query_as(sql).bind(login).fetch_one(&city.owner).await.unwrap();
        Till { city, cashier: UserId(id), outlet: OutletId(outlet) }
    }

    /// What the clerk sees on the screen.
    pub(crate) async fn quote(&self, account: &Account) -> Quote {
        let mut connection = self.city.pool.acquire().await.unwrap();
        quote(&mut connection, account.id, self.city.today()).await.unwrap().unwrap()
    }

    /// The order that settles everything on the screen with the cash handed over.
    pub(crate) async fn order(&self, account: &Account, received: &str) -> Collect {
        let quote = self.quote(account).await;
        Collect {
            account: account.id,
            charges: quote.charges.iter().map(|charge| charge.id).collect(),
            expected_total: quote.total,
            fees: Vec::new(),
            prepaid_used: Money::ZERO,
            tenders: cash(received),
            surplus: Surplus::Change,
            cashier: self.cashier,
            outlet: self.outlet,
            key: new_key(),
            again: false,
        }
    }

    /// Takes cash for everything that is open, and gives change.
    pub(crate) async fn collect(&self, account: &Account, received: &str) -> Collected {
        let order = self.order(account, received).await;
        self.submit(order).await.unwrap()
    }

    /// Takes cash for everything that is open, and keeps for the payer what is over.
    pub(crate) async fn collect_and_keep(&self, account: &Account, received: &str) {
        let order = Collect { surplus: Surplus::Prepaid, ..self.order(account, received).await };
        self.submit(order).await.unwrap();
    }

    /// The order that leaves cash with us, and pays no bill.
    pub(crate) async fn deposit_order(&self, account: &Account, amount: &str) -> Collect {
        Collect {
            charges: Vec::new(),
            expected_total: Money::ZERO,
            surplus: Surplus::Prepaid,
            ..self.order(account, amount).await
        }
    }

    /// Leaves cash with us, and pays no bill.
    pub(crate) async fn deposit(&self, account: &Account, amount: &str) -> Collected {
        let order = self.deposit_order(account, amount).await;
        self.submit(order).await.unwrap()
    }

    /// Hands an order in.
    pub(crate) async fn submit(&self, order: Collect) -> Result<Collected, CollectError> {
        collect(&self.city.pool, &self.city.clock, order).await
    }

    /// Takes a payment back.
    pub(crate) async fn take_back(&self, payment: PaymentId) -> Result<Reversed, ReverseError> {
        self.city.consent(payment, self.cashier).await;
        let order = Reverse {
            payment,
            cashier: self.cashier,
            outlet: self.outlet,
            reason: "收错用户".to_owned(),
            key: new_key(),
        };
        reverse(&self.city.pool, &self.city.clock, order).await
    }

    /// Today at this counter.
    pub(crate) fn day(&self) -> DayOf {
        DayOf { cashier: self.cashier, outlet: self.outlet, day: self.city.today() }
    }

    /// Closes one day.
    pub(crate) async fn close_on(&self, day: NaiveDate) -> Result<DayClose, CloseError> {
        let order = CloseDay::own(self.cashier, self.outlet, day);
        close_day(&self.city.pool, &self.city.clock, order).await
    }

    /// Closes the day, and before it those that were forgotten.
    pub(crate) async fn close(&self) -> DayClose {
        let mut connection = self.city.pool.acquire().await.unwrap();
        let today = self.city.today();
        for DayOf { outlet, day, .. } in
            forgotten_days(&mut connection, self.cashier, today).await.unwrap()
        {
            let order = CloseDay::own(self.cashier, outlet, day);
            close_day(&self.city.pool, &self.city.clock, order).await.unwrap();
        }
        drop(connection);
        self.close_on(today).await.unwrap()
    }
}

/// Notes and coins handed over; none where it is nothing.
pub(crate) fn cash(text: &str) -> Vec<Tender> {
    Some(yuan(text)).filter(|amount| *amount != Money::ZERO).map(Tender::cash).into_iter().collect()
}

/// A card slip or cheque handed over.
pub(crate) fn slip(method: PayMethod, text: &str, reference: &str) -> Vec<Tender> {
    vec![Tender::slip(method, yuan(text), reference)]
}

/// An amount, as people write it.
pub(crate) fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

/// A key that no other order has.
pub(crate) fn new_key() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("story-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
