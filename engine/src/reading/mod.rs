//! Readings entered, imported and reviewed.
