//! `cargo dev check`: what must hold before a change is handed in.

use anyhow::{Result, bail};

use super::{cargo, prepare, step};
use crate::tidy;

/// Format, shape of the tree, generated files, lints and documentation; the quick ones first.
///
/// # Errors
/// The first step that fails, by its name.
pub fn check() -> Result<()> {
    step("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    none("shape of the tree", tidy::complaints())?;
    // One compilation for both: the lints, and what a real database says of every query.
    let lints = ["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
    let fresh = std::env::temp_dir().join(format!("weir-sqlx-{}", std::process::id()));
    prepare::describe("lints", &mut cargo(&lints), &fresh)?;
    none("query cache (cargo dev prepare)", prepare::differences(&fresh)?)?;
    std::fs::remove_dir_all(&fresh)?;
    let docs = ["doc", "--release", "--workspace", "--no-deps", "--document-private-items"];
    step("documentation", cargo(&docs).env("RUSTDOCFLAGS", "-D warnings"))
}

fn none(title: &str, complaints: Vec<String>) -> Result<()> {
    for complaint in &complaints {
        println!("   {complaint}");
    }
    match complaints.len() {
        0 => println!("── {title}: in order"),
        found => bail!("{title}: {found} complaints"),
    }
    Ok(())
}
