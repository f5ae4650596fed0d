//! Names that do not exist, exist twice, or are not seen; and where in a statement they stand.

use datafusion::common::utils::datafusion_strsim::levenshtein;
use datafusion::common::{Column, SchemaError, TableReference};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::foreign::foreign_name;
use super::{Place, WarehouseError};
use crate::dialect::MARK;
use crate::words;

/// A table that does not exist for the person, and the nearest one that does.
pub(crate) fn no_table(reference: &TableReference, visible: &[&str], sql: &str) -> WarehouseError {
    let name = reference.table();
    if let Some(schema) = reference.schema()
        && visible.contains(&name)
    {
        let message = format!("表名前面不写“{schema}”：请写 {name}");
        return WarehouseError::invalid(message, words::place_of(sql, schema));
    }
    let hint = foreign_name(name).unwrap_or_else(|| hint(nearest(name, visible.iter().copied())));
    let message = format!("没有名为“{name}”的表，或您无权查看{hint}");
    WarehouseError::invalid(message, words::place_of(sql, name))
}

pub(super) fn wrong_column(error: &SchemaError, place: Option<Place>, sql: &str) -> WarehouseError {
    let (message, name) = match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let known = valid_fields.iter().map(|column| column.name.as_str());
            match unknown_table(field, valid_fields) {
                Some(table) => {
                    let column = &field.name;
                    (format!("没有列“{table}.{column}”：FROM 里没有叫“{table}”的表或别名"), table)
                }
                None if is_quoted(&field.name, sql) => {
                    let name = &field.name;
                    let message = format!(
                        "没有名为“{name}”的列：双引号里是列名，文字请写在单引号里，'{name}'"
                    );
                    (message, field.name.as_str())
                }
                None => {
                    let name = &field.name;
                    let near = nearest(name, known);
                    let hint = foreign_name(name).unwrap_or_else(|| match near {
                        None if is_compared(name, sql) => {
                            format!("；文字请写在单引号里，'{name}'")
                        }
                        near => hint(near),
                    });
                    (format!("没有名为“{name}”的列{hint}"), name.as_str())
                }
            }
        }
        SchemaError::AmbiguousReference { field } => (
            format!("列“{0}”在几张表里都有，请写明是哪张表的，例如 表名.{0}", field.name),
            field.name.as_str(),
        ),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            (format!("列“{name}”出现了两次，请用 as 另起一个名字"), name.as_str())
        }
    };
    WarehouseError::invalid(message, place.or_else(|| words::place_of(sql, name)))
}

/// True for a name that is written in double quotes, as other databases write a text.
fn is_quoted(name: &str, sql: &str) -> bool {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
    tokens.iter().any(|token| {
        matches!(token, Token::Word(word) if word.quote_style == Some('"') && word.value == name)
    })
}

/// True for a name that something is compared with, where a text without its quotes may stand.
fn is_compared(name: &str, sql: &str) -> bool {
    let mut tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    tokens.windows(2).any(|two| {
        matches!(two[0], Token::Eq | Token::Neq)
            && matches!(&two[1], Token::Word(word) if word.value == name)
    })
}

/// The table before the point, where no column of it is known.
fn unknown_table<'a>(field: &'a Column, valid: &[Column]) -> Option<&'a str> {
    let table = field.relation.as_ref()?.table();
    let known = |column: &Column| {
        column.relation.as_ref().is_some_and(|relation| relation.table() == table)
    };
    let any = valid.iter().any(|column| column.relation.is_some());
    (any && !valid.iter().any(known)).then_some(table)
}

/// The name that was probably meant: at most a third of its letters differ.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let letters = |text: &str| text.chars().count();
    known
        .filter(|known| !known.starts_with(MARK))
        .map(|known| (levenshtein(&name, known), known))
        .filter(|(distance, known)| distance * 3 <= letters(known).max(letters(&name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

pub(super) fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("，是不是“{near}”？"))
}

/// A column without its table and quotes; none where it is an expression.
pub(super) fn column(printed: &str) -> Option<&str> {
    let name = printed.rsplit('.').next()?.trim_matches('"');
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// What is planned, and what the analyst wrote.
const REWRITTEN: &[(&str, &str)] = &[
    ("sum", "avg"),
    ("count", "avg"),
    ("percentile_cont", "median"),
    ("bool_and", "every"),
    ("array_agg", "string_agg"),
    ("array_sort", "string_agg"),
    ("array_to_string", "string_agg"),
    ("character_length", "length"),
    ("character_length", "char_length"),
    ("signum", "sign"),
    ("ceil", "ceiling"),
    ("lower", "ilike"),
    ("power", "pow"),
    ("var_samp", "variance"),
    ("stddev_samp", "stddev"),
    ("date_part", "extract"),
    ("strpos", "position"),
    ("substr", "substring"),
    ("btrim", "trim"),
];

/// The sentence about a function under the name that the analyst gave it.
pub(super) fn as_written(message: String, sql: &str) -> String {
    let written = |name: &str| words::place_of(sql, name).is_some();
    let quotes = ["函数 ", "函数“"];
    let Some((before, rest)) =
        quotes.iter().find_map(|quote| Some((quote, message.strip_prefix(quote)?)))
    else {
        return message;
    };
    let named = REWRITTEN.iter().find_map(|(planned, wrote)| {
        let rest = rest.strip_prefix(planned)?;
        let whole = rest.starts_with([' ', '”']);
        (whole && !written(planned) && written(wrote)).then(|| format!("{before}{wrote}{rest}"))
    });
    named.unwrap_or(message)
}

/// Where the first name or text that a sentence quotes stands in the statement.
pub(super) fn place_in(message: &str, sql: &str) -> Option<Place> {
    let quoted = message.split_once('“')?.1.split_once('”')?.0;
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let found = tokens.iter().find(|token| match &token.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(quoted),
        Token::SingleQuotedString(text) => text == quoted,
        Token::Number(number, _) => number == quoted,
        _ => false,
    })?;
    Some((found.span.start.line, found.span.start.column))
}
