//! What a killed Weir left behind: an orphaned server, a stale pid file, a stale socket.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::{ClusterError, Result, Trying};

const STEPS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(60)), (Signal::QUIT, Duration::from_secs(20))];

/// Stops whatever still runs in `data`, then removes the stale files; says what was found.
///
/// We hold the folder's lock, so a server here has lost its Weir. The pid file alone proves nothing
/// (the pid may be another program's by now): every PostgreSQL process works in `data`.
pub(super) fn clear(data: &Path, run: &Path) -> Result<&'static str> {
    let pid_file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&pid_file) else { return Ok("clean") };
    let server: Option<i32> = text.lines().next().and_then(|pid| pid.trim().parse().ok());
    if processes_in(data).is_empty() {
        remove_stale_files(&pid_file, run)?;
        return Ok("a stale pid file");
    }
    for (signal, limit) in STEPS {
        let end = Instant::now() + limit;
        // Without their server, the other processes end by themselves.
        if let Some(pid) =
            server.filter(|pid| processes_in(data).contains(pid)).and_then(Pid::from_raw)
        {
            kill_process(pid, signal)
                .map_err(std::io::Error::from)
                .trying("stop the orphaned server")?;
        }
        while Instant::now() < end {
            if processes_in(data).is_empty() {
                remove_stale_files(&pid_file, run)?;
                return Ok("an orphaned server, now stopped");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    Err(ClusterError::WontStop(server.unwrap_or(0)))
}

/// PostgreSQL refuses to start over a pid that now belongs to another program of its account, or to
/// a zombie; and it checks the socket's lock file in the same way.
fn remove_stale_files(pid_file: &Path, run: &Path) -> Result<()> {
    if pid_file.exists() {
        fs::remove_file(pid_file).trying("remove the stale postmaster.pid")?;
    }
    for entry in fs::read_dir(run).trying("read the socket's folder")?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            fs::remove_file(entry.path()).trying("remove the stale socket")?;
        }
    }
    Ok(())
}

fn processes_in(folder: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder)
    })
    .collect()
}
