//! `cargo dev test`: every test of every crate.

use anyhow::Result;

use super::{cargo, install, step};

/// Installs what the tests need, then runs them; `more` is handed on.
///
/// Nextest is taken where it is installed. Elsewhere plain `cargo test` runs the same tests: to
/// build nextest would take a bare machine longer than all tests together.
///
/// # Errors
/// A package cannot be installed, or a test fails.
pub fn test(more: &[String]) -> Result<()> {
    install()?;
    // The crash stories start the real program; built now, it does not eat into their time.
    step("weir", &mut cargo(&["build", "--release", "-p", "api", "--bin", "weir"]))?;
    let with_nextest =
        cargo(&["nextest", "--version"]).output().is_ok_and(|out| out.status.success());
    let (title, mut tests) = if with_nextest {
        (
            "tests, by nextest",
            cargo(&["nextest", "run", "--cargo-profile", "release", "--workspace"]),
        )
    } else {
        (
            "tests, by cargo test (nextest is not installed)",
            cargo(&["test", "--release", "--workspace"]),
        )
    };
    step(title, tests.args(more))
}
