//! Writes export jobs to files, two at a time, in this process.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use engine::access::{self, Action};
use engine::extract::{self, Finished, Job};
use reports::extract::{ExtractError, write};
use terms::{ExportFormat, moment};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use warehouse::{Limits, Person, Pinned};

use super::page::scope_words;
use crate::reader;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::flush::snapshot_of_now;

/// Files written at the same time; the pages go first.
const AT_A_TIME: usize = 2;
/// How often the register learns of the rows written.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How often jobs of dead processes are looked for.
const CLEAR_EVERY: Duration = Duration::from_secs(30);
/// An export may take longer than a page.
const DEADLINE: Duration = Duration::from_secs(3_600);

/// The files, and the jobs under way in this process.
pub(in crate::web) struct Jobs {
    folder: PathBuf,
    desk: Semaphore,
    running: Mutex<HashMap<i64, CancellationToken>>,
    /// This process, as the register names it: machine and number.
    worker: String,
}

impl Jobs {
    pub(in crate::web) fn new(folder: PathBuf) -> Self {
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let worker = format!("{}:{}", machine.trim(), std::process::id());
        Self { folder, desk: Semaphore::new(AT_A_TIME), running: Mutex::default(), worker }
    }

    /// Makes the folder, for this user alone.
    async fn make_folder(&self) -> std::io::Result<()> {
        tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).await
    }

    /// Where the file of a job lies.
    pub(super) fn file(&self, id: i64, format: ExportFormat) -> PathBuf {
        self.folder.join(format!("{id}.{}", format.code()))
    }

    /// What is half written in the folder, by the job that it is of; whole files have no such ending.
    async fn half_written(&self) -> std::io::Result<Vec<(Option<i64>, PathBuf)>> {
        let mut found = Vec::new();
        let mut files = tokio::fs::read_dir(&self.folder).await?;
        while let Some(file) = files.next_entry().await? {
            let path = file.path();
            if path.extension().is_some_and(|ending| ending == "part") {
                let name = file.file_name();
                let job = name.to_str().and_then(|name| name.split('.').next()?.parse().ok());
                found.push((job, path));
            }
        }
        Ok(found)
    }

    /// Stops a job that runs here.
    pub(super) fn stop(&self, id: i64) {
        if let Some(token) = self.running().get(&id) {
            token.cancel();
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<i64, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Clears away what dead processes left half done, now and from time to time, and takes up what waits. What another
/// process is writing stays as it is.
pub(in crate::web) async fn resume(app: &App) -> Result<(), sqlx::Error> {
    if let Err(error) = app.0.jobs.make_folder().await {
        tracing::error!(%error, "the folder of exports cannot be used");
        return Ok(());
    }
    clear(app).await?;
    for job in extract::queued(&app.0.pool).await? {
        begin(app, job.id);
    }
    let app = app.clone();
    tokio::spawn(async move {
        while app.0.ending.run_until_cancelled(tokio::time::sleep(CLEAR_EVERY)).await.is_some() {
            if let Err(error) = clear(&app).await {
                tracing::warn!(%error, "export jobs of dead processes were not looked for");
            }
        }
    });
    Ok(())
}

/// Interrupts the jobs of dead processes, and takes away what nobody goes on writing.
async fn clear(app: &App) -> Result<(), sqlx::Error> {
    let left = extract::interrupt_silent(&app.0.pool, &*app.0.clock).await?;
    if left > 0 {
        tracing::warn!(jobs = left, "export jobs were interrupted by the end of their process");
    }
    // Looked at before the register: what is begun after that is not swept.
    let half = app.0.jobs.half_written().await;
    let running = extract::running(&app.0.pool).await?;
    let swept = async {
        for (job, path) in half? {
            if job.is_none_or(|job| !running.contains(&job)) {
                tokio::fs::remove_file(path).await?;
            }
        }
        std::io::Result::Ok(())
    };
    if let Err(error) = swept.await {
        tracing::warn!(%error, "half written export files were not swept");
    }
    Ok(())
}

/// Starts on a job as soon as the desk is free; returns at once.
pub(super) fn begin(app: &App, id: i64) {
    let token = app.0.ending.child_token();
    app.0.jobs.running().insert(id, token.clone());
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = work(&app, id, &token).await {
            let words = error.words();
            tracing::warn!(job = id, %words, "an export job failed");
            if let Err(error) = extract::fail(&app.0.pool, &*app.0.clock, id, &words).await {
                tracing::error!(job = id, %error, "the failure of an export job was not noted");
            }
        }
        app.0.jobs.running().remove(&id);
    });
}

