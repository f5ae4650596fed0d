//! One thread that starts the server, waits for its end and reaps it.
//!
//! The death signal is tied to the *thread* that forked: started from a worker of the runtime, the
//! server would be stopped when that worker ends.

use std::process::{Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::error::{ClusterError, Result};

/// Fast shutdown first; immediate when that takes too long. Never a kill: it would leave shared
/// memory behind.
const STEPS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(60)), (Signal::QUIT, Duration::from_secs(20))];

/// The server process and, once it has ended, how.
pub(super) struct Keeper {
    /// The server's process id.
    pub(super) pid: i32,
    end: Arc<End>,
}

#[derive(Default)]
struct End {
    status: Mutex<Option<ExitStatus>>,
    told: Condvar,
}

impl Keeper {
    /// Starts the command on a thread of its own.
    pub(super) fn spawn(mut command: Command) -> std::io::Result<Self> {
        let end = Arc::new(End::default());
        let (tell, told) = mpsc::sync_channel(1);
        let shared = Arc::clone(&end);
        std::thread::Builder::new().name("postmaster".into()).spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => return drop(tell.send(Err(error))),
            };
            let pid = child.id().cast_signed();
            if tell.send(Ok(pid)).is_err() {
                return;
            }
            wait_without_reaping(pid);
            // Reaped under the lock that `signal` takes: a signal never reaches a reused pid.
            let mut status = shared.lock();
            *status = child.wait().ok();
            shared.told.notify_all();
        })?;
        let pid = told.recv().map_err(|_| std::io::Error::other("the keeper thread ended"))??;
        Ok(Self { pid, end })
    }

    pub(super) fn exited(&self) -> Option<ExitStatus> {
        *self.end.lock()
    }

    /// Waits for the end, at most so long.
    pub(super) fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let running = |status: &mut Option<ExitStatus>| status.is_none();
        let waited = self.end.told.wait_timeout_while(self.end.lock(), limit, running);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn stop(&self) -> Result<()> {
        for (signal, limit) in STEPS {
            self.signal(signal);
            if self.wait(limit).is_some() {
                return Ok(());
            }
        }
        Err(ClusterError::WontStop(self.pid))
    }

    fn signal(&self, signal: Signal) {
        let status = self.end.lock();
        if status.is_none()
            && let Some(pid) = Pid::from_raw(self.pid)
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::warn!(%error, pid = self.pid, "signal to PostgreSQL");
        }
    }
}

impl End {
    fn lock(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_without_reaping(pid: i32) {
    let Some(pid) = Pid::from_raw(pid) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
}
