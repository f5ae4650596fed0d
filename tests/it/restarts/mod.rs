//! Processes that are killed in the middle of their work lose nothing and double nothing.

mod benches;
mod capture;
mod commands;
mod demo;
mod keep;
mod load;
mod outbox;
pub(crate) mod program;
mod roles;
mod whole;
