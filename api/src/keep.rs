//! What `weir up` keeps alive: change capture and the private server, each started again when it has ended by itself.

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
/// A start waits so long after the first end, and twice as long after each further one.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_LAST: Duration = Duration::from_secs(60);
/// What has worked for so long ends for a new reason.
const SOUND_AFTER: Duration = Duration::from_secs(60);
/// A server that does not start so often in a row will not: somebody must look.
const STARTS: u32 = 5;

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
    let mut pause = Pause::new();
    let mut running = Some(first);
    loop {
        if let Some(capture) = running.take() {
            tokio::select! {
                error = capture.stopped() => {
                    tracing::error!(%error, "capture has ended: payments go on, figures stand still; it is started again");
                }
                () = forward(&capture, &tell) => {}
                () = end.cancelled() => return capture.stop().await,
            }
        }
        tokio::select! {
            () = pause.wait() => {}
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

/// Starts the private server again whenever it has ended; never returns where there is none.
///
/// # Errors
/// It does not start any more.
pub async fn keep_server(server: Option<&Arc<PrivateCluster>>) -> anyhow::Error {
    let Some(server) = server else { return std::future::pending().await };
    let (mut pause, mut failures) = (Pause::new(), 0);
    loop {
        if let Some(status) = server.exited() {
            tracing::error!(%status, "the private PostgreSQL has ended; it is started again");
            if failures > 0 {
                pause.wait().await;
            }
            let again = Arc::clone(server);
            match tokio::task::spawn_blocking(move || again.start_again()).await {
                Ok(Ok(())) => {
                    failures = 0;
                    tracing::info!(pid = server.pid(), "the private PostgreSQL runs again");
                }
                Ok(Err(error)) if failures + 1 == STARTS => {
                    return anyhow::Error::from(error)
                        .context("the private PostgreSQL has ended and does not start again");
                }
                Ok(Err(error)) => {
                    failures += 1;
                    tracing::error!(%error, failures, "the private PostgreSQL does not start");
                }
                Err(error) => return error.into(),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A pause that grows while what it stands before does not last.
struct Pause {
    next: Duration,
    since: Instant,
}

impl Pause {
    fn new() -> Self {
        Self { next: PAUSE_FIRST, since: Instant::now() }
    }

    async fn wait(&mut self) {
        if self.since.elapsed() > SOUND_AFTER + self.next {
            self.next = PAUSE_FIRST;
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(PAUSE_LAST);
        self.since = Instant::now();
    }
}
