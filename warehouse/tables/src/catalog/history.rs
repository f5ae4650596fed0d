//! How things came to be as they are: corrections of payers, places and meters, orders of rates, who people were.

use super::{
    ACCOUNT_ID, Kind, OUTLET_ID, Scope, Sensitivity, TOWN_ID, TableDef, bigint, boolean, date, int,
    text, timestamp, volume,
};

pub(super) const PAYER_VERSION: TableDef = TableDef {
    name: "payer_version",
    label: "缴费人资料更正",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "payer_id", "id"],
    columns: &[
        bigint("id", "更正编号").means("系统编号"),
        bigint("payer_id", "缴费人").means("对应 payer.id"),
        int("town_id", "镇街代码").means("登记该缴费人的镇街").fences(Scope::Town),
        date("valid_from", "生效日期").means("自该日起如此"),
        text("name", "名称").means("更正后的户名").tells(Sensitivity::Name),
        text("phone", "联系电话").means("更正后的电话").tells(Sensitivity::Phone),
        text("reason", "原因").means("更正的原因，更正前的原登记为空"),
        int("submitted_by", "提交人").means("对应 app_user.id，原登记为空"),
        timestamp("recorded_at", "登记时间").means("提交的时刻"),
        boolean("waits", "须审批").means("户名或证件号码有变，须另一人批准后生效"),
    ],
};

pub(super) const PAYER_APPROVAL: TableDef = TableDef {
    name: "payer_approval",
    label: "户名更正审批",
    kind: Kind::Ledger,
    key: "version_id",
    sort: &["town_id", "version_id"],
    columns: &[
        bigint("version_id", "更正编号").means("对应 payer_version.id"),
        TOWN_ID,
        text("decision", "审批结果").means("approved 批准、refused 退回"),
        int("approved_by", "审批人").means("对应 app_user.id，不能是提交人"),
        timestamp("approved_at", "审批时间").means("审批的时刻"),
    ],
};

pub(super) const SERVICE_POINT_VERSION: TableDef = TableDef {
    name: "service_point_version",
    label: "用水地址更正",
    kind: Kind::Ledger,
    key: "id",
    sort: &["town_id", "service_point_id", "id"],
    columns: &[
        bigint("id", "更正编号").means("系统编号"),
        bigint("service_point_id", "用水点").means("对应 service_point.id"),
        TOWN_ID,
        date("valid_from", "生效日期").means("自该日起如此"),
        text("village_code", "村社区代码").means("村、社区的代码，可为空"),
        text("address", "地址").means("更正后的地址").tells(Sensitivity::Address),
        text("reason", "原因").means("更正的原因，更正前的原登记为空"),
        int("submitted_by", "更正人").means("对应 app_user.id，原登记为空"),
        timestamp("recorded_at", "登记时间").means("更正的时刻"),
    ],
};

pub(super) const METER_VERSION: TableDef = TableDef {
    name: "meter_version",
    label: "水表资料更正",
    kind: Kind::Ledger,
    key: "id",
    sort: &["account_id", "meter_id", "id"],
    columns: &[
        bigint("id", "更正编号").means("系统编号"),
        bigint("meter_id", "水表编号").means("对应 meter.id"),
        ACCOUNT_ID,
        date("valid_from", "生效日期").means("自该日起如此"),
        text("serial_no", "表身号").means("更正后的表身号"),
        int("caliber_mm", "口径").unit("毫米").means("更正后的口径"),
        volume("max_range", "最大量程").means("更正后的量程"),
        text("reason", "原因").means("更正的原因，更正前的原登记为空"),
        int("submitted_by", "更正人").means("对应 app_user.id，原登记为空"),
        timestamp("recorded_at", "登记时间").means("更正的时刻"),
    ],
};

pub(super) const RATE_ORDER: TableDef = TableDef {
    name: "rate_order",
    label: "收费标准变更",
    kind: Kind::Ledger,
    key: "id",
    sort: &["id"],
    columns: &[
        bigint("id", "变更编号").means("系统编号"),
        text("kind", "内容")
            .means("tariff 收费标准、late_fee 滞纳金规则、owner 费用归属、quota 用水定额"),
        text("reason", "原因").means("变更的原因"),
        int("submitted_by", "提交人").means("对应 app_user.id"),
        timestamp("recorded_at", "提交时间").means("提交的时刻"),
    ],
};

pub(super) const RATE_DECISION: TableDef = TableDef {
    name: "rate_decision",
    label: "收费标准审批",
    kind: Kind::Ledger,
    key: "order_id",
    sort: &["order_id"],
    columns: &[
        bigint("order_id", "变更编号").means("对应 rate_order.id"),
        text("decision", "审批结果").means("approved 批准、refused 退回"),
        int("decided_by", "审批人").means("对应 app_user.id，不能是提交人"),
        timestamp("decided_at", "审批时间").means("审批的时刻，批准的自此生效"),
    ],
};

pub(super) const PERSON_VERSION: TableDef = TableDef {
    name: "person_version",
    label: "用户沿革",
    kind: Kind::Ledger,
    key: "id",
    sort: &["user_id", "id"],
    columns: &[
        bigint("id", "沿革编号").means("系统编号"),
        int("user_id", "用户").means("对应 app_user.id"),
        text("name", "姓名").means("自该时刻起的姓名"),
        text("role", "角色").means("自该时刻起的角色"),
        OUTLET_ID.means("自该时刻起的网点，可为空"),
        TOWN_ID.means("自该时刻起的镇街，可为空"),
        boolean("active", "在用").means("停用的不能登录"),
        int("changed_by", "变更人").means("对应 app_user.id，由机器管理员办理的为空"),
        timestamp("changed_at", "变更时间").means("变更的时刻"),
    ],
};

pub(super) const STAND_IN: TableDef = TableDef {
    name: "stand_in",
    label: "顶岗",
    kind: Kind::Ledger,
    key: "id",
    sort: &["user_id", "id"],
    columns: &[
        bigint("id", "顶岗编号").means("系统编号"),
        int("user_id", "顶岗人").means("对应 app_user.id"),
        text("role", "角色").means("顶岗期间的角色，代替本人的角色"),
        OUTLET_ID.means("顶岗期间的网点，可为空"),
        TOWN_ID.means("顶岗期间的镇街，可为空"),
        timestamp("from_at", "开始时间").means("自该时刻起"),
        timestamp("until_at", "结束时间").means("到该时刻自动结束"),
        text("reason", "原因").means("顶岗的原因"),
        int("given_by", "安排人").means("对应 app_user.id，由机器管理员办理的为空"),
        timestamp("recorded_at", "登记时间").means("登记的时刻"),
    ],
};

pub(super) const STAND_IN_END: TableDef = TableDef {
    name: "stand_in_end",
    label: "顶岗提前结束",
    kind: Kind::Ledger,
    key: "stand_in_id",
    sort: &["stand_in_id"],
    columns: &[
        bigint("stand_in_id", "顶岗编号").means("对应 stand_in.id"),
        int("ended_by", "结束人").means("对应 app_user.id，由机器管理员办理的为空"),
        timestamp("ended_at", "结束时间").means("提前结束的时刻"),
    ],
};
