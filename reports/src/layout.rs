//! From parameters to a laid-out report: read at one position, cut into pages, add up, prove.

use chrono::Datelike;
use futures::future::try_join_all;
use terms::{Money, moment};
use warehouse::{Person, Pinned};

use crate::ReportError;
use crate::cell::{Cell, Figure};
use crate::checks;
use crate::column::{Column, Kind, Shown};
use crate::laid_out::{
    Align, Asked, DataPosition, HeadCell, Heading, LaidOut, Line, LineKind, Made, Named, Page,
};
use crate::params::{Answered, Params, Value};
use crate::question::Question;
use crate::report::Report;
use crate::table::{Table, totals};

/// Rows of a page, sums of groups counted. 每页行数
const ROWS_PER_PAGE: usize = 30;
/// Rows of the last page, which also bears the total, the words, the notes and the signatures.
const ROWS_OF_LAST_PAGE: usize = 25;
/// Notes that the last page has room for beside so many rows; each more takes the room of a row.
const NOTES_BESIDE_THEM: usize = 2;
/// Where there is a page before it, the last one bears at least so many rows.
const ROWS_CARRIED_OVER: usize = 5;
/// A report of at most so many rows is set airily on its one page.
const FEW_ROWS: usize = 12;
/// Width of the table on A4 landscape, in tenths of a millimetre.
const TABLE_WIDTH: usize = 2770;

/// Lays out a report at the pinned position, as `who` may see it; without a number it is a preview.
///
/// # Errors
/// Says who may not read it, which parameter is wrong, or what the warehouse refused.
pub async fn lay_out(
    pinned: &Pinned,
    who: &Person,
    report: &'static Report,
    params: &Params,
    made: Made,
) -> Result<LaidOut, ReportError> {
    if !report.readers.contains(&who.role) {
        return Err(ReportError::NotForRole(report.title));
    }
    let answered = params.check(report)?;
    let question = Question { pinned, who, answered: &answered };
    let rows = question.table(report.title, report.sql, report.columns);
    let notes = try_join_all(report.notes.iter().map(async |note| {
        question.table(report.title, note.sql, note.columns).await.map(|table| (note.write)(&table))
    }));
    let (table, notes, proofs, unit) =
        tokio::try_join!(rows, notes, checks::gather(report, &question), question.unit())?;
    let checks = checks::conclude(report, &table, proofs);
    let notes = notes.into_iter().flatten().collect();
    Ok(assemble(Parts {
        report,
        answered: &answered,
        unit,
        table,
        notes,
        checks,
        position: DataPosition::of(pinned),
        made,
    }))
}

/// All that a report is laid out from; from here on nothing is asked any more.
pub(crate) struct Parts<'a> {
    pub(crate) report: &'static Report,
    pub(crate) answered: &'a [Answered],
    /// 编制单位
    pub(crate) unit: String,
    pub(crate) table: Table,
    pub(crate) notes: Vec<String>,
    pub(crate) checks: Vec<crate::laid_out::TieOut>,
    pub(crate) position: DataPosition,
    pub(crate) made: Made,
}

