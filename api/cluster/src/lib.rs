//! The private PostgreSQL server of one machine: found, initialised, started, watched, stopped and
//! reaped by this process.
//!
//! Under its folder: `data/` (the cluster), `run/` (the socket), `postgres.log`, `lock`, and pass words: `password` of the
//! keeper, a superuser who makes database and logins at each start, and one of each of the [`Logins`].
//! PostgreSQL refuses to run as root, so root starts it under an unprivileged account; the kernel
//! stops it when we die, however we die; and what a killed Weir left behind is cleared at the next
//! start. [`outside`] checks a server that somebody else runs; [`prepare()`] makes of either a database of Weir.

mod account;
mod address;
mod binaries;
mod error;
mod facts;
mod initdb;
mod keeper;
mod leftovers;
mod logins;
pub mod outside;
mod prepare;
mod settings;
mod socket;
mod store;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use address::{Address, NotAnAddress, Tls};
pub use binaries::{find as find_binaries, find_or_install};
pub use error::ClusterError;
pub use facts::{Facts, Role};
pub use logins::{Logins, NotNamed};
pub use prepare::prepare;
pub use settings::memory_mib;
pub use store::own_settings;

use account::Account;
use error::{Result, Trying};
use keeper::Keeper;

/// How long a start may take: recovery after a crash replays the log first.
const START_LIMIT: Duration = Duration::from_secs(300);

/// A running private server; dropping it stops the server.
pub struct PrivateCluster {
    /// The folder of `postgres`, `pgbench`, `pg_recvlogical`.
    pub programs: PathBuf,
    /// What the start had to clear up, for the log.
    pub found: &'static str,
    address: Address,
    logins: Logins,
    place: Place,
    keeper: Mutex<Arc<Keeper>>,
    _lock: File,
}

/// Where a server works, and under whom.
struct Place {
    data: PathBuf,
    run: PathBuf,
    log: PathBuf,
    account: Option<Account>,
}

impl PrivateCluster {
    /// Starts the server in `folder`, making cluster and database `weir` if there are none.
    ///
    /// # Errors
    /// See [`ClusterError`]; a failed start leaves nothing running.
    pub async fn start(folder: &Path) -> Result<Self> {
        let folder = folder.to_path_buf();
        let cluster =
            tokio::task::spawn_blocking(move || Self::start_server(&folder)).await.map_err(
                |gone| ClusterError::Io { what: "start PostgreSQL".into(), source: gone.into() },
            )??;
        store::ensure(&cluster.address, &cluster.logins).await?;
        Ok(cluster)
    }

    /// Where the database `weir` of this server is, as its keeper comes.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same database, as each part of Weir comes.
    pub fn logins(&self) -> &Logins {
        &self.logins
    }

    /// The process id of the server.
    pub fn pid(&self) -> i32 {
        self.keeper().pid
    }

    /// How the server ended, once it has, asked for or not.
    pub fn exited(&self) -> Option<ExitStatus> {
        self.keeper().exited()
    }

    /// Fast shutdown: clients are disconnected, a checkpoint is written. Idempotent.
    ///
    /// # Errors
    /// [`ClusterError::WontStop`] after 80 seconds.
    pub fn stop(&self) -> Result<()> {
        self.keeper().stop()
    }

    /// Starts the server again after it has ended, at the same address: what it had confirmed is there. One that runs
    /// and is not ready, because it still replays its log, is waited for.
    ///
    /// # Errors
    /// See [`ClusterError`]; whatever it is, it may be tried again.
    pub fn start_again(&self) -> Result<()> {
        if self.exited().is_some() {
            leftovers::clear(&self.place.data, &self.place.run)?;
            let keeper = launch(&self.programs, &self.place)?;
            *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(keeper);
        }
        self.wait_ready()
    }

    fn keeper(&self) -> Arc<Keeper> {
        Arc::clone(&self.keeper.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start_server(folder: &Path) -> Result<Self> {
        let programs = find_or_install()?;
        fs::create_dir_all(folder).trying(format!("create {}", folder.display()))?;
        let folder = fs::canonicalize(folder).trying(format!("open {}", folder.display()))?;
        let lock = lock(&folder)?;
        let data = folder.join("data");
        let account = account::choose(&data)?;
        if let Some(account) = account {
            account.check_reach(&folder)?;
        }
        let run = socket::folder(&folder, account)?;
        let password = initdb::password(&folder.join("password"))?;
        if !data.join("PG_VERSION").exists() {
            initdb::make_cluster(&programs, &run, &data, account, &password)?;
        }
        initdb::check_version(&programs, &data)?;
        let found = leftovers::clear(&data, &run)?;
        let address =
            Address::socket(&run, settings::PORT, settings::KEEPER, &password, settings::DATABASE);
        let logins = logins(&folder, &address)?;
        let place = Place { data, run, log: folder.join("postgres.log"), account };
        let keeper = Mutex::new(Arc::new(launch(&programs, &place)?));
        let cluster = Self { programs, found, address, logins, place, keeper, _lock: lock };
        cluster.wait_ready()?;
        Ok(cluster)
    }

    fn wait_ready(&self) -> Result<()> {
        let (end, keeper) = (Instant::now() + START_LIMIT, self.keeper());
        let Place { data, log, .. } = &self.place;
        let failed =
            |reason: String| ClusterError::Start { reason, log: log.clone(), tail: tail(log) };
        loop {
            if let Some(status) = keeper.wait(Duration::from_millis(20)) {
                return Err(failed(status.to_string()));
            }
            // Line 1 of postmaster.pid is the process, line 8 the state: what `pg_ctl -w` reads.
            let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            let mut lines = text.lines().map(str::trim);
            let ours = lines.next() == Some(keeper.pid.to_string().as_str());
            if ours && lines.nth(6) == Some("ready") {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(failed(format!("not ready after {} s", START_LIMIT.as_secs())));
            }
        }
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "private PostgreSQL");
        }
    }
}

/// The logins of the private server of `folder`, each with the pass word that lies there.
fn logins(folder: &Path, keeper: &Address) -> Result<Logins> {
    let login = |user: &str, file: &str| {
        let password = initdb::password(&folder.join(file))?;
        Ok::<_, ClusterError>(Some(Address { user: user.into(), password, ..keeper.clone() }))
    };
    Ok(Logins {
        migrator: login(engine::MIGRATOR, "migrator-password")?,
        application: login(engine::APPLICATION, "application-password")?,
        capture: login(engine::CAPTURE, "capture-password")?,
    })
}

/// The kernel frees this lock when we die, so holding it means that no other Weir lives here.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(&path);
    let file = file.trying(format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ClusterError::InUse(folder.into())),
        Err(TryLockError::Error(error)) => Err(error).trying("lock the folder"),
    }
}

fn launch(programs: &Path, place: &Place) -> Result<Keeper> {
    let Place { data, run, log, account } = place;
    let output =
        OpenOptions::new().create(true).append(true).open(log).trying("open postgres.log")?;
    let mut command = account::command(&programs.join("postgres"), *account, true);
    command.arg("-D").arg(data).arg("-p").arg(settings::PORT.to_string()).current_dir(data);
    for setting in settings::server(run) {
        command.arg("-c").arg(setting);
    }
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone().trying("open postgres.log")?)
        .stderr(output);
    // Its own process group: Ctrl-C on our terminal must reach us alone, for we stop the server last.
    command.process_group(0);
    Keeper::spawn(command).trying("start postgres")
}

fn tail(path: &Path) -> String {
    let text = fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
