//! Where the city's accounts are: one book for each outlet that collects, and for each town without one.

use anyhow::ensure;
use engine::register::{self, NewBook};
use sqlx::PgPool;
use terms::{BookId, SystemClock, TownId};

use super::outlet::{CLERK_TOWN, Outlet};
use super::people::Readers;
use super::store;

/// Towns whose own outlets are not in the list of organisations, which is cut at its row 169: a
/// neighbour collects.
const NEIGHBOURS: [(&str, &str); 9] = [
    ("万江", "莞城"),
    ("中堂", "高埗"),
    ("望牛墩", "洪梅"),
    ("樟木头", "塘厦"),
    ("谢岗", "桥头"),
    ("长安", "虎门"),
    ("黄江", "大朗"),
    ("南城", "莞城"),
    ("松山湖", "大朗"),
];

/// A book: accounts of one town that one outlet collects from.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) town: TownId,
    pub(super) town_name: String,
    /// Villages of the town: code and name.
    pub(super) villages: Vec<(String, String)>,
    /// Place in the list of outlets.
    pub(super) outlet: usize,
    pub(super) book: BookId,
    /// Share of the city's accounts.
    pub(super) weight: u32,
}

/// Opens the books that are missing.
pub(super) async fn open_books(
    pool: &PgPool,
    outlets: &[Outlet],
    readers: &[Readers],
) -> anyhow::Result<Vec<Place>> {
    ensure!(!outlets.is_empty(), "no organisation collects: load the reference data first");
    let mut places = Vec::new();
    let mut books = Vec::new();
    for (town, town_name) in store::towns(pool).await? {
        let own: Vec<usize> = (0..outlets.len()).filter(|i| outlets[*i].town == town).collect();
        let neighbour =
            NEIGHBOURS.iter().find(|(short, _)| *short == town_name).map(|(_, near)| *near);
        let near = outlets.iter().position(|outlet| Some(outlet.town_name.as_str()) == neighbour);
        let serving = if own.is_empty() { vec![near.unwrap_or(0)] } else { own };
        let villages = store::villages(pool, town).await?;
        for outlet in serving {
            let number = books.len() + 1;
            books.push(NewBook {
                town,
                outlet: outlets[outlet].id,
                code: format!("B{number:03}"),
                name: format!("{town_name}第{number}册"),
                reader: Some(readers[outlet].reader),
            });
            let weight = match outlets[outlet].kind.as_str() {
                _ if town_name == CLERK_TOWN => 6,
                "waterworks" => 1,
                _ => 3,
            };
            places.push((town, town_name.clone(), villages.clone(), outlet, weight));
        }
    }
    let known = store::books(pool).await?;
    let missing: Vec<NewBook> =
        books.iter().filter(|book| !known.contains_key(&book.code)).cloned().collect();
    if !missing.is_empty() {
        register::open_books(pool, &SystemClock, None, &missing).await?;
    }
    let known = store::books(pool).await?;
    let placed = places.into_iter().zip(&books).filter_map(
        |((town, town_name, villages, outlet, weight), book)| {
            Some(Place { town, town_name, villages, outlet, book: *known.get(&book.code)?, weight })
        },
    );
    Ok(placed.collect())
}
