//! 首页: the figures of the city, live.

mod events;
mod page;
mod shared;
mod trend;
mod view;

use super::doors::{Doors, Who};

pub(super) use shared::Shared;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/home", Who::Reader, page::show)
        .page("/home/figures", Who::Reader, page::figures)
        .page("/home/events", Who::Reader, events::stream)
        .page("/home/trend.svg", Who::Reader, trend::svg)
        .page("/home/trend.png", Who::Reader, trend::png)
}
