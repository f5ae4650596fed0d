//! Reference data, accounts, books and meters.

mod classes;

pub use classes::{GarbageClass, SewageClass, UseClass};
