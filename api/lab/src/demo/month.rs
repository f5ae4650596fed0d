//! One month of the city: readings, review, bills, payments of every kind, closes, remittances.

use std::time::Instant;

use anyhow::Context;
use chrono::NaiveDate;
use engine::billing::{self, BillRun};
use engine::channels::{ChannelBatch, Settled, post_batch};
use engine::prepaid;
use engine::reading::{self, Decision, NewReading, Review, Source};
use engine::remittance::{self, Remit, RemitError};
use engine::tariff::{self, NewQuota, RateRows};
use futures::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use sqlx::PgPool;
use terms::{BillPeriod, Clock, FeeItem, FixedClock, Money, SystemClock, grouped};

use super::days::MonthDays;
use super::dice::{Dice, Of};
use super::dues::Dues;
use super::people::{self, Readers};
use super::steps::Parts;
use super::{City, HANDS, Plan, store, till};

/// Readings of one transaction.
const CHUNK: usize = 20_000;

impl City {
    /// Lives the next month.
    ///
    /// # Errors
    /// A step of the engine fails, with its name.
    pub async fn live_a_month(&mut self) -> anyhow::Result<()> {
        let pool = &self.pool;
        let (period, start) = (self.mark.next_period(), Instant::now());
        let days = MonthDays::of(period, self.plan.today);
        let mut parts = Parts::new(period);
        let readings = self
            .read(pool, period, &days)
            .await
            .with_context(|| format!("readings of {period}"))?;
        let quotas =
            self.set_quotas(pool, period).await.with_context(|| format!("quotas of {period}"))?;
        parts.done(format!("{} readings, {quotas} quotas", grouped(readings)));
        let [biller, _] = people::two_persons(pool).await?;
        let (bill_date, due_date) = (days.bill, days.due);
        let order = BillRun { period, bill_date, due_date, workers: 2, by: Some(biller) };
        let clock = days.of_others(days.bill, 0);
        let run = billing::run(pool, &clock, order, |_| {})
            .await
            .with_context(|| format!("bills of {period}"))?;
        parts.done(format!(
            "{} bills of {} yuan",
            grouped(run.total_charges),
            run.total_amount.grouped()
        ));
        if !self.mark.purses_have_paid() {
            let purses = prepaid::offset(pool, &clock, run.issue, |_| {})
                .await
                .with_context(|| format!("purses in {period}"))?;
            parts.done(format!("{} purses paid", grouped(purses.accounts)));
            self.mark.purses_paid()?;
        }
        let dues = self.dues(pool, period, &days).await?;
        let online = self
            .settle_channels(pool, &dues, &days)
            .await
            .with_context(|| format!("channels of {period}"))?;
        parts.done(format!("{} channel payments", grouped(online)));
        let taken = till::work(pool, self.plan, &self.cashiers, &days, dues.visits)
            .await
            .with_context(|| format!("counters of {period}"))?;
        parts.done(format!(
            "{} counter payments, {} reversals, {} closes",
            grouped(taken.payments),
            taken.reversals,
            taken.closes
        ));
        let remitted = self
            .remit(pool, period.previous(), &days)
            .await
            .with_context(|| format!("remittances in {period}"))?;
        parts.done(format!("{remitted} remittances"));
        self.steps.line(&period.to_string(), &parts.words(), start);
        self.mark.lived()?;
        Ok(())
    }

    /// Only reads the meters of the next month; gives bill and due date of its bills.
    ///
    /// # Errors
    /// The readings are refused.
    pub async fn only_read(&self) -> anyhow::Result<(NaiveDate, NaiveDate)> {
        let period = self.mark.next_period();
        let days = MonthDays::of(period, self.plan.today);
        self.read(&self.pool, period, &days).await?;
        Ok((days.bill, days.due))
    }

    /// Reads every meter that was not read yet, and reviews what crossed an alert line.
    async fn read(
        &self,
        pool: &PgPool,
        period: BillPeriod,
        days: &MonthDays,
    ) -> anyhow::Result<u64> {
        let dice = Dice(self.plan.seed);
        let read = store::read_meters(pool, period).await?;
        let months: Vec<BillPeriod> =
            std::iter::successors(Some(self.plan.first_period()), |month| Some(month.next()))
                .take_while(|month| *month <= period)
                .collect();
        let mut readings = vec![Vec::new(); self.readers.len()];
        for (home, opened) in self.households.iter().zip(&self.opened) {
            let Some(meter) = opened.meter.filter(|meter| !read.contains(meter)) else { continue };
            let used: u64 = months.iter().map(|month| home.usage(dice, *month)).sum();
            let read_at = days.of_readers(dice.below(Of::Minute, home.who, 1, 8 * 60)).now();
            let (end_index, source) = (home.index(used), Source::Manual);
            let reading = NewReading { meter, read_at, end_index, source };
            readings[self.places[home.place].outlet].push(reading);
        }
        let clock = &days.of_readers(8 * 60);
        stream::iter(self.readers.iter().zip(readings))
            .map(|(readers, own)| self.read_at(pool, clock, period, readers, own))
            .buffer_unordered(HANDS.into())
            .try_fold(0, async |all, entered| Ok(all + entered))
            .await
    }

    /// Enters the readings of an outlet, and reviews what crossed an alert line.
    async fn read_at(
        &self,
        pool: &PgPool,
        clock: &FixedClock,
        period: BillPeriod,
        readers: &Readers,
        readings: Vec<NewReading>,
    ) -> anyhow::Result<u64> {
        let mut entered = 0;
        for chunk in readings.chunks(CHUNK) {
            let by = Some(readers.reader);
            entered += reading::enter(pool, clock, period, by, chunk.to_vec()).await?.readings;
        }
        self.review(pool, clock, period, readers).await?;
        Ok(entered)
    }

