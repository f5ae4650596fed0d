//! 数据提取: ask the warehouse freely, within one's own rows, and take the answer away as a file.

mod download;
mod jobs;
mod page;
mod run;
mod worker;

use engine::access::Action;

use super::doors::Doors;

pub(super) use page::scope_words;
pub(super) use worker::{Jobs, resume};

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/extract", Action::AskSql, page::show)
        .act("/extract/run", Action::AskSql, run::run)
        .page("/extract/jobs", Action::AskSql, jobs::list)
        .act("/extract/jobs", Action::OrderExport, jobs::order)
        .act("/extract/jobs/{id}/cancel", Action::CancelExport, jobs::cancel)
        .act("/extract/jobs/{id}/retry", Action::OrderExport, jobs::retry)
        .file("/extract/jobs/{id}/file", Action::FetchExport, download::file)
}
