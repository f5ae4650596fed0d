//! Writes export jobs to files, two at a time, in this process.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use engine::access::{self, Action};
use engine::extract::{self, ExportFormat, Finished, Job};
use reports::extract::{ExtractError, FileFormat, write};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use warehouse::{Limits, Person, Pinned};

use super::page::scope_words;
use crate::reader;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::flush::snapshot_of_now;
use crate::web::words::moment;

/// Files written at the same time; the pages go first.
const AT_A_TIME: usize = 2;
/// How often the register learns of the rows written.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// An export may take longer than a page.
const DEADLINE: Duration = Duration::from_secs(3_600);

/// The files, and the jobs under way in this process.
pub(in crate::web) struct Jobs {
    folder: PathBuf,
    desk: Semaphore,
    running: Mutex<HashMap<i64, CancellationToken>>,
    /// Held by the one process that the folder belongs to; the kernel frees it when that one dies.
    owned: OnceLock<File>,
}

impl Jobs {
    pub(in crate::web) fn new(folder: PathBuf) -> Self {
        let (running, owned) = Default::default();
        Self { folder, desk: Semaphore::new(AT_A_TIME), running, owned }
    }

    /// True for the process that has the folder: what lies half done there is nobody's but its own.
    fn is_owner(&self) -> std::io::Result<bool> {
        let mut maker = DirBuilder::new();
        maker.recursive(true).mode(0o700).create(&self.folder)?;
        let file = OpenOptions::new().create(true).append(true).open(self.folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(self.owned.set(file).is_ok()),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where the file of a job lies.
    pub(super) fn file(&self, id: i64, format: ExportFormat) -> PathBuf {
        self.folder.join(format!("{id}.{}", format.code()))
    }

    /// Takes away what a killed process was writing; whole files have no such ending.
    async fn sweep(&self) -> std::io::Result<()> {
        let mut files = tokio::fs::read_dir(&self.folder).await?;
        while let Some(file) = files.next_entry().await? {
            if file.path().extension().is_some_and(|ending| ending == "part") {
                tokio::fs::remove_file(file.path()).await?;
            }
        }
        Ok(())
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

/// Marks what an earlier process left half done, and takes up what it left waiting. Beside a process that has the
/// folder there is nothing to do: what is half done there is being done.
pub(in crate::web) async fn resume(app: &App) -> Result<(), sqlx::Error> {
    match app.0.jobs.is_owner() {
        Ok(true) => {}
        Ok(false) => return Ok(()),
        Err(error) => {
            tracing::error!(%error, "the folder of exports cannot be used");
            return Ok(());
        }
    }
    let left = extract::interrupt_running_at_start(&app.0.pool, &*app.0.clock).await?;
    if left > 0 {
        tracing::warn!(jobs = left, "export jobs were interrupted by the end of a process");
    }
    if let Err(error) = app.0.jobs.sweep().await {
        tracing::warn!(%error, "half written export files were not swept");
    }
    for job in extract::queued(&app.0.pool).await? {
        begin(app, job.id);
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
    if token.is_cancelled() || !extract::start(&app.0.pool, id).await? {
        return Ok(());
    }
    let job = extract::get(&app.0.pool, id).await?.ok_or(WebError::NotFound)?;
    let limits = Limits { deadline: DEADLINE, ..Limits::default() };
    let pinned = snapshot_of_now(app).await?.with_limits(limits);
    let who = owner(app, &job).await?;

    let rows = pinned.stream(&who, &job.statement, &[]).await?;
    let about = about(&job, &who, &pinned, rows.started_at());
    let schema = rows.schema();
    let path = app.0.jobs.file(id, job.format);
    let count = Arc::new(AtomicU64::new(0));
    let counting = |rows: u64| count.store(rows, Ordering::Relaxed);
    let writing = write(rows, schema, format_of(job.format), &path, &about, counting, token);
    let written = tokio::select! {
        written = writing => written,
        error = tell(app, id, &count, token) => return Err(error),
    };
    match written {
        Ok(file) => {
            let file = Finished {
                rows: i64::try_from(file.rows).unwrap_or(i64::MAX),
                bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
                sha256: file.sha256,
                snapshot_seq: i64::try_from(pinned.position().seq).unwrap_or(i64::MAX),
            };
            extract::finish(&app.0.pool, &*app.0.clock, id, file).await?;
            Ok(())
        }
        Err(ExtractError::Cancelled) => Ok(()),
        Err(ExtractError::Warehouse(error)) => Err(error.into()),
        Err(error) => Err(WebError::Fault(error.into())),
    }
}

/// Tells the register how far the job is, and learns from it that the job was cancelled; ends only by an error.
async fn tell(app: &App, id: i64, count: &AtomicU64, token: &CancellationToken) -> WebError {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let rows = i64::try_from(count.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        match extract::progress(&app.0.pool, id, rows, 0).await {
            Ok(true) => {}
            Ok(false) => token.cancel(),
            Err(error) => return error.into(),
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

fn format_of(format: ExportFormat) -> FileFormat {
    match format {
        ExportFormat::Csv => FileFormat::Csv,
        ExportFormat::Xlsx => FileFormat::Xlsx,
        ExportFormat::Parquet => FileFormat::Parquet,
    }
}
