//! `live.json`: how other commands find the Weir that runs in a data folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use cluster::{Address, Logins};
use serde::{Deserialize, Serialize};

/// A Weir that was just killed holds its lock until the kernel has taken it down.
const DEATH: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A running `weir up` or `weir capture`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Its process.
    pub pid: u32,
    /// The address of its pages, if it serves any.
    pub url: Option<String>,
    /// Where it answers probes and metrics, if it does.
    #[serde(default)]
    pub probes: Option<String>,
    /// Its database by each login, pass words included, called as in the settings: the file is for its owner's eyes only.
    pub database: Option<String>,
    /// How the application logs in.
    pub application_database: Option<String>,
    /// How capture logs in.
    pub capture_database: Option<String>,
    /// When it began to work.
    pub started_at: DateTime<Utc>,
}

impl Live {
    /// How each part of Weir logs in to its database.
    ///
    /// # Errors
    /// The file holds what is no address.
    pub(super) fn logins(&self) -> anyhow::Result<Logins> {
        let read = |url: &Option<String>| {
            url.as_deref().map(str::parse::<Address>).transpose().context("live.json")
        };
        Ok(Logins {
            migrator: read(&self.database)?,
            application: read(&self.application_database)?,
            capture: read(&self.capture_database)?,
        })
    }
}

/// The Weir that runs in this data folder, if one does.
pub fn find(data: &Path) -> Option<Live> {
    // The lock, not the process id, tells life from death: ids are used again.
    let lock = File::open(data.join("live.lock")).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => serde_json::from_slice(&fs::read(file(data)).ok()?).ok(),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Makes the data folder, and closes it and what holds names and phone numbers to everybody else. Under root the
/// account of the private server must pass through the folder itself.
pub(super) fn own(data: &Path) -> anyhow::Result<()> {
    let outer = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    for (folder, mode) in
        [(data.to_owned(), outer), (data.join("warehouse"), 0o700), (data.join("exports"), 0o700)]
    {
        let make = || {
            fs::create_dir_all(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode))
        };
        make().with_context(|| format!("data folder {}", folder.display()))?;
    }
    Ok(())
}

/// Our claim on a data folder; given back when dropped, and by the kernel when we die.
pub(super) struct Claim {
    data: PathBuf,
    _lock: File,
}

impl Claim {
    /// Claims the folder, making it if need be.
    pub(super) fn take(data: &Path) -> anyhow::Result<Self> {
        own(data)?;
        let data =
            fs::canonicalize(data).with_context(|| format!("data folder {}", data.display()))?;
        let mut options = OpenOptions::new();
        let lock = options.create(true).write(true).truncate(false).open(data.join("live.lock"));
        let lock = lock.with_context(|| format!("data folder {}", data.display()))?;
        let end = Instant::now() + DEATH;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < end => {
                    std::thread::sleep(LOOK_AGAIN)
                }
                Err(TryLockError::WouldBlock) => bail!("another weir works in {}", data.display()),
                Err(TryLockError::Error(error)) => {
                    return Err(error).context("lock the data folder");
                }
            }
        }
        match fs::remove_file(file(&data)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).context("old live.json")
            }
            _ => Ok(Self { data, _lock: lock }),
        }
    }

    /// Tells other commands that we work here.
    pub(super) fn announce(
        &self,
        url: Option<String>,
        probes: Option<String>,
        logins: &Logins,
    ) -> anyhow::Result<()> {
        let told = |login: &Option<Address>| login.as_ref().map(Address::with_password);
        let live = Live {
            pid: std::process::id(),
            url,
            probes,
            database: told(&logins.migrator),
            application_database: told(&logins.application),
            capture_database: told(&logins.capture),
            started_at: Utc::now(),
        };
        let staged = self.data.join("live.json.new");
        let mut options = OpenOptions::new();
        let mut staged_file =
            options.create(true).write(true).truncate(true).mode(0o600).open(&staged)?;
        staged_file.write_all(&serde_json::to_vec_pretty(&live)?)?;
        fs::rename(&staged, file(&self.data)).context("write live.json")
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let path = file(&self.data);
        if path.exists()
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(%error, "live.json could not be removed");
        }
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("live.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_seen_while_it_is_held() {
        let data = std::env::temp_dir().join(format!("weir-live-{}", std::process::id()));
        assert_eq!(find(&data), None);
        let claim = Claim::take(&data).unwrap();
        for folder in ["warehouse", "exports"] {
            let mode = fs::metadata(data.join(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
        assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o066, 0);
        assert_eq!(find(&data), None);
        let url = Some("http://127.0.0.1:1".to_owned());
        let application = Some("postgres://a:secret@b/c".parse().unwrap());
        let logins = Logins { application, ..Logins::default() };
        claim.announce(url.clone(), None, &logins).unwrap();
        let live = find(&data).unwrap();
        assert_eq!(live.logins().unwrap(), logins);
        assert_eq!((live.pid, live.url), (std::process::id(), url));
        assert!(Claim::take(&data).is_err());
        drop(claim);
        assert_eq!(find(&data), None);
        fs::remove_dir_all(data).unwrap();
    }
}
