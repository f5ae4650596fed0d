//! 收费标准: every rate is data, dated, sourced and approved by a second person.
//!
//! [`set_tariffs`] puts in the rates that Weir ships with; from then on [`submit_rates`] and [`decide_rates`] change
//! them. [`TariffBook`] holds the versions of one day for pricing, [`price()`] turns a volume into lines that explain
//! themselves, and [`late_fees`] adds what a late payment costs.

use sqlx::PgPool;
use terms::Clock;

use crate::access::{self, Act, Action};
use crate::database::{commit, undone, write};

mod book;
mod price;
mod tier;
mod late;
mod rows;
mod headed;
mod tables;
mod said;
mod ordered;
mod load;
mod order;
mod seed;
mod store;

pub use book::{TariffBook, TariffVersion};
pub use late::{LateFeeRule, LateFeeRules, late_fees};
pub use order::{
    SHOWN_ROWS, decide_rates, rate_order, rate_orders, reach_of_rows, read_rows, submit_rates,
};
pub use ordered::{RateError, RateKind, RateOrder, RateRows};
pub use price::{Apart, GarbageMonths, NoPrice, NoTariff, PricedLine, Usage, price};
pub use rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
pub use said::SaidRow;
pub use tier::{Step, Tiers, WrongTiers, split};

/// The rates that Weir ships with could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SetTariffsError {
    /// The embedded file does not read as rates.
    #[error("内置收费标准文件有误：{0}")]
    Seed(#[from] WrongRate),
    /// The database failed.
    #[error("{}", undone(.0, "内置收费标准未装入"))]
    Database(#[from] sqlx::Error),
}

/// What became of the rates that Weir ships with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TariffsSet {
    /// Versions and rules that were put in.
    pub set: usize,
    /// Those that an earlier release put in otherwise, in words; they stay as they are.
    pub differing: Vec<String>,
}

/// Puts in the rates and late-fee rules that Weir ships with, where none is known for the same class and day and nobody
/// was billed yet: later ones are submitted by somebody. A second call puts in none, and tells which were put in
/// otherwise.
///
/// # Errors
/// See [`SetTariffsError`].
pub async fn set_tariffs(pool: &PgPool, clock: &dyn Clock) -> Result<TariffsSet, SetTariffsError> {
    let now = clock.now();
    let versions = seed::versions()?;
    let rules = seed::late_fee_rules()?;
    write(pool, move |mut tx| async move {
        let held = store::shipped(&mut tx).await?;
        let held_rules = store::shipped_late_fees(&mut tx).await?;
        let mut differing = other_versions(&versions, &held);
        differing.extend(other_rules(&rules, &held_rules));
        if store::is_billed(&mut tx).await? {
            return Ok(TariffsSet { set: 0, differing });
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
        Ok(TariffsSet { set, differing })
    })
    .await
}

/// Of the versions that Weir ships with, those of which another stands on the books for the same class and day.
fn other_versions(shipped: &[NewTariff], held: &[NewTariff]) -> Vec<String> {
    let name =
        |new: &NewTariff| format!("{} {} {}", new.fee_item.label(), new.class, new.valid_from);
    let others = shipped.iter().filter(|new| !held.contains(new)).map(name);
    others.filter(|other| held.iter().any(|held| name(held) == *other)).collect()
}

/// The same of late-fee rules.
fn other_rules(shipped: &[NewLateFee], held: &[NewLateFee]) -> Vec<String> {
    let name =
        |new: &NewLateFee| format!("滞纳金 {} {}", new.rule.fee_item.label(), new.rule.valid_from);
    let others = shipped.iter().filter(|new| !held.contains(new)).map(name);
    others.filter(|other| held.iter().any(|held| name(held) == *other)).collect()
}
