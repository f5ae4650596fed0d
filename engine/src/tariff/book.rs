//! The rates that hold on one day, for every fee and class.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use terms::{FeeItem, Money, OrganisationId, TariffVersionId, TownId, UnitPrice};

use super::class::class_label;
use super::price::NoTariff;
use super::tier::Tiers;
use crate::register::RateBasis;

/// A rate for one fee and class, between two days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffVersion {
    /// Stands on every line that it prices.
    pub id: TariffVersionId,
    /// The town that it is for; None holds in every town without its own.
    pub town: Option<TownId>,
    /// The supplier that it is for; None holds for every supplier without its own.
    pub supplier: Option<OrganisationId>,
    /// Part of the water on which the fee is due. 计征比例
    pub levy_ratio: Decimal,
    /// Persons that the tier limits are made for.
    pub base_persons: i32,
    /// What its price is of.
    pub basis: RateBasis,
    /// Due for each month without use. 无用水定额
    pub fixed_charge: Money,
    /// The least that is due for each month with use. 保底
    pub minimum_charge: Money,
    /// Its prices.
    pub tiers: Tiers,
}

impl TariffVersion {
    /// The price of the first tier, on which the surcharge is counted.
    pub fn base_price(&self) -> UnitPrice {
        self.tiers.price(0)
    }

    /// True where something is due for each month, whatever was used.
    pub fn is_monthly(&self) -> bool {
        self.basis != RateBasis::Volume
            || self.minimum_charge > Money::ZERO
            || self.fixed_charge > Money::ZERO
    }
}

/// The versions that hold on one day, loaded once and asked for every account.
#[derive(Debug, Clone, Default)]
pub struct TariffBook {
    versions: BTreeMap<FeeItem, HashMap<String, Vec<TariffVersion>>>,
}

impl TariffBook {
    /// The version for a class: the supplier's own before the town's, and the town's before the city's.
    ///
    /// # Errors
    /// No version holds.
    pub fn find(
        &self,
        fee_item: FeeItem,
        class: &'static str,
        (town, supplier): (TownId, OrganisationId),
    ) -> Result<&TariffVersion, NoTariff> {
        let candidates =
            self.versions.get(&fee_item).and_then(|classes| classes.get(class)).map(Vec::as_slice);
        let holds = |version: &&TariffVersion| {
            version.town.is_none_or(|of| of == town)
                && version.supplier.is_none_or(|of| of == supplier)
        };
        let candidates = candidates.unwrap_or_default().iter().filter(holds);
        candidates
            .max_by_key(|version| (version.supplier.is_some(), version.town.is_some()))
            .ok_or_else(|| {
                let class = class_label(fee_item, class).unwrap_or(class);
                NoTariff { fee_item, class }
            })
    }

    /// The garbage classes of which, in some town, something is due for each month.
    pub fn monthly_garbage(&self) -> Vec<String> {
        let classes = self.versions.get(&FeeItem::Garbage).into_iter().flatten();
        classes
            .filter(|(_, versions)| versions.iter().any(TariffVersion::is_monthly))
            .map(|(class, _)| class.clone())
            .collect()
    }

    pub(super) fn add(&mut self, fee_item: FeeItem, class: &str, version: TariffVersion) {
        let classes = self.versions.entry(fee_item).or_default();
        classes.entry(class.to_owned()).or_default().push(version);
    }
}
