//! The work book: the same lines, with real numbers and dates; sums are values. Memory stays flat.

use std::io::Cursor;

use chrono::{Datelike, NaiveDateTime, Timelike};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
    XlsxError,
};
use terms::shanghai;

use super::csv::about;
use crate::cell::{Cell, Figure};
use crate::laid_out::{Align, Line, LineKind};
use crate::{LaidOut, ReportError};

/// Draws a report as an Excel work book; the same report gives the same bytes.
pub(super) fn work_book(report: &LaidOut) -> Result<Vec<u8>, ReportError> {
    write(report).map_err(|e| ReportError::draw("Excel", e))
}

fn write(report: &LaidOut) -> Result<Vec<u8>, XlsxError> {
    let made = report.made.at.with_timezone(&shanghai()).naive_local();
    let mut book = Workbook::new();
    let properties = DocProperties::new()
        .set_title(&report.title)
        .set_author(&report.made.by)
        .set_keywords(report.number.as_deref().unwrap_or_default())
        .set_comment(&report.hash)
        .set_creation_datetime(&excel_time(made)?);
    book.set_properties(&properties);
    sheet(book.add_worksheet_with_constant_memory()?, report)?;
    explain(book.add_worksheet_with_constant_memory()?, report)?;
    let mut bytes = Cursor::new(Vec::new());
    book.save_to_writer(&mut bytes)?;
    Ok(bytes.into_inner())
}

/// Rows go strictly downwards: a write to an earlier row would be dropped.
fn sheet(sheet: &mut Worksheet, report: &LaidOut) -> Result<(), XlsxError> {
    let styles = Styles::new();
    let last = at(report.columns.len().saturating_sub(1));
    let head_rows = u32::try_from(report.head.len()).unwrap_or(1);
    sheet.set_name(report.title.chars().take(31).collect::<String>())?;
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer(format!(
        "&L{}&R第 &P 页 共 &N 页",
        report.pages.first().map_or("", |page| &page.footer[0])
    ));
    sheet.set_repeat_rows(2, 1 + head_rows)?;
    sheet.set_freeze_panes(2 + head_rows, 0)?;
    for i in 0..report.columns.len() {
        sheet.set_column_width(at(i), width(report, i))?;
    }
    sheet.set_default_row_height(18);
    sheet.set_row_height(0, 30)?;
    span(sheet, 0, (0, last), &report.title, &styles.title)?;
    sheet.write_string_with_format(1, 0, report.subline.join("　　"), &styles.plain)?;
    let mut row = head(sheet, report, &styles, 2)?;
    if let Some(empty) = report.pages.first().and_then(|page| page.empty.as_ref()) {
        span(sheet, row, (0, last), empty, &styles.header_center)?;
        row += 1;
    }
    for line in report.lines() {
        write_line(sheet, report, &styles, row, line)?;
        row += 1;
    }
    for text in [&report.words[..], &report.notes[..]].concat() {
        span(sheet, row, (0, last), &text, &styles.words)?;
        row += 1;
    }
    sheet.write_string_with_format(
        row + 1,
        0,
        report.signatures.join("　　　　"),
        &styles.plain,
    )?;
    Ok(())
}

/// In characters, as wide as the widest text of the column; a han character takes two.
fn width(report: &LaidOut, column: usize) -> f64 {
    let wide = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u32>();
    let cells = report
        .lines()
        .filter_map(|line| line.cells.get(column.checked_sub(usize::from(line.span))?));
    let widest = cells
        .map(|cell| wide(&cell.text))
        .max()
        .unwrap_or(0)
        .max(wide(&report.columns[column].label));
    f64::from(widest.clamp(4, 44)) + 2.0
}

/// Headers cover the columns and rows that they cover on paper.
fn head(
    sheet: &mut Worksheet,
    report: &LaidOut,
    styles: &Styles,
    top: u32,
) -> Result<u32, XlsxError> {
    let deep = report.head.len();
    let mut taken = vec![vec![false; report.columns.len()]; deep];
    for (i, cells) in report.head.iter().enumerate() {
        let mut column = 0;
        for cell in cells {
            column += taken[i][column..].iter().take_while(|taken| **taken).count();
            let right = (column + usize::from(cell.colspan)).min(report.columns.len());
            let bottom = (i + usize::from(cell.rowspan)).min(deep);
            taken[i..bottom].iter_mut().for_each(|row| row[column..right].fill(true));
            let format = styles.header(cell.align);
            let (first, last) = (top + row_at(i), top + row_at(bottom - 1));
            if first == last && right - column == 1 {
                sheet.write_string_with_format(first, at(column), &cell.text, format)?;
            } else {
                sheet.merge_range(first, at(column), last, at(right - 1), &cell.text, format)?;
            }
            column = right;
        }
    }
    Ok(top + row_at(deep))
}

