//! The ground of a benchmark: a private PostgreSQL with plain accounts that were read, and perhaps billed.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgPool;
use terms::{BillPeriod, BookId, FixedClock, OutletId, PayMethod, TownId, Volume};

use engine::billing::{self, BillRun};
use engine::reading::{self, NewReading, Source};
use engine::register::{self, GarbageClass, NewAccount, NewBook, NewMeter, Opened, SewageClass, UseClass};

use crate::postgres::{Address, PrivateCluster};

/// Accounts of one reading book.
const BOOK: usize = 5_000;

/// A private database with accounts; its folder is removed when dropped.
pub(super) struct Ground {
    pub(super) cluster: PrivateCluster,
    pub(super) pool: PgPool,
    pub(super) opened: Vec<Opened>,
    pub(super) outlet: OutletId,
    folder: PathBuf,
}

impl Ground {
    /// Starts a server and opens `accounts` accounts at one outlet.
    pub(super) async fn lay(accounts: usize) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("weir-bench-{}", std::process::id()));
        let cluster = PrivateCluster::start(&folder.join("pg")).await?;
        let options = cluster.address().options();
        engine::migrate(&options).await?;
        let pool = engine::connect(options).await?;
        register::load_reference(&pool).await?;
        engine::tariff::set_tariffs(&pool).await?;
        let (outlet, town) = first_outlet(&pool).await?;
        let opened = open(&pool, town, outlet, accounts).await?;
        Ok(Self { cluster, pool, opened, outlet, folder })
    }

    /// Where the database is.
    pub(super) fn address(&self) -> &Address {
        self.cluster.address()
    }

    /// Where a warehouse of this ground lies.
    pub(super) fn warehouse(&self) -> PathBuf {
        self.folder.join("warehouse")
    }

    /// The folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads every meter for the `nth` month.
    pub(super) async fn read(&self, period: BillPeriod, nth: u32) -> anyhow::Result<()> {
        let at = noon(period)?;
        let readings = self.opened.iter().enumerate().map(|(i, opened)| NewReading {
            meter: opened.meter,
            read_at: at,
            end_index: Volume(Decimal::from((8 + i % 40) * (nth as usize + 1))),
            source: Source::Manual,
        });
        reading::enter(&self.pool, &FixedClock(at), period, "bench", readings.collect()).await?;
        Ok(())
    }

    /// Bills a month.
    pub(super) async fn bill(&self, period: BillPeriod) -> anyhow::Result<billing::RunReport> {
        let order = BillRun { period, bill_date: period.last_day(), due_date: period.next().last_day(), workers: 2 };
        Ok(billing::run(&self.pool, &FixedClock(noon(period)?), order, |_| {}).await?)
    }

    /// Closes the pool and stops the server.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.pool.close().await;
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || self.cluster.stop()).await??;
        std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))
    }
}

/// Noon of the last day of a month, in Dongguan.
pub(super) fn noon(period: BillPeriod) -> anyhow::Result<DateTime<Utc>> {
    let noon = period.last_day().and_hms_opt(4, 0, 0).context("a day has a noon")?;
    Ok(noon.and_utc())
}

async fn first_outlet(pool: &PgPool) -> anyhow::Result<(OutletId, TownId)> {
    let (outlet, town): (i32, i32) = sqlx::query_as(
        "select id, town_id from organisation where kind = 'water_branch' and town_id is not null order by id limit 1",
    )
    .fetch_one(pool)
    .await?;
    Ok((OutletId(outlet), TownId(town)))
}

async fn open(pool: &PgPool, town: TownId, outlet: OutletId, accounts: usize) -> anyhow::Result<Vec<Opened>> {
    let books = (0..accounts.div_ceil(BOOK)).map(|i| NewBook {
        town,
        outlet,
        code: format!("B{i:04}"),
        name: format!("第{i}册"),
        reader: "抄表员".into(),
    });
    let books = register::open_books(pool, &books.collect::<Vec<_>>()).await?;
    let accounts: Vec<_> = (0..accounts).map(|i| account(i, books[i / BOOK])).collect();
    let mut opened = Vec::with_capacity(accounts.len());
    for chunk in accounts.chunks(50_000) {
        opened.extend(register::open_accounts(pool, chunk).await?);
    }
    Ok(opened)
}

fn account(i: usize, book: BookId) -> NewAccount {
    let day = BillPeriod::from_number(202_001).map(BillPeriod::first_day).unwrap_or_default();
    NewAccount {
        no: format!("{i:010}"),
        village_code: None,
        book,
        book_seq: i32::try_from(i % BOOK).unwrap_or(0),
        payer_name: format!("用户{i}"),
        phone: None,
        address: format!("测试路{i}号"),
        use_class: UseClass::Resident,
        sewage_class: SewageClass::Resident,
        garbage_class: GarbageClass::Resident,
        persons: 4,
        pay_method: PayMethod::Cash,
        opened_on: day,
        meter: NewMeter {
            serial_no: format!("M{i:010}"),
            caliber_mm: 15,
            max_range: Volume::m3(100_000),
            start_index: Volume::ZERO,
        },
    }
}
