//! The stories of the trade, in one test program.
//!
//! - [`city`]: a small Dongguan that every story starts from.
//! - [`journeys`]: what clerks, readers and banks do, and what the books say then.
//! - [`doors`]: who comes in, and the mark that each act leaves.
//! - [`ledger`]: what nobody can do to the books.
//! - [`wall`]: what the application's own login cannot do to them.
//! - [`laws`]: rules that hold for any figures.
//! - [`reports`]: what is printed, shown and handed on.
//! - [`scope`]: who sees what.
//! - [`agree`]: the same questions, asked of PostgreSQL and of the warehouse.
//! - [`differ`]: thousands of made-up questions, asked of both.
//! - [`outside`]: a database that somebody else runs.
//! - [`simulation`]: acts in any order, against a note book.
//! - [`restarts`]: processes that are killed at work.
//! - [`web`]: the pages.
//! - [`tidy`]: the tree keeps its shape.

mod city;
mod journeys;
mod doors;
mod ledger;
mod wall;
mod laws;
mod reports;
mod scope;
mod agree;
mod differ;
mod outside;
mod simulation;
mod restarts;
mod web;
mod tidy;
