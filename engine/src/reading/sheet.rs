//! A file as rows of text: CSV in UTF-8 or GBK, or an XLSX work book in which one sheet is written.
//!
//! What is read is what whoever sends the book sees on one sheet: what stands elsewhere in it, or is hidden there, would be
//! lost or taken without a word, so such a book is refused. Sheets that are hidden whole hold the lists of templates.
//!
//! Files come from strangers. Every size is bounded before memory is asked for, and work books are read cell
//! by cell: a range of calamine would allocate the box around two far corners (tafia/calamine #693).

use std::fmt::Display;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::hidden::Hidden;

/// The largest file that is read.
const FILE_BYTES: usize = 32 << 20;
/// What a work book may unpack to, by its own account and in truth, and what its cells may come to.
const UNPACKED_BYTES: usize = 128 << 20;
/// The longest stretch of a work book without a tag, and the longest cell: Excel's own hold 32,767 letters.
const STRETCH_BYTES: usize = 1 << 20;
/// The most entries in a work book's archive.
const ENTRIES: usize = 200;
/// The most rows that are read.
const ROWS: usize = 200_000;
/// So many rows are looked at for titles.
const HEAD_ROWS: usize = 8;
/// The most columns that are read.
pub(super) const COLUMNS: usize = 64;

/// A file that cannot be read as rows.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Larger than the limits.
    #[error("文件过大：最多 20 万行、64 列、32 MB（Excel 解压后 128 MB，每格 1 MB）")]
    TooLarge,
    /// Neither UTF-8 nor GBK.
    #[error("文件编码既不是 UTF-8 也不是 GBK")]
    Encoding,
    /// An old Excel file.
    #[error("请将文件另存为 xlsx 格式后再导入")]
    OldExcel,
    /// A work book that does not read.
    #[error("Excel 文件无法读取：{0}")]
    Excel(String),
    /// More than one sheet that people see is written.
    #[error("Excel 文件中“{first}”和“{second}”两张工作表都有内容，请只保留一张再导入")]
    Sheets {
        /// The name of one of them.
        first: String,
        /// The name of the next one.
        second: String,
    },
    /// Something stands where people do not see it.
    #[error("工作表“{sheet}”的{place}被隐藏或筛选，但有内容，请取消隐藏和筛选，或删除后再导入")]
    Hidden {
        /// The name of the sheet.
        sheet: String,
        /// The row or the column.
        place: String,
    },
    /// A text file that does not read.
    #[error("CSV 文件无法读取：{0}")]
    Csv(#[from] csv::Error),
    /// Nothing in it.
    #[error("文件中没有数据")]
    Empty,
}

/// Rows of text, each with its number in the file, from 1.
pub(crate) struct Sheet {
    pub(crate) rows: Vec<(usize, Vec<String>)>,
    pub(crate) is_excel: bool,
}

impl Sheet {
    /// Reads a file by its content; its name says nothing. `is_title` tells the titles that are looked for.
    pub(crate) fn read(bytes: &[u8], is_title: &dyn Fn(&str) -> bool) -> Result<Self, SheetError> {
        if bytes.len() > FILE_BYTES {
            return Err(SheetError::TooLarge);
        }
        let is_excel = bytes.starts_with(b"PK\x03\x04");
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(SheetError::OldExcel);
        }
        let rows = if is_excel { excel(bytes, UNPACKED_BYTES)? } else { text(bytes, is_title)? };
        if rows.is_empty() {
            return Err(SheetError::Empty);
        }
        Ok(Self { rows, is_excel })
    }
}

/// Decodes a text: UTF-8 with or without its mark, else GBK.
pub(super) fn decode(bytes: &[u8]) -> Result<String, SheetError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, _, broken) = encoding_rs::GBK.decode(bytes);
    if broken { Err(SheetError::Encoding) } else { Ok(text.into_owned()) }
}

