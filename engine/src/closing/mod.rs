//! A cashier closes a day.
