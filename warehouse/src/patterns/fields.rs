//! The parts that were read from a text, put together to a moment.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::input::Part;
use super::write::JULIAN_BASE;

/// What a text told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// The wall clock.
    pub(super) clock: NaiveDateTime,
    /// Seconds east of Greenwich, where the text told them.
    pub(super) offset_seconds: Option<i32>,
}

/// The parts of a moment as they are read.
#[derive(Debug, Default)]
pub(super) struct Fields {
    told: Vec<(Part, u32)>,
    /// Whether the hour is one of twelve.
    pub(super) twelve_hours: bool,
    /// Whether the zone lies west of Greenwich.
    pub(super) west: bool,
}

impl Fields {
    /// Takes note of a part.
    pub(super) fn tell(&mut self, part: Part, value: u32) {
        self.told.push((part, value));
    }

    /// The moment, or what is impossible about it.
    pub(super) fn reading(&self) -> Result<Reading, &'static str> {
        let day = self.day()?;
        if let Some(name) = self.get(Part::Weekday)
            && day.weekday().num_days_from_sunday() != name
        {
            return Err("星期几和日期对不上");
        }
        Ok(Reading { clock: day.and_time(self.time()?), offset_seconds: self.offset()? })
    }

    fn get(&self, part: Part) -> Option<u32> {
        self.told.iter().find(|(told, _)| *told == part).map(|(_, value)| *value)
    }

    fn day(&self) -> Result<NaiveDate, &'static str> {
        let number = |part| self.get(part).map(i32::try_from).and_then(Result::ok);
        let day = if let Some(julian) = number(Part::Julian) {
            NaiveDate::from_num_days_from_ce_opt(julian - JULIAN_BASE)
        } else if let Some(year) = number(Part::IsoYear) {
            let week = self.get(Part::IsoWeek).ok_or("没有读到周")?;
            let from_monday = self.get(Part::IsoDay).unwrap_or(1);
            let weekday = from_monday.checked_sub(1).and_then(|n| u8::try_from(n).ok());
            weekday
                .and_then(|n| Weekday::try_from(n).ok())
                .and_then(|weekday| NaiveDate::from_isoywd_opt(year, week, weekday))
        } else {
            let year = number(Part::Year).ok_or("没有读到年")?;
            match self.get(Part::DayOfYear) {
                Some(day) => NaiveDate::from_yo_opt(year, day),
                None => {
                    let part = |part| self.get(part).unwrap_or(1);
                    NaiveDate::from_ymd_opt(year, part(Part::Month), part(Part::Day))
                }
            }
        };
        day.filter(|day| (1..=9999).contains(&day.year())).ok_or("没有这一天")
    }

    fn time(&self) -> Result<NaiveTime, &'static str> {
        let wrong = "没有这个时刻";
        let part = |part| self.get(part).unwrap_or(0);
        let micros = part(Part::Fraction);
        if let Some(seconds) = self.get(Part::SecondOfDay) {
            return NaiveTime::from_num_seconds_from_midnight_opt(seconds, micros * 1000)
                .ok_or(wrong);
        }
        let half = self.get(Part::Half);
        let hour = match self.get(Part::Hour) {
            Some(hour) if half.is_none() && !self.twelve_hours => hour,
            Some(hour @ 1..=12) => hour % 12 + if half == Some(1) { 12 } else { 0 },
            None if half.is_none() => 0,
            _ => return Err("12 小时制的钟点要在 1 到 12 之间（24 小时制请写 HH24）"),
        };
        NaiveTime::from_hms_micro_opt(hour, part(Part::Minute), part(Part::Second), micros)
            .ok_or(wrong)
    }

    fn offset(&self) -> Result<Option<i32>, &'static str> {
        let Some(hours) = self.get(Part::ZoneHour) else { return Ok(None) };
        let minutes = self.get(Part::ZoneMinute).unwrap_or(0);
        if hours > 15 || minutes > 59 {
            return Err("没有这个时区");
        }
        let seconds = Duration::minutes(i64::from(hours * 60 + minutes)).num_seconds();
        let east = i32::try_from(seconds).map_err(|_| "没有这个时区")?;
        Ok(Some(if self.west { -east } else { east }))
    }
}
