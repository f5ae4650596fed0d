//! 统计报表: preview of the live books, paper and work book on a snapshot, and the proof of old numbers.

mod file;
mod issue;
mod issued;
mod page;
mod preview;
mod verify;

use axum::Router;
use axum::routing::{get, post};
use chrono::NaiveDate;
use reports::{Params, Report};
use serde::Deserialize;
use terms::Role;

use super::App;
use super::error::WebError;
use super::visitor::Visitor;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/report/verify", get(verify::show))
        .route("/report/issued", get(issued::list))
        .route("/report/{code}", get(page::show))
        .route("/report/{code}/preview", get(preview::show))
        .route("/report/{code}/print", post(issue::print))
        .route("/report/{code}/excel", post(issue::excel))
}

/// What a page says of a report: the day, and the outlet where a choice is left.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    day: Option<NaiveDate>,
    outlet: Option<i32>,
}

impl Asked {
    /// The parameters for a visitor: today unless said; a clerk's own outlet whatever is said.
    fn params(&self, visitor: &Visitor, today: NaiveDate) -> Params {
        Params::default()
            .with("day", self.day.unwrap_or(today).to_string())
            .with("outlet", self.outlet_of(visitor).to_string())
    }

    fn outlet_of(&self, visitor: &Visitor) -> i32 {
        match visitor.role {
            Role::Clerk => visitor.outlet.map_or(-1, |outlet| outlet.0),
            _ => self.outlet.unwrap_or(reports::params::ALL_OUTLETS),
        }
    }
}

fn known(code: &str) -> Result<&'static Report, WebError> {
    reports::find(code).ok_or(WebError::NotFound)
}
