//! From a payment at the counter to the leadership's tile and the daily report: over HTTP, one at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::access::{NewUser, create_user};
use engine::receipts::{Lease, lease};
use serde_json::{Value, json};
use terms::{BillPeriod, Clock, Money, ReceiptType, Role, SystemClock};
use tokio::net::TcpListener;
use warehouse::{Limits, Warehouse};

use super::browser::Browser;
use super::capture::{caught_up, settings};
use super::ground::Ground;
use super::{Figure, Options, percentile};
use crate::web::{App, Parts, serve};

const BENCH: &str = "freshness";
const PAYMENTS: usize = 200;
const PASSWORD: &str = "Shui-Ba-2026!x";
/// A payment that is not seen by then is lost.
const LOST: Duration = Duration::from_secs(20);
const GOAL: Duration = Duration::from_secs(1);

pub(super) async fn run(options: Options) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::lay(options.accounts).await?;
    let clock = SystemClock;
    let period = BillPeriod::of(clock.today()).previous();
    ground.read(period, 0).await?;
    ground.bill(period).await?;
    open_doors(&ground).await?;
    let capture = ingest::Capture::start(settings(&ground)).await?;
    caught_up(&ground, &capture).await?;
    let warehouse = Warehouse::live(ground.warehouse(), capture.cuts(), Limits::default())?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let app = App::new(Parts {
        pool: ground.pool.clone(),
        clock: Arc::new(clock),
        warehouse: Arc::new(warehouse),
        lag: capture.lag(),
        warehouse_root: ground.warehouse(),
        exports: ground.folder().join("exports"),
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(app, listener, async {
        let _ = stopped.await;
    }));
    let seen = watch(&ground, &address, &capture).await?;
    drop(stop);
    server.await??;
    capture.stop().await?;
    ground.close().await?;
    Ok(seen)
}

async fn open_doors(ground: &Ground) -> anyhow::Result<()> {
    for (login, role) in [("clerk", Role::Clerk), ("leader", Role::Leader)] {
        let new = NewUser {
            login: login.into(),
            name: role.label().into(),
            role,
            outlet: (role == Role::Clerk).then_some(ground.outlet),
            town: None,
            password: Some(PASSWORD.into()),
        };
        let user = create_user(&ground.pool, new).await?;
        if role == Role::Clerk {
            for receipt_type in ReceiptType::ALL.iter().copied() {
                let order = Lease {
                    receipt_type,
                    code: "4419".into(),
                    first_no: 1,
                    last_no: 10_000,
                    outlet: ground.outlet,
                    holder: user,
                    by: user,
                };
                lease(&ground.pool, &SystemClock, order).await?;
            }
        }
    }
    Ok(())
}

async fn watch(ground: &Ground, address: &str, capture: &ingest::Capture) -> anyhow::Result<Vec<Figure>> {
    let mut clerk = Browser::login(address, "clerk", PASSWORD).await?;
    clerk.open_counter().await?;
    let leader = Browser::login(address, "leader", PASSWORD).await?;
    let (mut tile, mut report, mut flushing) = (Vec::new(), Vec::new(), 0);
    let mut total = Money::ZERO;
    let preview = format!("/report/daily-collection/preview?day={}&outlet={}", SystemClock.today(), ground.outlet);
    ensure!(ground.opened.len() >= PAYMENTS, "freshness asks for {PAYMENTS} accounts at least");
    for opened in ground.opened.iter().take(PAYMENTS) {
        total += pay(&clerk, opened.account.0).await?;
        let paid = Instant::now();
        flushing += usize::from(capture.lag().borrow().flush == ingest::FlushState::Running);
        let wanted = format!("{} 元", total.grouped());
        until(paid, || async { Ok(today_of(&leader.json("/home/figures").await?) == Some(wanted.clone())) }).await?;
        tile.push(paid.elapsed());
        let printed = total.grouped();
        until(paid, || async { Ok(clerk.text(&preview).await?.contains(&printed)) }).await?;
        report.push(paid.elapsed());
    }
    tile.sort_unstable();
    report.sort_unstable();
    let state = format!("{PAYMENTS} payments, a flush was running at {flushing}");
    let figure = |name: &str, took| Figure::seconds(BENCH, format!("{name} ({state})"), took, GOAL, "what was asked for", 1.0);
    Ok(vec![
        figure("payment to tile, p50", percentile(&tile, 0.5)),
        figure("payment to tile, p99", percentile(&tile, 0.99)),
        figure("payment to daily report, p50", percentile(&report, 0.5)),
        figure("payment to daily report, p99", percentile(&report, 0.99)),
    ])
}

/// Quotes and pays as the counter page does; gives what was paid.
async fn pay(clerk: &Browser, account: i64) -> anyhow::Result<Money> {
    let quote = clerk.json(&format!("/counter/api/quote?account={account}&method=cash")).await?;
    let charges: Vec<_> = quote["charges"].as_array().into_iter().flatten().map(|charge| charge["id"].clone()).collect();
    let total = quote["total"].as_str().context("a quote without a total")?;
    let order = json!({
        "key": format!("fresh-{account}"), "account": account, "charges": charges, "expected_total": total,
        "received": total, "surplus": "change", "method": "cash",
    });
    let (status, answer) = clerk.post("/counter/api/collect", &order).await?;
    ensure!(status.is_success(), "collect: {status} {answer}");
    total.parse().map_err(anyhow::Error::msg)
}

fn today_of(home: &Value) -> Option<String> {
    let tiles = home["tiles"].as_array()?;
    let today = tiles.iter().find(|tile| tile["key"] == "today")?;
    Some(today["exact"].as_str()?.to_owned())
}

async fn until<F>(since: Instant, seen: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<bool>>,
{
    while !seen().await? {
        ensure!(since.elapsed() < LOST, "a payment was not seen within {LOST:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
