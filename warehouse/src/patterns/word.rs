//! The format words of days and times.

/// How the letters of a word are written, which is how the name that it stands for is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// `MONTH`
    Upper,
    /// `month`
    Lower,
    /// `Month`
    Capital,
}

/// What a format word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// `YYYY`, `YYY`, `YY`, `Y`: that many last digits of the year.
    Year(u8),
    /// `Y,YYY`
    YearGrouped,
    /// `SYYYY` of Oracle: a place for the sign, then the year.
    YearSigned,
    /// `RRRR` and `RR` of Oracle: a year of two digits is of 1950 to 2049.
    YearRound(u8),
    /// `IYYY`, `IYY`, `IY`, `I`: that many last digits of the year that the ISO week belongs to.
    IsoYear(u8),
    /// `CC`
    Century,
    /// `Q`
    Quarter,
    /// `MONTH`
    MonthName,
    /// `MON`
    MonthShort,
    /// `RM`
    MonthRoman,
    /// `MM`
    Month,
    /// `WW`: weeks counted from the first of January.
    WeekOfYear,
    /// `W`: weeks counted from the first of the month.
    WeekOfMonth,
    /// `IW`
    IsoWeek,
    /// `DDD`
    DayOfYear,
    /// `IDDD`: days counted from the Monday of the first ISO week.
    IsoDayOfYear,
    /// `DD`
    Day,
    /// `D`: Sunday is 1.
    DayOfWeek,
    /// `ID`: Monday is 1.
    IsoDayOfWeek,
    /// `DAY`
    DayName,
    /// `DY`
    DayShort,
    /// `J`: days since 4714 before Christ.
    Julian,
    /// `HH24`
    Hour24,
    /// `HH12`, `HH`
    Hour12,
    /// `MI`
    Minute,
    /// `SS`
    Second,
    /// `SSSS`, `SSSSS`: seconds since midnight.
    SecondOfDay,
    /// `MS`
    Millisecond,
    /// `US`
    Microsecond,
    /// `FF1` to `FF9`: that many digits of the second's fraction.
    Fraction(u8),
    /// `AM`, `PM`; with points or without.
    HalfDay { dotted: bool },
    /// `AD`, `BC`; with points or without.
    Era { dotted: bool },
    /// `TZ`: the zone's short name.
    ZoneName,
    /// `OF`: the zone's distance from Greenwich.
    ZoneOffset,
    /// `TZH`
    ZoneHour,
    /// `TZM`
    ZoneMinute,
}

/// Every word, the longer before the shorter that it begins with.
const WORDS: &[(&str, Word)] = &[
    ("SYYYY", Word::YearSigned),
    ("Y,YYY", Word::YearGrouped),
    ("YYYY", Word::Year(4)),
    ("YYY", Word::Year(3)),
    ("YY", Word::Year(2)),
    ("Y", Word::Year(1)),
    ("RRRR", Word::YearRound(4)),
    ("RR", Word::YearRound(2)),
    ("RM", Word::MonthRoman),
    ("IYYY", Word::IsoYear(4)),
    ("IYY", Word::IsoYear(3)),
    ("IY", Word::IsoYear(2)),
    ("IDDD", Word::IsoDayOfYear),
    ("ID", Word::IsoDayOfWeek),
    ("IW", Word::IsoWeek),
    ("I", Word::IsoYear(1)),
    ("CC", Word::Century),
    ("Q", Word::Quarter),
    ("MONTH", Word::MonthName),
    ("MON", Word::MonthShort),
    ("MM", Word::Month),
    ("MI", Word::Minute),
    ("MS", Word::Millisecond),
    ("WW", Word::WeekOfYear),
    ("W", Word::WeekOfMonth),
    ("DAY", Word::DayName),
    ("DY", Word::DayShort),
    ("DDD", Word::DayOfYear),
    ("DD", Word::Day),
    ("D", Word::DayOfWeek),
    ("J", Word::Julian),
    ("HH24", Word::Hour24),
    ("HH12", Word::Hour12),
    ("HH", Word::Hour12),
    ("SSSSS", Word::SecondOfDay),
    ("SSSS", Word::SecondOfDay),
    ("SS", Word::Second),
    ("US", Word::Microsecond),
    ("FF1", Word::Fraction(1)),
    ("FF2", Word::Fraction(2)),
    ("FF3", Word::Fraction(3)),
    ("FF4", Word::Fraction(4)),
    ("FF5", Word::Fraction(5)),
    ("FF6", Word::Fraction(6)),
    ("FF7", Word::Fraction(7)),
    ("FF8", Word::Fraction(8)),
    ("FF9", Word::Fraction(9)),
    ("A.M.", Word::HalfDay { dotted: true }),
    ("P.M.", Word::HalfDay { dotted: true }),
    ("AM", Word::HalfDay { dotted: false }),
    ("PM", Word::HalfDay { dotted: false }),
    ("A.D.", Word::Era { dotted: true }),
    ("B.C.", Word::Era { dotted: true }),
    ("AD", Word::Era { dotted: false }),
    ("BC", Word::Era { dotted: false }),
    ("TZH", Word::ZoneHour),
    ("TZM", Word::ZoneMinute),
    ("TZ", Word::ZoneName),
    ("OF", Word::ZoneOffset),
];

impl Word {
    /// The word that the text begins with, how it is written, and its length.
    pub(super) fn leading(text: &str) -> Option<(Self, Case, usize)> {
        WORDS.iter().find_map(|&(spelling, word)| {
            let written = text.get(..spelling.len())?;
            let case = if written == spelling {
                Case::Upper
            } else if written == spelling.to_ascii_lowercase() {
                Case::Lower
            } else if word.is_name() && written == capitalised(spelling) {
                Case::Capital
            } else {
                return None;
            };
            Some((word, case, spelling.len()))
        })
    }

    /// Whether it stands for a zone, which only a moment with a zone has.
    pub(super) fn is_zone(self) -> bool {
        matches!(self, Self::ZoneName | Self::ZoneOffset | Self::ZoneHour | Self::ZoneMinute)
    }

    fn is_name(self) -> bool {
        matches!(self, Self::MonthName | Self::MonthShort | Self::DayName | Self::DayShort)
    }
}

impl Case {
    /// Writes a name the way that its word is written.
    pub(super) fn apply(self, name: &str) -> String {
        match self {
            Self::Upper => name.to_ascii_uppercase(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Capital => capitalised(name),
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut lower = name.to_ascii_lowercase();
    if let Some(first) = lower.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_hides_a_longer_one() {
        for (spelling, word) in WORDS {
            let (found, case, length) = Word::leading(spelling).unwrap();
            assert_eq!((found, case, length), (*word, Case::Upper, spelling.len()), "{spelling}");
        }
    }

    #[test]
    fn only_names_are_capitalised() {
        assert_eq!(Word::leading("Month"), Some((Word::MonthName, Case::Capital, 5)));
        assert_eq!(Word::leading("mm"), Some((Word::Month, Case::Lower, 2)));
        assert_eq!(Word::leading("Mm"), None);
    }
}
