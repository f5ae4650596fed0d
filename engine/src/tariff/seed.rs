//! The rates that Weir ships with, read from the embedded tables.

use super::held::Shipped;
use super::rows::{NewLateFee, NewTariff, WrongRate};
use super::tables::{Places, read_late_fees, read_tariffs};

const TARIFFS: &str = include_str!("../../data/tariffs.csv");
const LATE_FEES: &str = include_str!("../../data/late_fees.csv");

/// Every version.
pub(super) fn versions() -> Result<Vec<NewTariff>, WrongRate> {
    read_tariffs(TARIFFS, &Places::default())
}

pub(super) fn late_fee_rules() -> Result<Vec<NewLateFee>, WrongRate> {
    read_late_fees(LATE_FEES)
}

/// The lines of these versions, under the head of their table.
pub(super) fn tariffs_of(versions: &[NewTariff]) -> String {
    lines(TARIFFS, versions)
}

/// The same of rules.
pub(super) fn late_fees_of(rules: &[NewLateFee]) -> String {
    lines(LATE_FEES, rules)
}

fn lines<T: Shipped>(table: &str, rows: &[T]) -> String {
    let begins: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} ", row.of(), row.valid_from()).replace(' ', ","))
        .collect();
    let (head, rest) = table.split_once('\n').unwrap_or((table, ""));
    let rest = rest.lines().filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    std::iter::once(head).chain(rest).map(|line| format!("{line}\n")).collect()
}

/// The shipped rates as a book, for tests of prices.
#[cfg(test)]
pub(crate) fn book() -> Result<super::TariffBook, WrongRate> {
    use terms::{Money, TariffVersionId};

    let mut book = super::TariffBook::default();
    for (id, version) in (1..).zip(versions()?) {
        book.add(
            version.fee_item,
            &version.class,
            super::TariffVersion {
                id: TariffVersionId(id),
                town: None,
                supplier: None,
                levy_ratio: version.levy_ratio,
                base_persons: version.base_persons,
                basis: version.basis,
                fixed_charge: Money::exact(version.fixed_charge).unwrap(),
                minimum_charge: Money::exact(version.minimum_charge).unwrap(),
                tiers: version.tiers,
            },
        );
    }
    Ok(book)
}

#[cfg(test)]
mod tests {
    use terms::FeeItem;

    use super::*;

    #[test]
    fn every_class_of_every_fee_has_a_rate() {
        let versions = versions().unwrap();
        assert_eq!(versions.len(), 16);
        assert_eq!(versions[0].tiers.steps().len(), 2);
        assert_eq!(late_fee_rules().unwrap().len(), FeeItem::ALL.len());
    }
}
