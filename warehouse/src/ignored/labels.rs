//! Names of items that PostgreSQL takes behind `as` only: without it they say something else there.

use std::cell::OnceCell;
use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{Ident, Select, SelectItem};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

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

/// Where such names stand alone in a statement.
pub(crate) struct Labels<'a> {
    sql: &'a str,
    /// Read once, and where a name asks for it.
    alone: OnceCell<HashSet<Location>>,
}

impl<'a> Labels<'a> {
    pub(crate) fn of(sql: &'a str) -> Self {
        Self { sql, alone: OnceCell::new() }
    }

    /// The refusal of the first such name of a SELECT that stands alone.
    pub(crate) fn refusal(&self, select: &Select) -> Option<String> {
        let is_alone =
            |label: &&Ident| self.alone.get_or_init(|| alone(self.sql)).contains(&label.span.start);
        let Ident { value, span, .. } =
            select.projection.iter().filter_map(label).find(is_alone)?;
        let (line, column) = (span.start.line, span.start.column);
        Some(format!("第 {line} 行第 {column} 列：别名“{value}”前面要写 as：请写 … as {value}"))
    }
}

/// The places of the words without AS before them.
fn alone(sql: &str) -> HashSet<Location> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location();
    // What cannot be read was refused before.
    let mut written = tokens.unwrap_or_default();
    written.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    let pairs = written.windows(2).filter(|two| !is_word(&two[0].token, "as"));
    pairs.map(|two| two[1].span.start).collect()
}

fn label(item: &SelectItem) -> Option<&Ident> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } if alias.quote_style.is_none() => {
            BEHIND_AS.iter().any(|word| alias.value.eq_ignore_ascii_case(word)).then_some(alias)
        }
        _ => None,
    }
}
