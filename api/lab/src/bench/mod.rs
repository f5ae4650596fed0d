//! Figures, each beside its limit in the same run, on a private cluster of their own.
//!
//! - [`bill_run`]: a bill run, beside COPY of the rows that it makes.
//! - [`posting`]: payments at the counter, in month 36 beside month 1, and beside pgbench with the same work.
//! - [`beside`]: tills and a bill run at the same time and beside capture, compared with each alone.
//! - [`capture`]: the log into the hot tier, beside `pg_recvlogical`.
//! - [`reports`]: reports and homepage, beside PostgreSQL on the same questions.
//! - [`search`]: an account by what the payer can say of it.
//! - [`freshness`]: from a payment in the browser to homepage and report.

mod beside;
mod bill_run;
mod browser;
mod capture;
mod figure;
mod freshness;
mod ground;
mod posting;
mod reports;
mod search;
mod store;

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use ingest::Lag;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use warehouse::Warehouse;

pub use figure::{Figure, peak_rss_mib};

/// Serves the pages until it is told to stop; handed in, for the pages stand above this crate.
pub type Pages = fn(Served) -> BoxFuture<'static, anyhow::Result<()>>;

/// What the pages of a benchmark stand on.
pub struct Served {
    /// Connections of the application.
    pub pool: PgPool,
    /// The analytical half.
    pub warehouse: Arc<Warehouse>,
    /// How far it is behind.
    pub lag: watch::Receiver<Lag>,
    /// The data folder; its `warehouse` holds the tables.
    pub data: PathBuf,
    /// Where the pages are asked for.
    pub listener: TcpListener,
    /// Resolves at the end.
    pub stopped: oneshot::Receiver<()>,
}

/// The benchmarks by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Bench {
    /// The bill run of the last month, beside COPY BINARY of the same rows.
    BillRun,
    /// Payments at the counter in month 36, beside month 1, and beside pgbench with the same work as one function.
    Posting,
    /// Tills and a bill run at the same time and beside capture, compared with each alone.
    Beside,
    /// The log into the hot tier, beside pg_recvlogical.
    Capture,
    /// Reports and homepage, beside PostgreSQL on the same questions.
    Reports,
    /// Accounts by number, name and address, in a city of a million and a half.
    Search,
    /// From a payment in the browser to homepage and daily report.
    Freshness,
}

impl Bench {
    /// Measures in a city of so many accounts and months, and gives the figures in order.
    ///
    /// # Errors
    /// A step fails, with its name.
    pub async fn run(
        self,
        accounts: Option<u32>,
        months: u32,
        pages: Pages,
    ) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::BillRun => bill_run::measure(accounts.unwrap_or(20_000), months).await,
            Self::Posting => posting::measure(accounts.unwrap_or(6_000), months).await,
            Self::Beside => beside::measure(accounts.unwrap_or(20_000)).await,
            Self::Capture => capture::measure(accounts.unwrap_or(60_000)).await,
            Self::Reports => reports::measure(accounts.unwrap_or(20_000), months).await,
            Self::Search => search::measure(accounts.unwrap_or(1_500_000)).await,
            Self::Freshness => freshness::measure(accounts.unwrap_or(8_000), pages).await,
        }
    }
}
