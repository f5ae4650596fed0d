//! The pages, asked as a browser asks.

mod again;
mod approvals;
mod browser;
mod doors;
mod downloads;
mod keyboard;
mod late_answers;
mod narrowed;
mod pages;
mod people;
mod site;
mod till;
mod wire;

pub(crate) use browser::Browser;
