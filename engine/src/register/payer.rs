//! 缴费人与用水点: who pays, and for which place. An account joins the two.

use rust_decimal::Decimal;
use serde::Serialize;
use terms::{PayerId, ServicePointId, half_width};

use super::classes::{PointKind, RateBasis};

/// A payer to enter. 缴费人
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayer {
    /// 户名, at most 100 characters.
    pub name: String,
    /// At most 20 characters.
    pub phone: Option<String>,
    /// 证件号码, at most 40 characters.
    pub document: Option<String>,
}

impl NewPayer {
    /// With numbers as they are kept, however they were typed: an empty one is none.
    #[must_use]
    pub(super) fn in_half_width(self) -> Self {
        let kept = |typed: Option<String>| {
            typed.map(|typed| half_width(&typed)).filter(|number| !number.is_empty())
        };
        Self {
            name: self.name.trim().to_owned(),
            phone: kept(self.phone),
            document: kept(self.document),
        }
    }
}

/// Who pays for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pays {
    /// Somebody who is entered with the account.
    New(NewPayer),
    /// Somebody who pays for another account already, or did.
    Known(PayerId),
}

/// A service point to enter. 用水点
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoint {
    /// What is there.
    pub kind: PointKind,
    /// 村、社区, if known.
    pub village_code: Option<String>,
    /// At most 200 characters.
    pub address: String,
}

/// Where an account is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServedAt {
    /// A place that is entered with the account.
    New(NewPoint),
    /// A place that another account was for.
    Known(ServicePointId),
}

/// What fees are due on that are not by water; None where nothing is known. 计费数量
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Quantities {
    /// 面积, square metres.
    pub area_m2: Option<Decimal>,
    /// 桶数, emptied each month.
    pub bins: Option<Decimal>,
    /// 户数.
    pub households: Option<Decimal>,
}

impl Quantities {
    /// The quantity that a rate is a price of; None where it is of water, or the account has none.
    pub fn of(&self, basis: RateBasis) -> Option<Decimal> {
        match basis {
            RateBasis::Volume => None,
            RateBasis::Area => self.area_m2,
            RateBasis::Bin => self.bins,
            RateBasis::Household => self.households,
        }
    }

    /// Each with the word for it.
    pub(super) fn named(&self) -> [(&'static str, Option<Decimal>); 3] {
        [("面积", self.area_m2), ("桶数", self.bins), ("户数", self.households)]
    }

    /// Those of `other` where they are known there, else these.
    #[must_use]
    pub(super) fn changed_by(self, other: Self) -> Self {
        Self {
            area_m2: other.area_m2.or(self.area_m2),
            bins: other.bins.or(self.bins),
            households: other.households.or(self.households),
        }
    }
}
