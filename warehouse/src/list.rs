//! Lists as PostgreSQL writes them: `{1,2}`, and in quotes what could be taken for something else.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::DateTime;
use terms::shanghai;

use crate::{Value, clock};

/// The texts of a column of lists; none for any other column.
pub(crate) fn texts(column: &ArrayRef) -> Result<Option<StringArray>, ArrowError> {
    let DataType::List(field) = column.data_type() else { return Ok(None) };
    let lists = column.as_list::<i32>();
    let nested = matches!(field.data_type(), DataType::List(_));
    let items = items(lists.values())?;
    let write = |row: usize| {
        if lists.is_null(row) {
            return None;
        }
        let offsets = lists.value_offsets();
        let places = place(offsets[row])..place(offsets[row + 1]);
        let each = places.map(|at| match items.is_null(at) {
            true => "NULL".to_owned(),
            false if nested => items.value(at).to_owned(),
            false => quoted(items.value(at)),
        });
        Some(format!("{{{}}}", each.collect::<Vec<_>>().join(",")))
    };
    Ok(Some((0..lists.len()).map(write).collect()))
}

fn place(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or_default()
}

/// What stands in a list: truths are one letter, and moments have their zone.
fn items(values: &ArrayRef) -> Result<StringArray, ArrowError> {
    match values.data_type() {
        DataType::Boolean => {
            let truths = values.as_boolean().iter();
            Ok(truths.map(|truth| truth.map(|is| if is { "t" } else { "f" })).collect())
        }
        DataType::Timestamp(_, Some(zone)) => {
            let kind = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.clone()));
            let moments = cast(values, &kind)?;
            let moments = moments.as_primitive::<TimestampMicrosecondType>().iter();
            let write = |micros: i64| {
                let at = DateTime::from_timestamp_micros(micros)?.with_timezone(&shanghai());
                Some(clock::moment(at.naive_local()))
            };
            Ok(moments.map(|at| at.and_then(write)).collect())
        }
        _ => Value::texts(values),
    }
}

/// A text that is empty, that says `null`, or that holds a sign of the list's own or a blank, in quotes.
fn quoted(text: &str) -> String {
    let signs = ['{', '}', ',', '"', '\\', ' ', '\t', '\n', '\r', '\x0b', '\x0c'];
    if !text.is_empty() && !text.eq_ignore_ascii_case("null") && !text.contains(signs) {
        return text.to_owned();
    }
    let mut said = String::from("\"");
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            said.push('\\');
        }
        said.push(letter);
    }
    said + "\""
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ListArray, TimestampMicrosecondArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Int64Type};

    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn lists_are_written_as_postgresql_writes_them() {
        for (text, want) in [
            ("a", "a"),
            ("b c", "\"b c\""),
            ("", "\"\""),
            ("NULL", "\"NULL\""),
            ("null", "\"null\""),
            ("a\"b", "\"a\\\"b\""),
            ("a\\b", "\"a\\\\b\""),
            ("a,b", "\"a,b\""),
            ("{x}", "\"{x}\""),
            ("东莞", "东莞"),
            ("　", "　"),
        ] {
            assert_eq!(quoted(text), want);
        }
        let numbers: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
        ]));
        let told = texts(&numbers).unwrap().unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), [Some("{1,NULL}"), None, Some("{}")]);
        let outer = Arc::new(Field::new_list_field(numbers.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([3]);
        let nested: ArrayRef = Arc::new(ListArray::new(outer, offsets, numbers, None));
        assert_eq!(texts(&nested).unwrap().unwrap().value(0), "{{1,NULL},NULL,{}}");
        let moments = TimestampMicrosecondArray::from(vec![1_793_462_400_000_000]);
        let moments: ArrayRef = Arc::new(moments.with_timezone("UTC"));
        assert_eq!(items(&moments).unwrap().value(0), "2026-11-01 00:00:00+08");
    }
}
