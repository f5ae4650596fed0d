//! Functions of texts: what they are given, and those that make long texts out of short ones, each within the bound.
//!
//! PostgreSQL makes no text of a number by itself: `left(123, 2)` is an error there, and DataFusion's `12` a surprise.
//! Of `split_part` DataFusion finds the last parts from behind: of `aaa` by `aa` the last is `a`, not nothing.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::bounded::within;
use super::operators::{is_quoted, is_text, refused};
use crate::charged::charged;

/// What functions are given: a `t` for a text, an `n` for an `integer`; a `bigint` is none, as in PostgreSQL.
const GIVEN: &[(&str, &str)] = &[
    ("ascii", "t"),
    ("btrim", "tt"),
    ("character_length", "t"),
    ("initcap", "t"),
    ("left", "tn"),
    ("lower", "t"),
    ("lpad", "tnt"),
    ("ltrim", "tt"),
    ("octet_length", "t"),
    ("regexp_count", "tt"),
    ("regexp_instr", "tt"),
    ("regexp_like", "ttt"),
    ("regexp_match", "ttt"),
    ("regexp_replace", "tttt"),
    ("repeat", "tn"),
    ("replace", "ttt"),
    ("reverse", "t"),
    ("right", "tn"),
    ("rpad", "tnt"),
    ("rtrim", "tt"),
    ("split_part", "ttn"),
    ("starts_with", "tt"),
    ("string_agg", "tt"),
    ("strpos", "tt"),
    ("substr", "tnn"),
    ("translate", "ttt"),
    ("upper", "t"),
];

/// Refuses a number where a text is meant, and anything else where a whole number is.
pub(super) fn admit(name: &str, args: &[Expr], schema: &DFSchema) -> Result<()> {
    let Some((_, given)) = GIVEN.iter().find(|(known, _)| *known == name) else { return Ok(()) };
    for (at, (value, wanted)) in args.iter().zip(given.bytes()).enumerate() {
        let kind = value.get_type(schema)?;
        if !(fits(&kind, wanted) || is_quoted(value) && wanted == b'n') {
            return refused(&said(name, at, wanted), &[value]);
        }
    }
    Ok(())
}

fn fits(kind: &DataType, wanted: u8) -> bool {
    match wanted {
        _ if *kind == DataType::Null => true,
        b't' => is_text(kind),
        _ => kind.is_integer() && !matches!(kind, DataType::Int64 | DataType::UInt64),
    }
}

fn said(name: &str, at: usize, wanted: u8) -> String {
    let place = at + 1;
    match wanted {
        b't' => format!("函数“{name}”的第 {place} 个参数要文字：请写 (…)::text"),
        _ => format!("函数“{name}”的第 {place} 个参数要整数：请写 (…)::int"),
    }
}

/// `replace`, `repeat`, `lpad`, `rpad` and `split_part`.
pub(crate) fn texts() -> Vec<Arc<ScalarUDF>> {
    FUNCTIONS.clone()
}

static FUNCTIONS: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
    [Kind::Replace, Kind::Repeat, Kind::PadLeft, Kind::PadRight, Kind::Part]
        .map(|kind| {
            let signature = Signature::user_defined(Volatility::Immutable);
            Arc::new(ScalarUDF::from(Longer { kind, signature }))
        })
        .to_vec()
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Replace,
    Repeat,
    PadLeft,
    PadRight,
    Part,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Longer {
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for Longer {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Replace => "replace",
            Kind::Repeat => "repeat",
            Kind::PadLeft => "lpad",
            Kind::PadRight => "rpad",
            Kind::Part => "split_part",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.name();
        let wanted: &[u8] = match (self.kind, given.len()) {
            (Kind::Replace, 3) => b"ttt",
            (Kind::Repeat, 2) | (Kind::PadLeft | Kind::PadRight, 2) => b"tn",
            (Kind::PadLeft | Kind::PadRight, 3) => b"tnt",
            (Kind::Part, 3) => b"ttn",
            _ => return plan_err!("函数“{name}”的参数个数不对"),
        };
        let places = given.iter().zip(wanted).enumerate();
        places
            .map(|(at, (kind, wanted))| match wanted {
                // A number in quotes is one too; a column of texts is refused when it is seen.
                b'n' if kind.is_integer() || *kind == DataType::Null || is_text(kind) => {
                    Ok(DataType::Int64)
                }
                b't' if fits(kind, *wanted) => Ok(DataType::Utf8),
                _ => plan_err!("{}", said(name, at, *wanted)),
            })
            .collect()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let given = ColumnarValue::values_to_arrays(&args.args)?;
        let made = self.made(&given)?;
        if alone {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?));
        }
        charged(ColumnarValue::Array(made), &args.config_options)
    }
}

