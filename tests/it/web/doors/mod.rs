//! The table of routes, walked.
//!
//! - [`roles`]: every role at every door.
//! - [`foreign`]: rows of another outlet or town at every door that names one.
//! - [`marks`]: every act leaves its mark.
//! - [`log_ins`]: wrong pass words.

mod foreign;
mod log_ins;
mod marks;
mod roles;
