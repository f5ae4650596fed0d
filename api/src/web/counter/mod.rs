//! 收费大厅: find the payer, take the money, hand over the receipt, close the day.

mod close;
mod collect;
mod page;
mod quote;
mod receipt;
mod reverse;
mod search;
mod today;

use engine::access::Action;

use super::doors::{Doors, Who};

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/counter", Who::Clerk, page::show)
        .page("/counter/today", Who::Clerk, today::page)
        .page("/counter/receipt/{payment}", Who::Clerk, receipt::show)
        .page("/counter/api/session", Who::Clerk, page::session)
        .page("/counter/api/search", Who::Clerk, search::find)
        .page("/counter/api/quote", Who::Clerk, quote::read)
        .page("/counter/api/posted", Who::Clerk, collect::posted)
        .act("/counter/api/collect", Who::Clerk, Action::Collect, collect::post)
        .act("/counter/api/reverse", Who::Clerk, Action::Reverse, reverse::post)
        .page("/counter/api/today", Who::Clerk, today::read)
        .act("/counter/api/close", Who::Clerk, Action::CloseDay, close::post)
}
