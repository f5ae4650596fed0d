//! Payments at the counter, 32 at a time, against the same statements by pgbench.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::access::{NewUser, create_user};
use engine::counter::{Collect, Surplus, collect, quote};
use engine::receipts::{Lease, lease};
use futures::future::try_join_all;
use terms::{BillPeriod, Clock, FixedClock, PayMethod, ReceiptType, Role, UserId};

use super::ground::{Ground, noon};
use super::{Figure, Options, percentile};

const BENCH: &str = "posting";
const TILLS: usize = 32;
/// Receipt numbers that each till holds of each family.
const NUMBERS: i64 = 100_000;

pub(super) async fn run(options: Options) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::lay(options.accounts).await?;
    let period = BillPeriod::from_number(202_601)?;
    ground.read(period, 0).await?;
    ground.bill(period).await?;
    let clock = FixedClock(noon(period)?);
    let tills = try_join_all((0..TILLS).map(|n| open_till(&ground, clock, n))).await?;

    let half = ground.opened.len() / 2;
    let start = Instant::now();
    let served = try_join_all(tills.iter().enumerate().map(|(n, till)| serve(&ground, clock, *till, n, half))).await?;
    let took = start.elapsed();
    let mut each: Vec<_> = served.into_iter().flatten().collect();
    each.sort_unstable();

    let rate = each.len() as f64 / took.as_secs_f64();
    let limit = pgbench(&ground, &tills, half, each.len())?;
    let figures = vec![
        Figure::rate(BENCH, format!("{} payments by {TILLS} tills", each.len()), (rate, "payments/s"), (limit.rate, "the same statements by pgbench"), 2.0),
        Figure::seconds(BENCH, "latency, mean", took * u32::try_from(TILLS)? / u32::try_from(each.len())?, limit.latency, "pgbench, mean", 2.0),
        Figure::seconds(BENCH, "latency, p99", percentile(&each, 0.99), limit.latency, "pgbench, mean", 8.0),
    ];
    ground.close().await?;
    Ok(figures)
}

async fn open_till(ground: &Ground, clock: FixedClock, n: usize) -> anyhow::Result<UserId> {
    let new = NewUser {
        login: format!("till{n}"),
        name: format!("收费员{n}"),
        role: Role::Clerk,
        outlet: Some(ground.outlet),
        town: None,
        password: None,
    };
    let till = create_user(&ground.pool, new).await?;
    for receipt_type in ReceiptType::ALL.iter().copied() {
        let first_no = i64::try_from(n)? * NUMBERS + 1;
        let order = Lease {
            receipt_type,
            code: "4419".into(),
            first_no,
            last_no: first_no + NUMBERS - 1,
            outlet: ground.outlet,
            holder: till,
            by: till,
        };
        lease(&ground.pool, &clock, order).await?;
    }
    Ok(till)
}

/// One till takes the payments of its share of the first half of the accounts.
async fn serve(ground: &Ground, clock: FixedClock, till: UserId, n: usize, half: usize) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::new();
    for opened in ground.opened[..half].iter().skip(n).step_by(TILLS) {
        let mut connection = ground.pool.acquire().await?;
        let quote = quote(&mut connection, opened.account, clock.today(), PayMethod::Cash).await?;
        drop(connection);
        let quote = quote.context("the account is gone")?;
        let order = Collect {
            account: opened.account,
            charges: quote.charges.iter().map(|charge| charge.id).collect(),
            expected_total: quote.total,
            received: quote.total,
            surplus: Surplus::Change,
            method: PayMethod::Cash,
            cashier: till,
            outlet: ground.outlet,
            channel_serial: None,
            key: format!("bench-{}", opened.account),
        };
        let start = Instant::now();
        collect(&ground.pool, &clock, order).await?;
        took.push(start.elapsed());
    }
    Ok(took)
}

struct Limit {
    rate: f64,
    latency: Duration,
}

/// The second half of the accounts, paid by pgbench with statements of the same weight.
fn pgbench(ground: &Ground, tills: &[UserId], half: usize, payments: usize) -> anyhow::Result<Limit> {
    let script = ground.folder().join("posting.sql");
    let first = ground.opened[half].account.0;
    let first_till = tills.iter().map(|till| till.0).min().context("no tills")?;
    let text = include_str!("posting.sql")
        .replace("{first_account}", &first.to_string())
        .replace("{first_till}", &first_till.to_string())
        .replace("{outlet}", &ground.outlet.0.to_string());
    std::fs::write(&script, text)?;
    let address = ground.address();
    let sequence = Command::new(ground.cluster.programs.join("psql"))
        .args(["-h", &address.host, "-p", &address.port.to_string(), "-U", &address.user, "-d", &address.database])
        .args(["-c", "create sequence bench_turn minvalue 0"])
        .env("PGPASSWORD", &address.password)
        .output()?;
    ensure!(sequence.status.success(), "psql: {}", String::from_utf8_lossy(&sequence.stderr));
    let each = payments / TILLS;
    let out = Command::new(ground.cluster.programs.join("pgbench"))
        .args(["-h", &address.host, "-p", &address.port.to_string(), "-U", &address.user])
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &TILLS.to_string(), "-t", &each.to_string()])
        .arg("-f")
        .arg(&script)
        .arg(&address.database)
        .env("PGPASSWORD", &address.password)
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    ensure!(out.status.success(), "pgbench: {}", String::from_utf8_lossy(&out.stderr));
    let number = |label: &str| -> anyhow::Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(label)).with_context(|| text.clone())?;
        Ok(line.split_whitespace().next().context("a number")?.parse()?)
    };
    Ok(Limit { rate: number("tps = ")?, latency: Duration::from_secs_f64(number("latency average = ")? / 1000.0) })
}
