//! Connections of the application, and the schema they meet.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, PgPool, Postgres, Transaction};
use terms::{BillPeriod, Clock, Money, UnitPrice, UnknownWord, Volume};

use crate::failure::in_doubt;
pub(crate) use crate::failure::{broken_constraint, broken_law, lock_not_granted, undone};

/// Connections kept for the counters; bulk work brings its own tasks, not more connections.
const CONNECTIONS: u32 = 24;

/// How often the database is asked for the time.
const CLOCK_INTERVAL: Duration = Duration::from_secs(60);

/// Who waits so long for a connection is told to come again: a clerk at a till waits no half minute.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// The schema that this program is written for.
static SCHEMA: Migrator = sqlx::migrate!("./migrations");

/// What the keeper of a server runs once: it makes the logins below, without pass words.
pub const ROLES: &str = include_str!("../roles.sql");

/// The owner of everything, as which nobody can log in.
pub const OWNER: &str = "weir_owner";

/// The login that takes the owner's role while it migrates.
pub const MIGRATOR: &str = "weir_migrator";

/// The login of the application: what it may do stands in the migrations, column by column.
pub const APPLICATION: &str = "weir_app";

/// The login of change capture: it reads what is published, and follows it in the log.
pub const CAPTURE: &str = "weir_capture";

/// No statement of the application works longer: a chunk of a bill run takes seconds, a check of the
/// whole history minutes.
const STATEMENT_LIMIT: &str = "30min";

/// Opens the application's pool, as [`APPLICATION`].
///
/// # Errors
/// The database cannot be reached, or the login is not let in.
pub async fn connect(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    let options = options.options([
        ("timezone", "UTC"),
        ("search_path", "public"),
        ("lock_timeout", "5s"),
        ("statement_timeout", STATEMENT_LIMIT),
        ("idle_in_transaction_session_timeout", "60s"),
        // What a process asked and nobody waits for any more is not worked on.
        ("client_connection_check_interval", "10s"),
        // Waiting for a row and then seeing what it has become is what every posting counts on.
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_read_only", "off"),
        // Compiling a plan takes a second, running one here hardly ever does.
        ("jit", "off"),
    ]);
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(WAIT_LIMIT)
        .connect_with(options)
        .await
}

/// The clock of the database: processes on machines whose clocks differ date payments alike.
///
/// It is what the database said last and the time that has run since; asked again each minute. What this machine takes the
/// time to be has no part in it: its clock may be set while we run.
#[derive(Debug, Clone)]
pub struct DatabaseClock {
    begun: Instant,
    begun_at_us: Arc<AtomicI64>,
}

impl DatabaseClock {
    /// Asks the database for the time, and goes on asking until the pool is closed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn start(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let begun = Instant::now();
        let begun_at_us = Arc::new(AtomicI64::new(moment_of(pool, begun).await?));
        let (told, pool) = (Arc::clone(&begun_at_us), pool.clone());
        tokio::spawn(async move {
            while !pool.is_closed() {
                tokio::time::sleep(CLOCK_INTERVAL).await;
                // A database that does not answer now is asked again; meanwhile what it said last stands.
                if let Ok(moment) = moment_of(&pool, begun).await {
                    told.store(moment, Ordering::Relaxed);
                }
            }
        });
        Ok(Self { begun, begun_at_us })
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> DateTime<Utc> {
        let now = self.begun_at_us.load(Ordering::Relaxed) + micros(self.begun.elapsed());
        DateTime::from_timestamp_micros(now).expect("a database tells moments of our time")
    }

    fn handle(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }
}

/// What time it was by the database's clock when ours began, in microseconds, taking its answer for the middle of the wait.
async fn moment_of(pool: &PgPool, begun: Instant) -> Result<i64, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let before = begun.elapsed();
    let theirs: DateTime<Utc> =
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut *connection).await?;
    let ours = (before + begun.elapsed()) / 2;
    Ok(theirs.timestamp_micros() - micros(ours))
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).expect("no process runs for ages")
}

/// Says of an empty database that a city is played in it: its acts may lie in the past, and it is never a real house's.
///
/// # Errors
/// Somebody may log in or has an account already, or the database fails.
pub async fn play(pool: &PgPool) -> Result<(), sqlx::Error> {
    write(pool, |mut tx| async move {
        sqlx::query("select play()").execute(&mut *tx).await?;
        commit(tx).await
    })
    .await
}

/// True where the books are those of a city that is played.
///
/// # Errors
/// The database cannot answer.
pub async fn is_played(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from played)").fetch_one(connection).await
}

/// Brings the schema up to date in the role of [`OWNER`], which [`MIGRATOR`] may take.
///
/// # Errors
/// The login may not take that role, a migration fails, or one that ran before has changed since.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), sqlx::migrate::MigrateError> {
    let options = options.clone().options([("role", OWNER)]);
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
    SCHEMA.run(&pool).await?;
    pool.close().await;
    Ok(())
}

/// How the schema of a database differs from the one that this program is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Migrations of this program have not run there.
    #[error("the schema is older than this program: run weir migrate")]
    Older,
    /// A newer program has been there.
    #[error("the schema is newer than this program: run the newer weir")]
    Newer,
    /// A migration that ran there is another than ours of the same number.
    #[error("the schema was made by another build of weir")]
    Other,
}

