//! Which state of the books a command reads: a snapshot, and with a running Weir the one of this moment.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use engine::DatabaseClock;
use engine::access::{self, Act, Action};
use sqlx::{ConnectOptions, Connection, PgPool};
use tables::Snapshot;
use terms::{Clock, SystemClock, shanghai};
use warehouse::{AsOf, Limits, Person, Pinned, Warehouse};

use super::{Database, live, who};
use crate::config::Config;
use cluster::Address;

/// How long a running capture may take to publish what was asked for.
const FLUSH_LIMIT: Duration = Duration::from_secs(60);

/// The state that was asked for; nothing means the newest.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Asked {
    /// The snapshot of this number
    #[arg(long, value_name = "SEQ")]
    snapshot: Option<u64>,
    /// The books as at this time: 2026-11-24, 2026-11-24T18:00 (Dongguan), or with an offset
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "snapshot")]
    at: Option<DateTime<Utc>>,
}

/// The warehouse of the data folder, and one state of it.
pub(super) async fn open(config: &Config, asked: Asked) -> anyhow::Result<(Warehouse, Pinned)> {
    let as_of = match asked {
        Asked { snapshot: Some(seq), .. } => AsOf::Snapshot(seq),
        Asked { at: Some(moment), .. } => {
            anyhow::ensure!(
                moment <= SystemClock.now(),
                "--at {} lies in the future: nobody knows yet what the books will say",
                terms::moment(moment)
            );
            AsOf::Time(moment)
        }
        Asked { .. } => match live::find(&config.data) {
            Some(running) => {
                let logins = running.logins()?;
                AsOf::Snapshot(snapshot_of_now(logins.application()?, config).await?.seq)
            }
            None => AsOf::Live,
        },
    };
    let warehouse = Warehouse::on_disk(config.warehouse(), limits(config)).await?;
    let pinned = warehouse.at(as_of).await?;
    Ok((warehouse, pinned))
}

/// Has the running capture publish a snapshot that holds everything committed before this call.
pub(super) async fn snapshot_of_now(
    address: &Address,
    config: &Config,
) -> anyhow::Result<Snapshot> {
    let label = format!("cli-{}", hex::encode(rand::random::<[u8; 8]>()));
    let mut connection =
        address.options().connect().await.context("ask the running weir for a snapshot")?;
    ingest::request_flush(&mut connection, &label).await?;
    connection.close().await?;
    Ok(ingest::flushed(&config.warehouse(), &label, FLUSH_LIMIT).await?)
}

/// What queries may use, by the settings.
pub(super) fn limits(config: &Config) -> Limits {
    Limits {
        memory_bytes: config.query_memory_mib << 20,
        deadline: config.query_deadline,
        ..Limits::default()
    }
}

/// The reader that a command works for: a user by login name, as the books say now, or Weir itself.
pub(super) async fn reader(pool: &PgPool, login: Option<&str>) -> anyhow::Result<Person> {
    Ok(match login {
        Some(login) => crate::reader(&who::named(pool, login).await?),
        None => Person::system(),
    })
}

/// Notes what is about to be read, and by whom: a user by login name, who must have the right to it, or whoever has
/// this machine's account. Gives the reader, and the database's clock.
pub(super) async fn noted(
    database: &Database,
    login: Option<&str>,
    action: Action,
    subject: &str,
    mut details: serde_json::Value,
) -> anyhow::Result<(Person, DatabaseClock)> {
    let pool = database.pool().await?;
    let clock = DatabaseClock::start(&pool).await?;
    let user = match login {
        Some(login) => Some(who::named(&pool, login).await?),
        None => None,
    };
    details["account"] = operator().into();
    let act = Act::new(action, user.as_ref().map(|user| user.id), subject).with(details);
    let noted = access::mark_reading(&pool, &clock, act).await;
    pool.close().await;
    match (noted, user) {
        (Err(error), Some(user)) if access::is_refused(&error) => {
            bail!("{} ({}) may not do this: {}", user.login, user.role, action.code())
        }
        (Err(error), _) => Err(error).context("note what is read"),
        (Ok(()), user) => Ok((user.as_ref().map_or_else(Person::system, crate::reader), clock)),
    }
}

/// Whose process this is, as the operating system says: `root (0)`.
fn operator() -> String {
    let id = rustix::process::getuid().as_raw();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    });
    format!("{} ({id})", name.unwrap_or("?"))
}

fn moment(text: &str) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.to_utc());
    }
    let plain = text.replace(' ', "T");
    let minute = NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M:%S"))
        .ok();
    // A day alone means its end.
    let end_of = |day: NaiveDate| {
        NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).map(|end| day.and_time(end))
    };
    let local = minute.or_else(|| text.parse().ok().and_then(end_of));
    let local = local.and_then(|local| local.and_local_timezone(shanghai()).single());
    local.map(|local| local.to_utc()).ok_or_else(|| anyhow!("not a time such as 2026-11-24T18:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_dongguan() {
        for (text, want) in [
            ("2026-11-24T18:00", "2026-11-24T10:00:00+00:00"),
            ("2026-11-24 18:00", "2026-11-24T10:00:00+00:00"),
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
            ("2026-11-24", "2026-11-24T15:59:59.999999+00:00"),
        ] {
            assert_eq!(moment(text).unwrap().to_rfc3339(), want);
        }
        assert!(moment("yesterday").is_err());
    }
}
