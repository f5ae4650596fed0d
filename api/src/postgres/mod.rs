//! The private PostgreSQL server of one machine.