    /// Reviews what crossed an alert line at an outlet.
    async fn review(
        &self,
        pool: &PgPool,
        clock: &dyn Clock,
        period: BillPeriod,
        &Readers { outlet, reviewer, .. }: &Readers,
    ) -> anyhow::Result<()> {
        let dice = Dice(self.plan.seed);
        loop {
            let waiting =
                reading::waiting(&mut *pool.acquire().await?, period, Some(outlet), 5_000).await?;
            if waiting.is_empty() {
                return Ok(());
            }
            // Not by the reading's number: outlets are read side by side.
            let when = period.number().unsigned_abs().into();
            let (rejected, accepted): (Vec<_>, Vec<_>) = waiting.iter().partition(|reading| {
                dice.hits(Of::Rejected, reading.account.0.unsigned_abs(), when, 20)
            });
            for (readings, decision) in
                [(accepted, Decision::Accepted), (rejected, Decision::Rejected)]
            {
                if !readings.is_empty() {
                    let readings = readings.iter().map(|reading| reading.id).collect();
                    let review = Review { readings, decision, reviewed_by: reviewer };
                    reading::review(pool, clock, review).await?;
                }
            }
        }
    }

    /// Sets the month's quotas of the firms that have one, where they are not set yet.
    async fn set_quotas(&self, pool: &PgPool, period: BillPeriod) -> anyhow::Result<usize> {
        let dice = Dice(self.plan.seed);
        let set = store::planned(pool, period).await?;
        let homes = self.households.iter().zip(&self.opened);
        let quotas: Vec<NewQuota> = homes
            .filter(|(_, opened)| !set.contains(&opened.account))
            .filter_map(|(home, opened)| {
                Some(NewQuota { account: opened.account, period, volume: home.quota(dice)? })
            })
            .collect();
        let count = quotas.len();
        if count == 0 {
            return Ok(0);
        }
        let [maker, second] = people::two_persons(pool).await?;
        let (rows, reason) = (RateRows::Quotas(quotas), format!("{period} 用水定额"));
        let order = tariff::submit_rates(pool, &SystemClock, maker, rows, &reason).await?;
        tariff::decide_rates(pool, &SystemClock, second, order, true).await?;
        Ok(count)
    }

    async fn settle_channels(
        &self,
        pool: &PgPool,
        dues: &Dues,
        days: &MonthDays,
    ) -> anyhow::Result<u64> {
        let mut posted = post(pool, "withhold", days, days.withhold, dues.withheld.clone()).await?;
        let mut online: Vec<_> = dues.online.iter().collect();
        online.sort_by_key(|((method, day), _)| (*day, *method));
        for ((method, day), items) in online {
            posted += post(pool, method.code(), days, days.online[*day], items.clone()).await?;
        }
        Ok(posted)
    }

    /// Passes on most of what each town collected up to the end of a month.
    async fn remit(
        &self,
        pool: &PgPool,
        month: BillPeriod,
        days: &MonthDays,
    ) -> anyhow::Result<usize> {
        if month < self.plan.first_period() {
            return Ok(0);
        }
        let books = remittance::unremitted(&mut *pool.acquire().await?, month).await?;
        let orders: Vec<Remit> = books.iter().filter_map(|town| self.order(town, month)).collect();
        let count = orders.len();
        let by = people::treasurer(pool).await?;
        match remittance::record_all(pool, &days.of_others(days.remit, 60), by, orders).await {
            Ok(_) => Ok(count),
            // Recorded by the call that was interrupted.
            Err(RemitError::VoucherUsed) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn order(&self, town: &remittance::Unremitted, month: BillPeriod) -> Option<Remit> {
        let left = town.collected - town.remitted;
        let (who, when) = (town.town.0.unsigned_abs().into(), month.number().unsigned_abs().into());
        let percent = 88 + Dice(self.plan.seed).below(Of::Remitted, who, when, 13);
        let amount = left.share_rounded_down(Decimal::new(i64::try_from(percent).ok()?, 2));
        (town.fee_item != FeeItem::Water && amount > Money::ZERO).then(|| Remit {
            town: town.town,
            owner: town.owner,
            fee_item: town.fee_item,
            pay_period: month,
            amount,
            voucher_no: format!(
                "SJ{}{}{}{}",
                month.number(),
                town.town,
                town.fee_item.code(),
                town.owner
            ),
        })
    }
}

async fn post(
    pool: &PgPool,
    channel: &str,
    days: &MonthDays,
    day: NaiveDate,
    items: Vec<Settled>,
) -> anyhow::Result<u64> {
    if items.is_empty() {
        return Ok(0);
    }
    let count = items.len() as u64;
    let batch_no = format!("{channel}-{}", day.format("%Y%m%d"));
    let batch = ChannelBatch { channel: channel.to_owned(), batch_no, settled_on: day, items };
    let outcome = post_batch(pool, &days.of_others(day, 10 * 60), batch).await?;
    if let Some(refused) = outcome.refused.first() {
        tracing::warn!(channel, refused = outcome.refused.len(), of = count, first = %refused.reason, "channel items were refused");
    }
    Ok(outcome.posted)
}

impl Plan {
    /// True for the day on which the history ends: its books stay open.
    pub(super) fn is_today(self, day: NaiveDate) -> bool {
        day >= self.today
    }
}
