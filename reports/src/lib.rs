//! The reports: values, laid out once, drawn as page, paper and work book.
//!
//! A report is a value ([`Report`]): what it asks, its SQL, its columns, its totals. One pipeline makes
//! everything from it: parameters → a pinned snapshot → rows → the laid-out report ([`LaidOut`]: pages,
//! sums, capitals, signatures, proofs, as data) → HTML, PDF, XLSX, CSV, JSON. The renderers only draw,
//! so screen, paper and work book cannot differ.
//!
//! - [`report`]: the vocabulary of a definition, [`mod@column`]: its columns.
//! - [`params`]: what the reader fills in, checked.
//! - [`cell`], [`table`]: figures read from the warehouse, formatted once.
//! - [`laid_out`], [`layout`]: the laid-out report, and how it is made; `question`: what it asks.
//! - [`outlets()`]: whose report it may be.
//! - [`checks`]: the proofs that stand beside a report. 勾稽
//! - [`collection`]: 收费统计日报表, 每日收费明细表.
//! - [`mod@render`]: the five drawings of a laid-out report.
//! - [`archive`]: numbered reports that can be made again, byte for byte. 打印记录
//! - [`home`]: the figures of the homepage. 首页
//! - [`chart`]: charts as values, drawn for paper.
//! - [`seals`]: the digests of closed days and months, made again. 封账
//! - [`extract`]: an extraction written to a file, whole or not at all. 数据提取

pub mod column;
pub mod report;
pub mod params;
pub mod cell;
pub mod table;
pub mod laid_out;
pub mod layout;
mod question;
pub mod checks;
pub mod collection;
pub mod render;
pub mod archive;
pub mod home;
pub mod chart;
pub mod seals;
pub mod extract;

mod error;
mod fonts;
mod outlets;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod story;

pub use archive::{Archive, Verdict};
pub use error::ReportError;
pub use laid_out::{LaidOut, Made};
pub use layout::lay_out;
pub use outlets::outlets;
pub use params::Params;
pub use render::{Format, render, render_html_fragment, render_queued};
pub use report::Report;

/// Every report, in the order of the menu.
pub fn all() -> &'static [&'static Report] {
    static ALL: [&Report; 2] = [&collection::DAILY_COLLECTION, &collection::DAILY_DETAIL];
    &ALL
}

/// The report of a code such as `daily-collection`.
pub fn find(code: &str) -> Option<&'static Report> {
    all().iter().find(|report| report.code == code).copied()
}
