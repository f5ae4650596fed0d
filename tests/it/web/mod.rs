//! The pages, asked as a browser asks.

mod browser;
mod doors;
mod keyboard;
mod pages;
mod site;

pub(crate) use browser::Browser;
