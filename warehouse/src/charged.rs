//! Texts and lists that functions make are charged to their statement, as long as anybody holds them.
//!
//! DataFusion counts what its sorts, joins and groups keep. What a call makes of a batch of rows it does not count, and a
//! SELECT of many calls holds what all of them made at once.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, ListArray, StringArray, StringViewArray, make_array,
};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType;
use bytes::Bytes;
use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::{Result, ScalarValue, exec_err};
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

/// The letters of texts, or what lies in a list, and the memory that they take until the last who holds them lets them
/// go.
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
    let Some(memory) = options.extensions.get::<Memory>() else { return Ok(made) };
    let held = |letters: Buffer| -> Result<Buffer> {
        if letters.len() < CHARGED_BYTES {
            return Ok(letters);
        }
        let memory = MemoryConsumer::new("texts").register(&memory.0);
        memory.try_grow(letters.len())?;
        Ok(Bytes::from_owner(Held { letters, _memory: memory }).into())
    };
    let texts = match &made {
        ColumnarValue::Array(texts) => texts,
        // A list that is the same for all rows is held by the plan.
        ColumnarValue::Scalar(ScalarValue::List(list)) => {
            let list = Arc::new(listed(list, held)?);
            return Ok(ColumnarValue::Scalar(ScalarValue::List(list)));
        }
        ColumnarValue::Scalar(_) => return Ok(made),
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
    } else if let Some(lists) = texts.as_list_opt::<i32>() {
        Arc::new(listed(lists, held)?)
    } else {
        return Ok(made);
    };
    Ok(ColumnarValue::Array(texts))
}

/// Lists with what was made for them: of texts that lie elsewhere only where they lie.
fn listed(lists: &ListArray, held: impl Fn(Buffer) -> Result<Buffer>) -> Result<ListArray> {
    let (field, offsets, values, nulls) = lists.clone().into_parts();
    let data = values.to_data();
    let mut buffers = data.buffers().to_vec();
    let made = if *data.data_type() == DataType::Utf8View { 1 } else { buffers.len() };
    if buffers.iter().take(made).all(|buffer| buffer.len() < CHARGED_BYTES) {
        return Ok(lists.clone());
    }
    for buffer in buffers.iter_mut().take(made) {
        *buffer = held(buffer.clone())?;
    }
    let values = make_array(data.into_builder().buffers(buffers).build()?);
    Ok(ListArray::try_new(field, offsets, values, nulls)?)
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::Field;
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    use super::*;

    fn list_of(values: ArrayRef) -> ListArray {
        let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([values.len()]);
        ListArray::new(field, offsets, values, None)
    }

    /// Found by an attacker: what lies in a list was charged to nobody.
    #[test]
    fn a_list_is_charged_as_long_as_somebody_holds_it() {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1 << 20));
        let mut options = ConfigOptions::default();
        options.extensions.insert(Memory(Arc::clone(&pool)));
        let text = "x".repeat(100 << 10);
        let texts = list_of(Arc::new(StringArray::from(vec![Some(&*text), None, Some(&*text)])));
        let views = list_of(Arc::new(StringViewArray::from(vec![&*text, &*text])));
        let numbers = list_of(Arc::new(Int64Array::from_iter_values(0..10_000)));
        let few = list_of(Arc::new(Int64Array::from_iter_values(0..10)));
        for (list, bytes) in [(texts, 200 << 10), (views, 0), (numbers, 80_000), (few, 0)] {
            for made in [
                ColumnarValue::Array(Arc::new(list.clone())),
                ColumnarValue::Scalar(ScalarValue::List(Arc::new(list.clone()))),
            ] {
                let made = charged(made, &options).unwrap();
                assert_eq!(pool.reserved(), bytes);
                let again = made.clone();
                drop(made);
                assert_eq!(pool.reserved(), bytes);
                assert_eq!(again.to_array(1).unwrap().as_list::<i32>(), &list);
                drop(again);
                assert_eq!(pool.reserved(), 0);
            }
        }
        let long = list_of(Arc::new(Int64Array::from_iter_values(0..200_000)));
        assert!(charged(ColumnarValue::Array(Arc::new(long)), &options).is_err());
    }
}
