//! The ledger: readings, charges, payments, remittances. Rows are never changed.

use super::{
    ACCOUNT_ID, BILL_PERIOD, FEE_ITEM, Kind, OUTLET_ID, OWNER_ID, TOWN_ID, TableDef, bigint, date,
    decimal3, decimal4, int, money, text, timestamp, volume,
};

const METHOD: super::ColumnDef = text("method", "缴费方式").means(
    "cash 现金、pos 刷卡、cheque 支票、batch_withhold 银行代扣、realtime_withhold 实时代扣、\
     wechat 微信、alipay 支付宝、fiscal_notice 财政缴款、mixed 组合支付、prepaid 预存抵扣",
);
const CASHIER_ID: super::ColumnDef =
    int("cashier_id", "收费员编号").means("收款的收费员，对应 app_user.id，渠道缴费为空");
const ACCOUNT_DATE: super::ColumnDef =
    date("account_date", "收费日期").means("记账的业务日，按北京时间");

pub(super) const READING: TableDef = TableDef {
    name: "reading",
    label: "抄表记录",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "bill_period", "account_id", "id"],
    columns: &[
        bigint("id", "抄表编号").means("系统编号"),
        BILL_PERIOD,
        bigint("meter_id", "水表编号").means("对应 meter.id"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        date("from_date", "用水期间起").means("上次有效抄表或装表的日期"),
        date("to_date", "用水期间止").means("本次抄表的日期"),
        int("since_period", "上次抄表月份")
            .means("上次有效抄表或装表的年月，用水月数从其下一月起算"),
        timestamp("read_at", "抄表时间").means("读表的时刻"),
        volume("start_index", "上期读数").means("上次抄表的读数"),
        volume("end_index", "本期读数").means("本次抄表的读数"),
        volume("consumption_m3", "用水量").means("本期读数减上期读数，归零表已换算"),
        text("source", "来源").means("manual 手工、csv 文件、excel 表格、amr 远传"),
        text("flag", "预警")
            .means("none 无、zero 零用水、rollover 归零、high 突增、low 突减、corrected 更正"),
        int("entered_by", "录入人").means("录入抄表数的人，对应 app_user.id，远传为空"),
        timestamp("entered_at", "录入时间").means("录入的时刻"),
        bigint("supersedes_id", "替代的抄表")
            .means("由本次替代的抄表：被退回的，或更正前的，一般为空"),
    ],
};

pub(super) const READING_REVIEW: TableDef = TableDef {
    name: "reading_review",
    label: "抄表复核",
    kind: Kind::Ledger,
    key: "reading_id",
    sort: &["bill_period", "reading_id"],
    columns: &[
        bigint("reading_id", "抄表编号").means("对应 reading.id"),
        BILL_PERIOD,
        text("decision", "复核结果").means("accepted 通过、rejected 退回；退回的不计用水"),
        int("reviewed_by", "复核人").means("对应 app_user.id，不能是录入人"),
        timestamp("reviewed_at", "复核时间").means("复核的时刻"),
    ],
};

pub(super) const BILL_ISSUE: TableDef = TableDef {
    name: "bill_issue",
    label: "出账批次",
    kind: Kind::Ledger,
    key: "id",
    sort: &["bill_period", "id"],
    columns: &[
        bigint("id", "出账批次").means("系统编号，对应 charge.issue_id"),
        bigint("run_id", "计费批次").means("同一月份为一个计费批次"),
        BILL_PERIOD,
        date("bill_date", "出账日期").means("账单日期"),
        date("due_date", "缴费期限").means("过期开始计滞纳金"),
        int("made_by", "出账人").means("对应 app_user.id，由系统出账的为空"),
        timestamp("made_at", "生成时间").means("出账的时刻"),
    ],
};

