//! Whose the money of a line is.

use std::collections::HashMap;

use terms::{FeeItem, OrganisationId, TownId};

use super::assess::Line;
use super::why::Why;
use crate::tariff::PricedLine;

/// For whom each town's sewage and garbage fees are collected, on one day.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners(pub(super) HashMap<(TownId, FeeItem), OrganisationId>);

impl Owners {
    /// Whose a fee of a town is.
    pub(super) fn of(&self, town: TownId, fee_item: FeeItem) -> Option<OrganisationId> {
        self.0.get(&(town, fee_item)).copied()
    }

    /// Water and the surcharge are the supplier's; the other fees belong to the agency of the town.
    pub(super) fn assign(
        &self,
        town: TownId,
        supplier: OrganisationId,
        lines: Vec<PricedLine>,
    ) -> Result<Vec<Line>, Why> {
        let owned = |priced: PricedLine| {
            let owner = match priced.fee_item {
                FeeItem::Water | FeeItem::Overquota => Some(supplier),
                agency => self.of(town, agency),
            };
            let owner = owner.ok_or(Why::NoOwner(priced.fee_item))?;
            Ok(Line { owner, priced })
        };
        lines.into_iter().map(owned).collect()
    }
}
