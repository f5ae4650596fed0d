//! Names of items that PostgreSQL takes behind `as` only: without it they say something else there.

use datafusion::sql::sqlparser::ast::{Ident, Select, SelectItem};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::spaced::is_word;

/// Those of them that the parser lets stand alone.
const BEHIND_AS: &[&str] = &[
    "array",
    "char",
    "character",
    "create",
    "day",
    "filter",
    "grant",
    "hour",
    "minute",
    "month",
    "over",
    "overlaps",
    "precision",
    "returning",
    "second",
    "to",
    "varying",
    "within",
    "without",
    "year",
];

/// The refusal of the first such name that stands alone.
pub(crate) fn in_labels(select: &Select, sql: &str) -> Option<String> {
    let labels: Vec<&Ident> = select.projection.iter().filter_map(label).collect();
    if labels.is_empty() {
        return None;
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location();
    let mut written = tokens.ok()?;
    written.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    let alone = |label: &&Ident| {
        written
            .windows(2)
            .any(|two| two[1].span.start == label.span.start && !is_word(&two[0].token, "as"))
    };
    let Ident { value, span, .. } = labels.into_iter().find(alone)?;
    let (line, column) = (span.start.line, span.start.column);
    Some(format!("第 {line} 行第 {column} 列：别名“{value}”前面要写 as：请写 … as {value}"))
}

fn label(item: &SelectItem) -> Option<&Ident> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } if alias.quote_style.is_none() => {
            BEHIND_AS.iter().any(|word| alias.value.eq_ignore_ascii_case(word)).then_some(alias)
        }
        _ => None,
    }
}