pub(super) const CHARGE: TableDef = TableDef {
    name: "charge",
    label: "应收",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "bill_period", "account_id", "id"],
    columns: &[
        bigint("id", "应收编号").means("系统编号"),
        BILL_PERIOD,
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        bigint("payer_id", "缴费人")
            .means("所属月份的缴费人，对应 payer.id；其后过户的仍为原缴费人"),
        text("kind", "应收类型").means("bill 抄表账单、fixed 无抄表定额、reversal 应收冲正"),
        int("service_period", "费用所属月份").means("用水的月份，如 202611"),
        bigint("issue_id", "出账批次").means("同一月份可多次出账，各有日期；冲正为空"),
        date("bill_date", "出账日期").means("账单日期"),
        date("due_date", "缴费期限").means("过期开始计滞纳金"),
        date("from_date", "用水期间起").means("上次有效抄表或装表的日期"),
        date("to_date", "用水期间止").means("本次抄表的日期"),
        int("months", "用水月数").means("阶梯、定额和定额垃圾费按此月数计算"),
        volume("volume_m3", "用水量").means("计费的用水量，冲正为负"),
        volume("used_before_m3", "期间已计水量").means("同一期间已出账的用水量，阶梯由此接续"),
        text("use_class", "用水性质").means("出账时的用水性质"),
        text("sewage_class", "污水类别").means("出账时的污水类别"),
        text("garbage_class", "垃圾类别").means("出账时的垃圾类别"),
        int("persons", "用水人数").unit("人").means("出账时的用水人数"),
        decimal3("quantity", "计费数量").means("垃圾费所按的面积、桶数或户数，按用水量计收的为空"),
        volume("quota_m3", "用水定额").means("期间各月定额合计，没有定额为空"),
        decimal4("levy_ratio", "计征比例").means("污水计征比例，免征为空"),
        money("total", "应收金额").means("各项费用合计，冲正为负"),
        timestamp("created_at", "出账时间").means("出账的时刻"),
        bigint("reverses_id", "被冲正的应收").means("冲正所对应的原应收，普通应收为空"),
        text("reason", "原因").means("冲正的原因"),
        bigint("replaces_id", "替代的冲正").means("冲正后重新出账的，为那次冲正的编号，其余为空"),
    ],
};

pub(super) const CHARGE_READING: TableDef = TableDef {
    name: "charge_reading",
    label: "应收所用抄表",
    kind: Kind::Ledger,
    key: "reading_id",
    sort: &["service_period", "charge_id", "reading_id"],
    columns: &[
        bigint("reading_id", "抄表编号").means("对应 reading.id"),
        int("turn", "第几次").means("应收冲正后可再次出账，从 1 起"),
        bigint("charge_id", "应收编号").means("对应 charge.id"),
        BILL_PERIOD,
        int("service_period", "费用所属月份").means("抄表的月份，如 202611"),
        volume("volume_m3", "用水量").means("该次抄表计入应收的用水量"),
    ],
};

pub(super) const CHARGE_LINE: TableDef = TableDef {
    name: "charge_line",
    label: "应收明细",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "bill_period", "account_id", "id"],
    columns: &[
        bigint("id", "明细编号").means("系统编号"),
        BILL_PERIOD,
        bigint("charge_id", "应收编号").means("对应 charge.id"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        OWNER_ID,
        FEE_ITEM,
        int("tier", "阶梯").means("第几阶梯，从 1 起"),
        // Not always cubic metres: garbage is counted in households or bins.
        volume("quantity", "计费数量").unit("").means("水费、污水为立方米，垃圾费为户或桶"),
        decimal4("unit_price", "单价").unit("元").means("每单位的价格"),
        money("amount", "金额").means("数量乘单价，四舍五入到分，冲正为负"),
        int("tariff_version_id", "标准编号").means("所用的收费标准，对应 tariff_version.id"),
        text("basis", "计算过程").means("逐步的计算说明"),
    ],
};

