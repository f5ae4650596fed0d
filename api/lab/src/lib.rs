//! The laboratory: a demo city, and benchmarks that measure in one.
//!
//! Both work through the engine, as clerks do; whatever of the house they cannot reach from below,
//! such as the pages, is handed in by `api`.
//!
//! - [`demo`]: a demo city, made through the engine's own functions.
//! - [`mod@bench`]: figures, each beside its limit in the same run.
//! - [`Browser`]: asks the pages, as people do.
//! - [`Progress`]: how far long work is, on a terminal.

pub mod bench;
pub mod demo;
mod browser;
mod progress;

pub use browser::Browser;
pub use progress::Progress;
