//! `weir demo`: the whole story once, with a proof at its end.

use lab::demo::{self, City, Plan, Steps};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use reports::{Archive, Format, Made, Params, chart, home, render_queued};
use sqlx::PgPool;
use terms::{Clock, SystemClock, grouped};
use warehouse::{AsOf, Pinned, Warehouse};

use super::generate::DemoPlace;
use super::live::Claim;
use super::signals::unless_stopped;
use super::{Database, books, prepare, print};
use crate::config::Config;

use crate::roles;

/// Tell the whole story once: city, bills, payments, capture, reports, and the proof
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Accounts
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(200..=2_000_000))]
    accounts: u32,
    /// Months of history, this month included
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=72))]
    months: u32,
    /// Folder for the reports and charts
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Hourly reads of smart meters [default: tests/data/smart-meter-reads.csv where there is one]
    #[arg(long, value_name = "FILE")]
    smart_meters: Option<PathBuf>,
    #[command(flatten)]
    place: DemoPlace,
}

/// What the source tree carries.
const SMART_METERS: &str = "tests/data/smart-meter-reads.csv";
/// Files of a report.
const FORMATS: [Format; 3] = [Format::Pdf, Format::Xlsx, Format::Html];

impl Demo {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let start = Instant::now();
        self.place.admit(config)?;
        let claim = Claim::take(&config.data)?;
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("create {}", self.out.display()))?;
        let steps = Steps::aloud();
        let database = steps.time("PostgreSQL", Database::open(config)).await?;
        steps.time("schema, tariffs", prepare(&database)).await?;
        let pool = database.pool().await?;
        unless_stopped(self.tell(config, &database, &pool, &steps)).await?;
        pool.close().await;
        database.close().await?;
        drop(claim);
        print::line(&format!(
            "done in {:.1} s; peak memory of weir {} MiB; {}",
            start.elapsed().as_secs_f64(),
            lab::bench::peak_rss_mib(),
            self.out.display()
        ))
    }

    async fn tell(
        &self,
        config: &Config,
        database: &Database,
        pool: &PgPool,
        steps: &Steps,
    ) -> anyhow::Result<()> {
        let plan = Plan::new(self.accounts, self.months, demo::SEED);
        let mut city = City::open(pool, &config.data, plan, Steps::aloud()).await?;
        // The first months reach the warehouse by the first copy, the last ones by the stream.
        while city.months_left() > self.months.div_ceil(4) {
            city.live_a_month().await?;
        }
        let capture =
            steps.time("first copy", roles::capture(database.logins.capture()?, config)).await?;
        while city.months_left() > 0 {
            city.live_a_month().await?;
        }
        city.finish().await;
        if let Some(file) = self.smart_meter_file() {
            steps.time("smart meters", demo::take_in_smart_meters(pool, &file)).await?;
            steps.time("their bills paid", demo::pay_smart_meters(pool)).await?;
        }
        let caught = Instant::now();
        let snapshot = books::snapshot_of_now(database.logins.application()?, config).await?;
        let rows: u64 = snapshot.tables.values().map(|table| table.rows).sum();
        steps.line(
            "capture",
            &format!("{} rows in snapshot {} at {}", grouped(rows), snapshot.seq, snapshot.lsn),
            caught,
        );
        let warehouse = Warehouse::live(config.warehouse(), capture.cuts(), books::limits(config))?;
        let pinned = warehouse.at(AsOf::Snapshot(snapshot.seq)).await?;
        steps.time("reports", self.write_reports(config, pool, &pinned)).await?;
        steps.time("homepage chart", self.draw_homepage(pool, &pinned)).await?;
        steps.time("invariants", check(pool)).await?;
        let verified = Instant::now();
        let verdict =
            ingest::verify(&roles::capture_config(database.logins.capture()?, config), true)
                .await?;
        print::line(&verdict.to_string())?;
        steps.line("verified", &format!("{} tables", verdict.tables.len()), verified);
        capture.stop().await?;
        if !verdict.equal() {
            bail!("warehouse and PostgreSQL differ at {}", verdict.position.lsn);
        }
        print::line(&super::verify::proof(&verdict))
    }

    fn smart_meter_file(&self) -> Option<PathBuf> {
        let usual = Path::new(SMART_METERS);
        self.smart_meters.clone().or_else(|| usual.exists().then(|| usual.to_owned()))
    }

    /// The daily reports of today: of the whole city, and of the clerk's outlet.
    async fn write_reports(
        &self,
        config: &Config,
        pool: &PgPool,
        pinned: &Pinned,
    ) -> anyhow::Result<String> {
        let archive = Archive::open(&config.warehouse());
        let mut numbers = Vec::new();
        for (login, suffix) in [(demo::GROUP, ""), (demo::CLERK, "-clerk")] {
            let who = books::reader(pool, Some(login)).await?;
            for report in reports::all() {
                let made = Made { at: SystemClock.now(), by: who.name.clone() };
                let params = Params::default().prefilled(report, &who, SystemClock.today());
                let issued = Arc::new(archive.issue(pinned, &who, report, &params, made).await?);
                for format in FORMATS {
                    let bytes = render_queued(Arc::clone(&issued), format).await?;
                    let path =
                        self.out.join(format!("{}{suffix}.{}", report.code, format.ending()));
                    std::fs::write(&path, bytes)
                        .with_context(|| format!("write {}", path.display()))?;
                }
                numbers.extend(issued.number.clone());
            }
        }
        Ok(numbers.join(", "))
    }

    async fn draw_homepage(&self, pool: &PgPool, pinned: &Pinned) -> anyhow::Result<String> {
        let who = books::reader(pool, Some("leader")).await?;
        let home = home::figures(pinned, &who, SystemClock.today()).await?;
        let files = [
            ("homepage.svg", chart::trend_svg(&home)?.into_bytes()),
            ("homepage.png", chart::trend_png(&home)?),
        ];
        for (name, bytes) in &files {
            let path = self.out.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(files.map(|(name, _)| name).join(", "))
    }
}

async fn check(pool: &PgPool) -> anyhow::Result<String> {
    let findings = engine::check::run(&mut *pool.acquire().await?).await?;
    if let Some(broken) = findings.iter().find(|finding| !finding.holds()) {
        bail!("invariant {} is broken {} times: {}", broken.id, broken.violations, broken.text);
    }
    Ok(format!("{} hold", findings.len()))
}
