//! Texts that functions make are charged to their statement, as long as anybody holds them.
//!
//! DataFusion counts what its sorts, joins and groups keep. What a call makes of a batch of rows it does not count, and a
//! SELECT of many calls holds what all of them made at once.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, LargeStringArray, StringArray, StringViewArray};
use arrow::buffer::Buffer;
use bytes::Bytes;
use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::{Result, exec_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::ColumnarValue;

/// What is smaller is not worth counting.
const CHARGED_BYTES: usize = 64 << 10;

/// The memory of a statement, in its options, where functions find it.
#[derive(Debug, Clone)]
pub(crate) struct Memory(pub(crate) Arc<dyn MemoryPool>);

impl ConfigExtension for Memory {
    const PREFIX: &'static str = "memory";
}

impl ExtensionOptions for Memory {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _: &str) -> Result<()> {
        exec_err!("{key} is no option")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

/// The letters of texts, and the memory that they take until the last who holds them lets them go.
struct Held {
    letters: Buffer,
    _memory: MemoryReservation,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.letters
    }
}

/// What a function made, charged to its statement.
pub(crate) fn charged(made: ColumnarValue, options: &ConfigOptions) -> Result<ColumnarValue> {
    let (ColumnarValue::Array(texts), Some(memory)) = (&made, options.extensions.get::<Memory>())
    else {
        return Ok(made);
    };
    let held = |letters: Buffer| -> Result<Buffer> {
        if letters.len() < CHARGED_BYTES {
            return Ok(letters);
        }
        let memory = MemoryConsumer::new("texts").register(&memory.0);
        memory.try_grow(letters.len())?;
        Ok(Bytes::from_owner(Held { letters, _memory: memory }).into())
    };
    let texts: ArrayRef = if let Some(texts) = texts.as_string_opt::<i32>() {
        let (offsets, letters, nulls) = texts.clone().into_parts();
        Arc::new(StringArray::try_new(offsets, held(letters)?, nulls)?)
    } else if let Some(texts) = texts.as_string_opt::<i64>() {
        let (offsets, letters, nulls) = texts.clone().into_parts();
        Arc::new(LargeStringArray::try_new(offsets, held(letters)?, nulls)?)
    } else if let Some(texts) = texts.as_string_view_opt() {
        let (views, letters, nulls) = texts.clone().into_parts();
        let letters = letters.iter().cloned().map(held).collect::<Result<Vec<_>>>()?;
        Arc::new(StringViewArray::try_new(views, letters, nulls)?)
    } else {
        return Ok(made);
    };
    Ok(ColumnarValue::Array(texts))
}
