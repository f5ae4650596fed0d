//! What values weigh, in a list, in a text and beside many rows: one measure, so that what is let in at one door is not
//! refused at the next.

use std::iter::repeat_n;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;

/// Where a text or a list lies; an empty one and a NULL have that too.
const PLACE_BYTES: usize = 16;
/// The most that a number, a day or a moment is long where it is written out.
const WRITTEN_BYTES: usize = 64;

/// Something of each value.
pub(crate) type Each<'a> = Box<dyn Iterator<Item = usize> + 'a>;
/// How a value is measured that is no text and no list.
pub(crate) type Scale = fn(&DataType) -> usize;

/// As it lies in memory.
pub(crate) fn lying(kind: &DataType) -> usize {
    kind.primitive_width().unwrap_or(PLACE_BYTES)
}

/// As it is written out.
pub(crate) fn written(_: &DataType) -> usize {
    WRITTEN_BYTES
}

/// What each value weighs.
pub(crate) fn weights(values: &dyn Array, scale: Scale) -> Each<'_> {
    if let Some(letters) = letters(values) {
        return Box::new(letters.map(|letters| PLACE_BYTES + letters));
    }
    if let Some(lists) = values.as_list_opt::<i32>() {
        let inside = move |list: ArrayRef| PLACE_BYTES + weight(&list, scale);
        return Box::new(lists.iter().map(move |list| list.map_or(PLACE_BYTES, inside)));
    }
    if let Some(parts) = values.as_struct_opt() {
        let mut rows = vec![0; parts.len()];
        for part in parts.columns() {
            rows.iter_mut().zip(weights(part, scale)).for_each(|(row, part)| *row += part);
        }
        return Box::new(rows.into_iter());
    }
    Box::new(repeat_n(scale(values.data_type()), values.len()))
}

/// What all of them weigh.
pub(crate) fn weight(values: &dyn Array, scale: Scale) -> usize {
    weights(values, scale).sum()
}

/// The bytes of each text; nothing where the values are no texts.
pub(crate) fn letters(values: &dyn Array) -> Option<Each<'_>> {
    if let Some(texts) = values.as_string_view_opt() {
        let bytes = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        return Some(Box::new(texts.lengths().map(bytes)));
    }
    if let Some(texts) = values.as_string_opt::<i32>() {
        return Some(Box::new(texts.offsets().lengths()));
    }
    let texts = values.as_string_opt::<i64>()?;
    Some(Box::new(texts.offsets().lengths()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Int32Array, LargeStringArray, ListArray, StringArray, StringViewArray, StructArray,
    };
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn every_value_weighs_something_and_a_slice_no_more_than_it_shows() {
        let texts = [Some("甲乙"), None, Some(""), Some("a text that lies elsewhere")];
        let arrays: [ArrayRef; 3] = [
            Arc::new(StringViewArray::from_iter(texts)),
            Arc::new(StringArray::from_iter(texts)),
            Arc::new(LargeStringArray::from_iter(texts)),
        ];
        for array in arrays {
            let each: Vec<_> = weights(&array, lying).collect();
            assert_eq!(each, [22, 16, 16, 42], "{array:?}");
            assert_eq!(weight(&array.slice(1, 2), written), 32, "{array:?}");
        }
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
        assert_eq!(weight(&numbers, lying), 12);
        assert_eq!(weight(&numbers, written), 192);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), Some(2)]),
            None,
            Some(vec![Some(3)]),
        ]);
        assert_eq!(weights(&lists, lying).collect::<Vec<_>>(), [24, 16, 20]);
        assert_eq!(weight(&lists.slice(2, 1), lying), 20);
        let pairs = StructArray::try_from(vec![
            ("a", Arc::clone(&numbers)),
            ("b", Arc::new(StringArray::from_iter(["x", "", "yz"].map(Some))) as ArrayRef),
        ]);
        assert_eq!(weights(&pairs.unwrap(), lying).collect::<Vec<_>>(), [21, 20, 22]);
    }
}
