//! The business views: what people of the trade ask for, in their words. 业务视图
//!
//! A view stands over tables that are fenced already. Where it has to read rows out of the person's sight (`whole.x`),
//! it is fenced as a whole: an account's arrears know of payments at every outlet.

mod columns;

use tables::catalog;
use terms::{FeeItem, PayMethod};

use crate::{Person, scope};

/// One view: its statement, and what its columns mean.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) meaning: &'static str,
    sql: &'static str,
    /// True where it reads rows that the person may not see.
    pub(crate) fenced: bool,
    /// The tables that the person must be able to see.
    over: &'static [&'static str],
    pub(crate) columns: &'static [ViewColumn],
}

/// One column of a view.
#[derive(Debug)]
pub(crate) struct ViewColumn {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// 文字, 整数, 小数, 日期 or 时间.
    pub(crate) kind: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) meaning: &'static str,
    /// True where its values are masked for who sees no personal ones.
    pub(crate) is_personal: bool,
}

impl View {
    /// The statement; the Chinese names of fees and pay methods stand at its end, where it has their codes.
    pub(crate) fn statement(&self) -> String {
        let fees = FeeItem::ALL.iter().map(|fee| (fee.code(), fee.label()));
        let fees = names("fee_item", fees.chain([("prepaid", "预存")]));
        let methods = names("method", PayMethod::ALL.iter().map(|by| (by.code(), by.label())));
        let given = |name: &&(&str, String)| self.columns.iter().any(|c| c.name == name.0);
        let named: String = [("fee_item", fees), ("method", methods)]
            .iter()
            .filter(given)
            .map(|(_, column)| format!(", {column}"))
            .collect();
        format!("select *{named} from (\n{}) entries", self.sql)
    }
}

/// A column that says in Chinese what the codes of another mean.
fn names<'a>(code: &str, words: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let cases: String =
        words.map(|(word, label)| format!(" when '{word}' then '{label}'")).collect();
    format!("case {code}{cases} end as {code}_name")
}

/// Every view, in the order of the trade: what was used and at which price, what is due, what came in, what is missing, what was passed on.
pub(crate) fn all() -> &'static [View] {
    VIEWS
}

/// The view of this name.
pub(crate) fn find(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

/// True where the person may see all that the view stands on.
pub(crate) fn visible(view: &View, who: &Person) -> bool {
    let seen = |name: &&str| catalog::find(name).is_some_and(|def| scope::visible(def, who));
    view.over.iter().all(seen)
}

static VIEWS: &[View] = &[
    View {
        name: "water_read",
        label: "用水量",
        meaning: "每行是一次有效的抄表：退回的、被替代的和待复核的不在其中；用水量以此为准",
        sql: include_str!("water_read.sql"),
        fenced: true,
        over: &["reading"],
        columns: columns::WATER_READ,
    },
    View {
        name: "tariff",
        label: "现行收费标准",
        meaning: "每行是一份已批准且未被更正的收费标准的一个阶梯",
        sql: include_str!("tariff.sql"),
        fenced: false,
        over: &["tariff_version", "tariff_tier", "surcharge_step"],
        columns: columns::TARIFF,
    },
    View {
        name: "receivable",
        label: "应收",
        meaning: "每行是一笔应收中的一项费用、一个阶梯",
        sql: include_str!("receivable.sql"),
        fenced: false,
        over: &["charge_line", "charge"],
        columns: columns::RECEIVABLE,
    },
    View {
        name: "collected",
        label: "实收",
        // Money received is what was tendered. What a purse pays was received when it was filled: its fees stand here
        // as settled, and what left the purse as a negative line beside them, so that no yuan counts twice.
        meaning: "每行是一笔缴费冲抵的一项应收，或一次预存变动；实收指收到的钱，存入预存时计入，用预存抵扣时费用为正、预存为负，不重复计；冲正为负；合计即 payment.net",
        sql: include_str!("collected.sql"),
        fenced: false,
        over: &["allocation", "prepaid_entry", "payment"],
        columns: columns::COLLECTED,
    },
    View {
        name: "arrears",
        label: "欠费",
        meaning: "每行是到数据时点仍未缴清的一项应收，不含滞纳金",
        sql: include_str!("arrears.sql"),
        fenced: true,
        over: &["charge_line", "charge"],
        columns: columns::ARREARS,
    },
    View {
        name: "remitted",
        label: "上缴",
        meaning: "每行是一次上缴国库",
        sql: include_str!("remitted.sql"),
        fenced: false,
        over: &["remittance"],
        columns: columns::REMITTED,
    },
    View {
        name: "receipt_usage",
        label: "票据使用",
        meaning: "每行是一段票号的领用或作废，或一张票据的开具或冲红",
        sql: include_str!("receipt_usage.sql"),
        fenced: false,
        over: &["receipt_event", "receipt", "receipt_number"],
        columns: columns::RECEIPT_USAGE,
    },
    View {
        name: "cashier",
        label: "收费员",
        meaning: "每行是一名收费员，姓名印在票据和报表上",
        sql: include_str!("cashier.sql"),
        fenced: true,
        over: &[],
        columns: columns::CASHIER,
    },
    View {
        name: "payer_then",
        label: "缴费时户名",
        meaning: "每行是一笔缴费或冲正，及所缴账单的户名，没有账单的为办理时的户名；其后过户、更名的，仍是当时的户名，与票据相同",
        sql: include_str!("payer_then.sql"),
        fenced: true,
        over: &["payment"],
        columns: columns::PAYER_THEN,
    },
];
