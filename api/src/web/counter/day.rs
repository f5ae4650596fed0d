//! Which day's sheet is asked for, and where it is.

use chrono::NaiveDate;
use engine::closing::{DayOf, organisations};
use serde::Deserialize;
use sqlx::PgConnection;
use terms::OutletId;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Clerk;

/// Which day; today unless said, at the clerk's outlet unless said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    day: Option<NaiveDate>,
    outlet: Option<OutletId>,
}

impl Asked {
    pub(super) fn of(&self, app: &App, clerk: &Clerk) -> DayOf {
        DayOf {
            cashier: clerk.visitor.user,
            outlet: self.outlet.unwrap_or(clerk.outlet),
            day: self.day.unwrap_or_else(|| app.0.clock.today()),
        }
    }
}

/// The name of the outlet where a sheet is, where that is not the clerk's own.
pub(super) async fn elsewhere(
    connection: &mut PgConnection,
    clerk: &Clerk,
    outlet: OutletId,
) -> Result<Option<String>, WebError> {
    if outlet == clerk.outlet {
        return Ok(None);
    }
    let all = organisations(connection).await?;
    Ok(all.into_iter().find(|o| o.id == outlet).map(|o| o.name))
}
