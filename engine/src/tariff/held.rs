//! Whether the books hold what Weir ships with.

use chrono::NaiveDate;

use super::class::rate_label;
use super::rows::{NewLateFee, NewTariff};

/// A row on the books, and whether an order brought it.
pub(super) struct Held<T> {
    pub(super) row: T,
    pub(super) is_ordered: bool,
}

/// What rates and late-fee rules have in common.
pub(super) trait Shipped: Clone + PartialEq {
    /// The fee and class, as its table has them.
    fn of(&self) -> String;
    fn words(&self) -> String;
    fn valid_from(&self) -> NaiveDate;
    /// The same from another day on.
    fn dated(self, day: NaiveDate) -> Self;

    /// True where the books hold it, from its day or, where that was billed, from a later one; or where an order has
    /// said otherwise for its day.
    fn is_held(&self, held: &[Held<Self>]) -> bool {
        let day = self.valid_from();
        held.iter().filter(|held| held.row.of() == self.of()).any(|held| {
            let since = held.row.valid_from();
            (held.is_ordered && since == day)
                || (since >= day && held.row.clone().dated(day) == *self)
        })
    }
}

impl Shipped for NewTariff {
    fn of(&self) -> String {
        format!("{} {}", self.fee_item.code(), self.class)
    }

    fn words(&self) -> String {
        format!("{} {}", rate_label(self.fee_item, &self.class), self.valid_from)
    }

    fn valid_from(&self) -> NaiveDate {
        self.valid_from
    }

    fn dated(self, valid_from: NaiveDate) -> Self {
        Self { valid_from, ..self }
    }
}

impl Shipped for NewLateFee {
    fn of(&self) -> String {
        self.rule.fee_item.code().to_owned()
    }

    fn words(&self) -> String {
        format!("滞纳金 {} {}", self.rule.fee_item.label(), self.rule.valid_from)
    }

    fn valid_from(&self) -> NaiveDate {
        self.rule.valid_from
    }

    fn dated(mut self, valid_from: NaiveDate) -> Self {
        self.rule.valid_from = valid_from;
        self
    }
}
