//! The register: reading books, payers, places, accounts, meters.

use super::{
    ACCOUNT_ID, Kind, OUTLET_ID, Scope, Sensitivity, TOWN_ID, TableDef, bigint, date, decimal3,
    decimal4, int, text, timestamp, volume,
};

pub(super) const READING_BOOK: TableDef = TableDef {
    name: "reading_book",
    label: "表册",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        int("id", "表册编号").means("系统编号"),
        TOWN_ID,
        OUTLET_ID,
        text("code", "册号").means("表册的业务编号"),
        text("name", "册名").means("抄表路线的名称"),
        int("reader_id", "抄表员编号").means("负责抄表的人，对应 app_user.id；远传表册没有"),
    ],
};

pub(super) const PAYER: TableDef = TableDef {
    name: "payer",
    label: "缴费人",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        bigint("id", "缴费人编号").means("系统编号"),
        int("town_id", "镇街代码")
            .means("登记该缴费人的镇街，其用户可在各镇街")
            .fences(Scope::Town),
        text("name", "名称").means("户名").tells(Sensitivity::Name),
        text("phone", "联系电话").means("手机或固定电话").tells(Sensitivity::Phone),
    ],
};

pub(super) const SERVICE_POINT: TableDef = TableDef {
    name: "service_point",
    label: "用水点",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        bigint("id", "用水点编号").means("系统编号"),
        TOWN_ID,
        text("village_code", "村社区代码").means("村、社区的代码，可为空"),
        text("address", "地址").means("用水或产生垃圾的地点").tells(Sensitivity::Address),
        text("kind", "类型").means("metered 有水表、self_supplied 自备水源、unmetered 无水表"),
    ],
};

pub(super) const ACCOUNT: TableDef = TableDef {
    name: "account",
    label: "用水户",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        bigint("id", "用水户编号").means("系统编号"),
        text("no", "用户号").means("印在账单上的用户号"),
        bigint("payer_id", "缴费人").means("现在的缴费人，对应 payer.id"),
        bigint("service_point_id", "用水点").means("对应 service_point.id"),
        TOWN_ID,
        text("village_code", "村社区代码").means("村、社区的代码，可为空"),
        OUTLET_ID,
        int("supplier_id", "供水单位").means("向其购水的单位，对应 organisation.id"),
        int("book_id", "表册编号").means("所在表册，对应 reading_book.id"),
        int("book_seq", "册内序号").means("抄表路线上的顺序"),
        text("payer_name", "缴费人名称").means("户名").tells(Sensitivity::Name),
        text("phone", "联系电话").means("手机或固定电话").tells(Sensitivity::Phone),
        text("address", "用水地址").means("装表地址").tells(Sensitivity::Address),
        text("use_class", "用水性质")
            .means("resident 居民、resident_flat 居民合表、non_resident 非居民、special 特种、self_supplied 自备水源"),
        text("sewage_class", "污水类别")
            .means("resident 居民、non_resident 非居民、special 特种、exempt 免征"),
        text("garbage_class", "垃圾类别").means(
            "resident 居民、property_estate 物业小区、sorted_estate 分类小区、shop 商铺、shop_by_area 商铺（按面积）、by_bin 单位（按桶）、by_household 无水表（按户）、none 不征收",
        ),
        int("persons", "用水人数").unit("人").means("阶梯水量按人数放宽"),
        decimal3("area_m2", "面积").unit("平方米").means("按面积计收垃圾费的面积，可为空"),
        decimal3("bins", "桶数").unit("桶").means("按桶计收垃圾费的每月桶数，可为空"),
        decimal3("households", "户数").unit("户").means("按户计收垃圾费的户数，可为空"),
        decimal4("levy_ratio", "计征比例").means("单独核定的污水计征比例，为空按收费标准"),
        text("pay_method", "缴费方式").means("约定的缴费方式，如 batch_withhold 银行代扣"),
        text("status", "状态").means("open 在用、closed 销户"),
        date("opened_on", "开户日期").means("开户的日期"),
    ],
};

pub(super) const METER: TableDef = TableDef {
    name: "meter",
    label: "水表",
    kind: Kind::Reference,
    key: "id",
    sort: &["account_id", "id"],
    columns: &[
        bigint("id", "水表编号").means("系统编号"),
        bigint("service_point_id", "用水点").means("装表的地点，对应 service_point.id"),
        ACCOUNT_ID,
        text("serial_no", "表身号").means("刻在表上的号码"),
        int("caliber_mm", "口径").unit("毫米").means("水表口径"),
        volume("max_range", "最大量程").means("读数超过后归零"),
        volume("start_index", "起始读数").means("装表时的读数"),
        date("installed_on", "装表日期").means("装上的日期"),
        int("installed_by", "装表登记人").means("对应 app_user.id，由机器管理员办理的为空"),
        timestamp("recorded_at", "登记时间").means("登记装表的时刻"),
        volume("final_index", "拆表读数").means("拆下时的读数，在用表为空"),
        date("removed_on", "拆表日期").means("拆下的日期，在用表为空"),
        int("removed_by", "拆表登记人").means("对应 app_user.id，在用表为空"),
        timestamp("removal_recorded_at", "拆表登记时间").means("登记拆表的时刻，在用表为空"),
    ],
};

pub(super) const ACCOUNT_VERSION: TableDef = TableDef {
    name: "account_version",
    label: "档案变更",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "account_id", "id"],
    columns: &[
        bigint("id", "变更编号").means("系统编号"),
        ACCOUNT_ID,
        TOWN_ID,
        date("valid_from", "生效日期").means("账单按其月份最后一日有效的档案计费"),
        text("use_class", "用水性质").means("变更后的用水性质"),
        text("sewage_class", "污水类别").means("变更后的污水类别"),
        text("garbage_class", "垃圾类别").means("变更后的垃圾类别"),
        int("persons", "用水人数").unit("人").means("变更后的用水人数"),
        int("supplier_id", "供水单位").means("变更后的供水单位，对应 organisation.id"),
        decimal3("area_m2", "面积").unit("平方米").means("变更后的面积"),
        decimal3("bins", "桶数").unit("桶").means("变更后的每月桶数"),
        decimal3("households", "户数").unit("户").means("变更后的户数"),
        decimal4("levy_ratio", "计征比例").means("变更后单独核定的污水计征比例，为空按收费标准"),
        bigint("payer_id", "缴费人").means("变更后的缴费人，对应 payer.id；与此前不同即为过户"),
        text("doc_no", "文号").means("依据的文件，可为空"),
        text("reason", "原因").means("变更的原因，开户时的档案为空"),
        int("submitted_by", "提交人").means("对应 app_user.id，开户时的档案为空"),
        timestamp("recorded_at", "登记时间").means("提交的时刻"),
        bigint("withdraws", "撤回的变更")
            .means("对应 account_version.id：生效前撤回，两者都不生效；其余为空"),
    ],
};

pub(super) const ACCOUNT_APPROVAL: TableDef = TableDef {
    name: "account_approval",
    label: "档案变更审批",
    kind: Kind::Ledger,
    key: "version_id",
    sort: &["town_id", "version_id"],
    columns: &[
        bigint("version_id", "变更编号").means("对应 account_version.id"),
        TOWN_ID,
        text("decision", "审批结果").means("approved 批准、refused 退回"),
        int("approved_by", "审批人").means("对应 app_user.id，不能是提交人"),
        timestamp("approved_at", "审批时间").means("审批的时刻"),
    ],
};
