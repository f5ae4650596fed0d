//! Dated rates, and the tier price of a volume.