/// Does the schema differ from the one that this program is written for? None where it fits.
///
/// # Errors
/// The database cannot answer.
pub async fn misfit(connection: &mut PgConnection) -> Result<Option<Misfit>, sqlx::Error> {
    let known: bool =
        sqlx::query_scalar("select to_regclass('public._sqlx_migrations') is not null")
            .fetch_one(&mut *connection)
            .await?;
    if !known {
        return Ok(Some(Misfit::Older));
    }
    let run: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from public._sqlx_migrations where success")
            .fetch_all(connection)
            .await?;
    let ours: BTreeMap<i64, &[u8]> = SCHEMA.iter().map(|m| (m.version, &*m.checksum)).collect();
    let has_foreign = run.iter().any(|(version, _)| !ours.contains_key(version));
    let has_changed = run
        .iter()
        .any(|(version, sum)| ours.get(version).is_some_and(|own| *own != sum.as_slice()));
    Ok(match (has_foreign, has_changed, run.len() < ours.len()) {
        (true, ..) => Some(Misfit::Newer),
        (_, true, _) => Some(Misfit::Other),
        (.., true) => Some(Misfit::Older),
        _ => None,
    })
}

/// A transaction that [`write()`] has begun; dropped without `commit`, it is rolled back.
pub(crate) type Tx = Transaction<'static, Postgres>;

/// Runs a write in a transaction and a task of its own: the one place that begins one.
///
/// `work` ends it, by `commit` or by `rollback`, so that who must know can tell a failed commit, whose
/// outcome is unknown, from a failure before it.
pub(crate) async fn write<T, E, F, W>(pool: &PgPool, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<sqlx::Error> + Send + 'static,
    F: FnOnce(Tx) -> W + Send + 'static,
    W: Future<Output = Result<T, E>> + Send,
{
    let pool = pool.clone();
    in_own_task(async move { work(pool.begin().await?).await }).await
}

/// Asks what may fail, behind a savepoint where a transaction is under way: the connection answers the next question all
/// the same. The statement is put together by this program.
pub(crate) async fn ask_apart<T>(
    connection: &mut PgConnection,
    statement: String,
) -> Result<T, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let mut apart = connection.begin().await?;
    // Nothing that whoever owns the database has made stands before what is the server's.
    sqlx::raw_sql("set local search_path = pg_catalog, public, pg_temp")
        .execute(&mut *apart)
        .await?;
    let said = sqlx::query_as(AssertSqlSafe(statement)).fetch_one(&mut *apart).await;
    apart.rollback().await?;
    said
}

/// Ends a write. Where nobody knows whether that happened, the error tells: [`crate::is_in_doubt`].
pub(crate) async fn commit(tx: Tx) -> Result<(), sqlx::Error> {
    tx.commit().await.map_err(|error| {
        let refused = match &error {
            // A law that is asked at the commit, or rows that others hold: nothing was written.
            sqlx::Error::Database(told) => told.code().is_some_and(|code| {
                ["23", "40", "42", "55", "P0"].iter().any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if refused { error } else { in_doubt(error) }
    })
}

/// How often a write is tried whose rows somebody else holds.
const TRIES: u32 = 5;

/// The same, tried again while somebody else, such as a till, holds one of its rows; in the end it fails as
/// [`lock_not_granted()`] tells.
pub(crate) async fn write_patiently<T, F, W>(pool: &PgPool, work: F) -> Result<T, sqlx::Error>
where
    T: Send + 'static,
    F: Fn(Tx) -> W + Send + Sync + Clone + 'static,
    W: Future<Output = Result<T, sqlx::Error>> + Send,
{
    patiently(|| write(pool, work.clone())).await
}

/// Does something again while somebody else holds what it needs, a little later each time.
pub(crate) async fn patiently<T, W>(work: impl Fn() -> W) -> Result<T, sqlx::Error>
where
    W: Future<Output = Result<T, sqlx::Error>>,
{
    let mut tried = 0;
    loop {
        tried += 1;
        match work().await {
            Err(error) if lock_not_granted(&error) && tried < TRIES => {
                tokio::time::sleep(Duration::from_millis(200) * tried).await;
            }
            done => return done,
        }
    }
}

/// Runs a write to its end, even when whoever asked for it goes away: `begin` of sqlx 0.9 is not
/// safe to cancel, and a browser that disconnects would leave a transaction open in the pool.
pub(crate) async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(end) => match end.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_) => pending().await,
        },
    }
}

/// How many there are, as a `bigint` says it: what a machine holds is fewer than that.
pub(crate) fn number_of<N: TryInto<i64, Error: std::fmt::Debug>>(count: N) -> i64 {
    count.try_into().expect("what a machine holds is counted by a bigint")
}

/// An amount of a `numeric(14,2)` column, which holds whole fen.
pub(crate) fn yuan(stored: Decimal) -> Money {
    Money::exact(stored).expect("numeric(14,2) holds whole fen")
}

/// A quantity of an `m3` column, which holds whole litres.
pub(crate) fn volume(stored: Decimal) -> Volume {
    Volume::exact(stored).expect("numeric(14,3) holds whole litres")
}

/// A price of a `unit_price` column.
pub(crate) fn unit_price(stored: Decimal) -> UnitPrice {
    UnitPrice::exact(stored).expect("numeric(10,4) holds four decimals")
}

/// A word of a column whose `check` allows only words of its closed list.
pub(crate) fn known<T: FromStr<Err = UnknownWord>>(stored: &str) -> T {
    stored.parse().expect("the column's check allows only words of the list")
}

/// A month of a `bill_period` column.
pub(crate) fn period(stored: i32) -> BillPeriod {
    BillPeriod::from_number(stored).expect("a stored bill period is a month")
}
