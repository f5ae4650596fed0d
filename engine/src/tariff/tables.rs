//! The tables that orders of rates are read from.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use terms::{
    AccountId, BillPeriod, FeeItem, OrganisationId, TariffVersionId, TownId, UnitPrice, Volume,
};

use super::class::rate_label;
use super::headed;
use super::late::LateFeeRule;
use super::rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
use super::tier::Tiers;
use crate::register::RateBasis;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Official,
    Placeholder,
}

/// What the head of a table of rates cannot do without.
const OF_TARIFFS: &[&str] = &[
    "fee_item",
    "class",
    "valid_from",
    "levy_ratio",
    "base_persons",
    "basis",
    "fixed_charge",
    "minimum_charge",
    "tier",
    "unit_price",
    "add_per_person",
    "status",
    "source",
];
/// That of late-fee rules.
const OF_LATE_FEES: &[&str] =
    &["fee_item", "valid_from", "grace_days", "rate_per_day", "cap_ratio", "status", "source"];
/// That of owners.
const OF_OWNERS: &[&str] = &["town", "fee_item", "valid_from", "owner"];
/// That of quotas.
const OF_QUOTAS: &[&str] = &["account", "period", "quota_m3"];

#[derive(Debug, Deserialize)]
struct TariffRow {
    fee_item: FeeItem,
    class: String,
    #[serde(default)]
    town: Option<String>,
    #[serde(default)]
    supplier: Option<String>,
    valid_from: NaiveDate,
    #[serde(default)]
    valid_to: Option<NaiveDate>,
    levy_ratio: Decimal,
    base_persons: i32,
    basis: RateBasis,
    fixed_charge: Decimal,
    minimum_charge: Decimal,
    tier: i16,
    upto: Option<Volume>,
    unit_price: UnitPrice,
    add_per_person: Volume,
    status: Status,
    doc_no: Option<String>,
    source: String,
    #[serde(default)]
    replaces: Option<i32>,
}

/// The towns and organisations that tables call by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Towns by their short names.
    pub(super) towns: HashMap<String, TownId>,
    /// Organisations by their names.
    pub(super) organisations: HashMap<String, OrganisationId>,
}

impl Places {
    fn town(&self, name: &str) -> Result<TownId, WrongRate> {
        let why = "镇街不存在";
        self.towns.get(name).copied().ok_or_else(|| WrongRate::Row { what: name.to_owned(), why })
    }

    fn organisation(&self, name: &str) -> Result<OrganisationId, WrongRate> {
        let found = self.organisations.get(name).copied();
        found.ok_or_else(|| WrongRate::Row { what: name.to_owned(), why: "机构不存在" })
    }
}

/// Reads a table of rates; a row of tier 1 begins a version, the rows below it add to it.
///
/// # Errors
/// The table does not read, or names a place that does not exist.
pub(super) fn read_tariffs(table: &str, places: &Places) -> Result<Vec<NewTariff>, WrongRate> {
    let mut versions: Vec<Vec<TariffRow>> = Vec::new();
    for row in headed::read::<TariffRow>(table, OF_TARIFFS)? {
        match versions.last_mut() {
            Some(version) if row.tier > 1 => version.push(row),
            _ => versions.push(vec![row]),
        }
    }
    versions.into_iter().map(|rows| version(rows, places)).collect()
}

fn version(mut rows: Vec<TariffRow>, places: &Places) -> Result<NewTariff, WrongRate> {
    let steps = rows.iter().map(|row| (row.upto, row.unit_price, row.add_per_person));
    let tiers = Tiers::from_rows(steps);
    let head = rows.swap_remove(0);
    let tiers = tiers.map_err(|_| WrongRate::Row {
        what: rate_label(head.fee_item, &head.class),
        why: "阶梯应逐级上升，最后一级不设上限",
    })?;
    Ok(NewTariff {
        fee_item: head.fee_item,
        class: head.class,
        town: head.town.map(|name| places.town(&name)).transpose()?,
        supplier: head.supplier.map(|name| places.organisation(&name)).transpose()?,
        valid_from: head.valid_from,
        valid_to: head.valid_to,
        levy_ratio: head.levy_ratio,
        base_persons: head.base_persons,
        basis: head.basis,
        fixed_charge: head.fixed_charge,
        minimum_charge: head.minimum_charge,
        tiers,
        doc_no: head.doc_no,
        source: head.source,
        is_official: matches!(head.status, Status::Official),
        replaces: head.replaces.map(TariffVersionId),
    })
}

#[derive(Debug, Deserialize)]
struct LateFeeRow {
    fee_item: FeeItem,
    valid_from: NaiveDate,
    grace_days: i32,
    rate_per_day: Decimal,
    cap_ratio: Decimal,
    status: Status,
    doc_no: Option<String>,
    source: String,
}

