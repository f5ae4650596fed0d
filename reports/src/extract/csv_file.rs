//! CSV: UTF-8 with a byte order mark, so that Excel reads Chinese.

use std::io::{BufWriter, Write};

use arrow::csv::{Writer, WriterBuilder};

use super::{Batches, ExtractError, Job, cancelled, columns};

pub(super) fn write(job: &Job, batches: Batches) -> Result<(), ExtractError> {
    let mut out = BufWriter::with_capacity(1 << 20, job.file()?);
    out.write_all(&[0xEF, 0xBB, 0xBF])?;
    header(job, &mut out)?;
    let mut rows = csv_lines(&mut out, false);
    for batch in batches {
        cancelled(&job.cancel)?;
        rows.write(&columns::for_lines(&batch)?)?;
    }
    drop(rows);
    out.flush()?;
    Ok(())
}

/// A writer of batches made by [`columns::for_lines`]; with a `header`, the names go before the first of them.
pub fn csv_lines<W: Write>(out: W, header: bool) -> Writer<W> {
    WriterBuilder::new().with_header(header).build(out)
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
