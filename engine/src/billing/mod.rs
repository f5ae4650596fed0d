//! The bill run of a period.
