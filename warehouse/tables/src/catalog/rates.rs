//! 收费标准: rates and their tiers, late-fee rules, whose the fees are, and quotas.

use super::{
    ACCOUNT_ID, BILL_PERIOD, ColumnDef, FEE_ITEM, Kind, OWNER_ID, TableDef, bigint, date, decimal3,
    decimal4, decimal6, int, money, text, timestamp, volume,
};

// Published rates are for everybody, so neither fee item nor town fences them.
const FEE: ColumnDef = text("fee_item", "收费项目").means(FEE_ITEM.meaning);
const DOC_NO: ColumnDef = text("doc_no", "文号").means("批准文件的文号");
const SOURCE: ColumnDef = text("source", "依据").means("标准的出处");
const STATUS: ColumnDef = text("status", "状态").means("official 正式、placeholder 暂定");
const ORDER_ID: ColumnDef = bigint("order_id", "标准单编号")
    .means("提出该标准的标准单，对应 rate_order.id，随系统发布的为空");
const APPROVED_AT: ColumnDef =
    timestamp("approved_at", "批准时间").means("自此生效；待审批或已退回的为空");
const REPLACED_AT: ColumnDef =
    timestamp("replaced_at", "更正时间").means("自此为另一份标准取代；现行的为空");

pub(super) const TARIFF_VERSION: TableDef = TableDef {
    name: "tariff_version",
    label: "收费标准",
    kind: Kind::Reference,
    key: "id",
    sort: &["fee_item", "id"],
    columns: &[
        int("id", "标准编号").means("系统编号"),
        FEE,
        text("class", "类别").means("用水性质、污水类别或垃圾类别"),
        int("town_id", "镇街代码").means("只在该镇街适用，为空表示全市"),
        int("supplier_id", "供水单位")
            .means("只对该供水单位适用，为空表示全部，对应 organisation.id"),
        date("valid_from", "生效日期").means("自该日起执行"),
        date("valid_to", "失效日期").means("该日起不再执行，为空表示现行"),
        decimal4("levy_ratio", "计征比例").means("计费水量占用水量的比例，污水为 0.9"),
        int("base_persons", "基准人数").unit("人").means("阶梯上限所按的人数"),
        text("basis", "计费依据")
            .means("单价按什么计：volume 立方米，area 平方米、bin 桶、household 户按每月计"),
        money("fixed_charge", "无用水定额").means("没有用水时每月收取的定额"),
        money("minimum_charge", "保底").means("有用水时每月至少收取的金额"),
        DOC_NO,
        SOURCE,
        STATUS,
        APPROVED_AT,
        REPLACED_AT,
        ORDER_ID,
        int("replaces_id", "所更正标准").means("更正的是哪一份标准，对应 tariff_version.id"),
    ],
};

pub(super) const TARIFF_TIER: TableDef = TableDef {
    name: "tariff_tier",
    label: "收费标准阶梯",
    kind: Kind::Ledger,
    key: "version_id",
    sort: &["version_id", "tier"],
    columns: &[
        int("version_id", "标准编号").means("对应 tariff_version.id"),
        int("tier", "阶梯").means("第几阶梯，从 1 起"),
        volume("upto", "阶梯上限").means("每月的水量；最后一级为空，即以上不限"),
        decimal4("unit_price", "单价").unit("元").means("每单位的价格"),
        volume("add_per_person", "每人增加").means("超过基准人数的，每人每月放宽的水量"),
    ],
};

pub(super) const SURCHARGE_STEP: TableDef = TableDef {
    name: "surcharge_step",
    label: "累计加价分档",
    kind: Kind::Ledger,
    key: "version_id",
    sort: &["version_id", "tier"],
    columns: &[
        int("version_id", "标准编号").means("对应 tariff_version.id"),
        int("tier", "分档").means("第几档，从 1 起"),
        decimal3("quota_share", "分档上限")
            .means("超出定额的部分至定额的几倍为止；最后一档为空，即以上不限"),
        decimal4("price_factor", "水价倍数").means("该档按水价的几倍加收"),
    ],
};

pub(super) const LATE_FEE_RULE: TableDef = TableDef {
    name: "late_fee_rule",
    label: "滞纳金标准",
    kind: Kind::Reference,
    key: "id",
    sort: &["fee_item", "id"],
    columns: &[
        int("id", "标准编号").means("系统编号"),
        FEE,
        date("valid_from", "生效日期").means("缴费期限在该日或以后的账单适用"),
        int("grace_days", "宽限天数").unit("天").means("缴费期限后多少天起算"),
        decimal6("rate_per_day", "日费率").means("每天占欠缴金额的比例，如 0.001"),
        decimal4("cap_ratio", "上限比例").means("滞纳金不超过欠缴金额的这一倍数"),
        DOC_NO,
        SOURCE,
        STATUS,
        APPROVED_AT,
        REPLACED_AT,
        ORDER_ID,
    ],
};

pub(super) const FEE_OWNER: TableDef = TableDef {
    name: "fee_owner",
    label: "代征机构",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        int("id", "记录编号").means("系统编号"),
        int("town_id", "镇街代码").means("适用的镇街，对应 town.id"),
        FEE,
        date("valid_from", "生效日期").means("自该日起的费用归该机构"),
        OWNER_ID.means("收取污水或垃圾费的代征机构，对应 organisation.id"),
        APPROVED_AT,
        REPLACED_AT,
        ORDER_ID,
    ],
};

pub(super) const OVERQUOTA_PLAN: TableDef = TableDef {
    name: "overquota_plan",
    label: "用水定额",
    kind: Kind::Reference,
    key: "id",
    sort: &["bill_period", "account_id", "id"],
    columns: &[
        bigint("id", "记录编号").means("系统编号"),
        ACCOUNT_ID,
        BILL_PERIOD.means("定额所属的月份，如 202611"),
        volume("quota_m3", "用水定额").means("该月的定额，超过部分累计加价"),
        APPROVED_AT,
        REPLACED_AT,
        ORDER_ID,
    ],
};
