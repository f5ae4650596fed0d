//! Reads the rows of a reading file: which columns, which moment, which index.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use terms::{Volume, shanghai};

use super::accept::{Column, Refusal};
use super::entered::Source;
use super::imported::{ImportError, RefusedRow};
use super::sheet::{Sheet, SheetError};

/// Titles under which each column is known.
const METER: [&str; 5] = ["水表号", "表身码", "水表编号", "表号", "水表表号"];
const READ_AT: [&str; 5] = ["抄表时间", "抄表日期", "本期抄表时间", "本期抄表日期", "抄表日"];
const END_INDEX: [&str; 6] = ["本期止码", "止码", "本期读数", "本次止码", "本次读数", "抄码"];
/// What is looked for, each under its first title.
const TITLES: [(&str, &[&str]); 3] =
    [("水表号", &METER), ("抄表时间", &READ_AT), ("本期止码", &END_INDEX)];
/// Years in which a meter may have been read; any other is typed wrong.
pub(super) const YEARS: RangeInclusive<i32> = 1990..=2100;
/// Rows above the titles, such as the name of the book.
const HEADING_ROWS: usize = 5;

/// A row that reads as a reading.
pub(super) struct GoodRow {
    pub(super) row: usize,
    pub(super) meter: String,
    pub(super) read_at: DateTime<Utc>,
    pub(super) end_index: Volume,
    as_written: [String; 2],
}

impl GoodRow {
    pub(super) fn refuse(&self, refusal: Refusal) -> RefusedRow {
        let value = match refusal.column {
            Column::Meter => &self.meter,
            Column::ReadAt => &self.as_written[0],
            Column::EndIndex => &self.as_written[1],
        };
        RefusedRow {
            row: self.row,
            meter: self.meter.clone(),
            column: refusal.column,
            value: value.clone(),
            reason: refusal.reason,
        }
    }
}

/// What a file says.
pub(super) struct Parsed {
    pub(super) rows: usize,
    pub(super) good: Vec<GoodRow>,
    pub(super) refused: Vec<RefusedRow>,
    pub(super) source: Source,
}

/// Reads the rows of a file; those that do not read as readings are refused here.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ImportError> {
    let sheet = Sheet::read(bytes, &|cell| TITLES.iter().any(|(_, names)| is_of(cell, names)))?;
    let (heading, columns) = find_columns(&sheet)?;
    let mut parsed = Parsed {
        rows: 0,
        good: Vec::new(),
        refused: Vec::new(),
        source: if sheet.is_excel { Source::Excel } else { Source::Csv },
    };
    let mut seen = HashSet::new();
    for (row, cells) in sheet.rows.into_iter().skip(heading + 1) {
        parsed.rows += 1;
        let [meter, read_at, end_index] =
            columns.map(|at| cells.get(at).cloned().unwrap_or_default());
        let mut refuse = |column, value: &str, reason: &str| {
            parsed.refused.push(RefusedRow {
                row,
                meter: meter.clone(),
                column,
                value: value.to_owned(),
                reason: reason.to_owned(),
            });
        };
        if meter.is_empty() {
            refuse(Column::Meter, "", "水表号为空");
            continue;
        }
        if !seen.insert(meter.clone()) {
            refuse(Column::Meter, &meter, "同一水表在文件中重复");
            continue;
        }
        let moment = moment(&read_at);
        if moment.is_none() {
            refuse(Column::ReadAt, &read_at, "不是日期，应如 2026-11-03 或 2026-11-03 09:30");
        }
        let index = index(&end_index);
        if let Err(reason) = index {
            refuse(Column::EndIndex, &end_index, reason);
        }
        if let (Some(moment), Ok(index)) = (moment, index) {
            parsed.good.push(GoodRow {
                row,
                meter,
                read_at: moment,
                end_index: index,
                as_written: [read_at, end_index],
            });
        }
    }
    if parsed.rows == 0 {
        return Err(SheetError::Empty.into());
    }
    Ok(parsed)
}

/// The place of the row of titles, and the columns of meter, time and index.
fn find_columns(sheet: &Sheet) -> Result<(usize, [usize; 3]), ImportError> {
    let mut missing = Vec::new();
    for (heading, (_, cells)) in sheet.rows.iter().enumerate().take(HEADING_ROWS) {
        let found = TITLES.map(|(_, names)| cells.iter().position(|cell| is_of(cell, names)));
        if let [Some(meter), Some(read_at), Some(end_index)] = found {
            for (column, names) in TITLES {
                let titles: Vec<_> = cells.iter().filter(|c| is_of(c, names)).cloned().collect();
                if titles.len() > 1 {
                    return Err(ImportError::DoubtfulColumn { column, titles });
                }
            }
            return Ok((heading, [meter, read_at, end_index]));
        }
        let lacking: Vec<_> =
            TITLES.iter().zip(found).filter(|(_, at)| at.is_none()).map(|(w, _)| w.0).collect();
        if missing.is_empty() || lacking.len() < missing.len() {
            missing = lacking;
        }
    }
    Err(ImportError::MissingColumns(missing))
}

/// True where a cell is one of these titles; blanks in it do not matter.
fn is_of(cell: &str, names: &[&str]) -> bool {
    names.contains(&cell.replace(' ', "").as_str())
}

