//! 收费标准: every rate is data, dated, sourced and approved by a second person.
//!
//! [`set_tariffs`] puts in the rates that Weir ships with; from then on [`submit_rates`] and [`decide_rates`] change
//! them. [`TariffBook`] holds the versions of one day for pricing, [`price()`] turns a volume into lines that explain
//! themselves, and [`late_fees`] adds what a late payment costs.

mod class;
mod book;
mod price;
mod tier;
mod late;
mod rows;
mod held;
mod headed;
mod tables;
mod said;
mod ordered;
mod load;
mod order;
mod seed;
mod shipped;
mod store;

pub use book::{TariffBook, TariffVersion};
pub use late::{LateFeeRule, LateFeeRules, late_fees};
pub use order::{SHOWN_ROWS, decide_rates, rate_order, rate_orders, read_rows, submit_rates};
pub use ordered::{RateError, RateKind, RateOrder, RateRows};
pub use price::{
    GarbageMonth, NoPrice, NoTariff, Place, Price, PricedLine, Usage, check_room, price,
    price_months, price_quantity,
};
pub use rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
pub use said::SaidRow;
#[cfg(test)]
pub(crate) use seed::book as shipped_book;
pub use shipped::{SetTariffsError, TariffsSet, Unheld, set_tariffs, unheld};
pub use tier::{Step, Tiers, WrongTiers, split};
