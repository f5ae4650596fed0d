//! Payments that banks and online channels settled.
