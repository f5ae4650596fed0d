//! The register of export jobs: who asked for which data, and what became of it. 导出任务
//!
//! queued → running → done, failed or interrupted; queued or running → cancelled. Each step is one
//! statement that names the state it starts from, so two workers cannot take the same job, and a
//! cancelled job is never finished afterwards.

mod job;
mod store;

pub use job::{
    ExportFormat, Finished, Job, JobState, NewJob, cancel, fail, finish, get,
    interrupt_running_at_start, list, progress, queue, queued, start,
};
