//! The pages, asked as a browser asks.

mod again;
mod approvals;
mod browser;
mod doors;
mod events;
mod fields;
mod half;
mod keyboard;
mod pages;
mod people;
mod papers;
mod site;
mod till;
mod wire;

pub(crate) use browser::Browser;
