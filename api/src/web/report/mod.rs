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

use super::doors::Doors;
use super::error::WebError;
use super::visitor::Visitor;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/report/verify", Action::ReadReports, verify::show)
        .page("/report/issued", Action::ReadReports, issued::list)
        // Under a number with an ending it is a file, and noted as one.
        .page("/report/{code}", Action::ReadReports, page::show)
        .page("/report/{code}/preview", Action::ReadReports, preview::show)
        .act("/report/{code}/print", Action::IssueReport, issue::print)
        .act("/report/{code}/excel", Action::IssueReport, issue::excel)
}

/// What a page says of a report: the day, and the outlet where a choice is left.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    day: Option<NaiveDate>,
    outlet: Option<i32>,
}

impl Asked {
    /// The parameters for a visitor: today unless said; the own outlet of who works at one, whatever is said.
    fn params(&self, visitor: &Visitor, today: NaiveDate) -> Params {
        Params::default()
            .with("day", self.day.unwrap_or(today).to_string())
            .with("outlet", self.outlet_of(visitor).to_string())
    }

    fn outlet_of(&self, visitor: &Visitor) -> i32 {
        let asked = self.outlet.unwrap_or(reports::params::ALL_OUTLETS);
        visitor.reach.outlet.map_or(asked, |own| own.0)
    }
}

fn known(code: &str) -> Result<&'static Report, WebError> {
    reports::find(code).ok_or(WebError::NotFound)
}
