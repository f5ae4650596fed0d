//! Parquet: for other programs; types stay what they are, as far as other programs know them.

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{Batches, ExtractError, Job, cancelled, columns};

/// What a group of rows may come to before it goes to the file; until then it is in memory.
const GROUP_BYTES: usize = 128 << 20;

pub(super) fn write(job: &Job, batches: Batches) -> Result<(), ExtractError> {
    let failed = |e: ParquetError| ExtractError::Format("Parquet", e.to_string());
    let about =
        job.about.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone())).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(failed)?))
        .set_key_value_metadata(Some(about))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .build();
    let schema = columns::parquet_schema(&job.schema);
    let mut writer =
        ArrowWriter::try_new(job.file()?, schema.clone(), Some(properties)).map_err(failed)?;
    for batch in batches {
        cancelled(&job.cancel)?;
        writer.write(&columns::for_parquet(&batch, &schema)?).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}
