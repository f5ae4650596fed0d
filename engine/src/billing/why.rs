//! Why an account is not billed, or not for all that it used. 未计费原因

use serde::{Serialize, Serializer};
use terms::{FeeItem, closed_list};

use crate::reading::Flag;
use crate::tariff::NoPrice;

closed_list! {
    /// Under what an account is parked. 未计费原因类别
    ParkReason "park reason" {
        Rejected = "rejected" "抄表被退回",
        Waits = "waits" "抄表待审核",
        NoRate = "no_rate" "无适用收费标准",
        NoQuantity = "no_quantity" "未登记计费数量",
        NoRoom = "no_room" "超出账簿数额",
        NoOwner = "no_owner" "未设代征机构",
        Apart = "apart" "同月已另行计费",
    }
}

/// The same with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Why {
    /// A reading was rejected, and no other one came yet.
    #[error("抄表已被退回，待重新抄表")]
    Rejected,
    /// A reading waits for a second person.
    #[error("抄表{}，待审核", .0.label())]
    Waits(Flag),
    /// It cannot be priced.
    #[error(transparent)]
    NoPrice(#[from] NoPrice),
    /// Nobody is named for whom a fee of the town is collected.
    #[error("该镇街未设{}的代征机构", .0.label())]
    NoOwner(FeeItem),
}

impl Why {
    /// Under what the account is parked.
    pub const fn reason(&self) -> ParkReason {
        match self {
            Self::Rejected => ParkReason::Rejected,
            Self::Waits(_) => ParkReason::Waits,
            Self::NoPrice(NoPrice::Tariff(_)) => ParkReason::NoRate,
            Self::NoPrice(NoPrice::Quantity(_)) => ParkReason::NoQuantity,
            Self::NoPrice(NoPrice::Room(_)) => ParkReason::NoRoom,
            Self::NoPrice(NoPrice::Apart(_)) => ParkReason::Apart,
            Self::NoOwner(_) => ParkReason::NoOwner,
        }
    }
}

/// In the words that people read.
impl Serialize for Why {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
