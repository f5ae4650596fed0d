//! Banks and online channels, what they settled and what they hold. Rows are never changed.

use super::{
    ACCOUNT_ID, BILL_PERIOD, Kind, TOWN_ID, TableDef, bigint, boolean, date, int, money, text,
    timestamp,
};

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
        int("settled_period", "结算月").means("所属批次结算日所在的月份"),
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

pub(super) const CHANNEL_ITEM_EVENT: TableDef = TableDef {
    name: "channel_item_event",
    label: "渠道明细处理",
    kind: Kind::Ledger,
    key: "id",
    sort: &["item_id", "id"],
    columns: &[
        bigint("id", "记录编号").means("系统编号"),
        bigint("item_id", "渠道明细编号").means("对应 channel_item.id"),
        text("event", "事项").means("refused 未能入账，转挂账、returned 退回渠道"),
        text("refusal", "未入账原因").means(
            "unknown_account 用户号有误、nothing_open 没有欠费、not_open 账单不在欠费中、differs 金额不符、\
             held 已锁定、serial_used 流水号冲突、reversed 已冲正；退回的为空",
        ),
        text("reason", "说明").means("当时给出的说明"),
        int("by_user_id", "经办人编号").means("退回的人，对应 app_user.id，系统转挂账的为空"),
        timestamp("at", "时间").means("转挂账或退回的时刻"),
    ],
};

pub(super) const HOLD: TableDef = TableDef {
    name: "hold",
    label: "账单锁定",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "account_id", "id"],
    columns: &[
        bigint("id", "锁定编号").means("系统编号"),
        bigint("charge_id", "应收编号").means("对应 charge.id"),
        BILL_PERIOD,
        ACCOUNT_ID,
        TOWN_ID,
        int("channel_id", "渠道编号").means("锁定期间只由该渠道收款，对应 channel.id"),
        text("reference", "出盘号").means("为哪一次出盘而锁定"),
        int("placed_by", "锁定人").means("对应 app_user.id"),
        timestamp("placed_at", "锁定时间").means("锁定的时刻"),
        timestamp("ends_at", "锁定至").means("到时自动失效"),
    ],
};

pub(super) const HOLD_RELEASE: TableDef = TableDef {
    name: "hold_release",
    label: "账单解锁",
    kind: Kind::Ledger,
    key: "hold_id",
    sort: &["hold_id"],
    columns: &[
        bigint("hold_id", "锁定编号").means("对应 hold.id"),
        text("reason", "原因").means("提前解锁的原因"),
        int("by_user_id", "解锁人").means("对应 app_user.id"),
        timestamp("at", "解锁时间").means("解锁的时刻"),
    ],
};
