//! What `cargo dev` can do.
//!
//! Everything is built in the one release profile: its dependencies serve use, tests and benchmarks.

mod check;
mod install;
mod prepare;
mod soak;
mod test;

pub use check::check;
pub use install::install;
pub use prepare::prepare;
pub use soak::{soak, soak_books};
pub use test::test;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the tree.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .canonicalize()
        .expect("the tree stands where it was built")
}

/// Cargo as a developer would call it: without the variables that `cargo run` gave to us, which
/// would make it build things again that are built already.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if ours.iter().any(|prefix| name.starts_with(prefix)) || name == "CARGO" {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// Runs one step to its end and says how long it took.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<()> {
    println!("── {title}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{title}: cannot run"))?;
    if !status.success() {
        bail!("{title}: failed ({status})");
    }
    println!("── {title}: done in {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}
