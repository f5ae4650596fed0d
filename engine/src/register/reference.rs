//! Towns, villages, organisations and the calendar that every Weir starts with, from embedded tables.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use terms::Clock;

use super::place::{CalendarDay, Organisation, Town, Village};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{commit, undone, write};

const TOWNS: &str = include_str!("../../data/towns.csv");
const VILLAGES: &str = include_str!("../../data/villages.csv");
const UNITS: &str = include_str!("../../data/units.csv");
const CALENDAR: &str = include_str!("../../data/calendar-cn.json");

/// Functional zones that are not among the platform's 33 towns: 东莞港, 东莞生态园, 滨海湾新区.
const NOT_TOWNS: [i32; 3] = [441_900_402, 441_900_403, 441_900_404];

/// What [`load_reference`] found in the embedded tables; all of it is in the database afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReferenceReport {
    /// 镇街, 33.
    pub towns: usize,
    /// 村、社区 of these towns.
    pub villages: usize,
    /// Villages of zones that are not among the towns.
    pub villages_skipped: usize,
    /// 机构, 168.
    pub organisations: usize,
    /// Days that differ from the plain week.
    pub calendar_days: usize,
}

/// Reference data that could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// An organisation stands under a town that is not known.
    #[error("机构“{unit}”所属镇街“{town}”未知")]
    UnknownTown {
        /// As the table writes it.
        town: String,
        /// The organisation.
        unit: String,
    },
    /// An embedded table does not read.
    #[error("内置基础资料有误：{0}")]
    Table(#[from] csv::Error),
    /// The embedded calendar does not read.
    #[error("内置日历有误：{0}")]
    Calendar(#[from] serde_json::Error),
    /// The database failed.
    #[error("{}", undone(.0, "基础资料未装入"))]
    Database(#[from] sqlx::Error),
}

#[derive(Debug, Deserialize)]
struct Unit {
    seq: u32,
    town: String,
    unit: String,
    kind: String,
    business: String,
}

/// Days by date, with their names in two languages.
#[derive(Debug, Deserialize)]
struct Calendar {
    holidays: BTreeMap<NaiveDate, String>,
    workdays: BTreeMap<NaiveDate, String>,
}

/// Puts in the reference data; what stands already is left as it is.
///
/// # Errors
/// See [`ReferenceError`].
pub async fn load_reference(
    pool: &PgPool,
    clock: &dyn Clock,
) -> Result<ReferenceReport, ReferenceError> {
    let towns = towns()?;
    let (villages, villages_skipped) = villages(&towns)?;
    let organisations = organisations(&towns)?;
    let days = calendar()?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let mut entered = store::insert_towns(&mut tx, &towns).await?;
        entered += store::insert_villages(&mut tx, &villages).await?;
        entered += store::insert_organisations(&mut tx, &organisations).await?;
        entered += store::insert_fee_owners(&mut tx).await?;
        entered += store::insert_fees_apart(&mut tx).await?;
        entered += store::insert_calendar(&mut tx, &days).await?;
        if entered > 0 {
            let act = Act::new(Action::LoadReference, None, format!("基础资料 {entered} 条"));
            access::mark(&mut tx, &act, now).await?;
        }
        commit(tx).await?;
        Ok(ReferenceReport {
            towns: towns.len(),
            villages: villages.len(),
            villages_skipped,
            organisations: organisations.len(),
            calendar_days: days.len(),
        })
    })
    .await
}

fn towns() -> Result<Vec<Town>, csv::Error> {
    let towns: Vec<Town> =
        csv::Reader::from_reader(TOWNS.as_bytes()).deserialize().collect::<Result<_, _>>()?;
    Ok(towns.into_iter().filter(|town| !NOT_TOWNS.contains(&town.code)).collect())
}

/// The villages of the towns, joined by code, and the number of the others.
fn villages(towns: &[Town]) -> Result<(Vec<Village>, usize), csv::Error> {
    let known: BTreeSet<i32> = towns.iter().map(|town| town.code).collect();
    let all: Vec<Village> =
        csv::Reader::from_reader(VILLAGES.as_bytes()).deserialize().collect::<Result<_, _>>()?;
    let (ours, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|village| known.contains(&village.town));
    Ok((ours, others.len()))
}

fn organisations(towns: &[Town]) -> Result<Vec<Organisation>, ReferenceError> {
    let codes: BTreeMap<&str, i32> =
        towns.iter().map(|town| (town.short_name(), town.code)).collect();
    let mut organisations = Vec::new();
    for row in csv::Reader::from_reader(UNITS.as_bytes()).deserialize() {
        let mut unit: Unit = row?;
        // The appendix prints 企石分局 once more under 桥头: a slip of the pen.
        if unit.seq == 119 {
            unit.unit = unit.unit.replace("企石", "桥头");
        }
        let town = match unit.town.as_str() {
            "东莞市" | "市政府" => None,
            "东城区" | "南城区" | "莞城区" => {
                codes.get(unit.town.trim_end_matches('区')).copied()
            }
            short => codes.get(short).copied(),
        };
        if town.is_none() && !matches!(unit.town.as_str(), "东莞市" | "市政府") {
            return Err(ReferenceError::UnknownTown { town: unit.town, unit: unit.unit });
        }
        organisations.push(Organisation {
            town,
            name: unit.unit,
            kind: unit.kind,
            business: unit.business,
        });
    }
    Ok(organisations)
}

fn calendar() -> Result<Vec<CalendarDay>, serde_json::Error> {
    let calendar: Calendar = serde_json::from_str(CALENDAR)?;
    let days = |days: BTreeMap<NaiveDate, String>, kind| {
        days.into_iter().map(move |(day, names)| CalendarDay {
            day,
            kind,
            // `Spring Festival,春节,4`: English, Chinese, days off by law.
            name: names.split(',').nth(1).unwrap_or(&names).to_owned(),
        })
    };
    Ok(days(calendar.holidays, "holiday").chain(days(calendar.workdays, "working")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_the_city() {
        let towns = towns().unwrap();
        assert_eq!(towns.len(), 33);
        assert_eq!(towns[0].short_name(), "东城");
        assert_eq!(towns[32].short_name(), "松山湖");
        let (villages, skipped) = villages(&towns).unwrap();
        assert_eq!((villages.len() + skipped, skipped), (609, 3));
        assert_eq!(calendar().unwrap().len(), 769);
    }

    #[test]
    fn every_organisation_has_a_town_and_a_kind() {
        let organisations = organisations(&towns().unwrap()).unwrap();
        let mut kinds = BTreeMap::new();
        for organisation in &organisations {
            *kinds.entry(organisation.kind.as_str()).or_insert(0) += 1;
        }
        let names: BTreeSet<_> = organisations.iter().map(|o| &o.name).collect();
        assert_eq!(names.len(), 168, "names are unique");
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            [
                ("ecology", 26),
                ("finance", 26),
                ("garbage", 25),
                ("municipal", 4),
                ("sanitation_station", 32),
                ("water_branch", 43),
                ("waterworks", 12),
            ]
        );
    }
}
