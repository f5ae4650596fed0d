//! The drawings of a laid-out report. None of them computes anything.

mod csv;
mod html;
mod pdf;
mod xlsx;

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

pub use html::{REPORT_CSS, render_html_fragment};
pub use pdf::PDF_ROWS_MAX;

use crate::{LaidOut, ReportError};

/// As what a report is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A whole page with its style.
    Html,
    /// A4 landscape, PDF/A-2b.
    Pdf,
    /// An Excel work book.
    Xlsx,
    /// Plain rows, UTF-8 with a byte order mark.
    Csv,
    /// The laid-out report itself.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Html, Self::Pdf, Self::Xlsx, Self::Csv, Self::Json];

    /// The ending of a file.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// What a browser is told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.ending() == word).ok_or_else(|| format!("没有格式 {word}：可用 html、pdf、xlsx、csv、json"))
    }
}

/// Draws a report: equal reports give equal bytes. Blocks; a long PDF takes a second and hundreds of MB.
///
/// # Errors
/// [`ReportError::TooLong`] for a PDF of too many rows; [`ReportError::Draw`] where a renderer fails.
pub fn render(report: &LaidOut, format: Format) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Html => html::page(report).map(String::into_bytes),
        Format::Pdf => pdf::pdf(report),
        Format::Xlsx => xlsx::work_book(report),
        Format::Csv => csv::rows(report),
        Format::Json => serde_json::to_vec_pretty(report).map_err(|e| ReportError::draw("JSON", e)),
    }
}

/// Draws a report off the async threads, at most two at a time.
///
/// # Errors
/// As [`render`].
pub async fn render_queued(report: Arc<LaidOut>, format: Format) -> Result<Vec<u8>, ReportError> {
    static PRESSES: Semaphore = Semaphore::const_new(2);
    let stopped = |e: &dyn std::fmt::Display| ReportError::draw("报表", e.to_string());
    let _press = PRESSES.acquire().await.map_err(|e| stopped(&e))?;
    tokio::task::spawn_blocking(move || render(&report, format)).await.map_err(|e| stopped(&e))?
}
