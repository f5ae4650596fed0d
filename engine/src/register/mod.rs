//! Reference data, accounts, books and meters.
