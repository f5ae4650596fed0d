//! The analytical store: one SQL door to the captured tables, for reports, pages and people alike.
//!
//! `ingest` hands over the tables as a [`tables::Cut`]: pinned files and the hot rows of one log position.
//! A [`Warehouse`] gives a [`Pinned`] view of one such cut; every statement on it is somebody's ([`Person`]),
//! sees only that person's rows and columns, is bounded in time and memory, and can only read.
//!
//! Read in this order:
//! - [`warehouse`](Warehouse): where the cuts come from; now, a snapshot, or a moment in the past.
//! - `pinned`: what can be asked of one cut.
//! - `person`: who asks. `scope`: the rows that person may see. `mask`: what is blotted out of them.
//! - `spaced`: what the parser would not read. `words`: how many of them. `guard`: which statements are let in, and of
//!   what `extent`; `ignored`:
//!   clauses that a planner would pass over.
//! - `functions`: which functions they may call.
//! - `regex`: regular expressions of PostgreSQL in the words of Rust's, `case`: capitals and small letters, `blanks`:
//!   what is passed over round a value.
//! - `span`: lengths of time, `clock`: days and hours, `list`: lists, `float`: floats, as PostgreSQL writes them.
//! - `patterns`: `to_char` and its like, with the patterns of PostgreSQL and Oracle.
//! - `views`: the business views of the trade. `dictionary`: names, units and meanings for people.
//! - `session`: the one way to get a DataFusion session. `statement`: one statement in it, from text to plan; `written`:
//!   how large its values become on the way.
//! - `dialect`: what PostgreSQL means by a statement, where DataFusion would mean something else.
//! - `rules`: the rules that plan it, ours among DataFusion's.
//! - `table`: pinned files and hot rows as a DataFusion table. `figures`: what is known of them without reading.
//! - `totals`: the one question that exact figures answer.
//! - `fence`: keeps a reader's expressions off hidden rows. `fenced_view`: a view over rows that stay hidden.
//! - `whole_answers`: one row of a sum stays one. `unkeyed`: no column is believed to be a key.
//! - `whole_keys`: the first rows of several partitions. `stop`: what is carried no further. `skipped`: rows below an
//!   OFFSET. `weight`: what values weigh. `short`: what is put beside many rows. `charged`: what functions make counts.
//!   `soundness`: the last look at a plan before it runs.
//! - `run`: threads, deadline, memory; `yielding`: joins that can be stopped. `answer`: typed values out of the result.
//! - `error`: what is said when it does not work, in plain Chinese.

mod answer;
mod blanks;
mod case;
mod charged;
mod clock;
mod dialect;
mod dictionary;
mod error;
mod extent;
mod float;
mod fence;
mod fenced_view;
mod figures;
mod functions;
mod guard;
mod ignored;
mod items;
mod list;
mod mask;
mod patterns;
mod person;
mod pinned;
mod regex;
mod rules;
mod run;
mod scope;
mod session;
mod short;
mod skipped;
mod soundness;
mod spaced;
mod span;
mod statement;
mod stop;
mod table;
mod totals;
mod unkeyed;
mod views;
mod warehouse;
mod weight;
mod whole_answers;
mod whole_keys;
mod words;
mod written;
mod yielding;

pub use answer::{Answer, Row, Value};
pub use dictionary::{ColumnDoc, TableDoc, TableKind};
pub use error::{Told, WarehouseError};
pub use person::{Person, Scope};
pub use pinned::{Param, Pinned};
pub use run::{Limits, Rows};
pub use warehouse::{AsOf, Warehouse};

#[cfg(test)]
mod tests;
