//! What a pattern must be to read a text by it: it names a day, once, in one way.

use super::refusal::Refusal;
use super::template::Template;
use super::word::Word;

/// The parts of a moment that a text can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The year, in the Gregorian calendar.
    Year,
    /// The month.
    Month,
    /// The day of the month.
    Day,
    /// The day of the year.
    DayOfYear,
    /// The year of an ISO week.
    IsoYear,
    /// The ISO week.
    IsoWeek,
    /// The day of an ISO week, by number.
    IsoDay,
    /// The day of the week, by name.
    Weekday,
    /// The Julian day.
    Julian,
    /// The hour.
    Hour,
    /// The half of the day.
    Half,
    /// The minute.
    Minute,
    /// The second.
    Second,
    /// The fraction of the second.
    Fraction,
    /// The second of the day.
    SecondOfDay,
    /// The hours of the zone.
    ZoneHour,
    /// The minutes of the zone.
    ZoneMinute,
}

impl Part {
    /// The part that a word tells; none of a word that is only written.
    pub(super) fn of(word: Word) -> Option<Self> {
        Some(match word {
            Word::Year(_) | Word::YearGrouped | Word::YearRound(_) => Self::Year,
            Word::IsoYear(4) => Self::IsoYear,
            Word::MonthName | Word::MonthShort | Word::Month => Self::Month,
            Word::IsoWeek => Self::IsoWeek,
            Word::DayOfYear => Self::DayOfYear,
            Word::Day => Self::Day,
            Word::IsoDayOfWeek => Self::IsoDay,
            Word::DayName | Word::DayShort => Self::Weekday,
            Word::Julian => Self::Julian,
            Word::Hour24 | Word::Hour12 => Self::Hour,
            Word::HalfDay { .. } => Self::Half,
            Word::Minute => Self::Minute,
            Word::Second => Self::Second,
            Word::SecondOfDay => Self::SecondOfDay,
            Word::Millisecond | Word::Microsecond | Word::Fraction(1..=6) => Self::Fraction,
            Word::ZoneHour => Self::ZoneHour,
            Word::ZoneMinute => Self::ZoneMinute,
            _ => return None,
        })
    }
}

/// Parts that say the same thing in two ways.
const EXCLUDING: &[(&[Part], &[Part])] = &[
    (&[Part::DayOfYear], &[Part::Month, Part::Day]),
    (
        &[Part::IsoYear, Part::IsoWeek, Part::IsoDay],
        &[Part::Year, Part::Month, Part::Day, Part::DayOfYear],
    ),
    (
        &[Part::Julian],
        &[Part::Year, Part::Month, Part::Day, Part::DayOfYear, Part::IsoYear, Part::IsoWeek],
    ),
    (&[Part::SecondOfDay], &[Part::Hour, Part::Half, Part::Minute, Part::Second]),
];

/// Parts that mean nothing without another.
const NEEDING: &[(Part, Part, &str)] = &[
    (Part::IsoYear, Part::IsoWeek, "有 IYYY 就要有 IW"),
    (Part::IsoWeek, Part::IsoYear, "有 IW 就要有 IYYY"),
    (Part::IsoDay, Part::IsoWeek, "有 ID 就要有 IYYY 和 IW"),
    (Part::Day, Part::Month, "有 DD 就要有 MM"),
    (Part::Half, Part::Hour, "有 AM 就要有 HH12"),
    (Part::ZoneMinute, Part::ZoneHour, "有 TZM 就要有 TZH"),
];

/// A pattern that a text can be read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputTemplate(pub(super) Template);

impl InputTemplate {
    /// Understands a pattern for reading, or tells what is wrong with it.
    pub(super) fn parse(function: &'static str, text: &str) -> Result<Self, Refusal> {
        let template = Template::parse(function, text)?;
        let mut told: Vec<Part> = Vec::new();
        for word in template.words() {
            let Some(part) = Part::of(word) else {
                let why =
                    "里面有只能用来写、不能用来读的格式词（读日期请用 YYYY、MM、DD、HH24、MI、SS）";
                return Err(Refusal::of_use(function, text, why));
            };
            if told.contains(&part) {
                return Err(Refusal::of_use(function, text, "同一样东西写了两遍"));
            }
            told.push(part);
        }
        let tells = |part: &Part| told.contains(part);
        if !told.iter().any(|part| matches!(part, Part::Year | Part::IsoYear | Part::Julian)) {
            return Err(Refusal::of_use(function, text, "没有年（YYYY）"));
        }
        if EXCLUDING.iter().any(|(one, other)| one.iter().any(tells) && other.iter().any(tells)) {
            return Err(Refusal::of_use(function, text, "同一样东西用了两种写法"));
        }
        match NEEDING.iter().find(|(part, other, _)| tells(part) && !tells(other)) {
            Some((_, _, why)) => Err(Refusal::of_use(function, text, why)),
            None => Ok(Self(template)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        InputTemplate::parse("to_date", text).unwrap_err().to_string()
    }

    #[test]
    fn a_day_is_told_once_and_in_one_way() {
        assert_eq!(refused("MM-DD"), "to_date 的格式“MM-DD”不能用：没有年（YYYY）");
        assert!(refused("YYYY-MM-DD MM").contains("写了两遍"));
        assert!(refused("YYYY-DDD-MM").contains("两种写法"));
        assert!(refused("YYYY IW").contains("两种写法"));
        assert!(refused("YYYY-DD").contains("MM"));
        assert!(refused("YYYY-Q").contains("只能用来写"));
        assert!(InputTemplate::parse("to_date", "IYYY-IW-ID").is_ok());
    }
}
