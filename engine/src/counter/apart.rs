//! Fees that an outlet takes apart from the rest of a bill. 分项收费

use sqlx::PgConnection;
use terms::{FeeItem, OutletId, TownId};

use super::payment::CollectError;
use super::quoted::{Quote, QuotedCharge};
use super::store;
use crate::access::{Reach, Shown};

/// What an outlet may take alone, and from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The outlet.
    pub outlet: OutletId,
    /// Its town; none where it serves the whole city.
    pub town: Option<TownId>,
    /// Fees that it may take apart; most outlets take bills whole.
    pub fees: Vec<FeeItem>,
    /// True where it takes them and nothing else, whoever it serves: a sanitation station. 环卫所
    pub alone: bool,
}

/// What an outlet may take apart.
///
/// # Errors
/// The database cannot answer.
pub async fn apart(connection: &mut PgConnection, outlet: OutletId) -> Result<Apart, sqlx::Error> {
    let (town, fees, alone) = store::apart(connection, outlet).await?;
    Ok(Apart { outlet, town, fees, alone })
}

/// The fees of which somebody sees figures of an account.
///
/// # Errors
/// The database cannot answer.
pub async fn shown(connection: &mut PgConnection, reach: &Reach) -> Result<Shown, sqlx::Error> {
    match reach.outlet {
        Some(outlet) => Ok(apart(connection, outlet).await?.shown(reach)),
        None => Ok(Shown::everywhere(reach)),
    }
}

impl Apart {
    /// The town in which the outlet collects fees alone, whoever serves its accounts; none where it is no such outlet.
    pub fn collects_in(&self) -> Option<TownId> {
        self.town.filter(|_| !self.fees.is_empty())
    }

    /// True where bills of an account that `serves` serves are taken whole here.
    pub fn takes_whole(&self, serves: OutletId) -> bool {
        serves == self.outlet && !self.alone
    }

    /// The fees of which people of this outlet, within their reach, see figures of an account.
    pub fn shown(&self, reach: &Reach) -> Shown {
        Shown::at(reach, self.outlet, &self.fees, self.alone)
    }

    /// The fees that are taken here of an account that `serves` serves in `town`, where some are asked for or none;
    /// none where its bills are taken whole.
    ///
    /// # Errors
    /// Another outlet serves the account, or a fee is not taken apart here.
    pub fn fees_of(
        &self,
        (serves, town): (OutletId, TownId),
        asked: &[FeeItem],
    ) -> Result<Option<Vec<FeeItem>>, CollectError> {
        let is_here = self.collects_in() == Some(town);
        if let Some(fee) = asked.iter().find(|fee| !self.fees.contains(fee)) {
            return Err(if serves == self.outlet || is_here {
                CollectError::NotApart(*fee)
            } else {
                CollectError::OtherOutlet
            });
        }
        match asked {
            [] if self.takes_whole(serves) => Ok(None),
            _ if serves != self.outlet && !is_here => Err(CollectError::OtherOutlet),
            [] => Ok(Some(self.fees.clone())),
            asked => Ok(Some(asked.to_vec())),
        }
    }
}

/// Leaves of open charges what these fees come to; charges without them are left out.
pub(super) fn only(charges: Vec<QuotedCharge>, fees: &[FeeItem]) -> Vec<QuotedCharge> {
    let kept = charges.into_iter().map(|mut charge| {
        charge.lines.retain(|line| fees.contains(&line.fee_item));
        charge.sum_up();
        charge
    });
    kept.filter(|charge| !charge.lines.is_empty()).collect()
}

impl Quote {
    /// The same, of these fees alone.
    #[must_use]
    pub fn only(self, fees: &[FeeItem]) -> Self {
        let charges = only(self.charges, fees);
        Self::of(self.payer, self.day, charges, self.prepaid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_takes_its_fee_in_its_town_and_a_branch_takes_all() {
        use FeeItem::{Garbage, Water};
        let (branch, station) = (OutletId(1), OutletId(2));
        let (here, there) = (TownId(10), TownId(20));
        let of = |outlet, fees: &[FeeItem]| Apart {
            outlet,
            town: Some(here),
            fees: fees.to_vec(),
            alone: outlet == station,
        };
        let ask = |apart: &Apart, town, asked: &[FeeItem]| {
            apart.fees_of((branch, town), asked).map_err(|e| e.to_string())
        };
        assert_eq!(ask(&of(branch, &[]), here, &[]), Ok(None));
        assert!(ask(&of(branch, &[]), here, &[Garbage]).unwrap_err().contains("不能单独收取"));
        assert_eq!(ask(&of(branch, &[Garbage]), here, &[Garbage]), Ok(Some(vec![Garbage])));
        assert_eq!(ask(&of(station, &[Garbage]), here, &[]), Ok(Some(vec![Garbage])));
        assert!(ask(&of(station, &[Garbage]), here, &[Water]).unwrap_err().contains("水费"));
        let own = of(station, &[Garbage]).fees_of((station, here), &[]);
        assert_eq!(own.map_err(|e| e.to_string()), Ok(Some(vec![Garbage])));
        for asked in [&[][..], &[Garbage]] {
            assert!(ask(&of(station, &[Garbage]), there, asked).unwrap_err().contains("其他网点"));
            assert!(ask(&of(station, &[]), here, asked).unwrap_err().contains("其他网点"));
        }
    }
}
