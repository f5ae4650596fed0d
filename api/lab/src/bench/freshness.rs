//! From a payment in the browser to the homepage, the daily report and its PDF.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use terms::{Clock, Money, OutletId, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use warehouse::{Limits, Warehouse};

use super::figure::{Figure, percentile};
use super::ground::Ground;
use super::{Pages, Served, store};
use crate::browser::Browser;
use crate::demo::{self, Plan};

const PAYMENTS: usize = 200;
/// How often a page is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(10);
/// A payment that is not seen by then will never be.
const PATIENCE: Duration = Duration::from_secs(20);
const REPORT: &str = "daily-collection";

pub(super) async fn measure(accounts: u32, pages: Pages) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("freshness").await?;
    let mut plan = Plan::new(accounts, 1, demo::SEED);
    plan.unpaid_percent = 100;
    let mut city = ground.city(plan).await?;
    city.live_a_month().await?;
    let capture = ground.capture().await?;
    let warehouse = Warehouse::live(ground.warehouse(), capture.cuts(), Limits::default())?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let pages = tokio::spawn(pages(Served {
        pool: ground.pool.clone(),
        warehouse: Arc::new(warehouse),
        lag: capture.lag(),
        data: ground.data().to_owned(),
        listener,
        stopped,
    }));
    let figures = pay_and_look(&ground, &base, &capture).await;
    drop(stop);
    pages.await??;
    capture.stop().await?;
    ground.close().await?;
    figures
}

async fn pay_and_look(
    ground: &Ground,
    base: &str,
    capture: &ingest::Capture,
) -> anyhow::Result<Vec<Figure>> {
    let mut clerk = Browser::log_in(base, demo::CLERK, demo::PASSWORD).await?;
    clerk.open_counter().await?;
    let leader = Browser::log_in(base, "leader", demo::PASSWORD).await?;
    let outlets = demo::outlets(&ground.pool).await?;
    let outlet = outlets
        .iter()
        .find(|outlet| outlet.town_name == demo::CLERK_TOWN)
        .context("the clerk's outlet")?
        .id;
    let dues = store::dues(&ground.pool, Some(outlet)).await?;
    ensure!(
        dues.len() >= PAYMENTS,
        "the clerk's outlet has {} open bills, not {PAYMENTS}",
        dues.len()
    );
    let (mut posts, mut home, mut report) = (Vec::new(), Vec::new(), Vec::new());
    let mut taken = today_of(&leader).await?;
    let (mut outlet_taken, mut flushing) = (Money::ZERO, 0);
    for due in &dues[..PAYMENTS] {
        let quote = clerk.get_json(&format!("/counter/api/quote?account={}", due.account)).await?;
        let start = Instant::now();
        clerk.post_json("/counter/api/collect", &order(&quote, due.account.0)?).await?;
        let posted = Instant::now();
        posts.push(millis(posted - start));
        let paid: Money = text(&quote["total"])?.parse().map_err(anyhow::Error::msg)?;
        taken += paid;
        outlet_taken += paid;
        flushing += usize::from(capture.lag().borrow().flush != ingest::FlushState::Idle);
        let on_home = seen(posted, async || Ok(today_of(&leader).await? >= taken));
        let on_report = seen(posted, async || in_report(&clerk, outlet, outlet_taken).await);
        let (on_home, on_report) = tokio::try_join!(on_home, on_report)?;
        home.push(on_home);
        report.push(on_report);
    }
    let paper = paper(&clerk, outlet).await?;
    let state = format!(
        "{PAYMENTS} payments, a flush ran during {flushing}, {} rows hot at the end",
        capture.lag().borrow().hot_rows
    );
    for list in [&mut posts, &mut home, &mut report] {
        list.sort_by(f64::total_cmp);
    }
    let second = ("at most 1000 ms", 1_000.0);
    Ok(vec![
        Figure::delay(
            "freshness",
            "payment through the browser, p50".into(),
            percentile(&posts, 50),
            second,
        ),
        Figure::delay(
            "freshness",
            "payment through the browser, p99".into(),
            percentile(&posts, 99),
            second,
        ),
        Figure::delay(
            "freshness",
            format!("until on the homepage, p50 ({state})"),
            percentile(&home, 50),
            second,
        ),
        Figure::delay(
            "freshness",
            "until on the homepage, p99".into(),
            percentile(&home, 99),
            second,
        ),
        Figure::delay(
            "freshness",
            "until in the daily report, p50".into(),
            percentile(&report, 50),
            second,
        ),
        Figure::delay(
            "freshness",
            "until in the daily report, p99".into(),
            percentile(&report, 99),
            second,
        ),
        Figure::delay(
            "freshness",
            "numbered report on a new snapshot, as PDF".into(),
            paper,
            ("at most 5000 ms", 5_000.0),
        ),
    ])
}

/// Milliseconds since `posted` until a page shows it.
async fn seen(
    posted: Instant,
    mut shows: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<f64> {
    while !shows().await? {
        if posted.elapsed() > PATIENCE {
            bail!("a payment was not seen within {} s", PATIENCE.as_secs());
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    Ok(millis(posted.elapsed()))
}

/// 今日实收 on the homepage.
async fn today_of(leader: &Browser) -> anyhow::Result<Money> {
    let figures = leader.get_json("/home/figures").await?;
    let tiles = figures["tiles"].as_array().context("no tiles")?;
    let tile = tiles.iter().find(|tile| tile["key"] == "today").context("no tile of today")?;
    let exact: String = text(&tile["exact"])?
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
        .collect();
    exact.parse().map_err(anyhow::Error::msg)
}

/// The clerk's daily report shows this sum.
async fn in_report(clerk: &Browser, outlet: OutletId, sum: Money) -> anyhow::Result<bool> {
    let path = format!("/report/{REPORT}/preview?day={}&outlet={outlet}", SystemClock.today());
    let page = clerk.get(&path).await?.body;
    Ok(String::from_utf8_lossy(&page).contains(&sum.grouped()))
}

/// Milliseconds from the click on 打印 to the PDF.
async fn paper(clerk: &Browser, outlet: OutletId) -> anyhow::Result<f64> {
    let start = Instant::now();
    let (day, outlet) = (SystemClock.today().to_string(), outlet.to_string());
    let path = clerk
        .post_form(&format!("/report/{REPORT}/print"), &[("day", &day), ("outlet", &outlet)])
        .await?;
    let pdf = clerk.get(&path).await?.body;
    ensure!(pdf.starts_with(b"%PDF"), "{path} is no PDF");
    Ok(millis(start.elapsed()))
}

fn order(quote: &Value, account: i64) -> anyhow::Result<Value> {
    let charges = quote["charges"].as_array().context("a quote without charges")?;
    let ids: Vec<&Value> = charges.iter().map(|charge| &charge["id"]).collect();
    let total = text(&quote["total"])?;
    Ok(json!({
        "key": format!("bench-{account}"), "account": account, "charges": ids, "expected_total": total,
        "received": total, "surplus": "change", "method": "cash",
    }))
}

fn text(value: &Value) -> anyhow::Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