pub(super) const PAYMENT: TableDef = TableDef {
    name: "payment",
    label: "实收",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "account_date", "account_id", "id"],
    columns: &[
        bigint("id", "实收编号").means("系统编号"),
        text("kind", "实收类型").means("payment 收款、reversal 实收冲正"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        CASHIER_ID,
        METHOD,
        bigint("channel_item_id", "渠道明细编号").means("对应 channel_item.id，柜台收款为空"),
        ACCOUNT_DATE,
        int("pay_period", "实收月").means("账务日期所在的月份，如 202611"),
        timestamp("posted_at", "入账时间").means("记账的时刻"),
        money("received", "收到金额").means("缴费人交来的金额"),
        money("change_given", "找零").means("退给缴费人的零钱"),
        money("net", "实收金额")
            .means("收到金额减找零，含转入预存；预存抵扣存入时已计实收，不再计入；冲正为负"),
        money("prepaid_used", "预存抵扣").means("用预存余额支付的金额，冲正为负"),
        money("prepaid_in", "转入预存").means("转入预存的金额，冲正为负"),
        money("late_fee", "滞纳金").means("其中的滞纳金"),
        bigint("reverses_id", "被冲正的实收").means("冲正所对应的原实收，普通收款为空"),
        text("reason", "原因").means("冲正的原因"),
    ],
};

pub(super) const ALLOCATION: TableDef = TableDef {
    name: "allocation",
    label: "销账明细",
    kind: Kind::Ledger,
    key: "id",
    // People ask what came in on a day or in a month; the month that it was owed for seldom narrows a question.
    sort: &["town_id", "account_date", "account_id", "id"],
    columns: &[
        bigint("id", "销账编号").means("系统编号"),
        BILL_PERIOD,
        bigint("payment_id", "实收编号").means("对应 payment.id"),
        bigint("charge_id", "应收编号").means("对应 charge.id"),
        bigint("charge_line_id", "应收明细编号").means("对应 charge_line.id"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        CASHIER_ID,
        METHOD,
        ACCOUNT_DATE,
        OWNER_ID,
        FEE_ITEM,
        money("amount", "销账本金").means("冲抵该项应收的金额，冲正为负"),
        money("late_fee", "滞纳金").means("该项应收收取的滞纳金，冲正为负"),
    ],
};

pub(super) const PAYMENT_TENDER: TableDef = TableDef {
    name: "payment_tender",
    label: "收款方式明细",
    kind: Kind::Ledger,
    key: "payment_id",
    sort: &["town_id", "account_date", "account_id", "payment_id"],
    columns: &[
        bigint("payment_id", "实收编号").means("对应 payment.id"),
        int("no", "序号").means("一笔实收中的第几种收款方式"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        ACCOUNT_DATE,
        METHOD,
        text("reference", "凭证号").means("刷卡凭证号或支票号，现金为空"),
        date("slip_day", "刷卡日期").means("刷卡凭证的日期，其他为空"),
        money("slip_total", "凭证总额").means("整张凭证的金额，可分用于多户，现金为空"),
        money("amount", "金额").means("本笔所用的金额，冲正为负"),
    ],
};

pub(super) const PREPAID_ENTRY: TableDef = TableDef {
    name: "prepaid_entry",
    label: "预存明细",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "account_date", "account_id", "id"],
    columns: &[
        bigint("id", "预存编号").means("系统编号"),
        ACCOUNT_ID,
        TOWN_ID,
        OUTLET_ID,
        bigint("payment_id", "实收编号").means("对应 payment.id"),
        ACCOUNT_DATE,
        text("kind", "变动类型").means("deposit 存入、offset 抵扣账单"),
        money("delta", "变动金额").means("存入为正，支出为负"),
        money("balance_before", "变动前余额").means("变动前的预存余额"),
        money("balance_after", "变动后余额").means("变动后的预存余额"),
    ],
};

pub(super) const REMITTANCE: TableDef = TableDef {
    name: "remittance",
    label: "上缴",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "pay_period", "id"],
    columns: &[
        bigint("id", "上缴编号").means("系统编号"),
        text("kind", "上缴类型").means("remittance 上缴、reversal 上缴冲正"),
        TOWN_ID,
        OWNER_ID,
        FEE_ITEM,
        int("pay_period", "收费月份").means("款项收取的月份，如 202611"),
        money("amount", "上缴金额").means("缴入财政的金额，冲正为负"),
        text("voucher_no", "凭证号").means("缴款凭证号"),
        date("remitted_on", "上缴日期").means("缴款的日期"),
        int("recorded_by", "登记人编号").means("对应 app_user.id"),
        bigint("reverses_id", "被冲正的上缴").means("冲正所对应的原上缴，普通上缴为空"),
        text("reason", "原因").means("冲正的原因"),
    ],
};
