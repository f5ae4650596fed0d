//! Ctrl-C and SIGTERM.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

/// The command was asked to end before it was done. What was committed stays.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; what was done is kept, run the same command again to go on")]
pub(super) struct Interrupted;

/// Resolves at the first Ctrl-C or SIGTERM.
pub(super) async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Runs work that may take long; a signal drops it between two of its transactions.
pub(super) async fn unless_stopped<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        asked = asked_to_stop() => {
            asked?;
            Err(Interrupted.into())
        }
    }
}
