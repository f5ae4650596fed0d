//! A busy counter: payments, deposits and reversals, as fast as the books take them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use engine::counter::{
    AnswerRequest, Collect, RequestReversal, Reverse, Surplus, Tender, answer_request, collect,
    request_reversal, reverse,
};
use sqlx::PgPool;
use terms::{FixedClock, Money, OutletId, UserId};
use tokio::task::JoinHandle;

use crate::city::{Account, Till, new_key};

/// A load that runs until it is stopped.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    posted: Arc<AtomicU64>,
    workers: Vec<JoinHandle<()>>,
}

/// What a worker needs of its till.
#[derive(Clone)]
struct Desk {
    pool: PgPool,
    clock: FixedClock,
    cashier: UserId,
    /// Who says yes to what is taken back.
    keeper: UserId,
    outlet: OutletId,
}

impl Load {
    /// Each account gets a worker that deposits into it, pays for it, and takes every third payment back.
    pub(super) fn start(till: &Till<'_>, accounts: Vec<Account>) -> Self {
        let (stop, posted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let desk = Desk {
            pool: till.city.pool.clone(),
            clock: till.city.clock,
            cashier: till.cashier,
            keeper: UserId(900_000),
            outlet: till.outlet,
        };
        let workers = accounts
            .into_iter()
            .map(|account| {
                let (desk, stop, posted) = (desk.clone(), stop.clone(), posted.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        desk.round(&account).await;
                        posted.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Self { stop, posted, workers }
    }

    /// Ends it; gives the number of rounds.
    pub(super) async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.await.unwrap();
        }
        self.posted.load(Ordering::Relaxed)
    }
}

impl Desk {
    /// A deposit of the account, and for every third its reversal: payment, prepaid chain and mirror.
    async fn round(&self, account: &Account) {
        let order = Collect {
            account: account.id,
            charges: Vec::new(),
            expected_total: Money::ZERO,
            fees: Vec::new(),
            prepaid_used: Money::ZERO,
            tenders: vec![Tender::cash(Money::from_fen(1_234))],
            surplus: Surplus::Prepaid,
            cashier: self.cashier,
            outlet: self.outlet,
            key: new_key(),
            again: true,
        };
        let paid = collect(&self.pool, &self.clock, order).await.unwrap();
        if paid.payment.0 % 3 == 0 {
            let reason = "收错用户".to_owned();
            let (cashier, outlet) = (self.cashier, self.outlet);
            let asks = RequestReversal { payment: paid.payment, cashier, outlet, reason };
            let request = request_reversal(&self.pool, &self.clock, asks).await.unwrap();
            let answer =
                AnswerRequest { request, by: self.keeper, approved: true, reason: String::new() };
            answer_request(&self.pool, &self.clock, answer).await.unwrap();
            let order = Reverse {
                payment: paid.payment,
                cashier: self.cashier,
                outlet: self.outlet,
                reason: "收错用户".to_owned(),
                key: new_key(),
            };
            reverse(&self.pool, &self.clock, order).await.unwrap();
        }
    }
}
