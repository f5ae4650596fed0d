//! The handle of a running capture: a thread of its own with a runtime of its own, which is what decoding at the
//! speed of the log sender takes.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tables::Cut;
use terms::Lsn;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::lag::Pulse;
use crate::session::{Channels, Ended, Session};
use crate::{CaptureError, FlushState, Kind, Lag, Server, Standstill};

/// What to capture, and where to.
#[derive(Debug, Clone)]
pub struct CaptureConfig {
    /// PostgreSQL.
    pub server: Server,
    /// The warehouse folder.
    pub root: PathBuf,
    /// The replication slot: small letters, digits, underscores.
    pub slot: String,
    /// The publication.
    pub publication: String,
    /// When rows in memory go to files.
    pub flush: FlushLimits,
    /// Copy all tables afresh when the log that is needed is gone; old snapshots stay readable. Otherwise capture
    /// ends with an error of kind Resync.
    pub resync: bool,
}

/// The usual replication slot.
pub const SLOT: &str = "weir";

impl CaptureConfig {
    /// The usual slot and publication, the usual limits.
    pub fn new(server: Server, root: PathBuf) -> Self {
        let (slot, publication) = (SLOT.to_owned(), "weir_pub".to_owned());
        Self { server, root, slot, publication, flush: FlushLimits::default(), resync: false }
    }
}

/// When rows in memory go to files: at the first limit that is reached.
#[derive(Debug, Clone, Copy)]
pub struct FlushLimits {
    /// Rows.
    pub rows: u64,
    /// Bytes of log.
    pub bytes: u64,
    /// Age of the oldest row.
    pub age: Duration,
}

impl Default for FlushLimits {
    fn default() -> Self {
        Self { rows: 200_000, bytes: 64 << 20, age: Duration::from_secs(10) }
    }
}

/// First wait after an error that passes; doubled up to the last.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const BACKOFF_LAST: Duration = Duration::from_secs(5);
/// A start that does not succeed within so many tries is an error of the caller's.
const START_TRIES: u32 = 8;

/// A running capture. Dropping it flushes and ends it in the background; [`Capture::stop`] waits for that.
#[derive(Debug)]
pub struct Capture {
    cuts: watch::Receiver<Arc<Cut>>,
    lag: watch::Receiver<Lag>,
    stop: watch::Sender<bool>,
    ended: watch::Receiver<Option<Result<(), CaptureError>>>,
}

