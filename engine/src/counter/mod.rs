//! A payment taken at the counter, posted, reversed.
