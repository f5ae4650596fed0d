//! Change capture: PostgreSQL's write-ahead log in, Parquet tables and a cut of rows in memory out.
//!
//! **The promise.** Each committed transaction up to the published position is in the warehouse exactly once, whole,
//! and in commit order; nothing newer is visible.
//! - *Order*: a [`tables::Cut`] holds all transactions up to its position and none after, over all tables.
//! - *Duplicates*: none. Every table's log keeps the position that it holds, and a restart skips what is in.
//! - *Durability*: the slot is told a position only after data files, table logs and snapshot file are on disk and
//!   synced; until then PostgreSQL keeps the log. A kill at any instant loses nothing and doubles nothing.
//! - *Exactness*: a value that does not fit its column, a change of a ledger row, a truncated table or a missing
//!   column stops capture with the name of what it is, which `standstill` keeps. Nothing is guessed.
//! - *Limits*: rows in memory are bounded by [`FlushLimits`]; a transaction of any size goes to disk in parts.
//!
//! The road of a row: `wal` decodes it into the builders of `hot`, `session` cuts at commits, `flush` makes it
//! durable. Beside it: `slot` and `watermark` guard the position, `first_copy` fills empty tables, `lag`
//! measures, [`mod@verify`] proves.

mod server;
mod error;
mod value;
mod column;
mod copy;
mod wal;
mod hot;
mod watermark;
mod standstill;
mod slot;
mod publication;
mod first_copy;
mod flush;
mod lag;
mod session;
mod capture;
mod request;
pub mod verify;

pub use capture::{Capture, CaptureConfig, FlushLimits, SLOT};
pub use error::{CaptureError, Kind};
pub use lag::{FlushState, Lag};
pub use pgwire_replication::{SslMode, TlsConfig};
pub use request::{flushed, request_flush};
pub use server::Server;
pub use slot::{Status, status};
pub use standstill::Standstill;
pub use verify::{Verdict, verify};
