//! Change capture: the write-ahead log in, Parquet out
