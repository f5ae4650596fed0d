//! Tables with a head line, in the words of the trade or of the books: pasted out of a spreadsheet or written by a program.

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::de::DeserializeOwned;
use terms::FeeItem;

use super::rows::WrongRate;
use crate::register::{GarbageClass, RateBasis, SewageClass, UseClass};

/// What people call the columns.
const COLUMNS: [(&str, &str); 29] = [
    ("收费项目", "fee_item"),
    ("类别", "class"),
    ("镇街", "town"),
    ("供水单位", "supplier"),
    ("生效日期", "valid_from"),
    ("失效日期", "valid_to"),
    ("计征比例", "levy_ratio"),
    ("基准人数", "base_persons"),
    ("计费依据", "basis"),
    ("无用水定额", "fixed_charge"),
    ("保底", "minimum_charge"),
    ("阶梯", "tier"),
    ("上限", "upto"),
    ("单价", "unit_price"),
    ("每人增量", "add_per_person"),
    ("状态", "status"),
    ("文号", "doc_no"),
    ("依据", "source"),
    ("更正标准", "replaces"),
    ("宽限天数", "grace_days"),
    ("日费率", "rate_per_day"),
    ("上限倍数", "cap_ratio"),
    ("归属单位", "owner"),
    ("户号", "account"),
    ("用户号", "account"),
    ("月份", "period"),
    ("账务月份", "period"),
    ("定额", "quota_m3"),
    ("用水定额", "quota_m3"),
];

/// Reads the rows of a table whose columns are parted by commas or, out of a spreadsheet, by tabs; `needed` are those that
/// it must have.
///
/// # Errors
/// Columns are missing, or a cell does not read; the row is named.
pub(super) fn read<T: DeserializeOwned>(table: &str, needed: &[&str]) -> Result<Vec<T>, WrongRate> {
    let head = table.lines().next().unwrap_or_default();
    let delimiter = if head.contains('\t') { b'\t' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(table.as_bytes());
    let columns: StringRecord = reader.headers()?.iter().map(column).collect();
    let missing: Vec<_> = needed
        .iter()
        .filter(|name| columns.iter().all(|column| column != **name))
        .map(|name| format!("“{}”", word(name)))
        .collect();
    if !missing.is_empty() {
        return Err(WrongRate::Heads(missing.join("、")));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cells = columns.iter().zip(&record).map(|(column, text)| cell(column, text));
        let cells: StringRecord = cells.collect();
        rows.push(cells.deserialize(Some(&columns)).map_err(|error| {
            let heads: Vec<_> = head.split(char::from(delimiter)).map(str::trim).collect();
            wrong_cell(rows.len() + 1, &heads, &cells, &error)
        })?);
    }
    Ok(rows)
}

/// Where a table does not read, for people: the row, and the column as its head calls it.
fn wrong_cell(row: usize, heads: &[&str], cells: &StringRecord, error: &csv::Error) -> WrongRate {
    if cells.len() < heads.len() {
        return WrongRate::Row { what: format!("第 {row} 行"), why: "单元格比表头少" };
    }
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return WrongRate::Row { what: format!("第 {row} 行"), why: "内容不能识别" };
    };
    let said = err.kind().to_string();
    // A type that reads its own text, such as a decimal, is told without its column, but quotes the cell.
    let field = err.field().and_then(|field| usize::try_from(field).ok());
    let field = field.or_else(|| cells.iter().position(|cell| said.contains(&format!("{cell:?}"))));
    let what = match field.and_then(|field| heads.get(field)) {
        Some(head) => format!("第 {row} 行“{head}”"),
        None => format!("第 {row} 行"),
    };
    let is_finer = said.contains("is finer than");
    WrongRate::Row { what, why: if is_finer { "小数位数过多" } else { "内容不能识别" } }
}

fn column(head: &str) -> &str {
    let head = head.trim_start_matches('\u{feff}');
    COLUMNS.iter().find(|(word, _)| *word == head).map_or(head, |(_, name)| name)
}

/// What people call a column.
fn word(column: &str) -> &str {
    COLUMNS.iter().find(|(_, name)| *name == column).map_or(column, |(word, _)| word)
}

/// A cell as the books write it: words of closed lists by their codes.
fn cell<'a>(column: &str, text: &'a str) -> &'a str {
    let code = match column {
        "fee_item" => named(FeeItem::ALL, text, FeeItem::label, FeeItem::code),
        "class" => named(UseClass::ALL, text, UseClass::label, UseClass::code)
            .or_else(|| named(SewageClass::ALL, text, SewageClass::label, SewageClass::code))
            .or_else(|| named(GarbageClass::ALL, text, GarbageClass::label, GarbageClass::code)),
        "basis" => named(RateBasis::ALL, text, RateBasis::label, RateBasis::code),
        "status" => match text {
            "正式" => Some("official"),
            "待核定" => Some("placeholder"),
            _ => None,
        },
        _ => None,
    };
    code.unwrap_or(text)
}

fn named<T: Copy>(
    all: &[T],
    text: &str,
    label: impl Fn(T) -> &'static str,
    code: impl Fn(T) -> &'static str,
) -> Option<&'static str> {
    all.iter().find(|word| label(**word) == text).map(|word| code(*word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::tables::{Places, read_late_fees, read_quotas, read_tariffs};

    #[test]
    fn a_table_out_of_a_spreadsheet_reads_as_one_of_a_program() {
        let ours = "fee_item,class,valid_from,levy_ratio,base_persons,basis,fixed_charge,minimum_charge,tier,upto,unit_price,add_per_person,status,doc_no,source\n\
            garbage,shop_by_area,2026-12-01,1,4,area,0,0,1,,0.6,0,official,东发改〔2026〕9号,文件\n";
        let theirs = "收费项目\t类别\t生效日期\t计征比例\t基准人数\t计费依据\t无用水定额\t保底\t阶梯\t上限\t单价\t每人增量\t状态\t文号\t依据\n\
            垃圾处理费\t商铺（按面积）\t2026-12-01\t1\t4\t平方米·月\t0\t0\t1\t\t0.6\t0\t正式\t东发改〔2026〕9号\t文件\n";
        let places = Places::default();
        let read = |table| read_tariffs(table, &places).unwrap();
        assert_eq!(read(ours), read(theirs));
        assert_eq!(read(ours).len(), 1);
        let rules = "收费项目,生效日期,宽限天数,日费率,上限倍数,状态,文号,依据\n水费,2026-12-20,10,0.0005,1,待核定,,文件\n";
        assert_eq!(read_late_fees(rules).unwrap()[0].rule.fee_item, FeeItem::Water);
        assert_eq!(read_quotas("\u{feff}户号,月份,定额\n00000001, 2026-12,60\n").unwrap().len(), 1);
        assert_eq!(
            read_quotas("用户号,账务月份,用水定额\n00000001,2026-12,60\n").unwrap().len(),
            1
        );
        let missing = read_quotas("户号,月份\n00000001,2026-12\n").unwrap_err().to_string();
        assert_eq!(missing, "表头缺少“定额”，请按样表补齐");
        let english = read_quotas("account\n00000001\n").unwrap_err().to_string();
        assert_eq!(english, "表头缺少“月份”、“定额”，请按样表补齐");
        let short = read_quotas("户号,月份,定额\n00000001,2026-12\n").unwrap_err().to_string();
        assert_eq!(short, "第 1 行：单元格比表头少");
        let typed = read_quotas("户号,月份,定额\n00000001,2026-12,六十\n").unwrap_err().to_string();
        assert_eq!(typed, "第 1 行“定额”：内容不能识别");
    }
}
