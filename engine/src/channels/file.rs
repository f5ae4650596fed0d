//! A channel's file as rows of items: 流水号, 用户号, 金额, 账务月份. CSV in UTF-8 or GBK, or XLSX.

use terms::{BillPeriod, Money};

use super::item::{NewItem, SERIAL_MAX_CHARS, Settles, Whose};
use crate::reading::SheetError;
use crate::reading::sheet::Sheet;

/// Titles under which each column is known, and its name in messages.
const TITLES: [(&str, &[&str]); 4] = [
    ("流水号", &["流水号", "渠道流水号", "交易单号", "商户订单号", "序号"]),
    ("用户号", &["用户号", "缴费户号", "户号", "客户号"]),
    ("金额", &["金额", "金额（元）", "缴费金额", "实扣金额", "订单金额"]),
    ("账务月份", &["账务月份", "所属年月", "账期", "费用月份"]),
];
/// Rows above the titles.
const HEADING_ROWS: usize = 5;

/// A row that is no item.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BadRow {
    /// Its number in the file, from 1.
    pub row: usize,
    /// Title of the column.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Why a file was not read; nothing of it was taken in.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not rows at all.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A column is not there.
    #[error("文件缺少“{0}”一列")]
    NoColumn(&'static str),
    /// Rows that are no items.
    #[error("{} 行有误，文件未接收；第一处：第 {} 行 {} {}（{}）", .0.len(), .0[0].row, .0[0].column, .0[0].reason, .0[0].value)]
    BadRows(Vec<BadRow>),
}

/// Reads a file, whole or not at all.
///
/// # Errors
/// See [`FileError`].
pub fn parse(bytes: &[u8]) -> Result<Vec<NewItem>, FileError> {
    let sheet = Sheet::read(bytes, &|cell| TITLES.iter().any(|(_, names)| is_of(cell, names)))?;
    let (heading, columns) = find_columns(&sheet)?;
    let (mut items, mut bad) = (Vec::new(), Vec::new());
    for (row, cells) in sheet.rows.iter().skip(heading + 1) {
        // What spreadsheets and WeChat put before a number, so that nobody reads it as one.
        let cell = |at: usize| {
            let text = cells.get(columns[at]).map_or("", String::as_str);
            text.trim().trim_start_matches(['`', '\'']).to_owned()
        };
        let [serial, number, gross, period] = [cell(0), cell(1), cell(2), cell(3)];
        let before = bad.len();
        let mut refuse = |at: usize, value: &str, reason| {
            bad.push(BadRow { row: *row, column: TITLES[at].0, value: value.to_owned(), reason });
        };
        if !(1..=SERIAL_MAX_CHARS).contains(&serial.chars().count()) {
            refuse(0, &serial, "为空或超过60个字符");
        }
        if !(1..=40).contains(&number.chars().count()) {
            refuse(1, &number, "为空或超过40个字符");
        }
        let amount = gross.replace(',', "").parse::<Money>().ok().filter(|a| *a > Money::ZERO);
        if amount.is_none() {
            refuse(2, &gross, "应为大于零、至多两位小数的元");
        }
        let month = month(&period);
        if month.is_none() {
            refuse(3, &period, "应为年月，如 2026-11");
        }
        if let (true, Some(gross), Some(month)) = (bad.len() == before, amount, month) {
            let settles = Settles::UpTo(month);
            items.push(NewItem { whose: Whose::Number(number), settles, serial, gross });
        }
    }
    if !bad.is_empty() {
        return Err(FileError::BadRows(bad));
    }
    if items.is_empty() {
        return Err(SheetError::Empty.into());
    }
    Ok(items)
}

fn month(text: &str) -> Option<BillPeriod> {
    match text.parse::<i32>() {
        Ok(number) => BillPeriod::from_number(number).ok(),
        Err(_) => text.parse().ok(),
    }
}

/// The place of the row of titles, and the columns in the order of [`TITLES`].
fn find_columns(sheet: &Sheet) -> Result<(usize, [usize; 4]), FileError> {
    let mut missing = TITLES[0].0;
    for (heading, (_, cells)) in sheet.rows.iter().enumerate().take(HEADING_ROWS) {
        let found = TITLES.map(|(_, names)| cells.iter().position(|cell| is_of(cell, names)));
        if let [Some(serial), Some(number), Some(gross), Some(period)] = found {
            return Ok((heading, [serial, number, gross, period]));
        }
        if let (true, Some(at)) =
            (found.iter().any(Option::is_some), found.iter().position(Option::is_none))
        {
            missing = TITLES[at].0;
        }
    }
    Err(FileError::NoColumn(missing))
}

/// True where a cell is one of these titles; blanks in it do not matter.
fn is_of(cell: &str, names: &[&str]) -> bool {
    names.contains(&cell.trim().replace(' ', "").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole() {
        let text = "银行代扣回盘\n流水号,户号,实扣金额,账期\n`000123,0100001,\"1,050.00\",2026-11\n000124,0100002,50,202611\n";
        let items = parse(text.as_bytes()).unwrap();
        assert_eq!((items.len(), items[0].serial.as_str()), (2, "000123"));
        assert_eq!(items[0].gross, Money::from_fen(105_000));
        assert_eq!(items[1].settles, Settles::UpTo(BillPeriod::from_number(202611).unwrap()));
    }

    #[test]
    fn a_bad_row_is_named_and_nothing_is_taken() {
        let text = "流水号,用户号,金额,账务月份\n1,A,50.005,2026-11\n,B,1,2026-13\n3,C,1,2026-11\n";
        let Err(FileError::BadRows(bad)) = parse(text.as_bytes()) else { panic!() };
        let seen: Vec<_> = bad.iter().map(|b| (b.row, b.column)).collect();
        assert_eq!(seen, [(2, "金额"), (3, "流水号"), (3, "账务月份")]);
        let missing = parse("流水号,用户号,金额\n1,A,5\n".as_bytes()).unwrap_err().to_string();
        assert_eq!(missing, "文件缺少“账务月份”一列");
    }
}
