//! One type for each id, so that none is taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A town, by its division code, such as 441900003. 镇街
    TownId(i32)
}

impl TownId {
    /// Counts as the town of an organisation that serves the whole city: the division code of Dongguan.
    pub const WHOLE_CITY: Self = Self(441_900_000);
}

id! {
    /// An organisation that collects money. 网点
    OutletId(i32)
}
id! {
    /// An organisation, whatever it does. 机构
    OrganisationId(i32)
}
id! {
    /// A person who may log in. 用户
    UserId(i32)
}
id! {
    /// A reading book, the round of one reader. 表册
    BookId(i32)
}
id! {
    /// A water-using household or firm. 用水户
    AccountId(i64)
}
id! {
    /// A person or firm that pays, for one account or for many. 缴费人
    PayerId(i64)
}
id! {
    /// A place that is served. 用水点
    ServicePointId(i64)
}
id! {
    /// What an account is charged as, from a day on. 档案变更
    AccountVersionId(i64)
}
id! {
    /// A water meter at its place. 水表
    MeterId(i64)
}
id! {
    /// One reading of one meter. 抄表
    ReadingId(i64)
}
id! {
    /// What one account owes for one period. 应收
    ChargeId(i64)
}
id! {
    /// One fee, at one tier, of a charge. 应收明细
    ChargeLineId(i64)
}
id! {
    /// Money that came in, or went back. 实收
    PaymentId(i64)
}
id! {
    /// A numbered receipt. 票据
    ReceiptId(i64)
}
id! {
    /// A dated version of a rate. 收费标准
    TariffVersionId(i32)
}
