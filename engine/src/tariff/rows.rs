//! What an order of rates says, row by row.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use terms::{
    AccountId, BillPeriod, FeeItem, OrganisationId, TariffVersionId, TownId, UnitPrice, Volume,
};

use super::class::{class_label, rate_label};
use super::late::LateFeeRule;
use super::tier::Tiers;
use crate::register::RateBasis;

/// A version of a rate to be entered. 收费标准
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTariff {
    /// The fee.
    pub fee_item: FeeItem,
    /// Use class, sewage class or garbage class, by fee item.
    pub class: String,
    /// The town that it is for; None for every town.
    pub town: Option<TownId>,
    /// The supplier that it is for; None for every supplier.
    pub supplier: Option<OrganisationId>,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// The day on which it holds no longer; None until another one begins.
    pub valid_to: Option<NaiveDate>,
    /// 计征比例.
    pub levy_ratio: Decimal,
    /// Persons that the tier limits are made for.
    pub base_persons: i32,
    /// What its price is of.
    pub basis: RateBasis,
    /// 无用水定额.
    pub fixed_charge: Decimal,
    /// 保底.
    pub minimum_charge: Decimal,
    /// Its prices.
    pub tiers: Tiers,
    /// 文号; an official rate has one.
    pub doc_no: Option<String>,
    /// 依据.
    pub source: String,
    /// Whether it is decreed, and not a placeholder.
    pub is_official: bool,
    /// The version in whose place it comes, where that began on another day.
    pub replaces: Option<TariffVersionId>,
}

/// A late-fee rule with its source. 滞纳金规则
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLateFee {
    /// The rule.
    pub rule: LateFeeRule,
    /// 文号.
    pub doc_no: Option<String>,
    /// 依据.
    pub source: String,
    /// Whether it is decreed, and not a placeholder.
    pub is_official: bool,
}

/// Whose a fee of a town is, from a day on. 代征机构
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOwner {
    /// The town.
    pub town: TownId,
    /// Sewage or garbage.
    pub fee_item: FeeItem,
    /// The first day.
    pub valid_from: NaiveDate,
    /// Whose.
    pub owner: OrganisationId,
}

/// 定额 of a non-resident for one month; use above it bears the surcharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewQuota {
    /// The account.
    pub account: AccountId,
    /// The month.
    pub period: BillPeriod,
    /// Cubic metres, above nothing.
    pub volume: Volume,
}

/// A row that is not well-formed.
#[derive(Debug, thiserror::Error)]
pub enum WrongRate {
    /// The table does not read.
    #[error("表格有误：{0}")]
    Table(#[from] csv::Error),
    /// Its head lacks columns, which are named.
    #[error("表头缺少{0}，请按样表补齐")]
    Heads(String),
    /// A row says what cannot be.
    #[error("{what}：{why}")]
    Row {
        /// Which row, for people.
        what: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl NewTariff {
    /// Checks that it could hold.
    ///
    /// # Errors
    /// The class is none of the fee, the days or figures cannot be, or nothing says where an official rate is from.
    pub(super) fn check(&self) -> Result<(), WrongRate> {
        let by_water = self.basis == RateBasis::Volume;
        let (fixed, least) = (self.fixed_charge, self.minimum_charge);
        let is_known = class_label(self.fee_item, &self.class).is_some();
        let ratio = self.levy_ratio;
        for (right, why) in [
            (is_known, "类别不属于该收费项目"),
            (self.doc_no.as_deref().is_none_or(is_doc_no), "文号应为 1 至 80 个字"),
            (self.valid_to.is_none_or(|to| to > self.valid_from), "失效日期应晚于生效日期"),
            (
                ratio > Decimal::ZERO && ratio <= Decimal::ONE && ratio.round_dp(4) == ratio,
                "计征比例应大于零、不大于一，最多四位小数",
            ),
            (
                ratio == Decimal::ONE || self.fee_item == FeeItem::Sewage,
                "只有污水处理费有计征比例，其他收费项目应为 1",
            ),
            (
                self.fee_item != FeeItem::Overquota
                    || self.tiers.steps().iter().all(|step| step.add_per_person == Volume::ZERO),
                "累计加价按定额的倍数分档，不随人数增加",
            ),
            (
                fixed.round_dp(2) == fixed && least.round_dp(2) == least,
                "无用水定额和保底最多两位小数",
            ),
            (fixed >= Decimal::ZERO && least >= fixed, "保底不应低于无用水定额"),
            // What a month costs stands on its line as a unit price.
            (
                UnitPrice::exact(least).is_ok_and(UnitPrice::fits)
                    && self.tiers.prices().all(UnitPrice::fits),
                "单价、无用水定额和保底应小于一百万元",
            ),
            (by_water || self.fee_item == FeeItem::Garbage, "只有垃圾费可按面积、桶、户计收"),
            (
                by_water || (least.is_zero() && self.tiers.steps().is_empty()),
                "按面积、桶、户计收的只有一个单价",
            ),
            (!self.is_official || self.doc_no.is_some(), "正式标准须有文号"),
            (
                !self.source.trim().is_empty() && self.source.chars().count() <= 200,
                "依据应为 1 至 200 个字",
            ),
        ] {
            if !right {
                let what =
                    format!("{} {}", rate_label(self.fee_item, &self.class), self.valid_from);
                return Err(WrongRate::Row { what, why });
            }
        }
        Ok(())
    }

    /// What its row says of its standing.
    pub(super) fn status(&self) -> &'static str {
        status(self.is_official)
    }
}

/// Whether it can stand on a line: a number of a document is one line of words.
fn is_doc_no(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 80 && !text.chars().any(char::is_control)
}

pub(super) fn status(is_official: bool) -> &'static str {
    if is_official { "official" } else { "placeholder" }
}
