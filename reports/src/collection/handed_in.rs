//! The footnote with the money of the tills by where it came from, as the 交款单 of each cashier has it. 交款来源

use terms::PayMethod;

use crate::cell::Cell;
use crate::column::{Column, money, text};
use crate::report::Note;
use crate::table::Table;

/// A line for each cashier, and one for all of them.
pub(super) const NOTE: Note = Note { sql: include_str!("handed_in.sql"), columns: COLUMNS, write };

const COLUMNS: &[Column] = &[
    text("cashier", "收费员", 1),
    money("cash", "现金", 1),
    money("pos", "刷卡", 1),
    money("cheque", "支票", 1),
];
/// What the columns behind the name hold.
const WAYS: [PayMethod; 3] = [PayMethod::Cash, PayMethod::Pos, PayMethod::Cheque];
/// Cashiers written out; of more only the sum is.
const CASHIERS_SHOWN: usize = 6;

fn write(table: &Table) -> Vec<String> {
    let rows: &[Vec<Cell>] = if table.rows.len() > CASHIERS_SHOWN { &[] } else { &table.rows[..] };
    let mut lines: Vec<_> = rows.iter().map(|row| line(&row[0].text, row)).collect();
    if table.rows.len() > 1 {
        lines.push(line("合计", &table.totals()));
    }
    lines
}

fn line(who: &str, row: &[Cell]) -> String {
    let ways = WAYS.iter().zip(&row[1..]);
    let ways: Vec<_> = ways.map(|(way, sum)| format!("{} {} 元", way.label(), sum.text)).collect();
    format!("交款来源（组合支付按各部分计，现金已减找零）{who}：{}", ways.join("，"))
}

#[cfg(test)]
mod tests {
    use terms::Money;

    use super::*;

    #[test]
    fn many_cashiers_are_told_as_one_sum() {
        let yuan = |fen| Cell::money(Money::from_fen(fen));
        let row = vec![Cell::words("陈娟"), yuan(80_140), yuan(216_999), yuan(14_480)];
        let told = |cashiers| write(&Table { columns: COLUMNS, rows: vec![row.clone(); cashiers] });
        let head = "交款来源（组合支付按各部分计，现金已减找零）";
        let one = format!("{head}陈娟：现金 801.40 元，刷卡 2,169.99 元，支票 144.80 元");
        assert_eq!(told(1), std::slice::from_ref(&one));
        let both = format!("{head}合计：现金 1,602.80 元，刷卡 4,339.98 元，支票 289.60 元");
        assert_eq!(told(2), [one.clone(), one, both]);
        assert_eq!((told(0).len(), told(7).len()), (0, 1));
    }
}
