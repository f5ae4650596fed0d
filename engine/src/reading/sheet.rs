//! A file as rows of text: CSV in UTF-8 or GBK, or an XLSX work book in which one sheet is written.
//!
//! What is read is what whoever sends the book sees on one sheet: what stands elsewhere in it, or is hidden there, would be
//! lost or taken without a word, so such a book is refused. Sheets that are hidden whole hold the lists of templates.
//!
//! Files come from strangers: every size is bounded before memory is asked for.

use terms::half_width;

use super::hidden::letters;
use super::work_book;

/// The largest file that is read.
const FILE_BYTES: usize = 32 << 20;
/// The most rows that are read.
pub(super) const ROWS: usize = 200_000;
/// So many rows are looked at for titles.
pub(super) const HEAD_ROWS: usize = 8;
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
    /// A table stands in a sheet that people do not see.
    #[error("工作表“{0}”已隐藏，但其中有要导入的表格，请取消隐藏或删除该工作表后再导入")]
    HiddenSheet(String),
    /// A letter that no book of ours can keep.
    #[error("第{row}行{column}列含有不能保存的字符（NUL），请删除后再导入")]
    Letter {
        /// From 1.
        row: usize,
        /// As work books call it.
        column: String,
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
        let rows =
            if is_excel { work_book::rows(bytes, is_title)? } else { text(bytes, is_title)? };
        if rows.is_empty() {
            return Err(SheetError::Empty);
        }
        for (row, cells) in &rows {
            if let Some(at) = cells.iter().position(|cell| cell.contains('\0')) {
                return Err(SheetError::Letter { row: *row, column: letters(at) });
            }
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

#[cfg(test)]
mod tests {
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
        let odd = read(b"a,b\n\n1,2\n3,x\0y").unwrap_err();
        assert_eq!(odd.to_string(), "第4行B列含有不能保存的字符（NUL），请删除后再导入");
    }
}
