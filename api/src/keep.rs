//! What `weir up` keeps alive: change capture and the private server, each started again when it has ended by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use cluster::{Address, PrivateCluster};
use ingest::{Capture, CaptureError, Lag};
use tables::Cut;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::roles;

/// How often the private server is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Capture waits so long after its first end, the server so long, and both twice as long after each further one.
const PAUSE_OF_CAPTURE: Duration = Duration::from_secs(1);
const PAUSE_OF_SERVER: Duration = Duration::from_millis(250);
const PAUSE_LAST: Duration = Duration::from_secs(60);
/// What has worked for so long ends for a new reason.
const SOUND_AFTER: Duration = Duration::from_secs(60);

/// Capture that is begun again after an error it cannot mend by itself, at one address for its readers.
#[derive(Debug)]
pub struct KeptCapture {
    cuts: watch::Receiver<Arc<Cut>>,
    lag: watch::Receiver<Lag>,
    end: CancellationToken,
    kept: JoinHandle<Result<(), CaptureError>>,
}

/// The ends of the channels that outlive one capture.
struct Tell {
    cuts: watch::Sender<Arc<Cut>>,
    lag: watch::Sender<Lag>,
}

impl KeptCapture {
    /// Starts change capture; returns with the first cut.
    ///
    /// # Errors
    /// See [`roles::capture`]: a first start that fails is the caller's to tell.
    pub async fn start(address: &Address, config: &Config) -> anyhow::Result<Self> {
        let capture = roles::capture(address, config).await?;
        let (cuts, told_cuts) = watch::channel(Arc::clone(&capture.cuts().borrow()));
        let (lag, told_lag) = watch::channel(*capture.lag().borrow());
        let end = CancellationToken::new();
        let tell = Tell { cuts, lag };
        let kept = keep(capture, tell, address.clone(), config.clone(), end.clone());
        Ok(Self { cuts: told_cuts, lag: told_lag, end, kept: tokio::spawn(kept) })
    }

    /// The newest cut, and a notice of every newer one.
    pub fn cuts(&self) -> watch::Receiver<Arc<Cut>> {
        self.cuts.clone()
    }

    /// How far behind it is.
    pub fn lag(&self) -> watch::Receiver<Lag> {
        self.lag.clone()
    }

    /// Flushes, confirms the position to the slot and ends.
    ///
    /// # Errors
    /// Capture could not end well.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.end.cancel();
        Ok(self.kept.await.context("the keeper of capture")??)
    }
}

async fn keep(
    first: Capture,
    tell: Tell,
    address: Address,
    config: Config,
    end: CancellationToken,
) -> Result<(), CaptureError> {
    let mut pause = Pause::from(PAUSE_OF_CAPTURE);
    let mut running = Some(first);
    loop {
        let began = Instant::now();
        let mut worked = Duration::ZERO;
        if let Some(capture) = running.take() {
            tokio::select! {
                error = capture.stopped() => {
                    tracing::error!(%error, "capture has ended: payments go on, figures stand still; it is started again");
                }
                () = forward(&capture, &tell) => {}
                () = end.cancelled() => return capture.stop().await,
            }
            worked = began.elapsed();
        }
        tokio::select! {
            () = tokio::time::sleep(pause.after(worked)) => {}
            () = end.cancelled() => return Ok(()),
        }
        let begun = tokio::select! {
            begun = roles::capture(&address, &config) => begun,
            () = end.cancelled() => return Ok(()),
        };
        match begun {
            Ok(capture) => {
                tracing::info!("capture goes on");
                running = Some(capture);
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "capture does not start again")
            }
        }
    }
}

/// Passes on what one capture tells; ends never.
async fn forward(capture: &Capture, tell: &Tell) {
    let (mut cuts, mut lag) = (capture.cuts(), capture.lag());
    cuts.mark_changed();
    loop {
        tokio::select! {
            Ok(()) = cuts.changed() => {
                tell.cuts.send_replace(Arc::clone(&cuts.borrow_and_update()));
            }
            Ok(()) = lag.changed() => {
                tell.lag.send_replace(*lag.borrow_and_update());
            }
            else => std::future::pending().await,
        }
    }
}

/// Starts the private server again whenever it has ended, for as long as it takes: a disk that was full is emptied, and
/// the tills go on. Never returns.
pub async fn keep_server(server: Option<&Arc<PrivateCluster>>) -> Infallible {
    let Some(server) = server else { return std::future::pending().await };
    let mut pause = Pause::from(PAUSE_OF_SERVER);
    let mut ready_since = Some(Instant::now());
    loop {
        let ended = server.exited();
        if let Some(status) = ended {
            tracing::error!(%status, "the private PostgreSQL has ended; it is started again");
        }
        if ended.is_some() || ready_since.is_none() {
            let worked = ready_since.take().map_or(Duration::ZERO, |since| since.elapsed());
            tokio::time::sleep(pause.after(worked)).await;
            let again = Arc::clone(server);
            match tokio::task::spawn_blocking(move || again.start_again()).await {
                Ok(Ok(())) => {
                    ready_since = Some(Instant::now());
                    tracing::info!(pid = server.pid(), "the private PostgreSQL runs again");
                }
                Ok(Err(error)) => tracing::error!(%error, "the private PostgreSQL does not start"),
                Err(error) => {
                    tracing::error!(%error, "a start of the private PostgreSQL broke off")
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A pause that grows while what it stands before does not last.
struct Pause {
    first: Duration,
    next: Duration,
}

impl Pause {
    fn from(first: Duration) -> Self {
        Self { first, next: first }
    }

    /// How long to wait after what has worked for so long.
    fn after(&mut self, worked: Duration) -> Duration {
        let now = if worked > SOUND_AFTER { self.first } else { self.next };
        self.next = (now * 2).min(PAUSE_LAST);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ends_at_once_waits_longer_each_time_and_who_has_worked_begins_anew() {
        let mut pause = Pause::from(PAUSE_OF_CAPTURE);
        let (at_once, long) = (Duration::from_secs(3), Duration::from_secs(600));
        let mut seconds = |worked| pause.after(worked).as_secs();
        let waited: Vec<u64> = (0..8).map(|_| seconds(at_once)).collect();
        assert_eq!(waited, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!([seconds(long), seconds(at_once)], [1, 2]);
    }
}
