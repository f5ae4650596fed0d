//! P2 收费统计日报表: what each cashier of an outlet took on a day, by method and fee.

use terms::Role;

use super::{
    AGREED, CLOSED, DAILY_DETAIL, DAY_AND_OUTLET, HANDED_IN, PAPER, SHEETS, USED_UP, handed_in,
    receipt_numbers,
};
use crate::column::{Shown, count, method, money, text};
use crate::report::{Check, Report};

/// 收费统计日报表
pub static DAILY_COLLECTION: Report = Report {
    code: "daily-collection",
    series: "R02",
    form: "P2",
    title: "收费统计日报表",
    readers: Role::ALL,
    asks: DAY_AND_OUTLET,
    date_basis: "按收费日期统计",
    sql: include_str!("daily_collection.sql"),
    columns: &[
        text("outlet_name", "网点", 46).shown(Shown::WhenAll("outlet")),
        text("cashier", "收费员", 28),
        method("method", "缴费方式", 24),
        count("payments", "笔数", 17),
        money("water", "水费", 30).under("费用"),
        money("sewage", "污水处理费", 30).under("费用"),
        money("garbage", "垃圾处理费", 30).under("费用"),
        money("overquota", "累计加价", 26).under("费用"),
        money("late_fee", "滞纳金", 22),
        money("prepaid", "预存", 24),
        count("reversals", "笔数", 14).under("冲正"),
        money("reversed", "金额", 26).under("冲正"),
        money("net", "实收合计", 32),
    ],
    groups: &["outlet_name", "cashier"],
    in_capitals: "net",
    summary: "收款 {payments} 笔，冲正 {reversals} 笔 {reversed} 元",
    notes: &[receipt_numbers::NOTE, handed_in::NOTE],
    checks: &[
        Check::SameTotals {
            label: "与每日收费明细表一致", other: &DAILY_DETAIL, columns: AGREED
        },
        USED_UP,
        HANDED_IN,
        PAPER,
        CLOSED,
        SHEETS,
    ],
    signatures: &["网点负责人", "复核", "出纳"],
    text_size: 95,
    empty: "本日无收费",
};
