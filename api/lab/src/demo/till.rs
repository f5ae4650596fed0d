//! The counters of a month: people come, pay, now and then a payment is taken back; past days are closed.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::NaiveDate;
use engine::access;
use engine::closing::{CloseDay, CloseError, close_day};
use engine::counter::{
    self, AnswerRequest, Collect, Collected, RequestReversal, Reverse, Surplus, Tender,
};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::PgPool;
use terms::{
    AccountId, BillPeriod, ChargeId, Clock, FixedClock, Money, PayMethod, UserId, business_day,
};

use super::days::MonthDays;
use super::dice::{Dice, Of};
use super::people::{Cashier, GROUP};
use super::plan::Plan;
use super::{HANDS, store};

/// Minutes in which a counter is open.
const OPEN_MINUTES: u64 = 8 * 60;

/// Somebody at a counter.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) who: u64,
    pub(super) account: AccountId,
    pub(super) charges: Vec<ChargeId>,
    /// What is to pay where no late fee can be due; otherwise the counter quotes.
    pub(super) total: Option<Money>,
    /// What lies in the account's purse.
    pub(super) purse: Money,
    /// Place in the list of cashiers.
    pub(super) cashier: usize,
    pub(super) period: BillPeriod,
}

/// What the counters did in a month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    pub(super) payments: u64,
    pub(super) reversals: u64,
    pub(super) closes: u64,
}

/// Works off the visits day by day.
pub(super) async fn work(
    pool: &PgPool,
    plan: Plan,
    cashiers: &[Cashier],
    days: &MonthDays,
    visits: [Vec<Visit>; 4],
) -> anyhow::Result<Taken> {
    let mut taken = Taken::default();
    let keeper = access::user_named(&mut *pool.acquire().await?, GROUP).await?;
    let keeper = keeper.ok_or_else(|| anyhow!("nobody approves reversals"))?.id;
    let (pool, days, cashiers) = (pool.clone(), days.clone(), cashiers.to_vec());
    let on = days.counter;
    let shared = Arc::new(Till { pool, plan, days, keeper, cashiers });
    for (at, (day, mut visits)) in on.into_iter().zip(visits).enumerate() {
        // Mixed, so that neighbours do not wait for one cashier's paper.
        visits.sort_by_key(|visit| Dice(plan.seed).below(Of::Minute, visit.who, 2, u64::MAX));
        let done: Vec<(u64, u64)> = stream::iter(visits)
            .map(|visit| {
                let till = Arc::clone(&shared);
                tokio::spawn(async move { till.serve(visit, day).await })
            })
            .buffer_unordered(HANDS.into())
            .map(|done| done.map_err(anyhow::Error::from).flatten())
            .try_collect()
            .await?;
        taken.payments += done.iter().map(|(payments, _)| payments).sum::<u64>();
        taken.reversals += done.iter().map(|(_, reversals)| reversals).sum::<u64>();
        if ends_day(&on, at) && !plan.is_today(day) {
            taken.closes += shared.close(day).await?;
        }
    }
    Ok(taken)
}

/// True where nobody comes later on the same day: in the first days of a month several of its days are one.
fn ends_day(on: &[NaiveDate; 4], at: usize) -> bool {
    on.get(at + 1) != on.get(at)
}

struct Till {
    pool: PgPool,
    plan: Plan,
    days: MonthDays,
    /// Who says yes to reversals.
    keeper: UserId,
    cashiers: Vec<Cashier>,
}

impl Till {
    /// Takes one payment; gives the payments and reversals that it took.
    async fn serve(&self, visit: Visit, day: NaiveDate) -> anyhow::Result<(u64, u64)> {
        let (dice, when) = (Dice(self.plan.seed), visit.period.number().unsigned_abs().into());
        let minutes = dice.below(Of::Minute, visit.who, when, OPEN_MINUTES);
        let clock = self.days.of_others(day, minutes);
        let method = match dice.below(Of::Tender, visit.who, when, 100) {
            0..62 => PayMethod::Cash,
            62..95 => PayMethod::Pos,
            _ => PayMethod::Cheque,
        };
        let Some(due) = self.due(&visit, &clock).await? else { return Ok((0, 0)) };
        let paid = self.collect(&visit, &clock, method, due, 1).await?;
        if !dice.hits(Of::Reversed, visit.who, when, 6) {
            return Ok((1, 0));
        }
        let Cashier { user: cashier, outlet } = self.cashiers[visit.cashier];
        let reason = "缴费方式录入有误，重新收取".to_owned();
        let order = Reverse { payment: paid.payment, cashier, outlet, reason, key: key(&visit, 2) };
        // A call that was interrupted may have come so far.
        if !store::is_reversed(&self.pool, paid.payment).await? {
            self.ask(&order, &clock).await.context("ask for a reversal")?;
            counter::reverse(&self.pool, &clock, order).await.context("reverse a payment")?;
        }
        self.collect(&visit, &clock, PayMethod::Pos, due, 3).await?;
        Ok((2, 1))
    }

