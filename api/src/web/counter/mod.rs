//! 收费大厅: find the payer, take the money, hand over the receipt, close the day.

mod close;
mod collect;
mod day;
mod handover;
mod page;
mod quote;
pub(super) mod receipt;
mod request;
mod reverse;
mod search;
mod today;
mod void;

use engine::access::Action;

use super::doors::Doors;
#[cfg(test)]
pub(super) use collect::caller_key;
pub(super) use handover::counted;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/counter", Action::UseCounter, page::show)
        .page("/counter/today", Action::UseCounter, today::page)
        .page("/counter/handover", Action::CloseDay, handover::page)
        .page("/counter/receipt/{payment}", Action::UseCounter, receipt::show)
        .page("/counter/api/session", Action::UseCounter, page::session)
        .page("/counter/api/search", Action::UseCounter, search::find)
        .page("/counter/api/quote", Action::UseCounter, quote::read)
        .page("/counter/api/posted", Action::UseCounter, collect::posted)
        .act("/counter/api/collect", Action::Collect, collect::post)
        .act("/counter/api/request", Action::RequestReversal, request::post)
        .page("/counter/api/requests", Action::UseCounter, request::read)
        .act("/counter/api/reverse", Action::Reverse, reverse::post)
        .page("/counter/api/today", Action::UseCounter, today::read)
        .act("/counter/api/close", Action::CloseDay, close::post)
        .act("/counter/api/void", Action::VoidPaper, void::post)
}
