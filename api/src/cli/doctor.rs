//! `weir doctor`: what this machine has, and what is missing.

use std::path::Path;

use engine::room::Locks;
use sqlx::{ConnectOptions, Connection};

use super::{live, print};
use crate::config::Config;
use cluster::{Address, Logins};
use lab::demo;
use terms::SystemClock;

/// Below this much free disk, a first copy may not fit.
const FREE_GIB_MIN: u64 = 5;

/// Look at the machine, the programs, the disk, the slot and the server's locks
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print what the keeper of an outside server runs first, by psql: it makes the roles of Weir
    #[arg(long, conflicts_with = "json")]
    roles: bool,
}

/// What is to be known of the books of a demo city.
pub(super) const PLAYED: &str = "of a city that is played: acts may be dated back, so they prove nothing of a house; one that opens for real needs an empty database";

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
struct Look {
    what: &'static str,
    fine: bool,
    /// True for what is right in a demo and nowhere else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    warns: bool,
    found: String,
}

impl Look {
    fn verdict(&self) -> &'static str {
        match (self.fine, self.warns) {
            (false, _) => "MISSING",
            (true, true) => "WARNING",
            (true, false) => "ok",
        }
    }
}

impl Doctor {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        if self.roles {
            return print::line(engine::ROLES.trim_end());
        }
        let mut looks = vec![machine(), programs(), setpriv(), disk(&config.data)?];
        looks.push(if config.is_outside() {
            outside(&config.logins).await
        } else {
            private(config)
        });
        looks.push(wire(config));
        let logins = reached(config);
        looks.extend(named(&logins));
        looks.push(slot(config, logins.any()).await);
        looks.push(capture(config));
        looks.push(role_settings(logins.any()).await);
        looks.push(locks(logins.any()).await);
        looks.push(books(logins.application.as_ref()).await);
        looks.push(rates(logins.application.as_ref()).await);
        looks.push(changes(logins.application.as_ref()).await);
        looks.push(demo_logins(logins.application.as_ref()).await);
        for look in &looks {
            print::fact(self.json, look, || {
                format!("{:7} {:12} {}", look.verdict(), look.what, look.found)
            })?;
        }
        let missing = looks.iter().filter(|look| !look.fine).count();
        anyhow::ensure!(
            missing == 0,
            "{missing} of {} things are not as they should be",
            looks.len()
        );
        Ok(())
    }
}

fn machine() -> Look {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mib = cluster::memory_mib();
    Look {
        what: "machine",
        fine: cores >= 2 && mib >= 3_500,
        warns: false,
        found: format!("{cores} cores, {mib} MiB of memory"),
    }
}

fn programs() -> Look {
    let found = cluster::find_binaries();
    let text = found.as_ref().map_or_else(
        || "no PostgreSQL; apt-get install postgresql-15".to_owned(),
        |folder| folder.display().to_string(),
    );
    Look { what: "postgresql", fine: found.is_some(), warns: false, found: text }
}

/// The private server is started through it.
fn setpriv() -> Look {
    let version = std::process::Command::new("setpriv").arg("--version").output();
    match version {
        Ok(output) => Look {
            what: "setpriv",
            fine: true,
            warns: false,
            found: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        },
        Err(_) => Look {
            what: "setpriv",
            fine: false,
            warns: false,
            found: "missing; apt-get install util-linux".into(),
        },
    }
}

fn disk(data: &Path) -> anyhow::Result<Look> {
    let folder = std::path::absolute(data)?;
    let there = folder.ancestors().find(|step| step.exists()).unwrap_or(Path::new("/"));
    let stat = rustix::fs::statvfs(there)?;
    let gib = (stat.f_bavail * stat.f_frsize) >> 30;
    Ok(Look {
        what: "disk",
        fine: gib >= FREE_GIB_MIN,
        warns: false,
        found: format!("{gib} GiB free for {}", folder.display()),
    })
}

/// How one logs in to the server that is up: the doctor starts none.
fn reached(config: &Config) -> Logins {
    if config.is_outside() {
        return config.logins.clone();
    }
    live::find(&config.data).and_then(|live| live.logins().ok()).unwrap_or_default()
}

