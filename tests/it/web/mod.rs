//! The pages, asked as a browser asks.

mod again;
mod approvals;
mod browser;
mod doors;
mod exports;
mod keyboard;
mod pages;
mod people;
mod site;
mod till;
mod unfit;
mod wire;

pub(crate) use browser::Browser;
