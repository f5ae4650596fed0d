//! Receipts and daily closings. Rows are never changed.

use super::{
    ACCOUNT_ID, BILL_PERIOD, FEE_ITEM, Kind, OUTLET_ID, OWNER_ID, TOWN_ID, TableDef, bigint, date,
    int, money, text, timestamp,
};

const RECEIPT_TYPE: super::ColumnDef = text("receipt_type", "票据类型")
    .means("water_invoice 水费发票、nontax 非税票据、prepaid 预存收据");
const CODE: super::ColumnDef = text("code", "票据代码").means("印在票据上的代码");

pub(super) const RECEIPT: TableDef = TableDef {
    name: "receipt",
    label: "票据",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "account_date", "account_id", "id"],
    columns: &[
        bigint("id", "票据编号").means("系统编号"),
        RECEIPT_TYPE,
        text("medium", "介质").means("paper 纸质、electronic 电子、vat 增值税票"),
        int("ordinal", "张次").means("一笔实收的第几张票据"),
        text("kind", "红蓝").means("blue 蓝票、red 红票"),
        bigint("red_of", "被冲红的票据").means("红票所冲的原票，蓝票为空"),
        bigint("payment_id", "实收编号").means("对应 payment.id"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        int("cashier_id", "收费员编号").means("开票的收费员，对应 app_user.id；不经收费员的为空"),
        date("account_date", "收费日期").means("记账的业务日"),
        int("receipt_period", "票据月").means("票据日期所在的月份，如 202611"),
        timestamp("issued_at", "开票时间").means("开票的时刻"),
        money("amount", "票面金额").means("红票为负"),
    ],
};

pub(super) const RECEIPT_NUMBER: TableDef = TableDef {
    name: "receipt_number",
    label: "票号",
    kind: Kind::Ledger,
    key: "receipt_id",
    sort: &["town_id", "receipt_type", "receipt_id"],
    columns: &[
        bigint("receipt_id", "票据编号").means("对应 receipt.id"),
        RECEIPT_TYPE,
        CODE,
        text("no", "票号").means("票面上的号码，含前导零；电子票据和增值税票由平台赋号"),
        bigint("paper_no", "纸质票号").means("在号段中的号码，非纸质的为空"),
        TOWN_ID,
        OUTLET_ID,
        timestamp("assigned_at", "赋号时间").means("得到号码的时刻"),
    ],
};

pub(super) const RECEIPT_LINE: TableDef = TableDef {
    name: "receipt_line",
    label: "票据明细",
    kind: Kind::Ledger,
    key: "receipt_id",
    sort: &["town_id", "bill_period", "receipt_id", "charge_line_id"],
    columns: &[
        bigint("receipt_id", "票据编号").means("对应 receipt.id"),
        bigint("charge_line_id", "应收明细编号").means("对应 charge_line.id"),
        BILL_PERIOD,
        TOWN_ID,
        OWNER_ID,
        FEE_ITEM,
        money("amount", "金额").means("票面上的本金"),
        money("late_fee", "滞纳金").means("票面上的滞纳金"),
    ],
};

pub(super) const RECEIPT_EVENT: TableDef = TableDef {
    name: "receipt_event",
    label: "票据流水",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        bigint("id", "流水编号").means("系统编号"),
        text("event", "事项").means(
            "received 入库、issued 领用、leased 发放、voided 作废、returned 退回、written_off 核销",
        ),
        RECEIPT_TYPE,
        CODE,
        bigint("first_no", "起号").means("第一张的票号"),
        bigint("last_no", "止号").means("最后一张的票号"),
        int("digits", "位数").means("票号的位数，入库时登记"),
        OUTLET_ID,
        TOWN_ID,
        int("holder_id", "领用人编号").means("发放给谁，对应 app_user.id"),
        int("by_user_id", "经办人编号").means("对应 app_user.id"),
        text("reason", "原因").means("作废的原因"),
        timestamp("at", "时间").means("发生的时刻"),
        date("business_day", "业务日").means("计入哪一天的日结；日结之后作废的计入次日"),
    ],
};

pub(super) const CASHIER_CLOSE: TableDef = TableDef {
    name: "cashier_close",
    label: "日结",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "business_day", "id"],
    columns: &[
        bigint("id", "日结编号").means("系统编号"),
        int("cashier_id", "收费员编号").means("对应 app_user.id"),
        OUTLET_ID,
        TOWN_ID,
        date("business_day", "业务日").means("所结的日期"),
        timestamp("closed_at", "日结时间").means("日结的时刻"),
        int("payments", "收款笔数").unit("笔").means("当日收款的笔数"),
        int("reversals", "冲正笔数").unit("笔").means("当日冲正的笔数"),
        money("water", "水费").means("当日实收水费"),
        money("sewage", "污水处理费").means("当日实收污水处理费"),
        money("garbage", "垃圾处理费").means("当日实收垃圾处理费"),
        money("overquota", "累计加价").means("当日实收累计加价"),
        money("late_fee", "滞纳金").means("当日实收滞纳金"),
        money("prepaid_in", "转入预存").means("当日转入预存，冲正为负"),
        money("prepaid_used", "预存抵扣").means("当日用预存抵扣的金额，冲正为负"),
        money("net", "合计").means("当日收到的金额：各项费用加转入预存，减预存抵扣"),
        text("digest", "摘要").means("当日各笔及票据的指纹，用于核对"),
        int("closed_by", "办理人编号").means("对应 app_user.id；代结时不是收费员本人"),
        text("reason", "代结原因").means("由他人代为日结的原因，本人日结的为空"),
        int("no", "链序").means("该网点第几次日结"),
        text("before", "前一封账码").means("该网点前一次日结的封账码，第一次的为空"),
        text("seal", "封账码").means("前一封账码与本次日结的指纹，用于核对"),
    ],
};

pub(super) const CLOSE_PAPER: TableDef = TableDef {
    name: "close_paper",
    label: "日结票据",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "close_id", "id"],
    columns: &[
        bigint("id", "编号").means("系统编号"),
        bigint("close_id", "日结编号").means("对应 cashier_close.id"),
        OUTLET_ID,
        TOWN_ID,
        text("fate", "去向")
            .means("received 领用、used 使用、red 红票、voided 作废、returned 退回、left 结存"),
        RECEIPT_TYPE,
        CODE,
        bigint("first_no", "起号").means("第一张的票号"),
        bigint("last_no", "止号").means("最后一张的票号"),
    ],
};

pub(super) const MONTH_CLOSE: TableDef = TableDef {
    name: "month_close",
    label: "月结",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "period", "id"],
    columns: &[
        bigint("id", "月结编号").means("系统编号"),
        int("organisation_id", "机构编号").means("对应 organisation.id"),
        TOWN_ID,
        text("kind", "账期类别").means("read 抄表、bill 应收、pay 实收、receipt 票据"),
        int("period", "账期").means("如 202611"),
        bigint("entries", "笔数").unit("笔").means("该账期的笔数"),
        money("amount", "金额").means("该账期的合计，抄表为零"),
        text("digest", "摘要").means("该账期各笔的指纹，用于核对"),
        int("closed_by", "经办人编号").means("对应 app_user.id"),
        timestamp("closed_at", "月结时间").means("月结的时刻"),
        text("before", "前一封账码").means("该机构该类别前一个月结的封账码，第一个的为空"),
        text("seal", "封账码").means("前一封账码与本次月结的指纹，用于核对"),
    ],
};
