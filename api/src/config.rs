//! Settings: `weir.toml` and `WEIR_*` variables, read once.
