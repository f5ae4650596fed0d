//! Paper: typst lays nothing out by itself, it draws our pages. PDF/A-2b, byte for byte the same each time.

use std::sync::LazyLock;

use chrono::{Datelike, Timelike};
use serde::Serialize;
use terms::shanghai;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::cell::Cell;
use crate::laid_out::{HeadCell, Heading, Line, LineKind, Page};
use crate::{LaidOut, ReportError, fonts};

/// Rows that a PDF may have: 5,000 take 2.4 s and 0.8 GB.
pub const PDF_ROWS_MAX: usize = 5_000;
/// Longer papers are not tagged: tags make a file eleven times as big.
const TAGGED_PAGES_MAX: usize = 30;

/// Draws a report on paper.
pub(super) fn pdf(report: &LaidOut) -> Result<Vec<u8>, ReportError> {
    if report.rows > PDF_ROWS_MAX {
        return Err(ReportError::TooLong { rows: report.rows, limit: PDF_ROWS_MAX });
    }
    let drawn = draw(report);
    // Or the memo of a big report stays in memory.
    comemo::evict(0);
    drawn
}

fn draw(report: &LaidOut) -> Result<Vec<u8>, ReportError> {
    let failed = |reason: String| ReportError::draw("PDF", reason);
    let sheet = serde_json::to_vec(&sheet(report)).map_err(|e| failed(e.to_string()))?;
    let world = Paper { data: Bytes::new(sheet) };
    let document = typst::compile::<PagedDocument>(&world).output.map_err(|e| failed(said(&e)))?;
    if document.pages().len() != report.pages.len() {
        return Err(failed(format!(
            "排版溢出：应为 {} 页，实为 {} 页",
            report.pages.len(),
            document.pages().len()
        )));
    }
    let options = PdfOptions {
        ident: Smart::Custom(report.number.clone().unwrap_or_else(|| report.hash.clone())),
        creator: Smart::Custom(Some("weir".into())),
        timestamp: Some(Timestamp::new_utc(made(report).ok_or_else(|| failed("制表时间".into()))?)),
        standards: PdfStandards::new(&[PdfStandard::A_2b])
            .map_err(|e| failed(e.message().to_string()))?,
        tagged: report.pages.len() <= TAGGED_PAGES_MAX,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|e| failed(said(&e)))
}

fn said(problems: &[SourceDiagnostic]) -> String {
    problems.iter().map(|problem| problem.message.to_string()).collect::<Vec<_>>().join("; ")
}

fn made(report: &LaidOut) -> Option<Datetime> {
    let at = report.made.at;
    let part = |n: u32| u8::try_from(n).ok();
    Datetime::from_ymd_hms(
        at.year(),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )
}

/// What the template reads. Figures go in as strings: typst would turn a markup `-` into U+2212.
#[derive(Serialize)]
struct Sheet<'a> {
    title: &'a str,
    form: &'a str,
    author: &'a str,
    keywords: Vec<&'a str>,
    made: [u32; 3],
    text_size: f32,
    subline: &'a [String],
    columns: Vec<Width>,
    head: &'a [Vec<HeadCell>],
    pages: Vec<SheetPage<'a>>,
    words: &'a [String],
    notes: &'a [String],
    signatures: &'a [String],
}

#[derive(Serialize)]
struct Width {
    mm: f32,
    align: crate::laid_out::Align,
}

#[derive(Serialize)]
struct SheetPage<'a> {
    row_mm: f32,
    last: bool,
    empty: &'a Option<String>,
    footer: &'a [String],
    lines: Vec<SheetLine<'a>>,
}

#[derive(Serialize)]
struct SheetLine<'a> {
    bold: bool,
    label: Option<&'a str>,
    span: u16,
    cells: Vec<SheetCell<'a>>,
}

/// A text, and whether it may be too wide for its cell and must be measured.
#[derive(Serialize)]
struct SheetCell<'a>(&'a str, bool);

fn sheet(report: &LaidOut) -> Sheet<'_> {
    let day = report.made.at.with_timezone(&shanghai()).date_naive();
    let keywords =
        [report.number.as_deref(), Some(report.hash.as_str())].into_iter().flatten().collect();
    Sheet {
        title: &report.title,
        form: &report.form,
        author: &report.made.by,
        keywords,
        made: [day.year().unsigned_abs(), day.month(), day.day()],
        text_size: f32::from(report.text_size) / 10.0,
        subline: &report.subline,
        columns: report
            .columns
            .iter()
            .map(|c| Width { mm: f32::from(c.width) / 10.0, align: c.align })
            .collect(),
        head: &report.head,
        pages: report.pages.iter().map(|page| sheet_page(report, page)).collect(),
        words: &report.words,
        notes: &report.notes,
        signatures: &report.signatures,
    }
}

fn sheet_page<'a>(report: &'a LaidOut, page: &'a Page) -> SheetPage<'a> {
    SheetPage {
        row_mm: f32::from(page.row_height) / 10.0,
        last: page.last,
        empty: &page.empty,
        footer: &page.footer,
        lines: page.lines.iter().chain(&page.sums).map(|line| sheet_line(report, line)).collect(),
    }
}

fn sheet_line<'a>(report: &LaidOut, line: &'a Line) -> SheetLine<'a> {
    let columns = report.columns.iter().skip(usize::from(line.span));
    SheetLine {
        bold: line.kind != LineKind::Row,
        label: line.label.as_deref(),
        span: line.span,
        cells: columns
            .zip(&line.cells)
            .map(|(column, cell)| sheet_cell(report, column, cell))
            .collect(),
    }
}

/// A han character is one em wide, anything else at most 0.62 em; a tenth of a point is 0.03528 mm.
fn sheet_cell<'a>(report: &LaidOut, column: &Heading, cell: &'a Cell) -> SheetCell<'a> {
    let ems: u32 = cell.text.chars().map(|c| if u32::from(c) < 0x2000 { 62 } else { 100 }).sum();
    let millimetres_1e5 = u64::from(ems) * u64::from(report.text_size) * 3528 / 100;
    let room_1e5 = u64::from(column.width.saturating_sub(30)) * 10_000;
    SheetCell(&cell.text, millimetres_1e5 > room_1e5)
}

/// File ids are interned for the life of the process (65,535 at most): two fixed names, never one per report.
static MAIN: LazyLock<FileId> = LazyLock::new(|| id("main.typ"));
static DATA: LazyLock<FileId> = LazyLock::new(|| id("data.json"));
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static TEMPLATE: LazyLock<Source> =
    LazyLock::new(|| Source::new(*MAIN, include_str!("../../templates/report.typ").into()));
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = [fonts::SERIF, fonts::SANS_BOLD]
        .into_iter()
        .filter_map(|data| Font::new(Bytes::new(data), 0))
        .collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});

fn id(name: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("a plain name")).intern()
}

struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

/// A world that holds a template, one JSON value and the shipped fonts, and can reach nothing else.
struct Paper {
    data: Bytes,
}

impl World for Paper {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        *MAIN
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *MAIN { Ok(TEMPLATE.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *DATA { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        // A report may not depend on the day it is drawn.
        None
    }
}
