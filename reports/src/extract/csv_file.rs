//! CSV: UTF-8 with a byte order mark, so that Excel reads Chinese.

use std::io::{BufWriter, Write};

use arrow::csv::WriterBuilder;

use super::{Batches, ExtractError, Job, cancelled, columns};

pub(super) fn write(job: &Job, batches: Batches) -> Result<(), ExtractError> {
    let mut out = BufWriter::with_capacity(1 << 20, job.file()?);
    out.write_all(&[0xEF, 0xBB, 0xBF])?;
    header(job, &mut out)?;
    let mut rows = WriterBuilder::new()
        .with_header(false)
        .with_date_format("%Y-%m-%d".to_owned())
        .with_timestamp_format("%Y-%m-%d %H:%M:%S".to_owned())
        .with_timestamp_tz_format("%Y-%m-%d %H:%M:%S".to_owned())
        .build(&mut out);
    for batch in batches {
        cancelled(&job.cancel)?;
        rows.write(&columns::local(&batch)?)?;
    }
    drop(rows);
    out.flush()?;
    Ok(())
}

/// Ourselves, because without rows the writer would leave it out.
fn header(job: &Job, out: &mut impl Write) -> Result<(), ExtractError> {
    let mut header = csv::Writer::from_writer(out);
    header
        .write_record(job.schema.fields().iter().map(|field| field.name()))
        .map_err(|e| ExtractError::Format("CSV", e.to_string()))?;
    header.flush()?;
    Ok(())
}