    /// The cashier asks for a reversal, and the keeper says yes.
    async fn ask(&self, order: &Reverse, clock: &FixedClock) -> anyhow::Result<()> {
        let Reverse { payment, cashier, outlet, reason, .. } = order.clone();
        let asks = RequestReversal { payment, cashier, outlet, reason };
        let request = counter::request_reversal(&self.pool, clock, asks).await?;
        let (by, reason) = (self.keeper, String::new());
        let answer = AnswerRequest { request, by, approved: true, reason };
        Ok(counter::answer_request(&self.pool, clock, answer).await?)
    }

    /// The total of the visit's charges; none where they were paid before the call that was interrupted.
    async fn due(&self, visit: &Visit, clock: &FixedClock) -> anyhow::Result<Option<Money>> {
        if visit.total.is_some() {
            return Ok(visit.total);
        }
        let mut connection = self.pool.acquire().await?;
        let quote = counter::quote(&mut connection, visit.account, clock.today()).await?;
        let quote = quote.ok_or_else(|| anyhow!("account {} is gone", visit.account))?;
        let chosen = quote.charges.iter().filter(|charge| visit.charges.contains(&charge.id));
        let total: Money = chosen.map(|charge| charge.total).sum();
        Ok((total > Money::ZERO).then_some(total))
    }

    async fn collect(
        &self,
        visit: &Visit,
        clock: &FixedClock,
        method: PayMethod,
        due: Money,
        step: u32,
    ) -> anyhow::Result<Collected> {
        let (dice, when) = (Dice(self.plan.seed), visit.period.number().unsigned_abs().into());
        let keeps = dice.hits(Of::Kept, visit.who, when, 15);
        // The purse pays first, except where more is put into it.
        let prepaid_used = if keeps { Money::ZERO } else { visit.purse.min(due) };
        let rest = due - prepaid_used;
        let received = match method {
            _ if keeps => up_to(due, 10_000) + Money::from_fen(5_000),
            PayMethod::Cash => up_to(rest, if rest.fen() < 5_000 { 1_000 } else { 10_000 }),
            _ => rest,
        };
        let Cashier { user: cashier, outlet } = self.cashiers[visit.cashier];
        let day = business_day(clock.now()).format("%y%m%d");
        let slip = |series| {
            Tender::slip(method, received, format!("{series}{day}{:09}{step}", visit.account.0))
        };
        let tender = match method {
            PayMethod::Pos => Some(slip("POS")),
            PayMethod::Cheque => Some(slip("ZP")),
            _ => Some(Tender::cash(received)),
        };
        let tender = tender.filter(|tender| tender.amount != Money::ZERO);
        let order = Collect {
            account: visit.account,
            charges: visit.charges.clone(),
            expected_total: due,
            fees: Vec::new(),
            prepaid_used,
            tenders: tender.into_iter().collect(),
            surplus: if keeps { Surplus::Prepaid } else { Surplus::Change },
            cashier,
            outlet,
            key: key(visit, step),
            again: false,
        };
        counter::collect(&self.pool, clock, order)
            .await
            .with_context(|| format!("payment of account {}", visit.account))
    }

    /// Closes for everybody who has taken something, also before a call that was interrupted.
    async fn close(&self, day: NaiveDate) -> anyhow::Result<u64> {
        let clock = self.days.of_others(day, 9 * 60 + 30);
        let open = store::open_days(&self.pool, day).await?;
        let closed: Vec<u64> = stream::iter(open)
            .map(|of| async move {
                match close_day(&self.pool, &clock, CloseDay::own(of.cashier, of.outlet, of.day))
                    .await
                {
                    Ok(_) => Ok(1),
                    Err(CloseError::AlreadyClosed) => Ok(0),
                    Err(error) => Err(error),
                }
            })
            .buffer_unordered(HANDS.into())
            .try_collect()
            .await
            .context("close a day")?;
        Ok(closed.into_iter().sum())
    }
}

/// The same visit has the same keys: repeated, it finds its payment.
fn key(visit: &Visit, step: u32) -> String {
    format!("demo-{}-{}-{step}", visit.period.number(), visit.account)
}

/// The next multiple of so many fen.
fn up_to(due: Money, fen: i64) -> Money {
    Money::from_fen((due.fen() + fen - 1) / fen * fen)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_day_is_closed_once_and_after_all_who_come_on_it() {
        let first = BillPeriod::of("2026-12-01".parse().unwrap()).first_day();
        for today in first.iter_days().take(31) {
            let on = MonthDays::of(BillPeriod::of(today), today).counter;
            let closed: Vec<_> =
                (0..on.len()).filter(|at| ends_day(&on, *at)).map(|at| on[at]).collect();
            assert_eq!(closed, Vec::from_iter(BTreeSet::from(on)), "{today}");
        }
    }
}
