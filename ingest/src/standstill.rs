//! Capture that stands still: it ended by an error that does not pass, and ends by the same one whenever it is started.
//! That is written down in `_weir/standstill.json` for whoever asks, and taken away once a position beyond is durable.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tables::durable_fs;
use terms::Lsn;

use crate::CaptureError;

/// Since when capture stands, where, and why. 采集停止
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// When it ended so for the first time.
    pub since: DateTime<Utc>,
    /// The position up to which changes came through.
    pub at: Lsn,
    /// The error.
    pub why: String,
}

impl Standstill {
    /// What is written down in a warehouse folder; none where capture goes on, or can.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(root: &Path) -> Result<Option<Self>, CaptureError> {
        let path = file(root);
        let unreadable = |error: String| CaptureError::stop(format!("{}: {error}", path.display()));
        match std::fs::read(&path) {
            Err(none) if none.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(error.to_string())),
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|e| unreadable(e.to_string()))
            }
        }
    }

    /// Capture has come up to `at` and ends. Where it ended so before, it has stood since then.
    pub(crate) fn begin(root: &Path, at: Lsn, error: &CaptureError) {
        let before = Self::read(root).ok().flatten().filter(|before| before.why == error.message);
        let since = before.as_ref().map_or_else(Utc::now, |before| before.since);
        let at = before.map_or(at, |before| before.at.max(at));
        let stands = Self { since, at, why: error.message.clone() };
        let written = serde_json::to_vec(&stands).map_err(std::io::Error::other);
        if let Err(error) = written.and_then(|text| durable_fs::replace(&file(root), &text)) {
            tracing::warn!(%error, "that capture stands is not written down");
        }
    }

    /// Everything up to `reached` is durable: what stood before that goes on.
    pub(crate) fn end(root: &Path, reached: Lsn) -> Result<(), CaptureError> {
        if Self::read(root)?.is_some_and(|stands| stands.at < reached) {
            std::fs::remove_file(file(root))
                .map_err(|error| CaptureError::retry(error.to_string()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(
            f,
            "capture stands since {since} at {}: {}; the way out is in README, Capture stands",
            self.at, self.why
        )
    }
}

fn file(root: &Path) -> PathBuf {
    root.join("_weir").join("standstill.json")
}
