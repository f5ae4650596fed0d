//! P3 每日收费明细表: every payment and reversal of a day, in the order in which each cashier took it.

use terms::Role;

use super::{AGREED, CLOSED, DAILY_COLLECTION, DAY_AND_OUTLET, PAPER, USED_UP};
use crate::column::{Shown, count, id, method, money, text, time, volume};
use crate::report::{Check, Report};

/// 每日收费明细表
pub static DAILY_DETAIL: Report = Report {
    code: "daily-detail",
    series: "R03",
    form: "P3",
    title: "每日收费明细表",
    readers: Role::ALL,
    asks: DAY_AND_OUTLET,
    date_basis: "按收费日期统计",
    sql: include_str!("daily_detail.sql"),
    columns: &[
        text("outlet_name", "网点", 25).shown(Shown::WhenAll("outlet")),
        text("cashier", "收费员", 15),
        id("payment_no", "流水号", 16),
        time("posted_at", "时间", 14),
        id("account_no", "账号", 19),
        text("payer_name", "户名", 23),
        text("periods", "所属年月", 18),
        volume("volume_m3", "水量", 11),
        money("water", "水费", 16).under("费用"),
        money("sewage", "污水费", 16).under("费用"),
        money("garbage", "垃圾费", 16).under("费用"),
        money("overquota", "加价", 15).under("费用"),
        money("late_fee", "滞纳金", 14),
        money("prepaid", "预存", 15),
        money("net", "实收", 18),
        method("method", "方式", 14),
        id("invoice_no", "发票号", 24),
        id("nontax_no", "非税、预存票号", 22),
        text("colour", "红蓝", 10),
        count("payments", "收款笔数", 0).shown(Shown::InProofs),
        count("reversals", "冲正笔数", 0).shown(Shown::InProofs),
        money("reversed", "冲正金额", 0).shown(Shown::InProofs),
    ],
    groups: &["outlet_name", "cashier"],
    in_capitals: "net",
    summary: "收款 {payments} 笔，冲正 {reversals} 笔 {reversed} 元",
    notes: &[],
    checks: &[
        Check::SameTotals {
            label: "与收费统计日报表一致",
            other: &DAILY_COLLECTION,
            columns: AGREED,
        },
        USED_UP,
        PAPER,
        CLOSED,
    ],
    signatures: &["网点负责人", "复核", "出纳"],
    text_size: 75,
    empty: "本日无收费",
};