/// Lays the parts out; pure.
pub(crate) fn assemble(parts: Parts<'_>) -> LaidOut {
    let Parts { report, answered, unit, table, notes, checks, position, made } = parts;
    let shown = shown(report, answered);
    let sums = table.totals();
    let named: Vec<Named> = (report.columns.iter().zip(&sums))
        .filter(|(_, cell)| cell.figure.is_some())
        .map(|(column, cell)| Named {
            name: column.name.to_owned(),
            label: column.label.to_owned(),
            cell: cell.clone(),
        })
        .collect();
    let capitals = match table.cell(&sums, report.in_capitals).and_then(|cell| cell.figure) {
        Some(Figure::Money(amount)) => amount,
        _ => Money::ZERO,
    };
    let asked: Vec<Asked> = answered.iter().map(|a| asked(a, &unit)).collect();
    let day = answered.iter().find_map(|a| match a.value {
        Value::Day(day) => {
            Some(format!("{}：{}年{:02}月{:02}日", a.ask.label, day.year(), day.month(), day.day()))
        }
        Value::Outlet(_) => None,
    });
    let words = vec![
        format!("合计人民币（大写）：{}", capitals.in_capitals()),
        summary(report.summary, &named),
    ];
    let signatures = (report.signatures.iter().map(|line| format!("{line}：")))
        .chain([format!("制表：{}", made.by), format!("制表时间：{}", moment(made.at))])
        .collect();
    LaidOut {
        number: None,
        code: report.code.to_owned(),
        form: report.form.to_owned(),
        title: report.title.to_owned(),
        subline: vec![
            format!("编制单位：{unit}"),
            format!("{}（{}）", day.unwrap_or_default(), report.date_basis),
            "单位：元".to_owned(),
        ],
        asked,
        position,
        made,
        columns: headings(report, &shown),
        head: head(report, &shown),
        rows: table.rows.len(),
        pages: pages(report, &table, &shown, &sums, notes.len()),
        totals: named,
        words,
        notes,
        signatures,
        checks,
        text_size: report.text_size,
        hash: String::new(),
    }
    .sealed()
}

fn asked(answered: &Answered, unit: &str) -> Asked {
    let value = match answered.value {
        Value::Day(day) => day.to_string(),
        Value::Outlet(_) => unit.to_owned(),
    };
    Asked { name: answered.ask.name.to_owned(), label: answered.ask.label.to_owned(), value }
}

/// Places of the columns that paper shows under these parameters.
fn shown(report: &Report, answered: &[Answered]) -> Vec<usize> {
    let all =
        |name: &str| answered.iter().any(|a| a.ask.name == name && a.value == Value::Outlet(None));
    (0..report.columns.len())
        .filter(|at| match report.columns[*at].shown {
            Shown::Always => true,
            Shown::WhenAll(name) => all(name),
            Shown::InProofs => false,
        })
        .collect()
}

/// Widths are shares: whatever is shown fills the paper to the last tenth of a millimetre.
fn headings(report: &Report, shown: &[usize]) -> Vec<Heading> {
    let whole: usize = shown.iter().map(|at| usize::from(report.columns[*at].width)).sum();
    let mut before = 0;
    shown
        .iter()
        .map(|at| {
            let column = &report.columns[*at];
            let upto = before + usize::from(column.width);
            let width = upto * TABLE_WIDTH / whole - before * TABLE_WIDTH / whole;
            before = upto;
            Heading {
                name: column.name.to_owned(),
                label: column.label.to_owned(),
                align: Align::of(column.kind),
                is_id: column.kind == Kind::Id,
                width: u16::try_from(width).unwrap_or(u16::MAX),
            }
        })
        .collect()
}

/// One row of headers, or two where neighbours share a group.
fn head(report: &Report, shown: &[usize]) -> Vec<Vec<HeadCell>> {
    let columns: Vec<&Column> = shown.iter().map(|at| &report.columns[*at]).collect();
    let deep = if columns.iter().any(|column| column.group.is_some()) { 2 } else { 1 };
    let mut rows = vec![Vec::new(); deep];
    let plain = |column: &Column, rowspan| HeadCell {
        text: column.label.to_owned(),
        colspan: 1,
        rowspan,
        align: if column.is_figure() { Align::Right } else { Align::of(column.kind) },
    };
    for together in columns.chunk_by(|a, b| a.group.is_some() && a.group == b.group) {
        match together[0].group {
            None => rows[0].push(plain(together[0], u16::try_from(deep).unwrap_or(1))),
            Some(group) => {
                let colspan = u16::try_from(together.len()).unwrap_or(1);
                rows[0].push(HeadCell {
                    text: group.to_owned(),
                    colspan,
                    rowspan: 1,
                    align: Align::Center,
                });
                rows[1].extend(together.iter().map(|column| plain(column, 1)));
            }
        }
    }
    rows
}

