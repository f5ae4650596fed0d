//! The log, on standard error; `WEIR_LOG` filters it, as in `WEIR_LOG=info,ingest=debug`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Servers tell what they do; commands speak up only when something is wrong.
pub(super) fn start(is_server: bool) {
    let usual = if is_server {
        "warn,api=info,ingest=info,sqlx::query=error"
    } else {
        "warn,sqlx::query=error"
    };
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