/// Reads a table of late-fee rules.
///
/// # Errors
/// The table does not read, or a figure cannot be.
pub(super) fn read_late_fees(table: &str) -> Result<Vec<NewLateFee>, WrongRate> {
    let rows = headed::read::<LateFeeRow>(table, OF_LATE_FEES)?.into_iter();
    rows.map(|row| {
        let is_part = |part: Decimal, decimals| {
            (Decimal::ZERO..=Decimal::ONE).contains(&part) && part.round_dp(decimals) == part
        };
        if row.grace_days < 0 || !is_part(row.rate_per_day, 6) || !is_part(row.cap_ratio, 4) {
            let what = format!("{} {}", row.fee_item.label(), row.valid_from);
            return Err(WrongRate::Row {
                what,
                why: "宽限天数不能为负，日费率、上限应为零至一之间的数（最多六位、四位小数）",
            });
        }
        Ok(NewLateFee {
            rule: LateFeeRule {
                fee_item: row.fee_item,
                valid_from: row.valid_from,
                grace_days: row.grace_days,
                rate_per_day: row.rate_per_day,
                cap_ratio: row.cap_ratio,
            },
            doc_no: row.doc_no,
            source: row.source,
            is_official: matches!(row.status, Status::Official),
        })
    })
    .collect()
}

#[derive(Debug, Deserialize)]
struct OwnerRow {
    town: String,
    fee_item: FeeItem,
    valid_from: NaiveDate,
    owner: String,
}

/// Reads a table of owners of fees: `town,fee_item,valid_from,owner`.
///
/// # Errors
/// The table does not read, names a place that does not exist, or water, which is the supplier's.
pub(super) fn read_owners(table: &str, places: &Places) -> Result<Vec<NewOwner>, WrongRate> {
    let rows = headed::read::<OwnerRow>(table, OF_OWNERS)?.into_iter();
    rows.map(|row| {
        if !matches!(row.fee_item, FeeItem::Sewage | FeeItem::Garbage) {
            let why = "水费和累计加价归供水单位";
            return Err(WrongRate::Row { what: row.fee_item.label().to_owned(), why });
        }
        Ok(NewOwner {
            town: places.town(&row.town)?,
            fee_item: row.fee_item,
            valid_from: row.valid_from,
            owner: places.organisation(&row.owner)?,
        })
    })
    .collect()
}

/// A row of a table of quotas, whose account is called by its number.
#[derive(Debug, Deserialize)]
pub(super) struct QuotaRow {
    pub(super) account: String,
    period: String,
    quota_m3: Decimal,
}

/// Reads a table of quotas: `account,period,quota_m3`.
///
/// # Errors
/// The table does not read.
pub(super) fn read_quotas(table: &str) -> Result<Vec<QuotaRow>, WrongRate> {
    headed::read(table, OF_QUOTAS)
}

impl QuotaRow {
    /// The quota of an account that is known by its number.
    ///
    /// # Errors
    /// The account does not exist, the month does not read, or the quota is not above nothing.
    pub(super) fn quota(
        &self,
        accounts: &HashMap<String, AccountId>,
    ) -> Result<NewQuota, WrongRate> {
        let wrong = |why| WrongRate::Row { what: self.account.clone(), why };
        let account = *accounts.get(&self.account).ok_or_else(|| wrong("户号不存在"))?;
        let above_nothing = Volume::exact(self.quota_m3).ok().filter(|v| *v > Volume::ZERO);
        let volume = above_nothing.ok_or_else(|| wrong("定额应大于零，最多三位小数"))?;
        let period = self.period.parse::<BillPeriod>().map_err(|_| wrong("月份应如 2026-11"))?;
        Ok(NewQuota { account, period, volume })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PostgreSQL would round it without a word, and another price would hold than was submitted.
    #[test]
    fn a_figure_finer_than_the_books_is_refused_and_not_rounded() {
        let head = "fee_item,class,valid_from,levy_ratio,base_persons,basis,fixed_charge,minimum_charge,\
                    tier,upto,unit_price,add_per_person,status,doc_no,source";
        let read = |ratio: &str, fixed: &str, upto: &str, price: &str| {
            let first =
                format!("sewage,resident,2027-01-01,{ratio},4,volume,{fixed},9,1,{upto},{price},0");
            let last = "sewage,resident,2027-01-01,1,4,volume,0,9,2,,2.58,0";
            let table = format!("{head}\n{first},placeholder,,x\n{last},placeholder,,x\n");
            let rates = read_tariffs(&table, &Places::default())?;
            rates.iter().try_for_each(NewTariff::check)
        };
        assert!(read("0.9", "5.05", "22.125", "1.7225").is_ok());
        for (ratio, fixed, upto, price, want) in [
            ("0.90001", "5.05", "22", "1.72", "最多四位小数"),
            ("0.9", "5.005", "22", "1.72", "最多两位小数"),
            ("0.9", "5.05", "22.0005", "1.72", "“upto”：小数位数过多"),
            ("0.9", "5.05", "22", "1.72005", "“unit_price”：小数位数过多"),
        ] {
            let said = read(ratio, fixed, upto, price).unwrap_err().to_string();
            assert!(said.contains(want), "{said}");
        }
    }

    #[test]
    fn a_rate_without_a_last_tier_is_named_as_people_call_it() {
        let head = OF_TARIFFS.join(",");
        let columns = |column: &&str| match *column {
            "fee_item" => "water",
            "class" => "non_resident",
            "valid_from" => "2027-01-01",
            "levy_ratio" | "tier" => "1",
            "basis" => "volume",
            "unit_price" => "1.72",
            "status" => "placeholder",
            "source" => "x",
            _ => "0",
        };
        let row = OF_TARIFFS.iter().map(columns).collect::<Vec<_>>().join(",");
        let table = format!("{head},upto\n{row},22\n");
        let said = read_tariffs(&table, &Places::default()).unwrap_err().to_string();
        assert_eq!(said, "水费 非居民：阶梯应逐级上升，最后一级不设上限");
    }
}
