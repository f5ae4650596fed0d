//! What a work book hides: rows and columns that stand in its file and not on the screen of whoever sends it.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Cursor};

use zip::ZipArchive;

use super::sheet::COLUMNS;

/// The last row that a sheet can have.
const LAST_ROW: usize = 1 << 20;

/// The rows, from 1, and the columns, from 0, of one sheet that are hidden by hand, by a group or by a filter.
pub(super) struct Hidden {
    rows: HashSet<usize>,
    columns: [bool; COLUMNS],
}

impl Hidden {
    /// Of the sheet at this place of a book that was found to unpack to what may be read. The reader of its cells does not
    /// tell, so the tags are looked at. A book that stands in other files than all programs write hides nothing.
    pub(super) fn of(book: &[u8], place: usize) -> Self {
        let mut hidden = Self { rows: HashSet::new(), columns: [false; COLUMNS] };
        let Some(part) = part_of(book, place) else { return hidden };
        let mut row = 0;
        each_tag(book, &part, |tag| match name(tag) {
            "row" => {
                row = number(tag, "r").unwrap_or(row + 1);
                if is_hidden(tag) && row <= LAST_ROW {
                    hidden.rows.insert(row);
                }
            }
            "col" if is_hidden(tag) => {
                if let (Some(first), Some(last)) = (number(tag, "min"), number(tag, "max")) {
                    let columns = hidden.columns.iter_mut().take(last);
                    columns.skip(first.saturating_sub(1)).for_each(|column| *column = true);
                }
            }
            _ => {}
        });
        hidden
    }

    /// What hides a cell, as people call it; nothing where they see it.
    pub(super) fn hides(&self, (row, column): (usize, usize)) -> Option<String> {
        if self.rows.contains(&row) {
            return Some(format!("第{row}行"));
        }
        let is_hidden = self.columns.get(column).is_some_and(|is_hidden| *is_hidden);
        is_hidden.then(|| format!("{}列", letters(column)))
    }
}

/// The letters over a column.
pub(super) fn letters(column: usize) -> String {
    let letter = |at: usize| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at % 26]);
    match column / 26 {
        0 => letter(column).to_string(),
        round => format!("{}{}", letter(round - 1), letter(column)),
    }
}

/// The file within the book in which the sheet at this place stands.
fn part_of(book: &[u8], place: usize) -> Option<String> {
    let mut ids = Vec::new();
    each_tag(book, "xl/workbook.xml", |tag| {
        if name(tag) == "sheet" {
            ids.push(attribute(tag, "id").map(str::to_owned));
        }
    });
    let id = ids.get(place)?.as_deref()?;
    let mut target = None;
    each_tag(book, "xl/_rels/workbook.xml.rels", |tag| {
        if name(tag) == "Relationship" && attribute(tag, "Id") == Some(id) {
            target = attribute(tag, "Target").map(str::to_owned);
        }
    });
    let target = target?;
    Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned))
}

/// Hands on every tag of a file within a book, without its first bracket and with the text behind it.
fn each_tag(book: &[u8], part: &str, mut look: impl FnMut(&str)) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(book)) else { return };
    let Ok(part) = archive.by_name(part) else { return };
    let (mut part, mut tag) = (BufReader::new(part), Vec::new());
    while part.read_until(b'<', &mut tag).is_ok_and(|read| read > 0) {
        look(&String::from_utf8_lossy(&tag));
        tag.clear();
    }
}

/// The name of a tag without its prefix; nothing for one that closes.
fn name(tag: &str) -> &str {
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '/' | '>' | '<');
    let name = tag.split(ends).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

fn is_hidden(tag: &str) -> bool {
    matches!(attribute(tag, "hidden"), Some("1" | "true"))
}

fn number(tag: &str, name: &str) -> Option<usize> {
    attribute(tag, name)?.parse().ok()
}

/// An attribute of a tag by its name, whatever prefix it has.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once('=')?;
        if before.contains('>') {
            return None;
        }
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
        let (value, left) = after[1..].split_once(quote)?;
        let ends = |letter: char| letter.is_whitespace() || letter == ':';
        if before.trim_end().rsplit(ends).next() == Some(name) {
            return Some(value);
        }
        rest = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_the_text_around_it() {
        let sheet = "x:sheet name=\"a=>'b' id=\" sheetId='7' r:id = \"rId3\"/>\n<";
        assert_eq!((name(sheet), attribute(sheet, "id")), ("sheet", Some("rId3")));
        assert_eq!((attribute(sheet, "sheetId"), attribute(sheet, "state")), (Some("7"), None));
        assert_eq!((name("/row><"), name("row><"), name("<"), name("")), ("", "row", "", ""));
        assert!(is_hidden("row r=\"3\" hidden=\"1\"><") && is_hidden("col hidden='true'/>"));
        assert!(!is_hidden("row hidden=\"0\">") && !is_hidden("row> hidden=\"1\"<"));
        assert_eq!([0, 25, 26, 63].map(letters), ["A", "Z", "AA", "BL"]);
    }
}
