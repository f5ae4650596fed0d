//! What the columns of the views mean.

use super::ViewColumn;

const fn column(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    meaning: &'static str,
) -> ViewColumn {
    ViewColumn { name, label, kind, unit: "", meaning, is_personal: false }
}
const fn text(name: &'static str, label: &'static str, meaning: &'static str) -> ViewColumn {
    column(name, label, "文字", meaning)
}
const fn number(name: &'static str, label: &'static str, meaning: &'static str) -> ViewColumn {
    column(name, label, "整数", meaning)
}
const fn day(name: &'static str, label: &'static str, meaning: &'static str) -> ViewColumn {
    column(name, label, "日期", meaning)
}
const fn decimal(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> ViewColumn {
    ViewColumn { name, label, kind: "小数", unit, meaning, is_personal: false }
}
const fn money(name: &'static str, label: &'static str, meaning: &'static str) -> ViewColumn {
    decimal(name, label, "元", meaning)
}

const ACCOUNT_ID: ViewColumn = number("account_id", "用水户编号", "对应 account.id");
const TOWN_ID: ViewColumn = number("town_id", "镇街代码", "民政区划代码，对应 town.id");
const OUTLET_ID: ViewColumn = number("outlet_id", "网点编号", "对应 organisation.id");
const OWNER_ID: ViewColumn =
    number("owner_id", "收入归属", "供水单位，污水和垃圾费为代征机构，对应 organisation.id");
const CHARGE_ID: ViewColumn = number("charge_id", "应收编号", "对应 charge.id");
const CHARGE_LINE_ID: ViewColumn = number("charge_line_id", "应收明细编号", "对应 charge_line.id");
const BILL_PERIOD: ViewColumn = number("bill_period", "账务月份", "六位数字的年月，如 202611");
const SERVICE_PERIOD: ViewColumn =
    number("service_period", "费用所属月份", "用水的月份，如 202611");
const BILL_DATE: ViewColumn = day("bill_date", "出账日期", "账单日期");
const DUE_DATE: ViewColumn = day("due_date", "缴费期限", "过期开始计滞纳金");
const USE_CLASS: ViewColumn = text(
    "use_class",
    "用水性质",
    "resident 居民、resident_flat 居民合表、non_resident 非居民、special 特种",
);
const FEE_ITEM: ViewColumn = text(
    "fee_item",
    "收费项目",
    "water 水费、sewage 污水处理费、garbage 垃圾处理费、overquota 累计加价",
);
const FEE_ITEM_NAME: ViewColumn = text("fee_item_name", "收费项目名称", "收费项目的中文名");
const METHOD_NAME: ViewColumn = text("method_name", "缴费方式名称", "缴费方式的中文名");
const TIER: ViewColumn = number("tier", "阶梯", "第几阶梯，从 1 起");
const RECEIPT_TYPE: ViewColumn =
    text("receipt_type", "票据类型", "water_invoice 水费发票、nontax 非税票据、prepaid 预存收据");

pub(super) const WATER_READ: &[ViewColumn] = &[
    number("reading_id", "抄表编号", "对应 reading.id"),
    BILL_PERIOD,
    number("meter_id", "水表编号", "对应 meter.id"),
    ACCOUNT_ID,
    TOWN_ID,
    OUTLET_ID,
    day("from_date", "用水期间起", "上次有效抄表或装表的日期"),
    day("to_date", "用水期间止", "本次抄表的日期"),
    number("since_period", "上次抄表月份", "上次有效抄表或装表的年月，用水月数从其下一月起算"),
    column("read_at", "抄表时间", "时间", "读表的时刻"),
    decimal("start_index", "上期读数", "立方米", "上次抄表的读数"),
    decimal("end_index", "本期读数", "立方米", "本次抄表的读数"),
    decimal("consumption_m3", "用水量", "立方米", "本期读数减上期读数，归零表已换算"),
    text("source", "来源", "manual 手工、csv 文件、excel 表格、amr 远传"),
    text(
        "flag",
        "预警",
        "none 无、zero 零用水、rollover 归零、high 突增、low 突减、corrected 更正",
    ),
    number("entered_by", "录入人", "录入抄表数的人，对应 app_user.id，远传为空"),
    number("reviewed_by", "复核人", "复核通过的人，对应 app_user.id，不需复核的为空"),
];

pub(super) const TARIFF: &[ViewColumn] = &[
    number(
        "tariff_version_id",
        "标准编号",
        "对应 tariff_version.id、charge_line.tariff_version_id",
    ),
    TIER,
    FEE_ITEM,
    text("class", "类别", "用水性质、污水类别或垃圾类别"),
    number("town_id", "镇街代码", "只在该镇街适用，为空表示全市"),
    number("supplier_id", "供水单位", "只对该供水单位适用，为空表示全部，对应 organisation.id"),
    day("valid_from", "生效日期", "自该日起执行"),
    day("valid_to", "失效日期", "该日起不再执行，为空表示现行"),
    text("basis", "计费依据", "volume 立方米，area 平方米、bin 桶、household 户按每月计"),
    decimal("upto", "阶梯上限", "立方米", "每月的水量；最后一级为空，即以上不限"),
    decimal("unit_price", "单价", "元", "每单位的价格，累计加价的为空"),
    decimal("add_per_person", "每人增加", "立方米", "超过基准人数的，每人每月放宽的水量"),
    decimal(
        "quota_share",
        "累计加价分档上限",
        "",
        "超出定额的部分至定额的几倍为止，其他收费项目为空",
    ),
    decimal("price_factor", "累计加价水价倍数", "", "该档按水价的几倍加收，其他收费项目为空"),
    number("base_persons", "基准人数", "阶梯上限所按的人数"),
    decimal("levy_ratio", "计征比例", "", "计费水量占用水量的比例，污水为 0.9"),
    money("fixed_charge", "无用水定额", "没有用水时每月收取的定额"),
    money("minimum_charge", "保底", "有用水时每月至少收取的金额"),
    text("doc_no", "文号", "批准文件的文号"),
    text("status", "状态", "official 正式、placeholder 暂定"),
    FEE_ITEM_NAME,
];

pub(super) const RECEIVABLE: &[ViewColumn] = &[
    CHARGE_LINE_ID,
    CHARGE_ID,
    ACCOUNT_ID,
    TOWN_ID,
    OUTLET_ID,
    OWNER_ID,
    BILL_PERIOD,
    SERVICE_PERIOD,
    BILL_DATE,
    DUE_DATE,
    text("kind", "应收类型", "bill 抄表账单、fixed 无抄表定额、reversal 应收冲正"),
    USE_CLASS,
    FEE_ITEM,
    TIER,
    decimal("quantity", "计费数量", "", "水费、污水为立方米，垃圾费为户或桶"),
    decimal("unit_price", "单价", "元", "每单位的价格"),
    money("amount", "应收金额", "数量乘单价，四舍五入到分，冲正为负"),
    number("tariff_version_id", "标准编号", "所用的收费标准，对应 tariff_version.id"),
    FEE_ITEM_NAME,
];

pub(super) const COLLECTED: &[ViewColumn] = &[
    text(
        "entry",
        "记录类型",
        "allocation 冲抵应收、prepaid 存入预存、offset 预存抵扣（抵扣为负，冲回为正）",
    ),
    number("entry_id", "记录编号", "对应 allocation.id 或 prepaid_entry.id"),
    number("payment_id", "实收编号", "对应 payment.id；一笔缴费有多行"),
    ACCOUNT_ID,
    TOWN_ID,
    OUTLET_ID,
    number("cashier_id", "收费员编号", "收款的收费员，渠道缴费为空"),
    text(
        "method",
        "缴费方式",
        "cash 现金、pos 刷卡、cheque 支票、batch_withhold 银行代扣、realtime_withhold 实时代扣、wechat 微信、alipay 支付宝、fiscal_notice 财政缴款、mixed 组合支付、prepaid 预存抵扣",
    ),
    day("account_date", "收费日期", "记账的业务日，按北京时间"),
    number("charge_id", "应收编号", "对应 charge.id，预存为空"),
    number("charge_line_id", "应收明细编号", "对应 charge_line.id，预存为空"),
    number("bill_period", "账务月份", "所冲应收的月份，预存为空"),
    number("owner_id", "收入归属", "供水单位或代征机构，预存为空"),
    text(
        "fee_item",
        "收费项目",
        "water 水费、sewage 污水处理费、garbage 垃圾处理费、overquota 累计加价、prepaid 预存",
    ),
    money("amount", "本金", "不含滞纳金，冲正为负"),
    money("late_fee", "滞纳金", "冲正为负"),
    money(
        "total",
        "实收金额",
        "本金加滞纳金；预存行为变动金额，抵扣为负；各行合计等于 payment.net 的合计",
    ),
    FEE_ITEM_NAME,
    METHOD_NAME,
];

pub(super) const ARREARS: &[ViewColumn] = &[
    CHARGE_LINE_ID,
    CHARGE_ID,
    ACCOUNT_ID,
    TOWN_ID,
    OUTLET_ID,
    OWNER_ID,
    BILL_PERIOD,
    SERVICE_PERIOD,
    BILL_DATE,
    DUE_DATE,
    USE_CLASS,
    FEE_ITEM,
    TIER,
    money("billed", "应收金额", "该项应收的金额"),
    money("settled", "已销金额", "到数据时点已冲抵的本金"),
    money("open_amount", "欠费金额", "应收减已销，不含滞纳金"),
    FEE_ITEM_NAME,
];

pub(super) const REMITTED: &[ViewColumn] = &[
    number("remittance_id", "上缴编号", "对应 remittance.id"),
    TOWN_ID,
    OWNER_ID,
    FEE_ITEM,
    number("pay_period", "上缴所属月份", "六位数字的年月，如 202611"),
    day("remitted_on", "上缴日期", "划缴国库的日期"),
    text("voucher_no", "凭证号", "缴款凭证的号码"),
    money("amount", "上缴金额", "划缴国库的金额，冲正为负"),
    number("recorded_by", "登记人编号", "对应 app_user.id"),
    FEE_ITEM_NAME,
];

pub(super) const RECEIPT_USAGE: &[ViewColumn] = &[
    text(
        "movement",
        "事项",
        "received 入库、issued 领用、leased 发放、used 使用、reddened 冲红、voided 作废、returned 退回、written_off 核销",
    ),
    RECEIPT_TYPE,
    text("code", "票据代码", "印在票据上的代码"),
    number("first_no", "起号", "第一张的票号"),
    number("last_no", "止号", "最后一张的票号"),
    ViewColumn {
        name: "sheets",
        label: "张数",
        kind: "整数",
        unit: "张",
        meaning: "止号减起号加一",
        is_personal: false,
    },
    TOWN_ID,
    OUTLET_ID,
    number("user_id", "经办人编号", "入库、发放、开票或作废的人"),
    day("day", "日期", "入库、发放、作废按北京时间，开票按收费日期"),
    money("amount", "票面金额", "冲红为负，开票以外为零"),
];

pub(super) const CASHIER: &[ViewColumn] = &[
    number("cashier_id", "收费员编号", "对应 collected.cashier_id"),
    text("cashier_name", "收费员姓名", "印在票据和报表上的姓名"),
    OUTLET_ID,
];

pub(super) const PAYER_THEN: &[ViewColumn] = &[
    number("payment_id", "缴费编号", "对应 payment.id"),
    ACCOUNT_ID,
    text("account_no", "户号", "缴费的用户，其账务在别处网点的也在内"),
    TOWN_ID,
    OUTLET_ID,
    day("account_date", "收费日期", "记账的业务日，按北京时间"),
    ViewColumn {
        is_personal: true,
        ..text("payer_name", "缴费时户名", "所缴账单的户名，与票据相同；账单分属几人的，列出每人")
    },
];
