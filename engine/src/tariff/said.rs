//! What an order says, row by row: the values, and the one place that puts them into words for people.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use terms::{BillPeriod, FeeItem, TariffVersionId, Volume};

use super::class::rate_label;
use super::late::LateFeeRule;
use super::tier::Tiers;
use crate::register::RateBasis;

/// A row of an order. It reads as people say it, and serialises so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaidRow {
    /// 收费标准.
    Tariff(Box<SaidTariff>),
    /// 滞纳金规则.
    LateFee {
        /// The rule.
        rule: LateFeeRule,
        /// 文号.
        doc_no: Option<String>,
        /// Whether it is decreed, and not a placeholder.
        is_official: bool,
    },
    /// 代征机构: whose a fee is.
    Owner {
        /// The town, by its short name.
        town: String,
        /// Sewage or garbage.
        fee_item: FeeItem,
        /// The first day.
        valid_from: NaiveDate,
        /// Whose, by name.
        owner: String,
    },
    /// 定额.
    Quota {
        /// 户号.
        account_no: String,
        /// The month.
        period: BillPeriod,
        /// Cubic metres.
        volume: Volume,
    },
}

/// A version of a rate, as it was submitted. 收费标准
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidTariff {
    /// The fee.
    pub fee_item: FeeItem,
    /// Use class, sewage class or garbage class, by fee item.
    pub class: String,
    /// The town that it is for, by its short name; None for every town.
    pub town: Option<String>,
    /// The supplier that it is for, by name; None for every supplier.
    pub supplier: Option<String>,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// The day on which it holds no longer.
    pub valid_to: Option<NaiveDate>,
    /// 计征比例.
    pub levy_ratio: Decimal,
    /// What its price is of.
    pub basis: RateBasis,
    /// 无用水定额.
    pub fixed_charge: Decimal,
    /// 保底.
    pub minimum_charge: Decimal,
    /// Its prices.
    pub tiers: Tiers,
    /// 文号.
    pub doc_no: Option<String>,
    /// Whether it is decreed, and not a placeholder.
    pub is_official: bool,
    /// The version in whose place it comes.
    pub replaces: Option<TariffVersionId>,
}

impl fmt::Display for SaidRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tariff(tariff) => tariff.fmt(f),
            Self::LateFee { rule, doc_no, is_official } => {
                let LateFeeRule { fee_item, valid_from, grace_days, rate_per_day, cap_ratio } =
                    rule;
                let (a_day, most) = (percent(*rate_per_day), percent(*cap_ratio));
                write!(f, "{} {valid_from}起 宽限{grace_days}天", fee_item.label())?;
                write!(f, " 每日{a_day}% 最多为本金的{most}%")?;
                write_source(f, doc_no.as_deref(), *is_official)
            }
            Self::Owner { town, fee_item, valid_from, owner } => {
                write!(f, "{town} {} {valid_from}起 归{owner}", fee_item.label())
            }
            Self::Quota { account_no, period, volume } => {
                write!(f, "{account_no} {period} {volume}立方米")
            }
        }
    }
}

impl Serialize for SaidRow {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl fmt::Display for SaidTariff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rate_label(self.fee_item, &self.class))?;
        for place in [&self.town, &self.supplier].into_iter().flatten() {
            write!(f, " {place}")?;
        }
        write!(f, " {}起", self.valid_from)?;
        if let Some(valid_to) = self.valid_to {
            write!(f, " {valid_to}前")?;
        }
        self.write_prices(f)?;
        if self.levy_ratio != Decimal::ONE {
            write!(f, " 计征比例{}%", percent(self.levy_ratio))?;
        }
        for (word, yuan) in [("无用水定额", self.fixed_charge), ("保底", self.minimum_charge)]
        {
            if yuan > Decimal::ZERO {
                write!(f, " {word}{}元/月", yuan.normalize())?;
            }
        }
        write_source(f, self.doc_no.as_deref(), self.is_official)?;
        self.replaces.map_or(Ok(()), |replaced| write!(f, " 更正{replaced}"))
    }
}

impl SaidTariff {
    fn write_prices(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The surcharge: shares of the quota, and multiples of the price of water.
        let is_surcharge = self.fee_item == FeeItem::Overquota;
        for (step, price) in self.tiers.steps().iter().zip(self.tiers.prices()) {
            if is_surcharge {
                write!(f, " 超{}%以内{price}倍", percent(step.upto.figure()))?;
                continue;
            }
            write!(f, " {}立方米内{price}元", step.upto)?;
            if step.add_per_person > Volume::ZERO {
                write!(f, "（每增一人加{}立方米）", step.add_per_person)?;
            }
        }
        let above = self.tiers.above();
        match (self.tiers.steps().is_empty(), is_surcharge) {
            (true, true) => write!(f, " {above}倍"),
            (true, false) => write!(f, " {above}元/{}", self.basis.label()),
            (false, true) => write!(f, " 以上{above}倍"),
            (false, false) => write!(f, " 以上{above}元"),
        }
    }
}

fn write_source(
    f: &mut fmt::Formatter<'_>,
    doc_no: Option<&str>,
    is_official: bool,
) -> fmt::Result {
    if let Some(doc_no) = doc_no {
        write!(f, " {doc_no}")?;
    }
    if is_official { Ok(()) } else { write!(f, "（待核定）") }
}

/// A part of a whole, in hundredths.
fn percent(part: Decimal) -> Decimal {
    (part * Decimal::ONE_HUNDRED).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::seed;

    #[test]
    fn rates_read_as_people_say_them() {
        let said = |place: usize| {
            let new = seed::versions().unwrap().swap_remove(place);
            let tariff = SaidTariff {
                fee_item: new.fee_item,
                class: new.class,
                town: Some("道滘".to_owned()),
                supplier: None,
                valid_from: new.valid_from,
                valid_to: new.valid_to,
                levy_ratio: new.levy_ratio,
                basis: new.basis,
                fixed_charge: new.fixed_charge,
                minimum_charge: new.minimum_charge,
                tiers: new.tiers,
                doc_no: new.doc_no,
                is_official: new.is_official,
                replaces: None,
            };
            SaidRow::Tariff(Box::new(tariff)).to_string()
        };
        let want = "水费 居民阶梯 道滘 2016-01-01起 22立方米内1.72元 40立方米内2.58元 以上5.16元 东发改[2016]158号（待核定）";
        assert_eq!(said(0), want);
        assert_eq!(
            said(4),
            "污水处理费 居民 道滘 2016-01-01起 0.95元/立方米 计征比例90%（待核定）"
        );
        let shop = "垃圾处理费 商铺 道滘 2016-01-01起 0.64元/立方米 无用水定额50元/月 保底50元/月 东价〔2010〕33号（待核定）";
        assert_eq!(said(10), shop);
        let bands = said(14);
        assert!(bands.contains("超20%以内1倍 超40%以内2倍 以上3倍"), "{bands}");
    }
}
