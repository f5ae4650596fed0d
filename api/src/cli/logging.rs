//! The log, on standard error; `WEIR_LOG` filters it, as in `WEIR_LOG=info,ingest=debug`.

use std::env::VarError;
use std::io::IsTerminal;

use anyhow::{Context, bail};
use tracing_subscriber::EnvFilter;

/// Servers tell what they do; commands speak up only when something is wrong.
///
/// # Errors
/// `WEIR_LOG` is no filter: a log that is not the one that was asked for is found out too late.
pub(super) fn start(is_server: bool) -> anyhow::Result<()> {
    let usual = if is_server {
        "warn,api=info,ingest=info,sqlx::query=error"
    } else {
        "warn,sqlx::query=error"
    };
    let filter = match std::env::var("WEIR_LOG") {
        Ok(said) => EnvFilter::builder().parse(said).context("WEIR_LOG")?,
        Err(VarError::NotPresent) => EnvFilter::new(usual),
        Err(VarError::NotUnicode(_)) => bail!("WEIR_LOG is no text"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}