impl Longer {
    fn made(&self, given: &[ArrayRef]) -> Result<ArrayRef> {
        let mut all = 0;
        let rows = given.first().map_or(0, |values| values.len());
        let mut made = Vec::with_capacity(rows);
        for row in 0..rows {
            if given.iter().any(|values| values.is_null(row)) {
                made.push(None);
                continue;
            }
            let text = |at: usize| given[at].as_string::<i32>().value(row);
            let number = |at: usize| given[at].as_primitive::<Int64Type>().value(row);
            let room = |bytes: usize| within(bytes.saturating_add(all));
            let one = match self.kind {
                Kind::Replace => replaced(text(0), text(1), text(2), room)?,
                Kind::Repeat => {
                    let times = usize::try_from(number(1)).unwrap_or(0);
                    room(text(0).len().saturating_mul(times))?;
                    text(0).repeat(times)
                }
                Kind::PadLeft | Kind::PadRight => {
                    let with = if given.len() > 2 { text(2) } else { " " };
                    let letters = usize::try_from(number(1)).unwrap_or(0);
                    let (own, more) = padded(text(0), letters, with, room)?;
                    match self.kind {
                        Kind::PadLeft => more + own,
                        _ => own.to_owned() + &more,
                    }
                }
                Kind::Part => {
                    room(text(0).len())?;
                    part(text(0), text(1), number(2))?.to_owned()
                }
            };
            all += one.len();
            made.push(Some(one));
        }
        Ok(Arc::new(StringArray::from(made)))
    }
}

/// Nothing is found nowhere, as PostgreSQL has it.
fn replaced(
    text: &str,
    found: &str,
    new: &str,
    room: impl Fn(usize) -> Result<()>,
) -> Result<String> {
    if found.is_empty() {
        return Ok(text.to_owned());
    }
    if new.len() > found.len() {
        let times = text.matches(found).count();
        room(text.len().saturating_add(times.saturating_mul(new.len() - found.len())))?;
    } else {
        room(text.len())?;
    }
    Ok(text.replace(found, new))
}

/// A part of a text, counted from one, or from the last backwards; nothing where there is none.
fn part<'a>(text: &'a str, between: &str, place: i64) -> Result<&'a str> {
    let all = if between.is_empty() { 1 } else { text.split(between).count() };
    let place = match usize::try_from(place.unsigned_abs()).unwrap_or(usize::MAX) {
        0 => return exec_err!("split_part 的序号从 1 开始，不能是 0"),
        behind if place < 0 => (all + 1).saturating_sub(behind),
        place => place,
    };
    Ok(match place {
        0 => "",
        1 if between.is_empty() => text,
        _ if between.is_empty() => "",
        place => text.split(between).nth(place - 1).unwrap_or(""),
    })
}

/// A text of so many letters: what is left of the text, and what is filled up with.
fn padded<'a>(
    text: &'a str,
    letters: usize,
    with: &str,
    room: impl Fn(usize) -> Result<()>,
) -> Result<(&'a str, String)> {
    if let Some((end, _)) = text.char_indices().nth(letters) {
        return Ok((&text[..end], String::new()));
    }
    let missing = if with.is_empty() { 0 } else { letters - text.chars().count() };
    let longest = with.chars().map(char::len_utf8).max().unwrap_or(0);
    room(text.len().saturating_add(missing.saturating_mul(longest)))?;
    Ok((text, with.chars().cycle().take(missing).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: fn(usize) -> Result<()> = |_| Ok(());

    /// As PostgreSQL 15 told them.
    #[test]
    fn texts_are_filled_up_letter_by_letter() {
        for (text, letters, with, own, more) in [
            ("abc", 5, " ", "abc", "  "),
            ("abc", 2, " ", "ab", ""),
            ("abc", 0, "x", "", ""),
            ("abc", 5, "", "abc", ""),
            ("abc", 2, "", "ab", ""),
            ("abc", 6, "xy", "abc", "xyx"),
            ("东莞", 4, "号𠮷", "东莞", "号𠮷"),
            ("", 3, "ab", "", "aba"),
        ] {
            let told = padded(text, letters, with, ROOM).unwrap();
            assert_eq!(told, (own, more.to_owned()), "{text} {letters} {with}");
        }
        let huge = padded("a", usize::MAX, "𠮷", within).unwrap_err();
        assert!(huge.to_string().contains("太长"), "{huge}");
    }

    #[test]
    fn parts_are_counted_from_either_end() {
        for (text, between, place, want) in [
            ("a,b,c", ",", 2, "b"),
            ("a,b,c", ",", 4, ""),
            ("a,b,c", ",", -1, "c"),
            ("a,b,c", ",", -3, "a"),
            ("a,b,c", ",", -4, ""),
            ("a,b,c", ",", i64::MIN, ""),
            ("a,b,c", ",", i64::MAX, ""),
            ("aaa", "aa", 1, ""),
            ("aaa", "aa", 2, "a"),
            ("aaa", "aa", -1, "a"),
            ("abc", "", 1, "abc"),
            ("abc", "", -1, "abc"),
            ("abc", "", 2, ""),
            ("", ",", 1, ""),
            ("", ",", -1, ""),
            ("东、莞、市", "、", -2, "莞"),
        ] {
            assert_eq!(part(text, between, place).unwrap(), want, "{text} {between} {place}");
        }
        assert!(part("a", ",", 0).unwrap_err().to_string().contains("从 1 开始"));
    }

    #[test]
    fn texts_are_replaced_from_the_left() {
        for (text, found, new, want) in [
            ("aaa", "aa", "b", "ba"),
            ("abc", "", "x", "abc"),
            ("", "a", "b", ""),
            ("abc", "b", "", "ac"),
            ("东莞市", "莞", "𠮷", "东𠮷市"),
        ] {
            assert_eq!(replaced(text, found, new, ROOM).unwrap(), want, "{text} {found} {new}");
        }
    }
}
