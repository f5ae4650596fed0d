//! Plain rows for other programs: header, rows and sums, then who and when. UTF-8 with a byte order mark.

use terms::moment;

use crate::laid_out::{Asked, Line};
use crate::{LaidOut, ReportError};

/// Draws a report as CSV. Money has no thousands separators here.
pub(super) fn rows(report: &LaidOut) -> Result<Vec<u8>, ReportError> {
    write(report).map_err(|e| ReportError::draw("CSV", e))
}

fn write(report: &LaidOut) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![0xEF, 0xBB, 0xBF]);
    out.write_record(report.columns.iter().map(|column| column.label.as_str()))?;
    for line in report.lines() {
        out.write_record(fields(line))?;
    }
    for about in about(report) {
        out.write_record(about)?;
    }
    out.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// A label takes the first of the columns that it spans.
fn fields(line: &Line) -> Vec<String> {
    let mut fields = vec![String::new(); usize::from(line.span)];
    if let (Some(first), Some(label)) = (fields.first_mut(), &line.label) {
        first.clone_from(label);
    }
    fields.extend(line.cells.iter().map(|cell| match cell.figure {
        Some(_) => cell.text.replace(',', ""),
        None => cell.text.clone(),
    }));
    fields
}

/// What is known of a report, line by line, as the work book and the plain rows tell it.
pub(super) fn about(report: &LaidOut) -> Vec<[String; 2]> {
    let line = |name: &str, value: String| [name.to_owned(), value];
    let mut about = vec![
        line("报表", report.title.clone()),
        line("报表编号", report.number.clone().unwrap_or_else(|| "预览，未编号".to_owned())),
    ];
    about.extend(report.asked.iter().map(|Asked { label, value, .. }| line(label, value.clone())));
    about.extend(
        report.words.iter().zip(["大写", "汇总"]).map(|(words, name)| line(name, words.clone())),
    );
    about.extend(report.notes.iter().map(|note| line("附注", note.clone())));
    about.push(line("数据位置", report.position.lsn.to_string()));
    about.push(line("数据截至", moment(report.position.committed_at)));
    about.push(line("数据快照", report.position.snapshot.to_string()));
    about.push(line("制表", report.made.by.clone()));
    about.push(line("制表时间", moment(report.made.at)));
    about.extend(report.checks.iter().map(|check| {
        let outcome = if check.equal {
            "是".to_owned()
        } else {
            format!("否，差 {} 元", check.difference)
        };
        line(&check.label, outcome)
    }));
    about.push(line("校验码", report.hash.clone()));
    about
}
