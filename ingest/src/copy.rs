//! Rows of COPY (FORMAT BINARY), whose chunks need not end where rows end.

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::PgConnection;
use tables::TableDef;

use crate::CaptureError;
use crate::column::RowBuilder;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, length of the extension.
const HEADER_BYTES: usize = 19;
/// Rows of a batch.
const BATCH_ROWS: usize = 64 * 1024;

/// The rows of one table, as the transaction of the connection sees them.
pub(crate) struct CopyRows<'c> {
    def: &'static TableDef,
    stream: BoxStream<'c, Result<Bytes, sqlx::Error>>,
    parser: Parser,
    rows: RowBuilder,
}

impl<'c> CopyRows<'c> {
    /// Begins to read the table, in its declared order if that is asked for.
    pub(crate) async fn open(
        connection: &'c mut PgConnection,
        def: &'static TableDef,
        sorted: bool,
    ) -> Result<Self, CaptureError> {
        // Arrow sorts nulls first; PostgreSQL must be told to.
        let keys: Vec<String> = def.sort.iter().map(|name| format!("{name} nulls first")).collect();
        let order = if sorted { format!(" order by {}", keys.join(", ")) } else { String::new() };
        let sql = format!(
            "copy (select {} from {}{order}) to stdout (format binary)",
            def.column_list(),
            def.name
        );
        let stream = connection.copy_out_raw(&sql).await?;
        Ok(Self { def, stream, parser: Parser::default(), rows: RowBuilder::new(def) })
    }

    /// The next rows; none when all have come.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, CaptureError> {
        let def = self.def;
        let stop = |why: String| CaptureError::stop(format!("copy of {}: {why}", def.name));
        while self.rows.rows() < BATCH_ROWS {
            match self.stream.try_next().await? {
                Some(chunk) => self.parser.chunk(&chunk, &mut self.rows, def).map_err(stop)?,
                None if !self.parser.ended() => {
                    return Err(stop("the rows end without their trailer".into()));
                }
                None if self.rows.rows() == 0 => return Ok(None),
                None => break,
            }
        }
        self.rows.finish().map(Some).map_err(|e| stop(e.to_string()))
    }
}

#[derive(Default)]
struct Parser {
    rest: Vec<u8>,
    header: bool,
    trailer: bool,
}

impl Parser {
    fn ended(&self) -> bool {
        self.trailer && self.rest.is_empty()
    }

    fn chunk(&mut self, chunk: &[u8], rows: &mut RowBuilder, def: &TableDef) -> Result<(), String> {
        if self.rest.is_empty() {
            // The usual case: PostgreSQL sends one row a chunk.
            let used = self.whole_rows(chunk, rows, def)?;
            self.rest.extend_from_slice(&chunk[used..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(chunk);
            let used = self.whole_rows(&all, rows, def)?;
            all.drain(..used);
            self.rest = all;
        }
        Ok(())
    }

    /// Takes the rows that are whole; the number of bytes used.
    fn whole_rows(
        &mut self,
        data: &[u8],
        rows: &mut RowBuilder,
        def: &TableDef,
    ) -> Result<usize, String> {
        let mut at = 0;
        if !self.header {
            let Some(head) = data.get(..HEADER_BYTES) else { return Ok(0) };
            if !head.starts_with(SIGNATURE) || head[11..] != [0; 8] {
                return Err("not the binary form of COPY, version 1".into());
            }
            (self.header, at) = (true, HEADER_BYTES);
        }
        while let Some(fields) = int2(data, at) {
            if self.trailer {
                return Err("rows after the trailer".into());
            }
            if fields == -1 {
                self.trailer = true;
                at += 2;
                continue;
            }
            if usize::try_from(fields) != Ok(rows.width()) {
                return Err(format!("a row of {fields} columns"));
            }
            if !whole(data, at + 2, rows.width()) {
                return Ok(at);
            }
            at += 2;
            for column in 0..rows.width() {
                let length = int4(data, at).unwrap_or(-1);
                at += 4;
                let Ok(length) = usize::try_from(length) else {
                    rows.column(column).null();
                    continue;
                };
                let value = &data[at..at + length];
                rows.column(column)
                    .binary(value)
                    .map_err(|e| format!("column {}: {e}", def.columns[column].name))?;
                at += length;
            }
            rows.end_row();
        }
        Ok(at)
    }
}

/// True if all fields of the row are there.
fn whole(data: &[u8], mut at: usize, fields: usize) -> bool {
    for _ in 0..fields {
        match int4(data, at) {
            Some(length) => at += 4 + usize::try_from(length).unwrap_or(0),
            None => return false,
        }
    }
    at <= data.len()
}

fn int2(data: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn int4(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town(id: i32, name: &str) -> Vec<u8> {
        let mut row = 3_i16.to_be_bytes().to_vec();
        row.extend(4_i32.to_be_bytes());
        row.extend(id.to_be_bytes());
        row.extend(i32::try_from(name.len()).unwrap().to_be_bytes());
        row.extend(name.as_bytes());
        row.extend((-1_i32).to_be_bytes());
        row
    }

    #[test]
    fn rows_may_be_cut_anywhere() {
        let def = tables::catalog::find("town").unwrap();
        let stream =
            [SIGNATURE, &[0; 8], &town(1, "道滘"), &town(2, ""), &(-1_i16).to_be_bytes()].concat();
        let read = |size: usize| {
            let (mut parser, mut rows) = (Parser::default(), RowBuilder::new(def));
            stream.chunks(size).for_each(|chunk| parser.chunk(chunk, &mut rows, def).unwrap());
            assert!(parser.ended());
            rows.finish().unwrap()
        };
        let whole = read(stream.len());
        assert_eq!((whole.num_rows(), whole.column(2).null_count()), (2, 2));
        for size in 1..stream.len() {
            assert_eq!(read(size), whole, "chunks of {size}");
        }
    }
}