fn pages(
    report: &Report,
    table: &Table,
    shown: &[usize],
    sums: &[Cell],
    notes: usize,
) -> Vec<Page> {
    let lines = lines(report, table, shown);
    let row_height = if lines.len() <= FEW_ROWS { 82 } else { 50 };
    let chunks = cut(&lines, ROWS_OF_LAST_PAGE - notes.saturating_sub(NOTES_BESIDE_THEM));
    let last = chunks.len() - 1;
    (chunks.iter().enumerate())
        .map(|(i, chunk)| {
            let rows =
                chunk.iter().filter_map(|(_, row)| row.map(|row| table.rows[row].as_slice()));
            let here = totals(table.columns, rows);
            let mut page_sums = vec![sum_line(report, LineKind::Page, "本页小计", &here, shown)];
            if i == last {
                page_sums.push(sum_line(report, LineKind::Total, "合　　计", sums, shown));
            }
            Page {
                lines: chunk.iter().map(|(line, _)| line.clone()).collect(),
                sums: page_sums,
                empty: lines.is_empty().then(|| report.empty.to_owned()),
                last: i == last,
                footer: Vec::new(),
                row_height,
            }
        })
        .collect()
}

/// Full pages, then the last one with room for what stands under its rows.
fn cut<T>(lines: &[T], of_last: usize) -> Vec<&[T]> {
    let mut pages = Vec::new();
    let mut rest = lines;
    while rest.len() > of_last {
        let (page, more) = rest.split_at(ROWS_PER_PAGE.min(rest.len() - ROWS_CARRIED_OVER));
        pages.push(page);
        rest = more;
    }
    pages.push(rest);
    pages
}

/// The rows, with a 小计 after each group of more than one; beside each row its place in the table.
fn lines(report: &Report, table: &Table, shown: &[usize]) -> Vec<(Line, Option<usize>)> {
    let groups: Vec<usize> = report
        .groups
        .iter()
        .filter_map(|name| table.place(name))
        .filter(|at| shown.contains(at))
        .collect();
    let mut lines = Vec::with_capacity(table.rows.len());
    let mut starts = vec![0; groups.len()];
    for (i, row) in table.rows.iter().enumerate() {
        let cells = shown.iter().map(|at| row[*at].clone()).collect();
        lines.push((Line { kind: LineKind::Row, label: None, span: 0, cells }, Some(i)));
        // The inner group closes first; it closes with any group around it.
        for level in (0..groups.len()).rev() {
            let key = &groups[..=level];
            if table.rows.get(i + 1).is_some_and(|next| key.iter().all(|at| next[*at] == row[*at]))
            {
                continue;
            }
            let members = &table.rows[starts[level]..=i];
            if members.len() > 1 {
                let sums = totals(table.columns, members.iter().map(Vec::as_slice));
                let label = format!("{}　小计", row[groups[level]].text);
                lines.push((sum_line(report, LineKind::Group, &label, &sums, shown), None));
            }
            starts[level] = i + 1;
        }
    }
    lines
}

/// A sum: its label over the columns before the first that is added up.
fn sum_line(report: &Report, kind: LineKind, label: &str, sums: &[Cell], shown: &[usize]) -> Line {
    let span = shown.iter().position(|at| report.columns[*at].is_figure()).unwrap_or(shown.len());
    Line {
        kind,
        label: Some(label.to_owned()),
        span: u16::try_from(span).unwrap_or(u16::MAX),
        cells: shown[span..].iter().map(|at| sums[*at].clone()).collect(),
    }
}

