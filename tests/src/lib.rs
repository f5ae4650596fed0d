//! The developer's chores (`cargo dev`) and the PostgreSQL server that all tests share.
//!
//! The library stays free of the rest of the house, so that `cargo dev` starts within seconds and
//! still builds when a query cache is stale. The stories themselves are the test target `it`.
//!
//! - [`server`]: one throw-away PostgreSQL for all tests, which stops itself when nobody needs it.
//! - [`secured`]: one of its own behind TLS.
//! - [`dev`]: what `cargo dev` does, a file for each chore.
//! - [`tidy`]: the shape of the tree, as rules that a program can hold.

pub mod dev;
pub mod secured;
pub mod server;
pub mod tidy;
