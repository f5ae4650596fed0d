//! The pages, asked as a browser asks.

mod again;
mod approvals;
mod browser;
mod closing;
mod doors;
mod downloads;
mod drafts;
mod events;
mod exports;
mod fields;
mod half;
mod haste;
mod keyboard;
mod late_answers;
mod lost;
mod narrowed;
mod orders;
mod own_rows;
mod pages;
mod papers;
mod people;
mod register;
mod site;
mod slow;
mod station;
mod till;
mod till_keys;
mod told;
mod unfit;
mod wire;

pub(crate) use browser::Browser;
