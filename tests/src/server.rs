//! One throw-away PostgreSQL server for every test process.
//!
//! The first process that needs it starts it; each process holds a shared lock while it works, and a
//! watchdog stops the server and clears its folder once that lock was free for [`IDLE_SECONDS`]. Nothing
//! here survives a power failure (`fsync` is off): what is proven about crashes is proven about our own
//! processes.
//!
//! It does without the crate `cluster`, which links the engine: `cargo dev prepare` has this server describe the engine's
//! statements before the engine can be built.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// Makes the logins of Weir, as the keeper of any server does.
const ROLES: &str = include_str!("../../engine/roles.sql");

/// The watchdog looks this often, and stops a server that nobody holds.
const IDLE_SECONDS: u32 = 30;

/// Slots and senders are plenty: each story that captures has one of its own. No plan over a few rows is worth compiling.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "wal_level=logical",
    "max_connections=400",
    "max_wal_senders=60",
    "max_replication_slots=60",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "fsync=off",
    "full_page_writes=off",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// A hold on the shared server; it keeps running at least as long as this value lives.
#[derive(Debug)]
pub struct Server {
    /// The folder of the socket.
    pub socket: PathBuf,
    /// The port that names the socket.
    pub port: u16,
    /// The superuser, who needs no pass word on this socket.
    pub user: &'static str,
    /// The folder that lives as long as the cluster, for locks of other helpers.
    pub home: PathBuf,
    _hold: File,
}

impl Server {
    /// Finds the shared server, or makes and starts it.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start; the message holds the end of its log.
    pub fn hold() -> Result<Self> {
        let home = home()?;
        let place = Place::under(&home)?;
        let starting = open(&home.join("starting.lock"))?;
        starting.lock().context("lock the start")?;
        let hold = open(&home.join("users.lock"))?;
        hold.lock_shared().context("hold the server")?;
        if !place.answers() {
            place.make()?;
            place.start(&home)?;
        }
        Ok(Self { socket: place.run, port: PORT, user: "weir", home, _hold: hold })
    }

    /// The address of one of its databases, as sqlx macros and `psql` read it.
    pub fn url(&self, database: &str) -> String {
        self.url_of(self.user, database)
    }

    /// The same for another login.
    pub fn url_of(&self, login: &str, database: &str) -> String {
        format!(
            "postgres://{login}@localhost/{database}?host={}&port={}",
            self.socket.display(),
            self.port
        )
    }

    /// Runs a statement through `psql`, for callers without a driver.
    ///
    /// # Errors
    /// `psql` is missing or refuses the statement.
    pub fn psql(&self, database: &str, arguments: &[&str]) -> Result<String> {
        let out = Command::new(binaries()?.join("psql"))
            .args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-U", self.user, "-d", database])
            .arg("-h")
            .arg(&self.socket)
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .output()
            .context("run psql")?;
        if !out.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// Copies a database into an empty one, as a backup does.
    ///
    /// # Errors
    /// `pg_dump` or `psql` is missing, or the copy is refused.
    pub fn restore(&self, database: &str, into: &str) -> Result<()> {
        let script = std::env::temp_dir().join(format!("{into}.sql"));
        let script = script.to_str().context("a path in UTF-8")?;
        let done = Command::new(binaries()?.join("pg_dump"))
            .args(["-U", self.user, "-d", database, "-f", script, "-h"])
            .arg(&self.socket)
            .args(["-p", &self.port.to_string()])
            .status()
            .context("run pg_dump")?;
        if !done.success() {
            bail!("pg_dump: {done}");
        }
        self.psql(into, &["-f", script])?;
        fs::remove_file(script).context("remove the copy")
    }
}

/// The port only names the socket file; no TCP port is opened.
const PORT: u16 = 5432;

pub(crate) struct Place {
    bin: PathBuf,
    pub(crate) data: PathBuf,
    run: PathBuf,
    account: Option<(u32, u32)>,
}

impl Place {
    /// A cluster of its own in a folder, not made yet.
    pub(crate) fn under(home: &Path) -> Result<Self> {
        let account = account()?;
        own(home, 0o755, None)?;
        Ok(Self { bin: binaries()?, data: home.join("data"), run: home.join("run"), account })
    }

