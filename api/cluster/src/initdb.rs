//! A new cluster: data checksums, SCRAM, UTF-8.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use super::account::{self, Account};
use super::error::{ClusterError, Result, Trying};
use super::settings;

/// Makes a cluster in `data.new` and renames it when whole: a crash half-way leaves nothing that
/// looks like one.
pub(super) fn make_cluster(
    programs: &Path,
    run: &Path,
    data: &Path,
    account: Option<Account>,
    password: &str,
) -> Result<()> {
    if fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        let reason = "neither empty nor a PostgreSQL cluster".to_owned();
        return Err(ClusterError::Folder { path: data.into(), reason });
    }
    let new = data.with_extension("new");
    if new.exists() {
        fs::remove_dir_all(&new).trying(format!("remove {}", new.display()))?;
    }
    account::own_folder(&new, account)?;
    let password_file = run.join("pw");
    fs::write(&password_file, password).trying("write the pass word for initdb")?;
    fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)).trying("chmod")?;
    account::give(&password_file, account)?;
    let done = initdb(programs, &new, account, &password_file);
    fs::remove_file(&password_file).trying("remove the pass word for initdb")?;
    done?;
    fs::write(new.join("pg_hba.conf"), settings::ENTRY).trying("write pg_hba.conf")?;
    if data.exists() {
        fs::remove_dir(data).trying(format!("remove {}", data.display()))?;
    }
    let parent = data.parent().unwrap_or(data);
    fs::rename(&new, data)
        .and_then(|()| File::open(parent)?.sync_all())
        .trying("name the new cluster")
}

fn initdb(
    programs: &Path,
    new: &Path,
    account: Option<Account>,
    password_file: &Path,
) -> Result<()> {
    let mut command = account::command(&programs.join("initdb"), account, false);
    command.arg("-D").arg(new).args(["-U", settings::KEEPER, "--pwfile"]).arg(password_file);
    command.args([
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
        "--auth=scram-sha-256",
    ]);
    let output = command.stdin(Stdio::null()).output().trying("run initdb")?;
    if output.status.success() {
        return Ok(());
    }
    Err(ClusterError::InitDb(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// Refuses programs of another major version than the cluster's.
pub(super) fn check_version(programs: &Path, data: &Path) -> Result<()> {
    let found =
        fs::read_to_string(data.join("PG_VERSION")).trying("read PG_VERSION")?.trim().to_owned();
    let output = Command::new(programs.join("postgres")).arg("--version").output();
    let output = output.trying("postgres --version")?;
    // "postgres (PostgreSQL) 15.18 (Debian …)"
    let text = String::from_utf8_lossy(&output.stdout);
    let have = text.split_whitespace().nth(2).and_then(|version| version.split('.').next());
    let have = have.unwrap_or("unknown").to_owned();
    if have == found {
        Ok(())
    } else {
        Err(ClusterError::Version { data: data.into(), found, have })
    }
}

/// A pass word: read, or made at random and kept, for our eyes only.
pub(super) fn password(path: &Path) -> Result<String> {
    if let Ok(known) = fs::read_to_string(path)
        && !known.is_empty()
    {
        return Ok(known);
    }
    let made = hex::encode(rand::random::<[u8; 24]>());
    let mut options = OpenOptions::new();
    let file = options.create(true).write(true).truncate(true).mode(0o600).open(path);
    let mut file = file.trying("write a pass word")?;
    file.write_all(made.as_bytes()).and_then(|()| file.sync_all()).trying("write a pass word")?;
    Ok(made)
}