async fn work(app: &App, id: i64, token: &CancellationToken) -> Result<(), WebError> {
    let _seat = app.0.jobs.desk.acquire().await.map_err(|error| WebError::Fault(error.into()))?;
    if token.is_cancelled() || !extract::start(&app.0.pool, id, &app.0.jobs.worker).await? {
        return Ok(());
    }
    let count = Arc::new(AtomicU64::new(0));
    tokio::select! {
        written = write_file(app, id, &count, token) => written,
        never = tell(app, id, &count, token) => match never {},
    }
}

async fn write_file(
    app: &App,
    id: i64,
    count: &Arc<AtomicU64>,
    token: &CancellationToken,
) -> Result<(), WebError> {
    let job = extract::get(&app.0.pool, id).await?.ok_or(WebError::NotFound)?;
    let limits = Limits { deadline: DEADLINE, ..Limits::default() };
    let pinned = snapshot_of_now(app).await?.with_limits(limits);
    let who = owner(app, &job).await?;

    let rows = pinned.stream(&who, &job.statement, &[]).await?;
    let about = about(&job, &who, &pinned, rows.started_at());
    let schema = rows.schema();
    let path = app.0.jobs.file(id, job.format);
    let counting = |rows: u64| count.store(rows, Ordering::Relaxed);
    let writing = write(rows, schema, job.format, &path, &about, counting, token);
    match writing.await {
        Ok(file) => {
            let file = Finished {
                rows: file.rows,
                bytes: file.bytes,
                sha256: file.sha256,
                snapshot_seq: pinned.position().seq,
                made_for: serde_json::to_value(&who)
                    .map_err(|error| WebError::Fault(error.into()))?,
            };
            extract::finish(&app.0.pool, &*app.0.clock, id, file).await?;
            Ok(())
        }
        Err(ExtractError::Cancelled) => Ok(()),
        Err(ExtractError::Warehouse(error)) => Err(error.into()),
        Err(error @ ExtractError::Cell(_)) => Err(WebError::Invalid(format!("{error}。"))),
        Err(error) => Err(WebError::Fault(error.into())),
    }
}

/// Tells the register how far the job is and that its process is alive, and learns from it that the job is to stop.
/// What the register cannot be told now it is told soon.
async fn tell(app: &App, id: i64, count: &AtomicU64, token: &CancellationToken) -> Infallible {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        match extract::progress(&app.0.pool, id, count.load(Ordering::Relaxed)).await {
            Ok(true) => {}
            Ok(false) => token.cancel(),
            Err(error) => {
                tracing::warn!(job = id, %error, "the register was not told of an export")
            }
        }
    }
}

/// Whoever ordered the job, with the rows that they may see now.
async fn owner(app: &App, job: &Job) -> Result<Person, WebError> {
    let user = access::user(&mut *app.0.pool.acquire().await?, job.user).await?;
    let user = user.ok_or(WebError::Forbidden("提交任务的用户已停用。"))?;
    if !user.rights.may(Action::OrderExport) {
        return Err(WebError::NotAllowed(Some(Action::OrderExport)));
    }
    Ok(reader(&user))
}

/// What goes into the file beside the rows. 说明
fn about(
    job: &Job,
    who: &Person,
    pinned: &Pinned,
    started_at: Option<DateTime<Utc>>,
) -> Vec<(String, String)> {
    let position = pinned.position();
    let masks = if who.sees_personal { "未脱敏" } else { "户名、电话、地址已脱敏" };
    [
        ("任务号", job.id.to_string()),
        ("用途", job.purpose.clone()),
        ("提取人", who.name.clone()),
        ("可见范围", scope_words(who)),
        ("脱敏", masks.to_owned()),
        ("数据截至", moment(position.committed_at)),
        ("数据位置", position.lsn.to_string()),
        ("快照", position.seq.to_string()),
        // What now() and current_date stand for in the statement.
        ("运行时刻", started_at.map(moment).unwrap_or_default()),
        ("语句", job.statement.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
