//! 首页: the figures of the homepage, read at one position, each with the rule by which it is counted.

mod compare;
mod read;
mod remitted;
mod tiles;
mod towns;
mod trend;
mod wan;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use terms::grouped;
use warehouse::{Person, Pinned};

pub use compare::{Change, Direction};
pub use remitted::Progress;
pub use tiles::Tile;
pub use towns::{Scale, Town};
pub use trend::Month;
pub use wan::wan;

use crate::ReportError;
use crate::laid_out::DataPosition;

/// The homepage of one person at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The position of the books. 数据截至
    pub as_of: DataPosition,
    /// The business day that counts as today.
    pub today: NaiveDate,
    /// What the figures are about: 全市, or the towns and outlets of the person.
    pub scope: String,
    /// Such as `33 镇街 · 1,498,220 户`.
    pub extent: String,
    /// 今日实收, 本月实收, 本年累计, 收缴率, 欠费余额, 已上缴.
    pub tiles: Vec<Tile>,
    /// Twenty-four months, the last of them running. 收入趋势
    pub trend: Vec<Month>,
    /// How `trend` is counted.
    pub trend_meaning: String,
    /// The 33 towns at their places in the grid. 镇街图
    pub towns: Vec<Town>,
    /// What the colours of the grid mean.
    pub scale: Scale,
    /// The three towns with the best rate.
    pub top: Vec<Town>,
    /// The three with the worst, best first.
    pub bottom: Vec<Town>,
    /// How the rate of a town is counted.
    pub rate_meaning: String,
    /// 上缴进度, one for each non-tax fee.
    pub remittance: Vec<Progress>,
    /// How 上缴进度 is counted.
    pub remittance_meaning: String,
    /// Milliseconds that reading took.
    pub elapsed_ms: u64,
}

/// Reads the homepage as `who` may see it, with `today` as the business day.
///
/// # Errors
/// What the warehouse refused.
pub async fn figures(pinned: &Pinned, who: &Person, today: NaiveDate) -> Result<Home, ReportError> {
    let started = std::time::Instant::now();
    let dates = read::Dates::of(today);
    let read = read::all(pinned, who, &dates).await?;
    let (towns, scale) = towns::all(&read);
    let ranked = towns::ranked(&towns);
    Ok(Home {
        as_of: DataPosition::of(pinned),
        today,
        scope: scope(who),
        extent: format!("{} 镇街 · {} 户", towns.iter().filter(|t| t.seen).count(), grouped(read.accounts)),
        tiles: tiles::all(&read, &dates),
        trend: trend::months(&read, &dates),
        trend_meaning: "按收费日期所在月份统计的实收：四项费用（含滞纳金）与预存之和，冲正已扣减，与本月实收、本年累计同一口径；预存为转入减转出，可以为负；末月为当月累计，虚线为上年同月。".into(),
        top: ranked.iter().take(3).cloned().collect(),
        bottom: ranked.iter().skip(ranked.len().saturating_sub(3).max(3)).cloned().collect(),
        towns,
        scale,
        rate_meaning: dates.rate_meaning(),
        remittance: remitted::progress(&read, &dates),
        remittance_meaning: format!(
            "只计非税收入，不含水费与预存：{}年所收非税款（含滞纳金）中，已按收费月份登记上缴财政的部分；以前年度所收而未缴的计入“已收未缴”。",
            dates.year()
        ),
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

fn scope(who: &Person) -> String {
    match (&who.scope.outlets, &who.scope.towns) {
        (Some(outlets), _) => format!("{} 个网点", outlets.len()),
        (None, Some(seen)) => towns::PLACES
            .iter()
            .filter(|place| seen.contains(&place.town()))
            .map(|place| place.name)
            .collect::<Vec<_>>()
            .join("、"),
        (None, None) => "全市".to_owned(),
    }
}
