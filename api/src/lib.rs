//! The binary `weir`: web pages, commands and roles, over the four halves of the house.
//!
//! - [`config`]: read once, typed, validated.
//! - [`roles`]: change capture and its lag, as a process runs them.
//! - [`keep`]: capture and private server are started again when they have ended by themselves.
//! - [`mod@reader`]: a person of the books as a reader of the warehouse.
//! - [`cli`]: the commands.
//! - [`web`]: the pages.
//!
//! Beside it: `cluster` is the private PostgreSQL server, `lab` the demo city and the benchmarks.

pub mod cli;
pub mod config;
pub mod keep;
mod reader;
pub mod roles;
pub mod web;

pub use reader::reader;
