//! The rates that Weir ships with, read from the embedded tables.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use terms::{FeeItem, UnitPrice, Volume};

use super::{LateFeeRule, Tiers, WrongTiers};

const TARIFFS: &str = include_str!("../../data/tariffs.csv");
const LATE_FEES: &str = include_str!("../../data/late_fees.csv");

/// An embedded table does not read as rates.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A row does not read.
    #[error(transparent)]
    Row(#[from] csv::Error),
    /// The tiers of a version are wrong.
    #[error(transparent)]
    Tiers(#[from] WrongTiers),
}

/// A version as it is written in the table, with its tiers.
pub(super) struct SeedVersion {
    pub(super) head: TariffRow,
    pub(super) tiers: Tiers,
}

#[derive(Debug, Deserialize)]
pub(super) struct TariffRow {
    pub(super) fee_item: FeeItem,
    pub(super) class: String,
    pub(super) valid_from: NaiveDate,
    pub(super) levy_ratio: Decimal,
    pub(super) base_persons: i32,
    pub(super) fixed_charge: Decimal,
    pub(super) minimum_charge: Decimal,
    tier: i16,
    upto: Option<Decimal>,
    unit_price: Decimal,
    add_per_person: Decimal,
    pub(super) status: String,
    pub(super) doc_no: Option<String>,
    pub(super) source: String,
}

/// Every version; a row of tier 1 begins one, the rows below it add to it.
pub(super) fn versions() -> Result<Vec<SeedVersion>, SeedError> {
    let mut versions: Vec<Vec<TariffRow>> = Vec::new();
    for row in csv::Reader::from_reader(TARIFFS.as_bytes()).deserialize() {
        let row: TariffRow = row?;
        match versions.last_mut() {
            Some(version) if row.tier > 1 => version.push(row),
            _ => versions.push(vec![row]),
        }
    }
    versions.into_iter().map(version).collect()
}

fn version(mut rows: Vec<TariffRow>) -> Result<SeedVersion, SeedError> {
    let tiers =
        Tiers::from_rows(rows.iter().map(|row| {
            (row.upto.map(Volume), UnitPrice(row.unit_price), Volume(row.add_per_person))
        }))?;
    Ok(SeedVersion { head: rows.swap_remove(0), tiers })
}

/// A late-fee rule with its source.
#[derive(Debug, Deserialize)]
pub(super) struct SeedRule {
    fee_item: FeeItem,
    valid_from: NaiveDate,
    grace_days: i32,
    rate_per_day: Decimal,
    cap_ratio: Decimal,
    pub(super) status: String,
    pub(super) doc_no: Option<String>,
    pub(super) source: String,
}

impl SeedRule {
    pub(super) fn rule(&self) -> LateFeeRule {
        LateFeeRule {
            fee_item: self.fee_item,
            valid_from: self.valid_from,
            grace_days: self.grace_days,
            rate_per_day: self.rate_per_day,
            cap_ratio: self.cap_ratio,
        }
    }
}

pub(super) fn late_fee_rules() -> Result<Vec<SeedRule>, SeedError> {
    csv::Reader::from_reader(LATE_FEES.as_bytes())
        .deserialize()
        .map(|row| row.map_err(SeedError::from))
        .collect()
}

/// The shipped rates as a book, for tests of prices.
#[cfg(test)]
pub(super) fn book() -> Result<super::TariffBook, SeedError> {
    use terms::{Money, TariffVersionId};

    let mut book = super::TariffBook::default();
    for (id, version) in (1..).zip(versions()?) {
        let head = version.head;
        book.add(
            head.fee_item,
            &head.class,
            super::TariffVersion {
                id: TariffVersionId(id),
                town: None,
                levy_ratio: head.levy_ratio,
                base_persons: head.base_persons,
                fixed_charge: Money::exact(head.fixed_charge).unwrap(),
                minimum_charge: Money::exact(head.minimum_charge).unwrap(),
                tiers: version.tiers,
                provenance: super::provenance(head.doc_no.as_deref(), &head.status),
            },
        );
    }
    Ok(book)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_every_fee_has_a_rate() {
        let versions = versions().unwrap();
        assert_eq!(versions.len(), 13);
        assert_eq!(versions[0].tiers.steps().len(), 2);
        assert_eq!(late_fee_rules().unwrap().len(), FeeItem::ALL.len());
    }
}
