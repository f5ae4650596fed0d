//! 收费标准: every rate is data, dated, sourced and approved by a second person.
//!
//! [`set_tariffs`] puts in the rates that Weir ships with; from then on [`submit_rates`] and [`decide_rates`] change
//! them. [`TariffBook`] holds the versions of one day for pricing, [`price()`] turns a volume into lines that explain
//! themselves, and [`late_fees`] adds what a late payment costs.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, FeeItem, Money, OrganisationId, TariffVersionId, TownId, UnitPrice};

use crate::access::{self, Act, Action};
use crate::database::{commit, write};
use crate::register::RateBasis;

mod price;
mod tier;
mod late;
mod rows;
mod headed;
mod tables;
mod said;
mod order;
mod seed;
mod store;

pub use late::{LateFeeRule, LateFeeRules, late_fees};
pub use order::{
    RateError, RateKind, RateOrder, RateRows, SHOWN_ROWS, decide_rates, rate_order, rate_orders,
    reach_of_rows, read_rows, submit_rates,
};
pub use price::{NoPrice, NoTariff, PricedLine, Usage, price};
pub use rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
pub use said::SaidRow;
pub use tier::{Step, Tiers, WrongTiers, split};

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
    /// Reads the versions that hold on `day`.
    ///
    /// # Errors
    /// The database fails, or the tiers of a version do not rise to an open one.
    pub async fn load(connection: &mut PgConnection, day: NaiveDate) -> Result<Self, sqlx::Error> {
        store::load_book(connection, day).await
    }

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
    Seed(#[from] WrongRate),
    /// The database failed.
    #[error("数据库错误：{0}")]
    Database(#[from] sqlx::Error),
}

/// Puts in the rates and late-fee rules that Weir ships with, where none is known for the same class and day and nobody
/// was billed yet: later ones are submitted by somebody. Gives the number of versions and rules put in; a second call
/// puts in none.
///
/// # Errors
/// See [`SetTariffsError`].
pub async fn set_tariffs(pool: &PgPool, clock: &dyn Clock) -> Result<usize, SetTariffsError> {
    let now = clock.now();
    let versions = seed::versions()?;
    let rules = seed::late_fee_rules()?;
    write(pool, move |mut tx| async move {
        if store::is_billed(&mut tx).await? {
            return Ok(0);
        }
        let (versions, rules) = store::missing(&mut tx, versions, rules).await?;
        store::orders::insert_tariffs(&mut tx, None, &versions).await?;
        store::orders::insert_late_fees(&mut tx, None, &rules).await?;
        let set = versions.len() + rules.len();
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