/// Who has no address here: a process that only serves needs one of them, the whole of Weir all three.
fn named(logins: &Logins) -> Vec<Look> {
    if logins.any().is_none() {
        return Vec::new();
    }
    let each = [logins.migrator(), logins.application(), logins.capture()];
    let lacking = each.into_iter().filter_map(Result::err);
    lacking
        .map(|lacking| Look { what: "logins", fine: true, warns: true, found: lacking.to_string() })
        .collect()
}

async fn outside(logins: &Logins) -> Look {
    match cluster::outside::check(logins).await {
        Ok(facts) => Look {
            what: "database",
            fine: true,
            warns: false,
            found: format!("PostgreSQL {}, its roles as they should be", facts.major),
        },
        Err(unfit) => {
            Look { what: "database", fine: false, warns: false, found: print::words(&unfit.into()) }
        }
    }
}

/// How pass words and figures travel.
fn wire(config: &Config) -> Look {
    let pages = match (config.check_listen(), &config.public_url) {
        (Err(refused), _) => Err(refused.to_string()),
        (Ok(()), Some(url)) if url.is_https() => Ok(format!("pages behind {}", url.origin())),
        (Ok(()), _) => Ok(format!("pages in clear at {}", config.listen)),
    };
    let warns = config.plain_http && !config.listen.is_loopback();
    match pages {
        Ok(found) => Look { what: "wire", fine: true, warns, found },
        Err(found) => Look { what: "wire", fine: false, warns, found },
    }
}

fn private(config: &Config) -> Look {
    let cluster = config.postgres().join("data/PG_VERSION");
    let found = match std::fs::read_to_string(cluster) {
        Ok(version) => format!(
            "private cluster of version {} in {}",
            version.trim(),
            config.postgres().display()
        ),
        Err(_) => format!("a private cluster will be made in {}", config.postgres().display()),
    };
    Look { what: "database", fine: true, warns: false, found }
}

async fn slot(config: &Config, address: Option<&Address>) -> Look {
    let Some(address) = address else {
        return Look {
            what: "slot",
            fine: true,
            warns: false,
            found: "no server is running".into(),
        };
    };
    let asked = async {
        let mut connection = address.options().connect().await?;
        let status = ingest::status(&mut connection, &config.warehouse(), ingest::SLOT).await?;
        connection.close().await?;
        anyhow::Ok(status)
    };
    match asked.await {
        Ok(status) => Look {
            what: "slot",
            fine: status.wal_status.as_deref() != Some("lost"),
            warns: false,
            found: format!(
                "{}: {}, {} bytes behind",
                status.slot,
                status.wal_status.as_deref().unwrap_or("not made yet"),
                status.lag_bytes
            ),
        },
        Err(error) => Look { what: "slot", fine: false, warns: false, found: print::words(&error) },
    }
}

/// Whether capture goes on wherever it is started.
fn capture(config: &Config) -> Look {
    let (fine, found) = match ingest::Standstill::read(&config.warehouse()) {
        Ok(None) => (true, "nothing is known that it stops at".to_owned()),
        Ok(Some(stands)) => (false, stands.to_string()),
        Err(error) => (false, print::words(&error.into())),
    };
    Look { what: "capture", fine, warns: false, found }
}

/// Whoever holds a login may set what its next connections begin with.
async fn role_settings(address: Option<&Address>) -> Look {
    let look = |warns, found| Look { what: "role settings", fine: true, warns, found };
    let Some(address) = address else { return look(false, "no server is running".into()) };
    match cluster::own_settings(address).await {
        Ok(own) if own.is_empty() => look(false, "as Weir makes them".into()),
        Ok(own) => {
            let own = own.join(", ");
            look(
                true,
                format!("{own}: run weir doctor --roles | psql again, as the server's keeper"),
            )
        }
        Err(error) => look(true, format!("not asked: {}", print::words(&error.into()))),
    }
}

/// What lies by month takes a lock for each month whenever all of it is read.
async fn locks(address: Option<&Address>) -> Look {
    let what = "locks";
    let Some(address) = address else {
        return Look { what, fine: true, warns: false, found: "no server is running".into() };
    };
    let asked = async {
        let mut connection = address.options().connect().await?;
        let locks = engine::room::locks(&mut connection).await?;
        connection.close().await?;
        anyhow::Ok(locks)
    };
    match asked.await {
        Ok(locks) => look_at(locks),
        Err(error) => Look { what, fine: false, warns: false, found: print::words(&error) },
    }
}

