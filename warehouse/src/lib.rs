//! The analytical store: DataFusion over the captured tables