    fn answers(&self) -> bool {
        self.command("pg_isready")
            .args(["-q", "-t", "5", "-h"])
            .arg(&self.run)
            .args(["-p", &PORT.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    }

    pub(crate) fn make(&self) -> Result<()> {
        own(&self.run, 0o700, self.account)?;
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        // A start that was killed half-way leaves a folder that is no cluster.
        if self.data.exists() {
            fs::remove_dir_all(&self.data).context("remove a half-made cluster")?;
        }
        own(&self.data, 0o700, self.account)?;
        let out = self
            .command("initdb")
            .arg("-D")
            .arg(&self.data)
            .args([
                "-U",
                "weir",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .output()
            .context("run initdb")?;
        if !out.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(())
    }

    fn start(&self, home: &Path) -> Result<()> {
        self.launch(PORT, SETTINGS.iter().copied())?;
        self.watch(home)
    }

    pub(crate) fn launch<'a>(
        &self,
        port: u16,
        settings: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let log = self.run.join("postgres.log");
        let mut options = format!("-p {port} -k {}", self.run.display());
        for setting in settings {
            options += &format!(" -c {setting}");
        }
        let status = self
            .command("pg_ctl")
            .args(["-w", "-s", "-t", "120", "-D"])
            .arg(&self.data)
            .arg("-l")
            .arg(&log)
            .args(["-o", &options, "start"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("run pg_ctl")?;
        if !status.success() {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            bail!(
                "PostgreSQL does not start:\n{}",
                lines[lines.len().saturating_sub(12)..].join("\n")
            );
        }
        let mut keeper = self.command("psql");
        keeper.args(["-X", "-q", "-U", "weir", "-d", "postgres", "-h"]).arg(&self.run);
        let made = keeper.args(["-p", &port.to_string(), "-c", ROLES]).output();
        let made = made.context("run psql")?;
        if !made.status.success() {
            bail!("the roles are not made: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        Ok(())
    }

    /// Leaves a shell behind that stops the server when no test holds it any more.
    fn watch(&self, home: &Path) -> Result<()> {
        let script = format!(
            "stop() {{ '{bin}/pg_ctl' -s -m immediate -D '{data}' stop; rm -rf '{data}'/*; }}; export -f stop; \
             (while sleep {IDLE_SECONDS}; do \
                flock -n -x users.lock bash -c stop && exit; \
                '{bin}/pg_ctl' -s -D '{data}' status || exit; \
              done) &",
            bin = self.bin.display(),
            data = self.data.display(),
        );
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]).current_dir(home).process_group(0);
        self.drop_to(&mut shell);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !shell.status().context("start the watchdog")?.success() {
            bail!("the watchdog of the test server does not start");
        }
        Ok(())
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        self.drop_to(&mut command);
        command
    }

    /// PostgreSQL refuses to run as root.
    pub(crate) fn drop_to(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
    }
}

/// In the temp folder: a target folder under `/root` could not be entered by the server's account.
fn home() -> Result<PathBuf> {
    let here = fs::canonicalize(env!("CARGO_MANIFEST_DIR")).context("find the tree")?;
    let name = hex::encode(&Sha256::digest(here.as_os_str().as_encoded_bytes())[..4]);
    Ok(std::env::temp_dir().join(format!("weir-tests-{name}")))
}

/// The account of the server when we are root: `postgres`, which the Debian package makes.
fn account() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self").context("ask who we are")?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    for user in fields {
        if let ["postgres", _, uid, gid, ..] = user[..] {
            return Ok(Some((uid.parse()?, gid.parse()?)));
        }
    }
    bail!("we are root and there is no account `postgres`: run `cargo dev install`")
}

/// The newest of Debian's folders that holds a whole PostgreSQL.
///
/// # Errors
/// None does.
fn binaries() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("psql").is_file())
        .collect();
    found.sort();
    Ok(found.pop().context("PostgreSQL is not installed: run `cargo dev install`")?.1)
}

fn own(path: &Path, mode: u32, account: Option<(u32, u32)>) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    if let Some((uid, gid)) = account {
        chown(path, Some(uid), Some(gid))?;
    }
    Ok(())
}

/// A lock file that both we and the server's account may lock.
fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .with_context(|| format!("open {}", path.display()))?;
    file.set_permissions(fs::Permissions::from_mode(0o666)).ok();
    Ok(file)
}