fn look_at(locks: Locks) -> Look {
    let Locks { relations, slots, each } = locks;
    let mut found = format!("room for {slots} at once, {relations} tables and indexes");
    if !locks.suffice() {
        let wanted = locks.wanted();
        found = format!(
            "{found}: set max_locks_per_transaction = {wanted}, now {each}, and restart the server"
        );
    }
    Look { what: "locks", fine: locks.suffice(), warns: false, found }
}

/// Acts of a city that is played may lie in the past; those of a house that opens for real do not.
async fn books(address: Option<&Address>) -> Look {
    let look = |warns, found| Look { what: "books", fine: true, warns, found };
    let Some(address) = address else { return look(false, "no server is running".into()) };
    let asked = async {
        let mut connection = address.options().connect().await?;
        let played = engine::is_played(&mut connection).await?;
        connection.close().await?;
        anyhow::Ok(played)
    };
    match asked.await {
        Ok(false) => look(false, "of a house: each act is dated by the database's clock".into()),
        Ok(true) => look(true, PLAYED.to_owned()),
        // A database without a schema yet has no books.
        Err(error) => look(false, format!("not asked: {}", print::words(&error))),
    }
}

/// A rate that this release ships and nobody has put in since the first bill.
async fn rates(address: Option<&Address>) -> Look {
    let look = |warns, found| Look { what: "rates", fine: true, warns, found };
    let Some(address) = address else { return look(false, "no server is running".into()) };
    let asked = async {
        let mut connection = address.options().connect().await?;
        let unheld = engine::tariff::unheld(&mut connection).await?;
        connection.close().await?;
        anyhow::Ok(unheld.words())
    };
    match asked.await {
        Ok(unheld) if unheld.is_empty() => {
            look(false, "as this release ships them, or ordered".into())
        }
        Ok(unheld) => look(
            true,
            format!(
                "not held: {}; weir rate shipped KIND prints them as a table for weir rate submit",
                unheld.join(", ")
            ),
        ),
        // A database without a schema yet has no rates.
        Err(error) => look(false, format!("not asked: {}", print::words(&error))),
    }
}

/// Approved changes of accounts whose day has come: a serving process shows them, or the next command.
async fn changes(address: Option<&Address>) -> Look {
    let look = |warns, found| Look { what: "changes", fine: true, warns, found };
    let Some(address) = address else { return look(false, "no server is running".into()) };
    let asked = async {
        let mut connection = address.options().connect().await?;
        let due = engine::register::changes_due(&mut connection, &SystemClock).await?;
        connection.close().await?;
        anyhow::Ok(due)
    };
    match asked.await {
        Ok(0) => look(false, "none whose day has come waits".into()),
        Ok(due) => look(
            true,
            format!(
                "{due} of accounts have come and are not shown yet: bills go by them; weir serve shows them, as any command that works on the books"
            ),
        ),
        // A database without a schema yet has no accounts.
        Err(error) => look(false, format!("not asked: {}", print::words(&error))),
    }
}

/// The demo's pass word stands in the public source: no house that opens for real keeps it.
async fn demo_logins(address: Option<&Address>) -> Look {
    let what = "demo logins";
    let Some(address) = address else {
        return Look { what, fine: true, warns: false, found: "no server is running".into() };
    };
    let asked = async {
        let pool = engine::connect(address.options()).await?;
        let living = demo::living_logins(&pool).await?;
        pool.close().await;
        anyhow::Ok(living)
    };
    match asked.await {
        Ok(living) if living.is_empty() => {
            Look { what, fine: true, warns: false, found: "none".into() }
        }
        Ok(living) => Look {
            what,
            fine: true,
            warns: true,
            found: format!(
                "{} may be opened with the published pass word: weir user password LOGIN",
                living.join(", ")
            ),
        },
        // A database without a schema yet has no people.
        Err(error) => Look {
            what,
            fine: true,
            warns: false,
            found: format!("not asked: {}", print::words(&error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_locks_are_told_with_the_number_that_would_do() {
        let look = |relations| look_at(Locks { relations, slots: 6_400, each: 64 });
        assert!(look(100).fine);
        let few = look(5_000);
        assert!(
            !few.fine && few.found.contains("max_locks_per_transaction = 200, now 64"),
            "{}",
            few.found
        );
    }
}
