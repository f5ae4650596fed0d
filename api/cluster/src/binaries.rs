//! The server's programs: found, or installed where that is possible.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{ClusterError, Result};

const PACKAGE: &str = "postgresql-15";

/// The folder of the server's programs, installing Debian's package when it is missing and we may.
///
/// # Errors
/// [`ClusterError::NotFound`], with what to do.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(programs) = find() {
        return Ok(programs);
    }
    let by_hand = format!("install them: apt-get install {PACKAGE}");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(ClusterError::NotFound(
            "install PostgreSQL 15 with your system's packages".into(),
        ));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(ClusterError::NotFound(by_hand));
    }
    eprintln!("PostgreSQL is missing: installing Debian's {PACKAGE} (apt-get) …");
    install().map_err(|reason| {
        ClusterError::NotFound(format!("apt-get failed ({reason}); {by_hand}"))
    })?;
    find().ok_or(ClusterError::NotFound(by_hand))
}

/// PATH first, then the newest of Debian's folders.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link such as /usr/local/bin/postgres has none of the other programs beside it.
    let real = |folder: PathBuf| {
        Some(fs::canonicalize(folder.join("postgres")).ok()?.parent()?.to_path_buf())
    };
    let in_path = std::env::split_paths(&path).filter_map(real).find(|folder| complete(folder));
    in_path.or_else(newest_of_debian)
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    numbered.filter(|(_, folder)| complete(folder)).max().map(|(_, folder)| folder)
}

fn complete(folder: &Path) -> bool {
    folder.join("postgres").is_file() && folder.join("initdb").is_file()
}

/// Installs without starting Debian's own cluster: `policy-rc.d` would be the system's to write, so
/// the package is told by its configuration not to create one.
fn install() -> std::result::Result<(), String> {
    let folder = Path::new("/etc/postgresql-common");
    let config = folder.join("createcluster.conf");
    if !config.exists() {
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&config, "create_main_cluster = false\n"))
            .map_err(|e| e.to_string())?;
    }
    run(&["update", "-q"])?;
    run(&[
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        "-o",
        "Dpkg::Options::=--force-confold",
        PACKAGE,
    ])
}

fn run(arguments: &[&str]) -> std::result::Result<(), String> {
    let output =
        Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(text.lines().last().unwrap_or("no message").to_owned())
}
