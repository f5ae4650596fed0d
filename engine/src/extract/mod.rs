//! The register of export jobs: who asked for which data, and what became of it. 导出任务
//!
//! queued → running → done, failed or interrupted; queued or running → cancelled. Each step is one
//! statement that names the state it starts from, so two workers cannot take the same job, and a
//! cancelled job is never finished afterwards. Whoever runs one says so several times a minute; a job whose process is
//! silent for a minute is interrupted by any other.

mod job;
mod step;
mod store;

pub use job::{Finished, Job, JobState, NewJob};
pub use step::{
    cancel, fail, finish, get, interrupt_silent, list, progress, queue, queued, running, start,
};
