//! Places and people: towns, villages, organisations, users.

use super::{Kind, TOWN_ID, TableDef, boolean, int, text};

pub(super) const TOWN: TableDef = TableDef {
    name: "town",
    label: "镇街",
    kind: Kind::Reference,
    key: "id",
    sort: &["id"],
    columns: &[
        int("id", "镇街代码").means("民政区划代码，如 441900003"),
        text("name", "镇街名称").means("全称，如 莞城街道"),
        text("short_name", "镇街简称").means("报表用的短名，如 莞城"),
    ],
};

pub(super) const VILLAGE: TableDef = TableDef {
    name: "village",
    label: "村社区",
    kind: Kind::Reference,
    key: "id",
    sort: &["town_id", "id"],
    columns: &[
        int("id", "村社区编号").means("系统编号"),
        text("code", "村社区代码").means("对应 account.village_code；名称在镇街之间有重复"),
        // Names of places are for everybody, so this town fences nothing.
        int("town_id", "镇街代码").means("所在镇街，对应 town.id"),
        text("name", "村社区名称").means("全称"),
    ],
};

pub(super) const ORGANISATION: TableDef = TableDef {
    name: "organisation",
    label: "机构",
    kind: Kind::Reference,
    key: "id",
    sort: &["id"],
    columns: &[
        int("id", "机构编号").means("系统编号"),
        // Names of offices are for everybody, so this town fences nothing.
        int("town_id", "镇街代码").means("所在镇街，市级机构为空"),
        text("name", "机构名称").means("全称"),
        text("kind", "机构类型").means(
            "water_branch 供水分公司、waterworks 水厂、sanitation_station 环卫站、finance 财政、\
             ecology 生态环境、garbage 垃圾处理、municipal 市级",
        ),
        text("business", "业务范围").means("机构办理的业务"),
    ],
};

pub(super) const APP_USER: TableDef = TableDef {
    name: "app_user",
    label: "用户",
    kind: Kind::Reference,
    key: "id",
    sort: &["id"],
    columns: &[
        int("id", "用户编号").means("系统编号"),
        text("login", "登录名").means("登录用的名字"),
        text("name", "姓名").means("工作人员姓名，印在报表和票据上"),
        text("role", "角色")
            .means("clerk 收费员、analyst 分析员、leader 领导、administrator 系统管理员"),
        super::OUTLET_ID.means("收费员所在网点，其他角色为空"),
        TOWN_ID.means("限定的镇街，为空表示全市"),
        boolean("active", "启用").means("停用的用户不能登录"),
    ],
};
