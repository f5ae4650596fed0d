//! Threads, deadline, memory: what bounds a statement.
//!
//! Planning and joins may not yield for a long time. When they hold every thread of a runtime, its timers do not fire
//! either; so statements run on threads of their own, and the clock that ends them ticks on the caller's runtime.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use datafusion::physical_plan::execute_stream;
use futures::stream::{BoxStream, Stream, StreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use crate::statement::Statement;
use crate::warehouse::Shared;
use crate::{WarehouseError, error};

/// Batches that wait for a slow reader before the statement pauses.
const WAITING_BATCHES: usize = 2;
/// Stack of a thread that plans and computes: ten times what the deepest statement that is let in has needed. Only what
/// is used of it takes memory.
const STACK_BYTES: usize = 64 << 20;

/// What one statement may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory of one statement, in bytes.
    pub memory_bytes: usize,
    /// Time from the order to the last row.
    pub deadline: Duration,
    /// Rows of an answer that is held in memory as a whole.
    pub answer_rows: usize,
    /// What all its values come to, in bytes.
    pub answer_bytes: usize,
    /// Statements that run at the same time, half of them of one person; the others wait, within their deadline.
    pub statements: usize,
    /// Parts that a statement's work is split into, each with a thread of its own; by default one for each core.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            deadline: Duration::from_secs(30),
            answer_rows: 1_000_000,
            answer_bytes: 256 << 20,
            statements: 8,
            threads: std::thread::available_parallelism().map_or(2, Into::into),
        }
    }
}

/// The rows of an answer as they are computed: a stream that ends with the last row or with one error.
/// Dropping it stops the work.
pub struct Rows {
    schema: SchemaRef,
    started_at: Option<DateTime<Utc>>,
    batches: BoxStream<'static, Result<RecordBatch, WarehouseError>>,
}

impl Rows {
    /// The columns of the answer, known before its first row.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The moment that `now()` and `current_date` stood for.
    pub fn started_at(&self) -> Option<DateTime<Utc>> {
        self.started_at
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, WarehouseError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.batches.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Plans a statement and starts it; returns when its columns are known.
pub(crate) async fn start(
    shared: &Arc<Shared>,
    statement: Statement,
    limits: &Limits,
) -> Result<Rows, WarehouseError> {
    let until = Instant::now() + limits.deadline;
    let late = WarehouseError::Deadline(limits.deadline);
    let turn = shared.workers.turn(&statement.who.login);
    let Ok(Some(turn)) = timeout_at(until, turn).await else {
        return Err(WarehouseError::Busy);
    };
    let (say_schema, schema) = oneshot::channel();
    let (hand_over, batches) = mpsc::channel(WAITING_BATCHES);
    let runtime = shared.clone();
    let sql = statement.sql.clone();
    let work = shared.workers.spawn(async move {
        let _turn = turn;
        let started = statement.plan(&runtime.runtime).await.and_then(|planned| {
            let rows = execute_stream(planned.plan, planned.context)?;
            Ok((planned.titles.put_on(&rows.schema()), planned.started_at, rows))
        });
        let (schema, started_at, mut rows) = match started {
            Ok(started) => started,
            Err(error) => return drop(say_schema.send(Err(error.clipped()))),
        };
        if say_schema.send(Ok((schema.clone(), started_at))).is_err() {
            return;
        }
        while let Some(batch) = rows.next().await {
            let batch = batch
                .map_err(|failed| error::computed(failed, &sql))
                .and_then(|batch| titled(&batch, &schema))
                .map_err(WarehouseError::clipped);
            if hand_over.send(batch).await.is_err() {
                return;
            }
        }
    });
    let (schema, started_at) = match timeout_at(until, schema).await {
        Err(_) => return Err(late),
        Ok(Err(_)) => return Err(ended(work).await),
        Ok(Ok(schema)) => schema?,
    };
    let flow = Flow { until, late: Some(late), batches, work: Some(work) };
    Ok(Rows { schema, started_at, batches: futures::stream::unfold(flow, Flow::next).boxed() })
}

/// The same rows under their titles.
fn titled(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, WarehouseError> {
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &rows)
        .map_err(WarehouseError::broken)
}

struct Flow {
    until: Instant,
    /// Taken when the stream has ended with an error.
    late: Option<WarehouseError>,
    batches: mpsc::Receiver<Result<RecordBatch, WarehouseError>>,
    work: Option<AbortOnDropHandle<()>>,
}

impl Flow {
    async fn next(mut self) -> Option<(Result<RecordBatch, WarehouseError>, Self)> {
        let late = self.late.take()?;
        let item = match timeout_at(self.until, self.batches.recv()).await {
            Err(_) => Err(late),
            Ok(Some(Ok(batch))) => {
                self.late = Some(late);
                Ok(batch)
            }
            Ok(Some(Err(error))) => Err(error),
            Ok(None) => match self.work.take()?.await {
                Ok(()) => return None,
                Err(panic) => Err(WarehouseError::broken(panic)),
            },
        };
        if item.is_err() {
            self.work = None;
        }
        Some((item, self))
    }
}

/// Why a task went away without a word.
async fn ended(work: AbortOnDropHandle<()>) -> WarehouseError {
    match work.await {
        Ok(()) => WarehouseError::Busy,
        Err(panic) => WarehouseError::broken(panic),
    }
}

/// The threads that compute, and the desk where statements wait for their turn.
#[derive(Debug)]
pub(crate) struct Workers {
    /// Taken when the warehouse is dropped.
    runtime: Option<Runtime>,
    desk: Arc<Semaphore>,
    /// Turns that one person may have.
    share: usize,
    /// By the login of who asks; those who ask nothing are forgotten.
    shares: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place among the person's own statements, and one at the desk.
type Turn = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Workers {
    pub(crate) fn start(limits: &Limits) -> std::io::Result<Self> {
        let share = (limits.statements / 2).max(1);
        // A thread is held while a statement is planned, and while one batch is computed, which may be long. What one
        // person's statements may hold leaves some to the others; the cores are shared out by the system.
        let runtime = Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1) * (share + 1))
            .thread_name("weir-query")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
            desk: Arc::new(Semaphore::new(limits.statements.max(1))),
            share,
            shares: Mutex::default(),
        })
    }

    /// Waits for a turn; first among the person's own statements, so that nobody's keep all others from the desk.
    async fn turn(&self, login: &str) -> Option<Turn> {
        let own = self.share_of(login).acquire_owned().await.ok()?;
        Some((own, self.desk.clone().acquire_owned().await.ok()?))
    }

    fn share_of(&self, login: &str) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.retain(|_, share| share.strong_count() > 0);
        if let Some(share) = shares.get(login).and_then(Weak::upgrade) {
            return share;
        }
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(login.to_owned(), Arc::downgrade(&share));
        share
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
        let runtime = self.runtime.as_ref().expect("taken only when dropped");
        AbortOnDropHandle::new(runtime.spawn(work))
    }

    /// Tasks still alive on the threads; tests ask whether stopped work is gone.
    #[cfg(test)]
    pub(crate) fn alive(&self) -> usize {
        self.runtime.as_ref().map_or(0, |runtime| runtime.metrics().num_alive_tasks())
    }
}

/// A runtime must not be dropped on an async thread in the plain way: that would wait for its tasks.
impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
