//! Who works with the platform.

use crate::closed_list;

/// What a person does here. What each may do stands in the database, in `role_permission`. 角色
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes money at one outlet.
    Clerk,
    /// Reads meters.
    MeterReader,
    /// Judges readings that cross an alert line.
    ReadingReviewer,
    /// Hands out paper at an outlet, and reads its reports.
    OutletFinance,
    /// Runs the bills for the water group.
    GroupAdministrator,
    /// Looks after the collection of the whole city.
    TaskForce,
    /// Takes garbage fees at a sanitation station.
    SanitationClerk,
    /// Receives what is remitted, for the treasury.
    Finance,
    /// Looks after sewage fees at a branch of the ecology bureau.
    Ecology,
    /// Looks after sewage fees at the centre for environmental industry.
    EcologyCenter,
    /// Works for that centre on site.
    EcologyResident,
    /// Looks after garbage fees.
    GarbageOffice,
    /// Takes figures over for the sharing of data.
    DataSharing,
    /// Reads the homepage.
    Leader,
    /// Extracts data for the bureau.
    Analyst,
    /// Keeps the machines.
    Support,
    /// Enters people.
    Administrator,
    /// Reads the marks that everybody leaves.
    Auditor,
}

closed_list!(Role, "role", {
    Clerk = "clerk" "收费员",
    MeterReader = "meter_reader" "抄表员",
    ReadingReviewer = "reading_reviewer" "抄表审核员",
    OutletFinance = "outlet_finance" "网点财务",
    GroupAdministrator = "group_administrator" "水务集团管理员",
    TaskForce = "task_force" "专项小组",
    SanitationClerk = "sanitation_clerk" "环卫所收费员",
    Finance = "finance" "财政",
    Ecology = "ecology" "生态环境分局",
    EcologyCenter = "ecology_center" "环保产业促进中心",
    EcologyResident = "ecology_resident" "驻点人员",
    GarbageOffice = "garbage_office" "城管（公用事业）",
    DataSharing = "data_sharing" "政数局",
    Leader = "leader" "领导",
    Analyst = "analyst" "分析员",
    Support = "support" "运维",
    Administrator = "administrator" "系统管理员",
    Auditor = "auditor" "审计员",
});
