//! What was done, how much of it, and how long it took: one line a step.

use std::fmt::Display;
use std::future::Future;
use std::io::{Write, stderr, stdout};
use std::time::Instant;

use terms::{BillPeriod, grouped};

use crate::Progress;

/// Prints steps with their seconds.
#[derive(Debug)]
pub struct Steps {
    began: Instant,
    aside: bool,
}

impl Steps {
    /// On standard output: the steps are what the command tells.
    pub fn aloud() -> Self {
        Self { began: Instant::now(), aside: false }
    }

    /// On standard error, beside other facts.
    pub fn aside() -> Self {
        Self { began: Instant::now(), aside: true }
    }

    /// Does a step; its line is printed when it is done.
    ///
    /// # Errors
    /// Those of the step.
    pub async fn time<T, E>(
        &self,
        what: &str,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        T: Counted,
    {
        let start = Instant::now();
        let done = step.await?;
        self.line(what, &done.counted(), start);
        Ok(done)
    }

    /// Prints the line of a step that began at `start`.
    pub fn line(&self, what: &str, words: &dyn Display, start: Instant) {
        let text = format!(
            "{:6.1} s  {what:16} {words} ({:.1} s)",
            self.began.elapsed().as_secs_f64(),
            start.elapsed().as_secs_f64()
        );
        // A reader that has gone away is no reason to stop the work.
        let _ = if self.aside {
            writeln!(stderr().lock(), "{text}")
        } else {
            writeln!(stdout().lock(), "{text}")
        };
    }
}

/// The parts of a month, each with its seconds.
pub(super) struct Parts {
    progress: Progress,
    since: Instant,
    done: Vec<String>,
}

impl Parts {
    const ALL: u64 = 5;

    pub(super) fn new(period: BillPeriod) -> Self {
        let progress = Progress::new(format!("{period}: part"));
        progress.at(1, Self::ALL);
        Self { progress, since: Instant::now(), done: Vec::new() }
    }

    pub(super) fn done(&mut self, words: String) {
        self.done.push(format!("{words} {:.1} s", self.since.elapsed().as_secs_f64()));
        self.since = Instant::now();
        self.progress.at(self.done.len() as u64 + 1, Self::ALL);
    }

    /// All of them; the moving line gives way.
    pub(super) fn words(self) -> String {
        self.done.join("; ")
    }
}

/// Something whose amount can be said.
pub trait Counted {
    /// In words.
    fn counted(&self) -> String;
}

impl<T> Counted for Vec<T> {
    fn counted(&self) -> String {
        grouped(self.len() as u64)
    }
}

impl Counted for ingest::Capture {
    fn counted(&self) -> String {
        let cut = self.cuts().borrow().clone();
        let rows: u64 = cut
            .tables
            .values()
            .flat_map(|table| table.files.iter())
            .map(|file| file.exact.rows)
            .sum();
        format!("{} rows", grouped(rows))
    }
}

impl Counted for String {
    fn counted(&self) -> String {
        self.clone()
    }
}

impl Counted for () {
    fn counted(&self) -> String {
        String::new()
    }
}