fn write_line(
    sheet: &mut Worksheet,
    report: &LaidOut,
    styles: &Styles,
    row: u32,
    line: &Line,
) -> Result<(), XlsxError> {
    let bold = line.kind != LineKind::Row;
    if let (Some(label), true) = (&line.label, line.span > 0) {
        span(sheet, row, (0, line.span - 1), label, styles.cell(bold, Align::Left, None))?;
    }
    let columns = report.columns.iter().enumerate().skip(usize::from(line.span));
    for ((i, column), cell) in columns.zip(&line.cells) {
        write_cell(sheet, row, at(i), cell, styles.cell(bold, column.align, cell.figure))?;
    }
    Ok(())
}

/// Excel keeps fifteen digits: enough for any amount of numeric(14,2). Here and nowhere else money becomes a float.
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    let number = match cell.figure {
        Some(Figure::Money(amount)) => amount.yuan().to_f64(),
        Some(Figure::Volume(volume)) => volume.figure().to_f64(),
        Some(Figure::Count(n)) => n.to_f64(),
        Some(Figure::Moment(moment)) => {
            let moment = excel_time(moment.with_timezone(&shanghai()).naive_local())?;
            return sheet.write_datetime_with_format(row, column, moment, format).map(drop);
        }
        None => None,
    };
    match number {
        Some(number) => sheet.write_number_with_format(row, column, number, format).map(drop),
        None => sheet.write_string_with_format(row, column, &cell.text, format).map(drop),
    }
}

/// What the report is, for whoever is handed the file.
fn explain(sheet: &mut Worksheet, report: &LaidOut) -> Result<(), XlsxError> {
    sheet.set_name("说明")?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 90)?;
    for (i, [name, value]) in about(report).iter().enumerate() {
        sheet.write_string(row_at(i), 0, name)?;
        sheet.write_string(row_at(i), 1, value)?;
    }
    Ok(())
}

fn span(
    sheet: &mut Worksheet,
    row: u32,
    (first, last): (u16, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    if first == last {
        sheet.write_string_with_format(row, first, text, format).map(drop)
    } else {
        sheet.merge_range(row, first, row, last, text, format).map(drop)
    }
}

fn at(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

fn row_at(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn excel_time(time: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |n: u32| u8::try_from(n).unwrap_or_default();
    ExcelDateTime::from_ymd(
        u16::try_from(time.year()).unwrap_or_default(),
        part(time.month()),
        part(time.day()),
    )?
    .and_hms(u16::from(part(time.hour())), part(time.minute()), part(time.second()))
}

/// The formats of a book, made once.
struct Styles {
    title: Format,
    plain: Format,
    words: Format,
    header_center: Format,
    headers: [Format; 3],
    /// Plain and bold, by what the figure is.
    cells: [[Format; 6]; 2],
}

impl Styles {
    fn new() -> Self {
        let song = || {
            Format::new()
                .set_font_name("宋体")
                .set_font_size(10)
                .set_align(FormatAlign::VerticalCenter)
        };
        let framed = || song().set_border(FormatBorder::Thin);
        let header = |align| framed().set_font_name("黑体").set_bold().set_align(align);
        let cells = |base: &dyn Fn() -> Format| {
            [
                base().set_align(FormatAlign::Left).set_num_format("@"),
                base().set_align(FormatAlign::Center).set_num_format("@"),
                base().set_align(FormatAlign::Right).set_num_format("#,##0"),
                base().set_align(FormatAlign::Right).set_num_format("#,##0.00"),
                base().set_align(FormatAlign::Right).set_num_format("#,##0.###"),
                base().set_align(FormatAlign::Center).set_num_format("hh:mm:ss"),
            ]
        };
        let bold = || {
            framed().set_font_name("黑体").set_bold().set_background_color(Color::RGB(0x00F3_F6F8))
        };
        Self {
            title: song()
                .set_font_name("黑体")
                .set_bold()
                .set_font_size(16)
                .set_align(FormatAlign::Center),
            plain: song(),
            words: framed().set_align(FormatAlign::Left),
            header_center: header(FormatAlign::Center),
            headers: [
                header(FormatAlign::Left),
                header(FormatAlign::Center),
                header(FormatAlign::Right),
            ],
            cells: [cells(&framed), cells(&bold)],
        }
    }

    fn header(&self, align: Align) -> &Format {
        match align {
            Align::Left => &self.headers[0],
            Align::Center => &self.headers[1],
            Align::Right => &self.headers[2],
        }
    }

    fn cell(&self, bold: bool, align: Align, figure: Option<Figure>) -> &Format {
        let kind = match (figure, align) {
            (Some(Figure::Count(_)), _) => 2,
            (Some(Figure::Money(_)), _) => 3,
            // A format with optional decimals leaves an idle point behind whole numbers.
            (Some(Figure::Volume(volume)), _) => {
                if volume.figure().fract().is_zero() {
                    2
                } else {
                    4
                }
            }
            (Some(Figure::Moment(_)), _) => 5,
            (None, Align::Left) => 0,
            (None, _) => 1,
        };
        &self.cells[usize::from(bold)][kind]
    }
}
