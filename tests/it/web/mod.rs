//! The pages, asked as a browser asks.

mod browser;
mod doors;
mod keyboard;
mod pages;
mod people;
mod site;
mod wire;

pub(crate) use browser::Browser;
