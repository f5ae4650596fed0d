//! The binary `weir`: web pages, commands and roles, over the four halves of the house.
//!
//! - [`config`]: read once, typed, validated.
//! - [`postgres`]: the private PostgreSQL server of one machine.
//! - [`roles`]: change capture and its lag, as a process runs them.
//! - [`cli`]: the commands.
//! - [`web`]: the pages.
//! - [`demo`]: a demo city, made through the engine's own functions.
//! - [`mod@bench`]: figures, each beside its limit in the same run.

pub mod bench;
pub mod cli;
pub mod config;
pub mod demo;
pub mod postgres;
pub mod roles;
pub mod web;
