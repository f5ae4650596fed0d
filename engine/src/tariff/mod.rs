//! 收费标准: every rate is data, dated, sourced and approved by a second person.
//!
//! [`set_tariffs`] puts in the rates that Weir ships with. [`TariffBook`] holds the versions of one day
//! for pricing, [`price()`] turns a volume into lines that explain themselves, and [`late_fees`] adds what
//! a late payment costs.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, FeeItem, Money, TariffVersionId, TownId, UnitPrice};

use crate::access::{self, Act, Action};
use crate::database::{commit, write};

mod price;
mod tier;
mod late;
mod seed;
mod store;

pub use late::{LateFeeRule, LateFeeRules, late_fees};
pub use price::{NoTariff, PricedLine, Usage, price};
pub use tier::{Step, Tiers, WrongTiers, split};

/// A rate for one fee and class, between two days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffVersion {
    /// Stands on every line that it prices.
    pub id: TariffVersionId,
    /// The town that it is for; None holds in every town without its own.
    pub town: Option<TownId>,
    /// Part of the water on which the fee is due. 计征比例
    pub levy_ratio: Decimal,
    /// Persons that the tier limits are made for.
    pub base_persons: i32,
    /// Due for each month without use. 无用水定额
    pub fixed_charge: Money,
    /// The least that is due for each month with use. 保底
    pub minimum_charge: Money,
    /// Its prices.
    pub tiers: Tiers,
    /// `,"doc":…,"status":…`: the end of every line's basis.
    provenance: String,
}

impl TariffVersion {
    /// The price of the first tier, on which the surcharge is counted.
    pub fn base_price(&self) -> UnitPrice {
        self.tiers.price(0)
    }

    /// True where something is due for each month, whatever was used.
    pub fn is_monthly(&self) -> bool {
        self.minimum_charge > Money::ZERO || self.fixed_charge > Money::ZERO
    }
}

/// The versions that hold on one day, loaded once and asked for every account.
#[derive(Debug, Clone, Default)]
pub struct TariffBook {
    versions: BTreeMap<FeeItem, HashMap<String, Vec<TariffVersion>>>,
}

impl TariffBook {
    /// Reads the versions that hold on `day`.
    ///
    /// # Errors
    /// The database fails, or the tiers of a version do not rise to an open one.
    pub async fn load(connection: &mut PgConnection, day: NaiveDate) -> Result<Self, sqlx::Error> {
        store::load_book(connection, day).await
    }

    /// The version for a class: the town's own before the city's.
    ///
    /// # Errors
    /// No version holds.
    pub fn find(
        &self,
        fee_item: FeeItem,
        class: &'static str,
        town: TownId,
    ) -> Result<&TariffVersion, NoTariff> {
        let candidates =
            self.versions.get(&fee_item).and_then(|classes| classes.get(class)).map(Vec::as_slice);
        let candidates = candidates.unwrap_or_default();
        candidates
            .iter()
            .find(|version| version.town == Some(town))
            .or_else(|| candidates.iter().find(|version| version.town.is_none()))
            .ok_or(NoTariff { fee_item, class })
    }

    /// The garbage classes of which, in some town, something is due for each month.
    pub fn monthly_garbage(&self) -> Vec<String> {
        let classes = self.versions.get(&FeeItem::Garbage).into_iter().flatten();
        classes
            .filter(|(_, versions)| versions.iter().any(TariffVersion::is_monthly))
            .map(|(class, _)| class.clone())
            .collect()
    }

    fn add(&mut self, fee_item: FeeItem, class: &str, version: TariffVersion) {
        let classes = self.versions.entry(fee_item).or_default();
        classes.entry(class.to_owned()).or_default().push(version);
    }
}

/// The rates that Weir ships with could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SetTariffsError {
    /// The embedded file does not read as rates.
    #[error("内置收费标准文件有误：{0}")]
    Seed(#[from] seed::SeedError),
    /// The database failed.
    #[error("数据库错误：{0}")]
    Database(#[from] sqlx::Error),
}

/// Puts in the rates and late-fee rules that Weir ships with, where none stands yet for the same class and
/// days. Gives the number of versions and rules put in; a second call puts in none.
///
/// # Errors
/// See [`SetTariffsError`].
pub async fn set_tariffs(pool: &PgPool, clock: &dyn Clock) -> Result<usize, SetTariffsError> {
    let now = clock.now();
    let versions = seed::versions()?;
    let rules = seed::late_fee_rules()?;
    write(pool, move |mut tx| async move {
        let mut set = 0;
        for version in &versions {
            set += usize::from(store::set_version(&mut tx, version).await?);
        }
        for rule in &rules {
            set += usize::from(store::set_late_fee_rule(&mut tx, rule).await?);
        }
        if set > 0 {
            let act =
                Act::new(Action::SetTariffs, None, format!("内置收费标准与滞纳金规则 {set} 项"));
            access::mark(&mut tx, &act, now).await?;
        }
        commit(tx).await?;
        Ok(set)
    })
    .await
}

/// The end of a basis: the document and the standing of the rate.
fn provenance(doc_no: Option<&str>, status: &str) -> String {
    match doc_no {
        Some(doc) => format!(r#","doc":{},"status":"{status}""#, serde_json::Value::from(doc)),
        None => format!(r#","status":"{status}""#),
    }
}
