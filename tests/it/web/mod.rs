//! The pages, asked as a browser asks.

mod again;
mod approvals;
mod browser;
mod doors;
mod keyboard;
mod pages;
mod people;
mod register;
mod site;
mod till;
mod wire;

pub(crate) use browser::Browser;