/// Puts totals into a sentence: `{column}` is the total of that column.
fn summary(sentence: &str, totals: &[Named]) -> String {
    totals.iter().fold(sentence.to_owned(), |text, total| {
        text.replace(&format!("{{{}}}", total.name), &total.cell.text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::{DAILY_COLLECTION, DAILY_DETAIL};
    use crate::samples;

    /// Σ of a kind of sum over all pages, column by column.
    fn added(report: &LaidOut, kind: LineKind) -> Vec<Option<Figure>> {
        let sums = report.pages.iter().flat_map(|page| &page.sums).filter(|line| line.kind == kind);
        let rows: Vec<Vec<Cell>> = sums.map(|line| line.cells.clone()).collect();
        let width = rows.first().map_or(0, Vec::len);
        (0..width)
            .map(|i| {
                rows.iter()
                    .map(|row| &row[i])
                    .fold(Cell::default(), |sum, cell| sum.plus(cell))
                    .figure
            })
            .collect()
    }

    #[test]
    fn pages_are_full_and_their_sums_make_the_total() {
        for report in [&DAILY_COLLECTION, &DAILY_DETAIL] {
            for (rows, pages) in [(0, 1), (1, 1), (25, 1), (26, 2), (55, 2), (56, 3), (2_000, 67)] {
                let laid = samples::report(report, rows);
                assert_eq!(laid.pages.len(), pages, "{rows} rows");
                assert_eq!(laid.rows, rows);
                assert_eq!(
                    added(&laid, LineKind::Page),
                    added(&laid, LineKind::Total),
                    "{rows} rows"
                );
                let last = laid.pages.last().unwrap();
                assert!(last.last && last.lines.len() <= ROWS_OF_LAST_PAGE);
                let before = &laid.pages[..pages - 1];
                assert!(before.iter().all(|p| !p.last && p.lines.len() <= ROWS_PER_PAGE));
                let full = |page: &Page| page.lines.len() == ROWS_PER_PAGE;
                assert!(before.iter().rev().skip(1).all(full));
                assert_eq!(
                    laid.pages.last().unwrap().footer[1],
                    format!("第 {pages} 页　共 {pages} 页")
                );
                assert_eq!(laid.pages[0].empty.is_some(), rows == 0);
            }
        }
    }

    #[test]
    fn sums_of_groups_are_lines_and_are_not_added_again() {
        let laid = samples::city(&DAILY_COLLECTION, 40);
        let groups: Vec<&Line> = laid
            .pages
            .iter()
            .flat_map(|page| &page.lines)
            .filter(|line| line.kind == LineKind::Group)
            .collect();
        // Thirteen cashiers with three rows, four outlets with nine and one with four.
        assert_eq!(groups.len(), 13 + 5);
        assert_eq!(added(&laid, LineKind::Page), added(&laid, LineKind::Total));
        assert!(groups[0].label.as_deref().unwrap().ends_with("小计"));
    }

    #[test]
    fn headers_cover_every_column_once_and_widths_fill_the_paper() {
        for laid in [samples::daily(1), samples::detail(1), samples::city(&DAILY_DETAIL, 1)] {
            let covered: u16 =
                laid.head.iter().flatten().map(|cell| cell.colspan * cell.rowspan).sum();
            assert_eq!(usize::from(covered), laid.columns.len() * 2);
            let width: usize = laid.columns.iter().map(|column| usize::from(column.width)).sum();
            assert_eq!(width, TABLE_WIDTH);
        }
    }

    #[test]
    fn the_words_of_a_report_are_its_total() {
        let laid = samples::daily(1);
        assert_eq!(laid.words[0], "合计人民币（大写）：壹万肆仟捌佰捌拾元零贰角整");
        assert_eq!(laid.subline[1], "收费日期：2026年11月24日（按收费日期统计）");
        assert_eq!(laid.signatures[4], "制表时间：2026-11-24 14:05:12");
        assert!(samples::daily(0).words[0].ends_with("零元整"));
    }

    #[test]
    fn the_hash_is_of_the_content_and_not_of_the_number() {
        let laid = samples::daily(3);
        let numbered = laid.clone().numbered("R02-20261124-0047");
        assert_eq!(numbered.content_hash(), laid.hash);
        assert!(numbered.pages[0].footer[0].starts_with("报表编号 R02-20261124-0047"));
        assert_ne!(samples::daily(4).hash, laid.hash);
        let json = serde_json::to_vec(&numbered).unwrap();
        assert_eq!(serde_json::from_slice::<LaidOut>(&json).unwrap(), numbered);
    }
}
