//! 统计报表: preview of the live books, paper and work book on a snapshot, and the proof of old numbers.

mod file;
mod issue;
mod issued;
mod page;
mod preview;
mod verify;

use chrono::NaiveDate;
use engine::access::Action;
use reports::{Params, Report};
use serde::Deserialize;
use terms::Role;

use super::doors::{Doors, Who};
use super::error::WebError;
use super::visitor::Visitor;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/report/verify", Who::Person, verify::show)
        .page("/report/issued", Who::Person, issued::list)
        // Under a number with an ending it is a file, and noted as one.
        .page("/report/{code}", Who::Person, page::show)
        .page("/report/{code}/preview", Who::Person, preview::show)
        .act("/report/{code}/print", Who::Person, Action::IssueReport, issue::print)
        .act("/report/{code}/excel", Who::Person, Action::IssueReport, issue::excel)
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