impl Capture {
    /// Starts to capture; returns with the first cut. Makes the slot and the first copy if there is no snapshot.
    /// Errors: see [`Kind`]; another capture in the same folder is an error of kind Stop.
    pub async fn start(config: CaptureConfig) -> Result<Self, CaptureError> {
        let (stop, stopping) = watch::channel(false);
        let (tell_end, mut ended) = watch::channel(None);
        let (tell_cut, mut first) = watch::channel(None);
        let none = Lag { bytes: 0, seconds: 0.0, flush: FlushState::Idle, hot_rows: 0 };
        let (tell_lag, lag) = watch::channel(none);
        let channels = Channels { first: tell_cut, cuts: None, lag: tell_lag, stop: stopping };
        std::thread::Builder::new()
            .name("capture".into())
            .spawn(move || {
                let end = run(config, channels);
                if let Err(error) = &end {
                    tracing::error!(%error, kind = ?error.kind, "capture has ended");
                }
                // Nobody may be waiting.
                let _ = tell_end.send(Some(end));
            })
            .map_err(|e| CaptureError::stop(format!("no thread for capture: {e}")))?;
        tokio::select! {
            got = first.wait_for(Option::is_some) => {
                if let Some(cuts) = got.ok().and_then(|cuts| cuts.clone()) {
                    return Ok(Self { cuts, lag, stop, ended });
                }
            }
            () = async { let _ = ended.wait_for(Option::is_some).await; } => {}
        }
        let _ = ended.wait_for(Option::is_some).await;
        match ended.borrow().clone() {
            Some(Err(error)) => Err(error),
            _ => Err(CaptureError::stop("capture has ended before it began")),
        }
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
    pub async fn stop(mut self) -> Result<(), CaptureError> {
        // The thread may have ended by itself.
        let _ = self.stop.send(true);
        let _ = self.ended.wait_for(Option::is_some).await;
        let end = self.ended.borrow().clone();
        end.unwrap_or_else(|| Err(CaptureError::stop("capture has ended without a word")))
    }

    /// Resolves when capture has ended by an error that it cannot mend; never while it runs.
    pub async fn stopped(&self) -> CaptureError {
        let mut ended = self.ended.clone();
        match ended.wait_for(|end| matches!(end, Some(Err(_)))).await.map(|end| end.clone()) {
            Ok(Some(Err(error))) => error,
            _ => std::future::pending().await,
        }
    }
}

/// The life of the capture thread: sessions, one after another, until asked to stop or beyond mending.
fn run(config: CaptureConfig, mut channels: Channels) -> Result<(), CaptureError> {
    let _lock = lock(&config)?;
    let runtime = |builder: &mut Builder| {
        builder.enable_all().build().map_err(|e| CaptureError::stop(e.to_string()))
    };
    let decoding = runtime(&mut Builder::new_current_thread())?;
    // Files are encoded, sorted and synced here, so that decoding goes on meanwhile.
    let writing =
        runtime(Builder::new_multi_thread().worker_threads(2).thread_name("capture-flush"))?;
    let end = decoding.block_on(sessions(config, &mut channels, &writing));
    writing.shutdown_timeout(Duration::from_secs(1));
    end
}

async fn sessions(
    config: CaptureConfig,
    channels: &mut Channels,
    writing: &Runtime,
) -> Result<(), CaptureError> {
    let pulse = Arc::new(Pulse::default());
    let (mut wait, mut tries, mut afresh) = (BACKOFF_FIRST, 0, false);
    let mut reached = Lsn(0);
    loop {
        let begun = std::time::Instant::now();
        let session = async {
            let mut session =
                Session::open(&config, channels, pulse.clone(), writing.handle().clone(), afresh)
                    .await?;
            afresh = false;
            let end = session.stream().await;
            reached = session.reached();
            session.close(end).await
        };
        let error = match session.await {
            Ok(Ended::Asked) => return Ok(()),
            Err(error) => error,
        };
        tries += 1;
        let started = channels.cuts.is_some();
        match error.kind {
            Kind::Retry if started || tries < START_TRIES => {}
            Kind::Resync if config.resync && !afresh => {
                tracing::warn!(%error, "copying all tables afresh");
                afresh = true;
            }
            Kind::Retry => return Err(error),
            Kind::Resync | Kind::Stop => {
                Standstill::begin(&config.root, reached, &error);
                return Err(error);
            }
        }
        if begun.elapsed() > BACKOFF_LAST {
            wait = BACKOFF_FIRST;
        }
        channels.out_of_touch();
        tracing::warn!(%error, wait_ms = wait.as_millis(), "capture connects again");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = channels.stop.wait_for(|stop| *stop) => return Ok(()),
        }
        wait = (wait * 2).min(BACKOFF_LAST);
    }
}

/// One capture in a folder: the kernel frees the lock when we die, however we die.
fn lock(config: &CaptureConfig) -> Result<File, CaptureError> {
    let dir = config.root.join("_weir");
    let bad = |e: std::io::Error| CaptureError::stop(format!("{}: {e}", dir.display()));
    std::fs::create_dir_all(&dir).map_err(bad)?;
    let file = File::create(dir.join("lock")).map_err(bad)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CaptureError::stop(format!(
            "another capture writes into {}",
            config.root.display()
        ))),
        Err(TryLockError::Error(e)) => Err(bad(e)),
    }
}
