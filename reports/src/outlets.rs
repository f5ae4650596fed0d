//! The outlets that a report can be asked for. 征收点

use terms::OutletId;
use warehouse::{Person, Pinned, Row, WarehouseError};

/// The organisations that take money, by id and name.
///
/// # Errors
/// The warehouse cannot answer.
pub async fn outlets(
    pinned: &Pinned,
    who: &Person,
) -> Result<Vec<(OutletId, String)>, WarehouseError> {
    let answer = pinned.query(who, include_str!("outlets.sql"), &[]).await?;
    let outlet = |row: Row<'_>| -> Result<_, WarehouseError> {
        let name = row.text("name")?.unwrap_or_default().to_owned();
        Ok((OutletId(row.id("id")?.unwrap_or_default()), name))
    };
    answer.rows().map(outlet).collect()
}
