//! The footnote with the numbers of the paper used on a day: ranges, red paper, spoilt paper, and how many were left with
//! the cashiers who have closed it. 票据号段

use std::collections::BTreeMap;

use terms::ReceiptType;

use crate::cell::Figure;
use crate::column::{Column, count, text};
use crate::report::Note;
use crate::table::Table;

/// Numbers of invoices, non-tax receipts and receipts of deposits, one line for each family.
pub(super) const NOTE: Note =
    Note { sql: include_str!("receipt_numbers.sql"), columns: COLUMNS, write };

const COLUMNS: &[Column] = &[
    text("receipt_type", "票据类型", 1),
    text("code", "票据代码", 1),
    count("first_no", "起号", 1),
    count("last_no", "止号", 1),
    text("kind", "红蓝", 1),
];

/// Ranges written out for each family; more are counted only.
const RANGES_SHOWN: usize = 4;

#[derive(Default)]
struct Used {
    /// Closed ranges without a gap, by code.
    ranges: BTreeMap<String, Vec<(i64, i64)>>,
    red: i64,
    void: i64,
    sheets: i64,
    left: i64,
}

fn write(table: &Table) -> Vec<String> {
    ReceiptType::ALL.iter().filter_map(|family| line(*family, table)).collect()
}

/// The line of a family; none for deposits on a day without any.
fn line(family: ReceiptType, table: &Table) -> Option<String> {
    let mut used = Used::default();
    for row in &table.rows {
        let word = |name| table.cell(row, name).map_or("", |cell| cell.text.as_str());
        let number = |name| match table.cell(row, name).and_then(|cell| cell.figure) {
            Some(Figure::Count(n)) => n,
            _ => 0,
        };
        if word("receipt_type") == family.code() {
            used.add(word("code"), number("first_no"), number("last_no"), word("kind"));
        }
    }
    let is_shown = used.sheets + used.left > 0 || family != ReceiptType::Prepaid;
    is_shown.then(|| used.sentence(family.label()))
}

impl Used {
    fn add(&mut self, code: &str, first: i64, last: i64, kind: &str) {
        if kind == "left" {
            self.left += last - first + 1;
            return;
        }
        self.sheets += last - first + 1;
        match kind {
            "red" => self.red += 1,
            "void" => self.void += last - first + 1,
            _ => {}
        }
        let ranges = self.ranges.entry(code.to_owned()).or_default();
        match ranges.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => ranges.push((first, last)),
        }
    }

    fn sentence(&self, family: &str) -> String {
        let all: Vec<String> = (self.ranges.iter())
            .flat_map(|(code, ranges)| {
                ranges.iter().map(move |(first, last)| range(code, *first, *last))
            })
            .collect();
        let left = match self.left {
            0 => String::new(),
            left => format!("，日结结存 {left} 张"),
        };
        if all.is_empty() {
            return format!("{family}：未使用{left}");
        }
        let more =
            if all.len() > RANGES_SHOWN { format!("等 {} 段", all.len()) } else { String::new() };
        let shown = all[..all.len().min(RANGES_SHOWN)].join("、");
        format!(
            "{family}：{shown}{more}，共 {} 张（红票 {}，作废 {}）{left}",
            self.sheets, self.red, self.void
        )
    }
}

fn range(code: &str, first: i64, last: i64) -> String {
    if first == last {
        format!("{code} {first:08}")
    } else {
        format!("{code} {first:08}–{last:08}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;

    #[test]
    fn numbers_without_a_gap_make_a_range() {
        let row = |family: &str, no: i64, kind: &str| {
            vec![
                Cell::words(family),
                Cell::words("0092"),
                Cell::count(no),
                Cell::count(no),
                Cell::words(kind),
            ]
        };
        let mut rows = [(799, "blue"), (800, "void"), (801, "red"), (805, "blue"), (806, "left")]
            .map(|(no, kind)| row("water_invoice", no, kind))
            .to_vec();
        rows.push(row("prepaid", 7, "left"));
        let lines = write(&Table { columns: COLUMNS, rows });
        assert_eq!(
            lines[0],
            "水费发票：0092 00000799–00000801、0092 00000805，共 4 张（红票 1，作废 1），日结结存 1 张"
        );
        assert_eq!(lines[1..], ["非税票据：未使用", "预存收据：未使用，日结结存 1 张"]);
    }
}
