//! The drawings of a laid-out report. None of them computes anything.

mod csv;
mod html;
mod pdf;
mod xlsx;

use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use terms::ExportFormat;
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
            Self::Xlsx => ExportFormat::Xlsx.code(),
            Self::Csv => ExportFormat::Csv.code(),
            Self::Json => "json",
        }
    }

    /// What a browser is told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Xlsx => ExportFormat::Xlsx.media_type(),
            Self::Csv => ExportFormat::Csv.media_type(),
            Self::Json => "application/json",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.ending() == word)
            .ok_or_else(|| format!("没有格式 {word}：可用 html、pdf、xlsx、csv、json"))
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
    static PRESSES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));
    pressed(Arc::clone(&PRESSES), move || render(&report, format)).await?
}

/// Draws on one of the presses, which is busy as long as it draws, whether anybody waits for the drawing still or not.
async fn pressed<T: Send + 'static>(
    presses: Arc<Semaphore>,
    draw: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ReportError> {
    let stopped = |e: &dyn std::fmt::Display| ReportError::draw("报表", e.to_string());
    let press = presses.acquire_owned().await.map_err(|e| stopped(&e))?;
    let drawing = move || {
        let drawn = draw();
        drop(press);
        drawn
    };
    tokio::task::spawn_blocking(drawing).await.map_err(|e| stopped(&e))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{Cursor, Read};

    use super::*;
    use crate::samples;

    fn text_of(report: &LaidOut, format: Format) -> String {
        let bytes = render(report, format).unwrap();
        if format != Format::Xlsx {
            return String::from_utf8(bytes).unwrap();
        }
        let mut book = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        book.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_drawing_is_the_same_each_time() {
        for rows in [0, 1, 24, 25, 26, 51] {
            for report in
                [samples::daily(rows), samples::detail(rows).numbered("R03-20261124-0001")]
            {
                for format in Format::ALL {
                    assert_eq!(
                        render(&report, format).unwrap(),
                        render(&report, format).unwrap(),
                        "{rows} rows as {format:?}"
                    );
                }
            }
        }
    }

    #[tokio::test]
    async fn a_press_is_busy_until_its_drawing_is_done_though_nobody_waits_for_it() {
        let presses = Arc::new(Semaphore::new(1));
        let (go, told) = std::sync::mpsc::channel::<()>();
        let waiting = tokio::spawn(pressed(Arc::clone(&presses), move || told.recv()));
        while presses.available_permits() == 1 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(presses.available_permits(), 0);
        go.send(()).unwrap();
        let _free = presses.acquire().await.unwrap();
    }

    #[test]
    fn every_drawing_shows_the_total() {
        let report = samples::daily(51);
        let total = report.total("net").unwrap();
        let plain = total.text.replace(',', "");
        for (format, shown) in
            [(Format::Html, &total.text), (Format::Json, &total.text), (Format::Csv, &plain)]
        {
            assert!(text_of(&report, format).contains(shown.as_str()), "{format:?}");
        }
        // Excel stores the shortest float: 850000.1 for 850,000.10.
        let number = format!("<v>{}</v>", plain.trim_end_matches('0').trim_end_matches('.'));
        assert!(text_of(&report, Format::Xlsx).contains(&number), "{number}");
    }

    #[test]
    fn ids_are_text_in_a_work_book() {
        assert!(text_of(&samples::detail(1), Format::Xlsx).contains("<t>0012345678</t>"));
    }

    #[test]
    fn names_are_escaped_on_the_page() {
        let mut report = samples::daily(1);
        report.pages[0].lines[0].cells[0].text = "<script>alert(1)</script>".into();
        let page = render_html_fragment(&report).unwrap();
        assert!(!page.contains("<script>"));
        assert!(!page.contains("style="));
    }

    #[test]
    fn a_long_name_stops_no_drawing() {
        let mut report = samples::detail(3);
        report.pages[0].lines[0].cells[0].text = "长".repeat(400);
        for format in Format::ALL {
            let drawn = render(&report, format);
            assert!(drawn.is_ok(), "{format:?}: {:?}", drawn.err());
        }
    }

    #[test]
    fn a_full_last_page_has_room_for_every_note() {
        for (rows, pages) in [(12, 1), (24, 1), (25, 2), (54, 2), (55, 3)] {
            let report = samples::noted(rows);
            assert_eq!(report.pages.len(), pages, "{rows} rows");
            let drawn = render(&report, Format::Pdf);
            assert!(drawn.is_ok(), "{rows} rows: {:?}", drawn.err());
        }
    }

    #[test]
    fn paper_of_too_many_rows_is_refused() {
        let mut report = samples::daily(1);
        report.rows = PDF_ROWS_MAX + 1;
        assert!(render(&report, Format::Pdf).unwrap_err().to_string().contains("请导出 Excel"));
    }

    #[test]
    fn fonts_hold_the_names_of_every_place() {
        let register = concat!(
            include_str!("../../../engine/data/towns.csv"),
            include_str!("../../../engine/data/units.csv"),
            include_str!("../../../engine/data/villages.csv"),
        );
        let wanted: BTreeSet<char> = register
            .chars()
            .chain("滘埗棆塱磡喆堃赟玥昇䶮㙍𠮟".chars())
            .filter(|c| *c > '\u{2000}')
            .collect();
        for font in [crate::fonts::SERIF, crate::fonts::SANS, crate::fonts::SANS_BOLD] {
            let font = typst::text::Font::new(typst::foundations::Bytes::new(font), 0).unwrap();
            let missing: String =
                wanted.iter().filter(|c| !font.info().coverage.contains(u32::from(**c))).collect();
            assert_eq!(missing, "", "{:?}", font.info().family);
        }
    }

    /// `WEIR_SAMPLES=/tmp/samples cargo nextest run --release --workspace --run-ignored only samples_to_look_at`
    #[test]
    #[ignore = "draws samples for people to look at"]
    fn samples_to_look_at() {
        let folder = std::env::var_os("WEIR_SAMPLES").map(std::path::PathBuf::from).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        let reports = [
            ("daily-0", samples::daily(0)),
            ("daily-5", samples::daily(5).numbered("R02-20261124-0047")),
            ("daily-26", samples::daily(26).numbered("R02-20261124-0048")),
            ("city-60", samples::city(&crate::collection::DAILY_COLLECTION, 60)),
            ("detail-26", samples::detail(26).numbered("R03-20261124-0001")),
            ("detail-city-30", samples::city(&crate::collection::DAILY_DETAIL, 30)),
        ];
        for (name, report) in reports {
            for format in Format::ALL {
                std::fs::write(
                    folder.join(name).with_extension(format.ending()),
                    render(&report, format).unwrap(),
                )
                .unwrap();
            }
        }
    }
}
