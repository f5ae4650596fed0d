//! Judges one reading against what is known of its meter.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use terms::{BillPeriod, ChargeId, OutletId, ReadingId, TownId, UserId, Volume, business_day};

use super::alert::{Flag, flag};
use super::consume::consumption;
use crate::access::Reach;

/// How far from its month a meter may be read. A year typed wrong is further.
const MONTHS_APART_MAX: i32 = 6;

/// What a refusal is about: the columns of a reading file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Column {
    /// 水表号.
    #[serde(rename = "水表号")]
    Meter,
    /// 抄表时间.
    #[serde(rename = "抄表时间")]
    ReadAt,
    /// 本期止码.
    #[serde(rename = "本期止码")]
    EndIndex,
}

impl Column {
    /// Its title in a file.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Meter => "水表号",
            Self::ReadAt => "抄表时间",
            Self::EndIndex => "本期止码",
        }
    }
}

/// Why a reading is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub column: Column,
    /// Why, for people.
    pub reason: String,
}

impl Refusal {
    pub(super) fn new(column: Column, reason: impl Into<String>) -> Self {
        Self { column, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{}", self.column.title(), self.reason)
    }
}

/// What is known of a meter before it is read for a period.
#[derive(Debug, Clone)]
pub(super) struct MeterFacts {
    pub(super) account_id: i64,
    pub(super) town_id: i32,
    pub(super) outlet_id: i32,
    pub(super) max_range: Volume,
    pub(super) removed: bool,
    /// Day, month and index of the last effective reading before the period, or of the installation.
    pub(super) last: LastReading,
    /// Mean of the last three effective readings, where there are three.
    pub(super) mean: Option<Decimal>,
    /// The newest period with an effective reading, compared with the one asked for.
    pub(super) newest: Newest,
    /// The last reading of the period: rejected, so that another comes in its place, or one that stands.
    pub(super) of_period: Option<OfPeriod>,
    /// The account was billed for a later month.
    pub(super) billed_later: bool,
}

impl MeterFacts {
    /// True where the meter is of an account that somebody sees.
    pub(super) fn is_within(&self, reach: &Reach) -> bool {
        reach.holds(Some(TownId(self.town_id)), Some(OutletId(self.outlet_id)))
    }
}

/// A reading of the period that is read now.
#[derive(Debug, Clone)]
pub(super) struct OfPeriod {
    pub(super) id: ReadingId,
    pub(super) entered_by: Option<UserId>,
    /// The standing charge that took it.
    pub(super) charge: Option<ChargeId>,
}

/// Who enters a reading, and whether in place of one that stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) by: Option<UserId>,
    pub(super) corrects: bool,
    /// In a file of a whole month, which may be that of another one.
    pub(super) by_file: bool,
}

/// Where a use begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastReading {
    pub(super) day: NaiveDate,
    pub(super) period: BillPeriod,
    pub(super) index: Volume,
}

/// How the newest reading of a meter lies to the period that is read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newest {
    /// Before it, or there is none.
    Before,
    /// The period is read already.
    Same,
    /// This later period is read already.
    Later(BillPeriod),
}

/// A reading that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) account_id: i64,
    pub(super) town_id: i32,
    pub(super) outlet_id: i32,
    pub(super) from_date: NaiveDate,
    pub(super) to_date: NaiveDate,
    /// The month of the reading or installation before.
    pub(super) since: BillPeriod,
    pub(super) start_index: Volume,
    pub(super) volume: Volume,
    pub(super) flag: Flag,
    /// The reading in whose place this one stands.
    pub(super) supersedes: Option<ReadingId>,
}

/// Takes or refuses a reading; `facts` is None where the meter is not known.
pub(super) fn accept(
    facts: Option<&MeterFacts>,
    entry: Entry,
    period: BillPeriod,
    now: DateTime<Utc>,
    read_at: DateTime<Utc>,
    end_index: Volume,
) -> Result<Accepted, Refusal> {
    let Some(facts) = facts else { return Err(Refusal::new(Column::Meter, "水表号不存在")) };
    if facts.removed {
        return Err(Refusal::new(Column::Meter, "水表已拆除"));
    }
    match facts.newest {
        Newest::Before if entry.corrects => {
            return Err(Refusal::new(Column::Meter, "本期没有可更正的抄表"));
        }
        Newest::Same if !entry.corrects => {
            return Err(Refusal::new(Column::Meter, "本期已抄表"));
        }
        Newest::Later(newest) => {
            let reason = format!("以后月份已抄表，请先从 {newest} 起逐月退回");
            return Err(Refusal::new(Column::Meter, reason));
        }
        Newest::Before | Newest::Same => {}
    }
    if let Some(charge) = facts.of_period.as_ref().and_then(|reading| reading.charge) {
        let reason = format!("本期抄表已出账（应收编号 {charge}），请先冲正应收");
        return Err(Refusal::new(Column::Meter, reason));
    }
    if facts.billed_later {
        return Err(Refusal::new(Column::Meter, "该户以后月份已出账"));
    }
    let last = facts.last;
    if period < last.period {
        return Err(Refusal::new(Column::Meter, format!("水表于 {} 才装表", last.period)));
    }
    if read_at > now {
        return Err(Refusal::new(Column::ReadAt, "抄表时间晚于现在"));
    }
    if BillPeriod::of(business_day(read_at)).months_after(period).abs() > MONTHS_APART_MAX {
        let reason = format!("抄表时间与所抄月份 {period} 相差超过半年，请核对年月");
        return Err(Refusal::new(Column::ReadAt, reason));
    }
    if business_day(read_at) < last.day {
        let reason = format!("抄表时间早于上次抄表或装表（{}）", last.day);
        return Err(Refusal::new(Column::ReadAt, reason));
    }
    if entry.by_file
        && period > last.period
        && business_day(read_at) == last.day
        && end_index == last.index
    {
        let reason = format!(
            "抄表日期和止码与上次抄表（{}，{}）相同，疑似重复导入上期文件",
            last.day, last.index
        );
        return Err(Refusal::new(Column::ReadAt, reason));
    }
    let used = consumption(last.index, end_index, facts.max_range).map_err(|wrong| {
        let start = last.index;
        Refusal::new(Column::EndIndex, format!("{wrong}（上期止码 {start}）"))
    })?;
    let is_own = entry.corrects
        && facts.of_period.as_ref().is_some_and(|reading| reading.entered_by == entry.by);
    let months = period.months_after(last.period);
    let flag = match flag(used.volume, used.rolled_over, facts.mean, months) {
        Flag::Usual | Flag::Zero if is_own => Flag::Corrected,
        flag => flag,
    };
    Ok(Accepted {
        account_id: facts.account_id,
        town_id: facts.town_id,
        outlet_id: facts.outlet_id,
        since: last.period,
        to_date: business_day(read_at),
        from_date: last.day,
        start_index: last.index,
        volume: used.volume,
        flag,
        supersedes: facts.of_period.as_ref().map(|reading| reading.id),
    })
}
