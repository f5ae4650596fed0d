//! As what the figures leave the house.

crate::closed_list! {
    /// As what an extraction is written; its code is the ending of the file.
    ExportFormat "export format" {
        Csv = "csv" "CSV",
        Xlsx = "xlsx" "Excel",
        Parquet = "parquet" "Parquet",
    }
}

impl ExportFormat {
    /// What a browser is told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}
