//! The stories of the trade, in one test program.

mod tidy;
