//! Who runs the server: PostgreSQL refuses root.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use super::error::{ClusterError, Result, Trying};

/// An unprivileged account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

/// The account to run under when we are root: the owner of an existing cluster, else `postgres`,
/// else `nobody`. None when we are unprivileged ourselves.
pub(super) fn choose(data: &Path) -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    if let Ok(owner) = fs::metadata(data)
        && owner.uid() != 0
    {
        return Ok(Some(Account { uid: owner.uid(), gid: owner.gid() }));
    }
    let found = ["postgres", "nobody"].into_iter().find_map(look_up);
    found.map(Some).ok_or(ClusterError::NoAccount)
}

/// A command under that account; `tied` has the kernel interrupt it when the thread that starts it
/// ends. `setpriv` replaces itself by the program, so the child's pid is the program's.
pub(super) fn command(program: &Path, account: Option<Account>, tied: bool) -> Command {
    let mut command = Command::new("setpriv");
    command
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir("/");
    if let Some(account) = account {
        command.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid));
        command.arg("--clear-groups");
    }
    if tied {
        command.arg("--pdeathsig=INT");
    }
    command.arg("--").arg(program);
    command
}

/// A folder that only that account may enter; never what a link in its place points to.
pub(super) fn own_folder(path: &Path, account: Option<Account>) -> Result<()> {
    fs::create_dir_all(path).trying(format!("create {}", path.display()))?;
    let meta = fs::symlink_metadata(path).trying(format!("look at {}", path.display()))?;
    if !meta.is_dir() {
        let reason = "a link stands in place of the folder".to_owned();
        return Err(ClusterError::Folder { path: path.into(), reason });
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).trying("chmod")?;
    give(path, account)
}

/// Makes the account the owner of `path`.
pub(super) fn give(path: &Path, account: Option<Account>) -> Result<()> {
    let Some(account) = account else { return Ok(()) };
    chown(path, Some(account.uid), Some(account.gid)).trying(format!("chown {}", path.display()))
}

impl Account {
    pub(super) fn uid(self) -> u32 {
        self.uid
    }

    /// A folder below a home of mode 0700 is closed to the account: said here, instead of a puzzling
    /// error of initdb.
    pub(super) fn check_reach(self, folder: &Path) -> Result<()> {
        for step in folder.ancestors() {
            let meta = fs::metadata(step).trying(format!("look at {}", step.display()))?;
            let bit = match meta {
                _ if meta.uid() == self.uid => 0o100,
                _ if meta.gid() == self.gid => 0o010,
                _ => 0o001,
            };
            if meta.mode() & bit == 0 {
                let mode = meta.mode() & 0o777;
                let reason = format!(
                    "the account that runs PostgreSQL (uid {}) cannot enter this folder (mode {mode:o}); choose another --data, or chmod o+x",
                    self.uid
                );
                return Err(ClusterError::Folder { path: step.into(), reason });
            }
        }
        Ok(())
    }
}

fn look_up(name: &str) -> Option<Account> {
    let output = Command::new("getent").args(["passwd", name]).output().ok()?;
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(line: &str) -> Option<Account> {
    let mut fields = line.trim().split(':').skip(2);
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    (uid != 0).then_some(Account { uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_passwd_names_an_account() {
        assert_eq!(
            parse("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n"),
            Some(Account { uid: 101, gid: 104 })
        );
        assert_eq!(parse("root:x:0:0:root:/root:/bin/bash"), None);
        assert_eq!(parse(""), None);
    }
}
