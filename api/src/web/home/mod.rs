//! 首页: the figures of the city, live.

mod events;
mod page;
mod shared;
mod trend;
mod view;

use engine::access::Action;

use super::doors::Doors;

pub(super) use shared::Shared;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/home", Action::ReadHome, page::show)
        .page("/home/figures", Action::ReadHome, page::figures)
        .page("/home/events", Action::ReadHome, events::stream)
        .page("/home/trend.svg", Action::ReadHome, trend::svg)
        .page("/home/trend.png", Action::ReadHome, trend::png)
}
