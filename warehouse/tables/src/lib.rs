//! The Parquet tables, their Delta log and their snapshots, without DataFusion
