//! An XLSX work book of a stranger as rows, within bounds, and as people see it.
//!
//! It is read cell by cell: a range of calamine would allocate the box around two far corners (tafia/calamine #693).

use std::fmt::Display;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use terms::half_width;
use zip::ZipArchive;

use super::hidden::Hidden;
use super::sheet::{COLUMNS, HEAD_ROWS, ROWS, SheetError};

/// What a work book may unpack to, by its own account and in truth, and what its cells may come to.
const UNPACKED_BYTES: usize = 128 << 20;
/// The longest stretch of a work book without a tag, and the longest cell: Excel's own hold 32,767 letters.
const STRETCH_BYTES: usize = 1 << 20;
/// The most entries in a work book's archive.
const ENTRIES: usize = 200;

/// The rows of a work book, each with its number, from 1.
pub(super) fn rows(
    bytes: &[u8],
    is_title: &dyn Fn(&str) -> bool,
) -> Result<Vec<(usize, Vec<String>)>, SheetError> {
    unpacked(bytes, UNPACKED_BYTES, is_title)
}

/// The rows of a work book that unpacks to so many bytes at most. A text that many cells share counts in each.
fn unpacked(
    bytes: &[u8],
    most: usize,
    is_title: &dyn Fn(&str) -> bool,
) -> Result<Vec<(usize, Vec<String>)>, SheetError> {
    check_archive(bytes)?;
    check_unpacked(bytes, most)?;
    let mut book = Book { file: Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?, left: most };
    let (place, sheet) = book.written_sheet(is_title)?;
    let hidden = Hidden::of(bytes, place);
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    book.each_cell(&sheet, |(row, column), text| {
        if column >= COLUMNS || rows.len() >= ROWS {
            return Err(SheetError::TooLarge);
        }
        if let Some(place) = hidden.hides((row, column)) {
            return Err(SheetError::Hidden { sheet: sheet.clone(), place });
        }
        if rows.last().is_none_or(|(last, _)| *last != row) {
            rows.push((row, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.resize(cells.len().max(column + 1), String::new());
            cells[column] = text;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

fn unreadable(error: impl Display) -> SheetError {
    SheetError::Excel(error.to_string())
}

/// A work book, and how much its cells may still come to.
struct Book<'a> {
    file: Xlsx<Cursor<&'a [u8]>>,
    left: usize,
}

impl Book<'_> {
    /// The place and the name of the one sheet in which people see something. What they do not see may be a list that
    /// cells choose from, and no table like it.
    fn written_sheet(
        &mut self,
        is_title: &dyn Fn(&str) -> bool,
    ) -> Result<(usize, String), SheetError> {
        let mut written: Option<(usize, String)> = None;
        let sheets = self.file.sheets_metadata().to_vec();
        for (place, sheet) in sheets.into_iter().enumerate() {
            if sheet.typ != SheetType::WorkSheet {
                continue;
            }
            if sheet.visible != SheetVisible::Visible {
                if self.is_a_table(&sheet.name, is_title)? {
                    return Err(SheetError::HiddenSheet(sheet.name));
                }
                continue;
            }
            if !self.is_written(&sheet.name)? {
                continue;
            }
            if let Some((_, first)) = written {
                return Err(SheetError::Sheets { first, second: sheet.name });
            }
            written = Some((place, sheet.name));
        }
        written.ok_or(SheetError::Empty)
    }

    /// True where a row of a sheet has two of the titles that are looked for.
    fn is_a_table(
        &mut self,
        sheet: &str,
        is_title: &dyn Fn(&str) -> bool,
    ) -> Result<bool, SheetError> {
        let mut titles = [0_u8; HEAD_ROWS];
        self.each_cell(sheet, |(row, _), text| {
            let Some(own) = titles.get_mut(row - 1) else { return Ok(ControlFlow::Break(())) };
            *own = own.saturating_add(u8::from(is_title(&text)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(titles.iter().any(|titles| *titles >= 2))
    }

    fn is_written(&mut self, sheet: &str) -> Result<bool, SheetError> {
        let mut is_written = false;
        self.each_cell(sheet, |_, _| {
            is_written = true;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(is_written)
    }

    /// Hands on the text of each cell that is not blank, with its row, from 1, and its column, from 0.
    fn each_cell(
        &mut self,
        sheet: &str,
        mut take: impl FnMut((usize, usize), String) -> Result<ControlFlow<()>, SheetError>,
    ) -> Result<(), SheetError> {
        let mut cells = self.file.worksheet_cells_reader(sheet).map_err(unreadable)?;
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let text = cell_text(cell.get_value());
            if text.len() > STRETCH_BYTES || text.len() > self.left {
                return Err(SheetError::TooLarge);
            }
            self.left -= text.len();
            let text = half_width(&text);
            if !text.is_empty() && take((row as usize + 1, column as usize), text)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// What a person sees in a cell. A number prints its shortest decimal form, which is what was typed.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Refuses an archive whose own directory promises more than the limits (a zip bomb, or a stranger's file).
fn check_archive(bytes: &[u8]) -> Result<(), SheetError> {
    const END: [u8; 4] = *b"PK\x05\x06";
    const ENTRY: [u8; 4] = *b"PK\x01\x02";
    let broken = || SheetError::Excel("压缩包目录不完整".to_owned());
    let u16_at = |at: usize| {
        let field = bytes.get(at..at + 2)?;
        Some(usize::from(u16::from_le_bytes([field[0], field[1]])))
    };
    let u32_at = |at: usize| {
        let field = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
    };
    let tail = bytes.len().saturating_sub(22 + 65_535);
    let end = bytes[tail..].windows(4).rposition(|window| window == END).ok_or_else(broken)? + tail;
    let entries = u16_at(end + 10).ok_or_else(broken)?;
    let mut at = u32_at(end + 16).ok_or_else(broken)? as usize;
    if entries > ENTRIES {
        return Err(SheetError::TooLarge);
    }
    let mut unpacked = 0;
    for _ in 0..entries {
        if bytes.get(at..at + 4) != Some(&ENTRY) {
            return Err(broken());
        }
        unpacked += u32_at(at + 24).ok_or_else(broken)? as usize;
        let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(at + field));
        at += 46
            + name.ok_or_else(broken)?
            + extra.ok_or_else(broken)?
            + comment.ok_or_else(broken)?;
    }
    if unpacked > UNPACKED_BYTES { Err(SheetError::TooLarge) } else { Ok(()) }
}

/// Unpacks a work book once and keeps nothing of it: its directory may lie, and its reader makes room for whatever comes
/// and for as many texts as the book says that it shares.
fn check_unpacked(bytes: &[u8], most: usize) -> Result<(), SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let (mut unpacked, mut stretch) = (0, Vec::new());
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(unreadable)?;
        let mut part = BufReader::new(part);
        loop {
            stretch.clear();
            let mut bounded = part.by_ref().take(STRETCH_BYTES as u64);
            let read = bounded.read_until(b'<', &mut stretch);
            match read.map_err(unreadable)? {
                0 => break,
                read => unpacked += read,
            }
            let is_long = stretch.len() == STRETCH_BYTES;
            if unpacked > most || is_long || promises_texts(&mut stretch) {
                return Err(SheetError::TooLarge);
            }
        }
    }
    Ok(())
}

/// True for a tag that says of more shared texts than there may be cells, in letters of one byte or of two.
fn promises_texts(tag: &mut Vec<u8>) -> bool {
    const NAME: &[u8] = b"uniqueCount";
    tag.retain(|byte| *byte != 0);
    let few = |digits: &str| digits.parse().is_ok_and(|texts: usize| texts <= ROWS * COLUMNS);
    tag.windows(NAME.len()).any(|window| window == NAME)
        && String::from_utf8_lossy(tag)
            .split(|letter: char| !letter.is_ascii_digit())
            .any(|digits| !digits.is_empty() && !few(digits))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::sheet::Sheet;
    use super::*;

    /// An archive of so many entries of that size, as its directory tells; there is nothing in it.
    fn promises(entries: u16, bytes: u32) -> Vec<u8> {
        let mut archive = b"PK\x03\x04".to_vec();
        let begins = u32::try_from(archive.len()).unwrap();
        for _ in 0..entries {
            let mut entry = [0; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[24..28].copy_from_slice(&bytes.to_le_bytes());
            archive.extend(entry);
        }
        let mut end = [0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[10..12].copy_from_slice(&entries.to_le_bytes());
        end[16..20].copy_from_slice(&begins.to_le_bytes());
        archive.extend(end);
        archive
    }

    #[test]
    fn an_archive_that_promises_too_much_is_not_unpacked() {
        let read = |archive: Vec<u8>| Sheet::read(&archive, &|_| false).map(|_| ());
        for (entries, bytes) in
            [(201, 1), (60_000, 0), (1, 257 << 20), (2, 129 << 20), (200, u32::MAX)]
        {
            let refused = read(promises(entries, bytes));
            assert!(
                matches!(refused, Err(SheetError::TooLarge)),
                "{entries} of {bytes}: {refused:?}"
            );
        }
        // Within the limits it is asked for its sheets, and has none.
        assert!(matches!(read(promises(200, 1)), Err(SheetError::Excel(_))));
        // Fewer entries than it says.
        let mut short = promises(3, 1);
        let count = short.len() - 12;
        short[count..count + 2].copy_from_slice(&4_u16.to_le_bytes());
        assert!(matches!(read(short), Err(SheetError::Excel(_))));
    }

    /// A work book with one sheet of these cells and these shared texts, packed.
    fn book(cells: &str, texts: &str) -> Vec<u8> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
        let relations = |all: &[(&str, &str)]| {
            let one = |(kind, target): &(&str, &str)| {
                format!(
                    "<Relationship Id=\"{kind}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>"
                )
            };
            let all: String = all.iter().map(one).collect();
            format!("<Relationships xmlns=\"{PACKAGE}\">{all}</Relationships>")
        };
        let parts = [
            ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"worksheet\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                relations(&[
                    ("worksheet", "worksheets/sheet1.xml"),
                    ("sharedStrings", "sharedStrings.xml"),
                ]),
            ),
            ("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\" {texts}</sst>")),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{cells}</sheetData></worksheet>"),
            ),
        ];
        let mut book = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            book.start_file(name, SimpleFileOptions::default()).unwrap();
            book.write_all(text.as_bytes()).unwrap();
        }
        book.finish().unwrap().into_inner()
    }

    /// So many rows of one cell, which is the first shared text.
    fn sharing(rows: usize) -> String {
        let row = |at| format!("<row r=\"{at}\"><c r=\"A{at}\" t=\"s\"><v>0</v></c></row>");
        (1..=rows).map(row).collect()
    }

    #[test]
    fn what_a_work_book_unpacks_to_is_counted_while_it_is_unpacked() {
        let text =
            |letters: usize| format!("uniqueCount=\"1\"><si><t>{}</t></si>", "x".repeat(letters));
        let most = 256 << 10;
        let read = |cells: &str, texts: &str| unpacked(&book(cells, texts), most, &|_| false);
        assert_eq!(read(&sharing(3), &text(30_000)).unwrap().len(), 3);
        let runs =
            format!("uniqueCount=\"1\"><si>{}</si>", "<r><t>xxxxxxxx</t></r>".repeat(20_000));
        let many = format!("uniqueCount=\"20000\">{}", "<si><t>x</t></si>".repeat(20_000));
        for (what, cells, texts) in [
            ("texts", sharing(1), many),
            ("cells", sharing(9_000), text(1)),
            ("a text of many runs", sharing(1), runs),
            ("a text that many cells share", sharing(10), text(30_000)),
            ("texts that are only promised", sharing(1), "uniqueCount=\"99999999999\">".to_owned()),
        ] {
            let refused = read(&cells, &texts).map(|rows| rows.len());
            assert!(matches!(refused, Err(SheetError::TooLarge)), "{what}: {refused:?}");
        }
        let odd =
            Sheet::read(&book(&sharing(2), "uniqueCount=\"1\"><si><t>x\0y</t></si>"), &|_| false);
        assert_eq!(
            odd.map(|_| ()).unwrap_err().to_string(),
            "第1行A列含有不能保存的字符（NUL），请删除后再导入"
        );
        // Whatever it all comes to, no text is longer than a cell may be.
        let long = Sheet::read(&book(&sharing(1), &text(STRETCH_BYTES)), &|_| false);
        assert!(matches!(long.map(|_| ()), Err(SheetError::TooLarge)));
    }
}