/// A moment in Dongguan; a day alone is its midnight.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    const DAYS: [&str; 5] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"];
    const TIMES: [&str; 2] = ["%H:%M:%S", "%H:%M"];
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let day = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(day, format).ok())?;
    if !YEARS.contains(&day.year()) {
        return None;
    }
    let time = match time.trim() {
        "" => NaiveTime::MIN,
        time => TIMES.iter().find_map(|format| NaiveTime::parse_from_str(time, format).ok())?,
    };
    let local = NaiveDateTime::new(day, time).and_local_timezone(shanghai()).single()?;
    Some(local.with_timezone(&Utc))
}

/// An index in m³, written in plain digits.
fn index(text: &str) -> Result<Volume, &'static str> {
    if text.is_empty() {
        return Err("止码为空");
    }
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if text.strip_prefix('-').is_some_and(|rest| rest.parse::<Decimal>().is_ok()) {
        return Err("止码为负数");
    }
    if !digits(whole) || !digits(fraction) {
        return Err("不是数字");
    }
    if whole.len() > 11 {
        return Err("止码超出水表量程");
    }
    if fraction.trim_end_matches('0').len() > 3 {
        return Err("止码小数超过三位");
    }
    let value: Decimal = text.parse().map_err(|_| "不是数字")?;
    Volume::exact(value.normalize()).map_err(|_| "止码小数超过三位")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_many_ways() {
        for text in [
            "2026-11-03 09:30",
            "2026/11/3 9:30:00",
            "2026年11月3日 09:30",
            "20261103 09:30",
            "2026-11-03T09:30:00",
        ] {
            let moment = moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(moment.to_rfc3339(), "2026-11-03T01:30:00+00:00", "{text}");
        }
        assert_eq!(moment("2026-11-03").unwrap().to_rfc3339(), "2026-11-02T16:00:00+00:00");
        for text in ["", "三号", "2026-13-01", "46000", "2026-11-03 25:00", "0026-11-03"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn indices_are_plain_numbers() {
        assert_eq!(index("0123.50"), Ok("123.5".parse().unwrap()));
        assert_eq!(index("0"), Ok(Volume::ZERO));
        for (text, want) in [
            ("", "止码为空"),
            ("一百", "不是数字"),
            ("1e5", "不是数字"),
            ("-3", "止码为负数"),
            ("1.2345", "止码小数超过三位"),
            ("999999999999", "止码超出水表量程"),
            ("1.", "不是数字"),
        ] {
            assert_eq!(index(text), Err(want), "{text}");
        }
    }

    #[test]
    fn titles_may_stand_below_a_heading() {
        let file = "七月抄表,,\n序号,抄表日期,表身码,止码\n1,2026-07-03,M1,12\n2,昨天,M2,十二\n3,2026-07-03,M1,13\n";
        let parsed = parse(file.as_bytes()).unwrap();
        assert_eq!((parsed.rows, parsed.good.len()), (3, 1));
        let refused: Vec<_> =
            parsed.refused.iter().map(|r| (r.row, r.column.title(), r.value.as_str())).collect();
        assert_eq!(
            refused,
            [(4, "抄表时间", "昨天"), (4, "本期止码", "十二"), (5, "水表号", "M1")]
        );
    }

    #[test]
    fn of_two_columns_for_one_neither_is_taken() {
        let refused = |text: &str| parse(text.as_bytes()).err().map(|error| error.to_string());
        assert_eq!(
            refused("水表号,抄表时间,本次读数,本期止码\nM1,2026-11-03,3,4\n").unwrap(),
            "有2列都可作“本期止码”：本次读数、本期止码，请只保留一列"
        );
        assert_eq!(
            refused("表号,抄表日期,抄表时间,止码\nM1,2026-11-03,09:30,4\n").unwrap(),
            "有2列都可作“抄表时间”：抄表日期、抄表时间，请只保留一列"
        );
        assert_eq!(refused("水表号,抄表时间,上期止码,本期止码\nM1,2026-11-03,3,4\n"), None);
    }

    #[test]
    fn a_row_has_the_number_that_a_person_sees() {
        for end in ["\n", "\r\n", "\r"] {
            let file = "抄表\n\n水表号,抄表时间,本期止码\nM1,2026-11-03,x\n\n\"M\n2\",2026-11-03,y\nM3,2026-11-03,z\n";
            let parsed = parse(file.replace('\n', end).as_bytes()).unwrap();
            let rows: Vec<_> = parsed.refused.iter().map(|refused| refused.row).collect();
            // A line break in a cell makes no row.
            assert_eq!(rows, [4, 6, 7], "{end:?}");
        }
    }

    #[test]
    fn the_delimiter_is_what_parts_the_titles() {
        for file in [
            "水表号,抄表时间,本期止码\t\nM1,2026-11-03,4\t\n",
            "水表号\t,抄表时间\t,本期止码\t\nM1\t,2026-11-03\t,4\t\n",
            "七月抄表；第一册\t\n水表号;抄表时间;本期止码;备注,有问题\nM1;2026-11-03;4;无,无\n",
            "水表号\t抄表时间\t本期止码;m³\t本期止码\nM1\t2026-11-03\t\t4\n",
        ] {
            let parsed = parse(file.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!((parsed.good.len(), parsed.good[0].meter.as_str()), (1, "M1"), "{file}");
            assert_eq!(parsed.good[0].end_index, Volume::m3(4), "{file}");
        }
    }

    #[test]
    fn a_missing_column_is_named() {
        let Err(ImportError::MissingColumns(missing)) = parse("水表号,读数\nM1,3\n".as_bytes())
        else {
            panic!("two columns are missing");
        };
        assert_eq!(missing, ["抄表时间", "本期止码"]);
    }
}
