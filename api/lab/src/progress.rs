//! Progress of long work, on standard error: a moving line on a terminal, nothing in a log file.

use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use terms::grouped;

const REDRAW: Duration = Duration::from_millis(100);

/// One line that shows how far the work is.
pub struct Progress {
    label: String,
    shown: bool,
    drawn: Mutex<Option<Instant>>,
}

impl Progress {
    /// Begins a line, such as `readings 2026-11`.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), shown: stderr().is_terminal(), drawn: Mutex::new(None) }
    }

    /// Shows that `done` of `total` are through.
    pub fn at(&self, done: u64, total: u64) {
        if !self.shown {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_some_and(|at| at.elapsed() < REDRAW) && done < total {
            return;
        }
        *drawn = Some(Instant::now());
        draw(&format!("{} {}/{}", self.label, grouped(done), grouped(total)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let drawn = self.drawn.get_mut().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_some() {
            draw("");
        }
    }
}

/// A line that cannot be drawn is no reason to stop the work.
fn draw(line: &str) {
    let mut out = stderr().lock();
    let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
}
