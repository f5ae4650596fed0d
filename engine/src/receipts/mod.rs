//! Numbered paper leased to a cashier.
