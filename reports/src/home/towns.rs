//! 镇街图: the 33 towns as squares, about where they lie, and their places by 收缴率.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use terms::{Money, TownId};

use super::read::{Read, TownFigures};
use super::wan::{percent, wan};

/// A town in the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Town {
    /// Its division code.
    pub id: TownId,
    /// Its short name.
    pub name: String,
    /// Row of the grid, from 0 in the north.
    pub row: u8,
    /// Column of the grid, from 0 in the west.
    pub column: u8,
    /// False where the person may see no row of it, or it has none.
    pub seen: bool,
    /// Settled in percent of what was charged this year, one decimal; none without charges. 收缴率
    pub rate: Option<Decimal>,
    /// The rate as it is read: `94.9%`.
    pub rate_text: String,
    /// Depth of its colour, from 0 to 9.
    pub level: u8,
    /// Its place by rate, from 1; equal rates share a place.
    pub place: Option<u16>,
    /// Places won (or lost, below nothing) against last year's same day.
    pub moved: Option<i16>,
    /// Charged this year, yuan.
    pub charged: Money,
    /// Taken this year, net of reversals; with late fees, and with what was stored, yuan. All towns together are the
    /// tile 本年累计. 实收
    pub taken: Money,
    /// The same in 万元.
    pub taken_text: String,
    /// Still open of all charges, yuan. 欠费
    pub open: Money,
    /// The same in 万元.
    pub open_text: String,
}

/// What the colours of the grid mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// The rate of the palest colour, in percent.
    pub low: i64,
    /// The rate of the deepest, in percent.
    pub high: i64,
}

/// Where a town lies in the grid.
pub(super) struct Place {
    id: i32,
    pub(super) name: &'static str,
    row: u8,
    column: u8,
}

impl Place {
    pub(super) fn town(&self) -> TownId {
        TownId(self.id)
    }
}

const fn place(id: i32, name: &'static str, row: u8, column: u8) -> Place {
    Place { id: 441_900_000 + id, name, row, column }
}

/// All 33, from the north-west to the south; schematic, not a map.
pub(super) const PLACES: [Place; 33] = [
    place(128, "中堂", 0, 1),
    place(129, "高埗", 0, 3),
    place(101, "石碣", 0, 4),
    place(102, "石龙", 0, 5),
    place(104, "石排", 0, 6),
    place(105, "企石", 0, 7),
    place(107, "桥头", 0, 8),
    place(126, "麻涌", 1, 0),
    place(127, "望牛墩", 1, 1),
    place(5, "万江", 1, 2),
    place(6, "莞城", 1, 3),
    place(3, "东城", 1, 4),
    place(103, "茶山", 1, 5),
    place(106, "横沥", 1, 6),
    place(110, "常平", 1, 7),
    place(108, "谢岗", 1, 8),
    place(125, "洪梅", 2, 0),
    place(124, "道滘", 2, 1),
    place(4, "南城", 2, 3),
    place(111, "寮步", 2, 4),
    place(109, "东坑", 2, 5),
    place(112, "樟木头", 2, 7),
    place(123, "沙田", 3, 0),
    place(122, "厚街", 3, 2),
    place(401, "松山湖", 3, 3),
    place(113, "大朗", 3, 4),
    place(114, "黄江", 3, 5),
    place(115, "清溪", 3, 7),
    place(121, "虎门", 4, 1),
    place(118, "大岭山", 4, 3),
    place(116, "塘厦", 4, 5),
    place(117, "凤岗", 4, 7),
    place(119, "长安", 5, 2),
];

/// Every town with its figures, in the order of the grid.
pub(super) fn all(read: &Read) -> (Vec<Town>, Scale) {
    let figures = |place: &Place| read.towns.get(&place.town()).copied();
    let rate = |f: TownFigures| percent(f.settled, f.charged, 1);
    let rate_before = |f: TownFigures| percent(f.settled_before, f.charged_before, 1);
    let rates: Vec<Decimal> = PLACES.iter().filter_map(|place| rate(figures(place)?)).collect();
    let rates_before: Vec<Decimal> =
        PLACES.iter().filter_map(|place| rate_before(figures(place)?)).collect();
    let scale = scale(&rates);
    let towns = PLACES.iter().map(|place| {
        let seen = figures(place);
        let f = seen.unwrap_or_default();
        let standing = rate(f).map(|rate| rank(rate, &rates));
        let before = rate_before(f).map(|rate| rank(rate, &rates_before));
        Town {
            id: place.town(),
            name: place.name.to_owned(),
            row: place.row,
            column: place.column,
            seen: seen.is_some(),
            rate: rate(f),
            rate_text: rate(f).map_or_else(|| "—".to_owned(), |rate| format!("{rate}%")),
            level: rate(f).map_or(0, |rate| scale.level(rate)),
            place: standing,
            moved: standing
                .zip(before)
                .and_then(|(now, before)| i16::try_from(i32::from(before) - i32::from(now)).ok()),
            charged: f.charged,
            taken: f.taken,
            taken_text: wan(f.taken),
            open: f.open,
            open_text: wan(f.open),
        }
    });
    (towns.collect(), scale)
}

/// Towns that have a rate, the best first; equal rates in the order of the grid.
pub(super) fn ranked(towns: &[Town]) -> Vec<Town> {
    let mut ranked: Vec<Town> = towns.iter().filter(|town| town.place.is_some()).cloned().collect();
    ranked.sort_by_key(|town| town.place);
    ranked
}

fn rank(rate: Decimal, rates: &[Decimal]) -> u16 {
    let better = rates.iter().filter(|other| **other > rate).count();
    u16::try_from(better + 1).unwrap_or(u16::MAX)
}

/// From the ten below the worst to a hundred.
fn scale(rates: &[Decimal]) -> Scale {
    let worst = rates.iter().min().and_then(ToPrimitive::to_i64).unwrap_or(90);
    Scale { low: (worst.clamp(0, 99) / 10 * 10).min(90), high: 100 }
}

impl Scale {
    fn level(&self, rate: Decimal) -> u8 {
        let steps = (rate - Decimal::from(self.low)) * Decimal::from(9)
            / Decimal::from(self.high - self.low);
        steps.round().to_u8().unwrap_or(0).min(9)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn thirty_three_towns_have_a_square_each() {
        let squares: BTreeSet<_> = PLACES.iter().map(|p| (p.row, p.column)).collect();
        let ids: BTreeSet<_> = PLACES.iter().map(|p| p.id).collect();
        assert_eq!((squares.len(), ids.len()), (33, 33));
        let register = include_str!("../../../engine/data/towns.csv");
        for place in &PLACES {
            assert!(register.contains(&format!("{},{}", place.id, place.name)), "{}", place.name);
        }
    }

    #[test]
    fn equal_rates_share_a_place() {
        let mut read = Read::default();
        for (id, settled) in
            [(441_900_128, 90), (441_900_129, 80), (441_900_101, 90), (441_900_102, 70)]
        {
            let figures = TownFigures {
                charged: Money::from_fen(100),
                settled: Money::from_fen(settled),
                ..TownFigures::default()
            };
            read.towns.insert(TownId(id), figures);
        }
        let (towns, scale) = all(&read);
        assert_eq!(towns.len(), 33);
        assert_eq!(scale.low, 70);
        let places: Vec<_> =
            ranked(&towns).iter().map(|t| (t.name.clone(), t.place.unwrap(), t.level)).collect();
        assert_eq!(
            places,
            [
                ("中堂".into(), 1, 6),
                ("石碣".into(), 1, 6),
                ("高埗".into(), 3, 3),
                ("石龙".into(), 4, 0)
            ]
        );
    }
}
