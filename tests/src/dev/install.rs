//! `cargo dev install`: what the tests call from outside.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::step;

/// A program that a story calls, the Debian package that brings it, and why it is needed.
const NEEDED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql/15/bin/initdb", "postgresql-15", "the database of every story"),
    ("/usr/bin/pdftotext", "poppler-utils", "reads the printed reports back"),
    ("/usr/bin/soffice", "libreoffice-calc-nogui", "opens the work books as a reader would"),
    ("/usr/bin/chromium", "chromium", "shows the pages"),
    ("/usr/bin/chromedriver", "chromium-driver", "presses the keys at the counter"),
];

/// Installs the missing Debian packages; as somebody other than root it only names them.
///
/// # Errors
/// Something is missing and cannot be installed here.
pub fn install() -> Result<()> {
    let missing: Vec<_> =
        NEEDED.iter().filter(|(program, _, _)| !Path::new(program).exists()).collect();
    for (program, package, why) in &missing {
        println!("missing: {program} (package {package}: {why})");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|(_, package, _)| *package).collect();
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        bail!("install these, then try again: {by_hand}");
    }
    step("apt-get update", apt(&["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    step(&by_hand, apt(&arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn apt(arguments: &[&str]) -> Command {
    let mut apt = Command::new("apt-get");
    apt.args(arguments);
    apt
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}
