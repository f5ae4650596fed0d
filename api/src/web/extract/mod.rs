//! 数据提取: ask the warehouse freely, within one's own rows, and take the answer away as a file.

mod download;
mod jobs;
mod page;
mod run;
mod worker;

use engine::access::Action;

use super::doors::{Doors, Who};

pub(super) use worker::{Jobs, resume};

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/extract", Who::Extractor, page::show)
        .act("/extract/run", Who::Extractor, Action::AskSql, run::run)
        .page("/extract/jobs", Who::Extractor, jobs::list)
        .act("/extract/jobs", Who::Extractor, Action::OrderExport, jobs::order)
        .act("/extract/jobs/{id}/cancel", Who::Extractor, Action::CancelExport, jobs::cancel)
        .act("/extract/jobs/{id}/retry", Who::Extractor, Action::OrderExport, jobs::retry)
        .file("/extract/jobs/{id}/file", Who::Extractor, Action::FetchExport, download::file)
}
