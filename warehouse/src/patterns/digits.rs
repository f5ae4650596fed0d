//! Takes a number or a name off the front of a text.

use super::word::Word;

/// The digits of a number, and what follows them.
pub(super) struct Digits<'a> {
    written: &'a str,
    after: &'a str,
}

impl<'a> Digits<'a> {
    /// The number that they write.
    pub(super) fn value(&self) -> Result<(u32, &'a str), &'static str> {
        self.written.parse().map(|value| (value, self.after)).map_err(|_| "这里要有数字")
    }
}

/// Takes the digits at the front: all of them, or as many as the word is wide.
pub(super) fn digits(rest: &str, width: usize, runs_on: bool) -> Result<Digits<'_>, &'static str> {
    let found = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if found == 0 {
        return Err("这里要有数字");
    }
    if runs_on && found > width {
        return Err("数字的位数太多");
    }
    if !runs_on && found < width {
        return Err("数字的位数不够");
    }
    let (written, after) = rest.split_at(found.min(width));
    Ok(Digits { written, after })
}

/// Reads a year: of four digits as it stands, of fewer near our time.
pub(super) fn year(word: Word, rest: &str, runs_on: bool) -> Result<(u32, &str), &'static str> {
    let (narrowest, widest) = match word {
        Word::Year(4) | Word::IsoYear(_) => (4, 4),
        Word::YearRound(4) if !runs_on => (4, 4),
        Word::Year(width) if !runs_on => (width.into(), width.into()),
        Word::YearRound(_) if !runs_on => (2, 2),
        Word::Year(_) => (1, 4),
        _ => (2, 4),
    };
    let taken = digits(rest, widest, runs_on)?;
    let (value, after) = taken.value()?;
    let length = taken.written.len();
    if length < narrowest {
        return Err("年份的位数不够");
    }
    let near = match (word, length) {
        (_, 4) => value,
        (Word::YearRound(_), 2) if value < 50 => value + 2000,
        (Word::YearRound(_), 2) => value + 1900,
        (Word::YearRound(_), _) => return Err("年份要写两位或四位"),
        (_, _) if value < 70 => value + 2000,
        (_, _) if value < 100 => value + 1900,
        (_, _) if value < 520 => value + 2000,
        (_, _) => value + 1000,
    };
    Ok((near, after))
}

/// Reads a year such as `2,026`.
pub(super) fn grouped_year(rest: &str) -> Result<(u32, &str), &'static str> {
    let (thousands, others) = rest.split_once(',').ok_or("年份要写成 2,026 这样")?;
    let thousands: u32 = thousands.parse().map_err(|_| "年份要写成 2,026 这样")?;
    let (others, after) = digits(others, 3, false)?.value()?;
    let within = thousands.checked_mul(1000).filter(|year| *year < 10_000);
    Ok((within.ok_or("数字的位数太多")? + others, after))
}

/// Reads the fraction of a second, in microseconds.
pub(super) fn fraction(
    rest: &str,
    width: usize,
    runs_on: bool,
) -> Result<(u32, &str), &'static str> {
    let taken = digits(rest, width, runs_on)?;
    let (value, after) = taken.value()?;
    let missing = 6_usize.saturating_sub(taken.written.len());
    let scale = u32::try_from(missing).map_err(|_| "数字的位数太多")?;
    Ok((value * 10_u32.pow(scale), after))
}

/// Reads one of the names, whatever the case of its letters, and tells its place.
pub(super) fn named<'a, const N: usize>(
    rest: &'a str,
    names: [&str; N],
) -> Result<(u32, &'a str), &'static str> {
    for (place, name) in (0..).zip(names) {
        if let Some((written, after)) = rest.split_at_checked(name.len())
            && written.eq_ignore_ascii_case(name)
        {
            return Ok((place, after));
        }
    }
    Err("名称不认识（月和星期用英文名）")
}
