//! What becomes of the rates that Weir ships with: they are put in before the first bill; later ones, and those that
//! the books hold otherwise, are told, and submitted by somebody.

use sqlx::{PgConnection, PgPool};
use terms::Clock;

use super::held::Shipped;
use super::rows::{NewLateFee, NewTariff, WrongRate};
use super::{seed, store};
use crate::access::{self, Act, Action};
use crate::database::{commit, undone, write};

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
    /// Those that the books do not hold, in words; they stay out until somebody submits them.
    pub unheld: Vec<String>,
}

/// The rates that Weir ships with and that the books do not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unheld {
    tariffs: Vec<NewTariff>,
    late_fees: Vec<NewLateFee>,
}

impl Unheld {
    /// Each in words.
    pub fn words(&self) -> Vec<String> {
        let tariffs = self.tariffs.iter().map(Shipped::words);
        tariffs.chain(self.late_fees.iter().map(Shipped::words)).collect()
    }

    /// The rates as a table that can be submitted; its head alone where there is none.
    pub fn tariffs(&self) -> String {
        seed::tariffs_of(&self.tariffs)
    }

    /// The late-fee rules likewise.
    pub fn late_fees(&self) -> String {
        seed::late_fees_of(&self.late_fees)
    }
}

/// Puts in the rates and late-fee rules that Weir ships with, where none is known for the same class and day and nobody
/// was billed yet: later ones are submitted by somebody. A second call puts in none, and tells which the books do not
/// hold.
///
/// # Errors
/// See [`SetTariffsError`].
pub async fn set_tariffs(pool: &PgPool, clock: &dyn Clock) -> Result<TariffsSet, SetTariffsError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let Unheld { mut tariffs, mut late_fees } = unheld(&mut tx).await?;
        let mut set = 0;
        if store::is_unbilled(&mut tx).await? {
            let new = (tariffs.clone(), late_fees.clone());
            let (new, new_rules) = store::missing(&mut tx, new.0, new.1).await?;
            store::orders::insert_tariffs(&mut tx, None, &new).await?;
            store::orders::insert_late_fees(&mut tx, None, &new_rules).await?;
            tariffs.retain(|rate| !new.contains(rate));
            late_fees.retain(|rule| !new_rules.contains(rule));
            set = new.len() + new_rules.len();
        }
        if set > 0 {
            let act =
                Act::new(Action::SetTariffs, None, format!("内置收费标准与滞纳金规则 {set} 项"));
            access::mark(&mut tx, &act, now).await?;
        }
        commit(tx).await?;
        Ok(TariffsSet { set, unheld: Unheld { tariffs, late_fees }.words() })
    })
    .await
}

/// The rates and late-fee rules that Weir ships with and that the books do not hold.
///
/// # Errors
/// See [`SetTariffsError`].
pub async fn unheld(connection: &mut PgConnection) -> Result<Unheld, SetTariffsError> {
    let held = store::held(&mut *connection).await?;
    let held_rules = store::held_late_fees(connection).await?;
    let (mut tariffs, mut late_fees) = (seed::versions()?, seed::late_fee_rules()?);
    tariffs.retain(|rate| !rate.is_held(&held));
    late_fees.retain(|rule| !rule.is_held(&held_rules));
    Ok(Unheld { tariffs, late_fees })
}