fn text(
    bytes: &[u8],
    is_title: &dyn Fn(&str) -> bool,
) -> Result<Vec<(usize, Vec<String>)>, SheetError> {
    let text = decode(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut records = reader(&text, delimiter(&text, is_title));
    let (mut rows, mut number) = (Vec::new(), 0);
    for record in records.records() {
        let record = record?;
        if record.len() > COLUMNS || rows.len() >= ROWS {
            return Err(SheetError::TooLarge);
        }
        // Empty lines are passed over on the way to a record; whoever opens the file sees a row in each.
        let begins = record.position().map_or(0, csv::Position::byte);
        let on_the_way = text.bytes().skip(usize::try_from(begins).unwrap_or(usize::MAX));
        number += 1 + on_the_way.take_while(|byte| *byte == b'\n').count();
        let cells: Vec<String> = record.iter().map(half_width).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push((number, cells));
        }
    }
    Ok(rows)
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// What parts the first rows into the most titles; a comma where nothing does better.
fn delimiter(text: &str, is_title: &dyn Fn(&str) -> bool) -> u8 {
    let titles = |delimiter: u8| {
        let head = reader(text, delimiter).into_records().take(HEAD_ROWS).flatten();
        let titles = head.map(|row| row.iter().filter(|cell| is_title(&half_width(cell))).count());
        titles.max().unwrap_or_default()
    };
    // Of equals the last one is taken.
    b"\t;,".iter().copied().max_by_key(|delimiter| titles(*delimiter)).unwrap_or(b',')
}

/// The rows of a work book that unpacks to so many bytes at most. A text that many cells share counts in each.
fn excel(bytes: &[u8], most: usize) -> Result<Vec<(usize, Vec<String>)>, SheetError> {
    check_archive(bytes)?;
    check_unpacked(bytes, most)?;
    let mut book = Book { file: Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?, left: most };
    let (place, sheet) = book.written_sheet()?;
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
    /// The place and the name of the one sheet in which people see something.
    fn written_sheet(&mut self) -> Result<(usize, String), SheetError> {
        let mut written: Option<(usize, String)> = None;
        let sheets = self.file.sheets_metadata().to_vec();
        for (place, sheet) in sheets.into_iter().enumerate() {
            let is_seen = sheet.visible == SheetVisible::Visible;
            if sheet.typ != SheetType::WorkSheet || !is_seen || !self.is_written(&sheet.name)? {
                continue;
            }
            if let Some((_, first)) = written {
                return Err(SheetError::Sheets { first, second: sheet.name });
            }
            written = Some((place, sheet.name));
        }
        written.ok_or(SheetError::Empty)
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

/// Full-width letters, digits and signs become plain ones, and blanks at the ends go.
fn half_width(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            other => other,
        })
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn texts_come_in_utf8_and_gbk() {
        let text = "水表号,本期止码\nＡ００１，,１２３．５\n\n";
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &gbk, &marked] {
            let sheet = Sheet::read(bytes, &|_| false).unwrap();
            assert_eq!(sheet.rows[0].1, ["水表号", "本期止码"]);
            assert_eq!(sheet.rows[1], (2, vec!["A001,".to_owned(), "123.5".to_owned()]));
            assert_eq!(sheet.rows.len(), 2);
        }
        assert!(matches!(Sheet::read(b"\xff\xff\xff,1", &|_| false), Err(SheetError::Encoding)));
    }

    #[test]
    fn strange_files_are_refused() {
        let read = |bytes: &[u8]| Sheet::read(bytes, &|_| false).map(|_| ());
        assert!(matches!(read(b""), Err(SheetError::Empty)));
        assert!(matches!(read(b"PK\x03\x04rest"), Err(SheetError::Excel(_))));
        assert!(matches!(read(&[0xd0, 0xcf, 0x11, 0xe0, 0]), Err(SheetError::OldExcel)));
        let wide = "a,".repeat(100);
        assert!(matches!(read(wide.as_bytes()), Err(SheetError::TooLarge)));
    }

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
        let rows = |cells: &str, texts: &str| excel(&book(cells, texts), most);
        assert_eq!(rows(&sharing(3), &text(30_000)).unwrap().len(), 3);
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
            let refused = rows(&cells, &texts).map(|rows| rows.len());
            assert!(matches!(refused, Err(SheetError::TooLarge)), "{what}: {refused:?}");
        }
        // Whatever it all comes to, no text is longer than a cell may be.
        let long = Sheet::read(&book(&sharing(1), &text(STRETCH_BYTES)), &|_| false);
        assert!(matches!(long.map(|_| ()), Err(SheetError::TooLarge)));
    }
}
