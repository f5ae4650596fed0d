//! What an account is charged as, and a change of it from a day on, as values. 档案变更

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use terms::{AccountId, AccountVersionId, OrganisationId, OutletId, PayerId, TownId, UserId};

use super::classes::{GarbageClass, SewageClass, UseClass};
use super::payer::{Pays, Quantities};
use crate::database::known;

/// What an account is to be from a day on; None leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// 户号.
    pub account_no: String,
    /// The first day: bills are priced by what is valid on the last day of their month.
    pub valid_from: NaiveDate,
    /// 用水性质.
    pub use_class: Option<UseClass>,
    /// 污水费类型.
    pub sewage_class: Option<SewageClass>,
    /// 垃圾费类型.
    pub garbage_class: Option<GarbageClass>,
    /// 用水人数.
    pub persons: Option<i32>,
    /// 供水单位, by its name.
    pub supplier: Option<String>,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// 计征比例 of its own: part of the water on which sewage treatment is due.
    pub levy_ratio: Option<Decimal>,
    /// What is known no longer from then on, or holds no longer.
    pub clears: Clears,
    /// 过户: who pays from then on.
    pub payer: Option<Pays>,
    /// The document that it rests on. 文号
    pub doc_no: Option<String>,
    /// Why.
    pub reason: String,
}

/// What an account is to have no longer. 取消
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clears {
    /// 面积.
    pub area_m2: bool,
    /// 桶数.
    pub bins: bool,
    /// 户数.
    pub households: bool,
    /// 计征比例 of its own: that of the rate holds again.
    pub levy_ratio: bool,
}

impl Clears {
    /// What is left of a figure.
    fn of(clears: bool, figure: Option<Decimal>) -> Option<Decimal> {
        figure.filter(|_| !clears)
    }
}

/// What an account is charged as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AccountState {
    /// 用水性质.
    pub use_class: UseClass,
    /// 污水费类型.
    pub sewage_class: SewageClass,
    /// 垃圾费类型.
    pub garbage_class: GarbageClass,
    /// 用水人数.
    pub persons: i32,
    /// 供水单位.
    pub supplier: OrganisationId,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// 计征比例 of its own; None where that of the rate holds.
    pub levy_ratio: Option<Decimal>,
    /// 缴费人.
    pub payer: PayerId,
}

impl AccountState {
    /// As the books have it: classes, persons and supplier, area, bins, households and ratio, payer.
    pub(crate) fn read(
        [use_class, sewage_class, garbage_class]: [&str; 3],
        (persons, supplier): (i32, i32),
        [area_m2, bins, households, levy_ratio]: [Option<Decimal>; 4],
        payer: i64,
    ) -> Self {
        Self {
            use_class: known(use_class),
            sewage_class: known(sewage_class),
            garbage_class: known(garbage_class),
            persons,
            supplier: OrganisationId(supplier),
            quantities: Quantities { area_m2, bins, households },
            levy_ratio,
            payer: PayerId(payer),
        }
    }

    /// What it becomes by a change, whose supplier was looked up.
    pub(super) fn changed_by(
        self,
        change: &AccountChange,
        supplier: Option<OrganisationId>,
    ) -> Self {
        let (clears, to) = (change.clears, self.quantities.changed_by(change.quantities));
        let quantities = Quantities {
            area_m2: Clears::of(clears.area_m2, to.area_m2),
            bins: Clears::of(clears.bins, to.bins),
            households: Clears::of(clears.households, to.households),
        };
        let levy_ratio = change.levy_ratio.or(self.levy_ratio);
        Self {
            use_class: change.use_class.unwrap_or(self.use_class),
            sewage_class: change.sewage_class.unwrap_or(self.sewage_class),
            garbage_class: change.garbage_class.unwrap_or(self.garbage_class),
            persons: change.persons.unwrap_or(self.persons),
            supplier: supplier.unwrap_or(self.supplier),
            quantities,
            levy_ratio: Clears::of(clears.levy_ratio, levy_ratio),
            payer: match change.payer {
                Some(Pays::Known(payer)) => payer,
                _ => self.payer,
            },
        }
    }
}

/// A version of an account, as the list of changes shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountVersion {
    /// The version.
    pub id: AccountVersionId,
    /// The account.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// 镇街.
    pub town: TownId,
    /// 网点.
    pub outlet: OutletId,
    /// 户名 today, not masked.
    pub payer_name: String,
    /// Who pays from then on, not masked.
    pub payer_then: String,
    /// 供水单位 from then on, by its name.
    pub supplier_then: String,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// What the account is from then on.
    pub state: AccountState,
    /// What it is today.
    pub today: AccountState,
    /// The document that it rests on.
    pub doc_no: Option<String>,
    /// Why; None for the state at the opening.
    pub reason: Option<String>,
    /// Who submitted it.
    pub submitter: Option<UserId>,
    /// By name.
    pub submitted_by: Option<String>,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Who approved or refused it, by name; None while it waits.
    pub decided_by: Option<String>,
    /// Whether it was approved; None while it waits.
    pub approved: Option<bool>,
    /// 撤回: the change that it takes back, which it repeats.
    pub withdraws: Option<AccountVersionId>,
    /// Whether it was taken back before its day.
    pub is_withdrawn: bool,
}
