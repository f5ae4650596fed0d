//! Four real meters with hourly reads, taken in as a book of their own, billed, and partly paid.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use engine::billing::{self, BillRun, DAYS_TO_PAY};
use engine::counter::{self, Collect, Surplus, Tender};
use engine::reading::{self, Decision, HourlyFile, HourlyReport, Review, import_hourly};
use sqlx::PgPool;
use terms::{Clock, Money, PayMethod, SystemClock, grouped};

use super::days;
use super::outlet::CLERK_TOWN;
use super::people::{self, CLERK};
use super::store;

const BOOK: &str = "AMR-001";

/// Imports the file into the clerk's outlet and bills every month in it.
///
/// # Errors
/// The file cannot be read or is refused; a bill run fails.
pub async fn take_in_smart_meters(pool: &PgPool, file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let outlets = store::outlets(pool).await?;
    let outlet = outlets
        .iter()
        .find(|outlet| outlet.town_name == CLERK_TOWN)
        .ok_or_else(|| anyhow!("no outlet in {CLERK_TOWN}"))?;
    let order = HourlyFile { bytes, town: outlet.town, outlet: outlet.id, book_code: BOOK.into() };
    let report = import_hourly(pool, &SystemClock, order).await?;
    if let Some(first) = report.refused.first() {
        bail!("{} values are refused; row {}: {}", report.refused_count, first.row, first.reason);
    }
    let readers = people::readers(pool, std::slice::from_ref(outlet)).await?;
    let (mut bills, mut amount) = (0, Money::ZERO);
    for period in store::periods_of_book(pool, BOOK).await? {
        let waiting =
            reading::waiting(&mut *pool.acquire().await?, period, Some(outlet.id), 1_000).await?;
        if !waiting.is_empty() {
            let readings = waiting.iter().map(|reading| reading.id).collect();
            let review =
                Review { readings, decision: Decision::Accepted, reviewed_by: readers[0].reviewer };
            reading::review(pool, &SystemClock, review).await?;
        }
        let bill_date = period.last_day().min(SystemClock.today());
        let run =
            BillRun { period, bill_date, due_date: bill_date + DAYS_TO_PAY, workers: 1, by: None };
        let run = billing::run(pool, &days::at(bill_date, 0), run, |_| {})
            .await
            .with_context(|| format!("bills of {period}"))?;
        bills += run.charges;
        amount += run.amount;
    }
    Ok(format!("{}; {bills} bills of {} yuan", hourly_words(&report), amount.grouped()))
}

/// Pays everything that the first meter's account owes, late fees included, at the clerk's counter today.
///
/// # Errors
/// The payment is refused.
pub async fn pay_smart_meters(pool: &PgPool) -> anyhow::Result<String> {
    let mut connection = pool.acquire().await?;
    let clerk =
        engine::access::users(&mut connection).await?.into_iter().find(|user| user.login == CLERK);
    let clerk = clerk.ok_or_else(|| anyhow!("no user {CLERK}"))?;
    let accounts = store::accounts_of_book(pool, BOOK).await?;
    let account = *accounts.first().ok_or_else(|| anyhow!("no account in book {BOOK}"))?;
    let quote = counter::quote(&mut connection, account, SystemClock.today()).await?;
    drop(connection);
    let quote = quote.ok_or_else(|| anyhow!("account {account} is gone"))?;
    if quote.charges.is_empty() {
        return Ok("nothing is open".into());
    }
    let order = Collect {
        account,
        charges: quote.charges.iter().map(|charge| charge.id).collect(),
        expected_total: quote.total,
        fees: Vec::new(),
        prepaid_used: Money::ZERO,
        tenders: vec![Tender::slip(PayMethod::Pos, quote.total, format!("AMR{account}"))],
        surplus: Surplus::Change,
        cashier: clerk.id,
        outlet: clerk.outlet.ok_or_else(|| anyhow!("{CLERK} has no outlet"))?,
        key: format!("demo-amr-{account}"),
        again: false,
    };
    counter::collect(pool, &SystemClock, order).await.context("pay the smart meter's bills")?;
    Ok(format!(
        "{} bills, {} yuan with {} late fee",
        quote.charges.len(),
        quote.total.grouped(),
        quote.late_fee.grouped()
    ))
}

/// What a file of hourly reads held, in words.
pub fn hourly_words(report: &HourlyReport) -> String {
    let flags = report.flags;
    format!(
        "{} hourly reads of {} meters ({} out of order, {} repeated, {} falling, {} spikes, {} gaps, {} without use), {} month-end reads",
        grouped(report.rows),
        report.meters,
        flags.out_of_order,
        flags.repeated_time,
        flags.falling,
        flags.spikes,
        flags.gaps,
        grouped(flags.zero_use),
        report.entered.readings
    )
}
