//! Banks and online channels, and what they settled. Rows are never changed.

use super::{ACCOUNT_ID, Kind, TOWN_ID, TableDef, bigint, boolean, date, int, money, text};

pub(super) const CHANNEL: TableDef = TableDef {
    name: "channel",
    label: "渠道",
    kind: Kind::Ledger,
    key: "id",
    sort: &["id"],
    columns: &[
        int("id", "渠道编号").means("系统编号"),
        text("code", "渠道代码").means("如 wechat"),
        text("name", "渠道名称").means("如 微信支付"),
        text("method", "缴费方式").means(
            "batch_withhold 批量代扣、realtime_withhold 实时代扣、wechat 微信、alipay 支付宝",
        ),
        text("serial_scope", "流水号范围").means("batch 同一批次内唯一、day 同一结算日内唯一"),
    ],
};

pub(super) const CHANNEL_BATCH: TableDef = TableDef {
    name: "channel_batch",
    label: "渠道批次",
    kind: Kind::Ledger,
    key: "id",
    sort: &["settled_on", "id"],
    columns: &[
        bigint("id", "批次编号").means("系统编号"),
        int("channel_id", "渠道编号").means("对应 channel.id"),
        text("batch_no", "批次号").means("渠道给出的批次号"),
        date("settled_on", "结算日").means("滞纳金算到这一天"),
    ],
};

pub(super) const CHANNEL_ITEM: TableDef = TableDef {
    name: "channel_item",
    label: "渠道明细",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "batch_id", "id"],
    columns: &[
        bigint("id", "渠道明细编号").means("系统编号"),
        bigint("batch_id", "批次编号").means("对应 channel_batch.id"),
        int("channel_id", "渠道编号").means("对应 channel.id"),
        text("unique_in", "唯一范围").means("批次号或结算日，流水号在其中唯一"),
        text("serial", "流水号").means("渠道的流水号"),
        boolean("is_contested", "流水号冲突").means("流水号已登记为另一笔，不能入账"),
        text("account_no", "用户号").means("渠道所写的用户号"),
        ACCOUNT_ID.means("对应 account.id，用户号有误时为空"),
        TOWN_ID,
        money("gross", "金额").means("缴费人所付，不扣渠道手续费"),
        int("up_to", "缴至月份").means("缴清至此月的欠费，指定账单时为空"),
    ],
};
