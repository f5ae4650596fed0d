//! Who works with the platform.

use serde::{Deserialize, Serialize};

use crate::closed_list;

/// What a person does here; decides the menu, the landing page and the row scope. 角色
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes money at one outlet. 收费员
    Clerk,
    /// Extracts data for the bureau. 分析员
    Analyst,
    /// Reads the homepage of the whole city. 领导
    Leader,
    /// Keeps the system. 系统管理员
    Administrator,
}

closed_list!(Role, "role", {
    Clerk = "clerk" "收费员",
    Analyst = "analyst" "分析员",
    Leader = "leader" "领导",
    Administrator = "administrator" "系统管理员",
});
