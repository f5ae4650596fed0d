//! The columns of an answer are called what the analyst wrote.
//!
//! Items get names of our own before planning where they have none, or one that another item has too; so two equal
//! items, which DataFusion would refuse, are two columns here as in PostgreSQL.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

use crate::WarehouseError;

/// No name of an analyst begins so.
pub(crate) const MARK: char = '\u{1}';

/// What the columns with names of our own are called in truth.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    /// By the numbers in the names of our own.
    kept: Vec<String>,
    /// Of the columns that come out of a star, where the answer has any.
    starred: Vec<Option<String>>,
}

impl Titles {
    /// A name of our own for a column of this title.
    pub(super) fn keep(&mut self, title: String) -> Ident {
        self.kept.push(title);
        Ident::with_quote('"', format!("{MARK}{}", self.kept.len() - 1))
    }

    /// Keeps the names of the columns that come out of a star: of two that are equal, DataFusion numbers the second.
    pub(super) fn of_stars(&mut self, starred: Vec<Option<String>>) {
        self.starred = starred;
    }

    /// The schema of the answer under its titles.
    pub(crate) fn put_on(&self, schema: &SchemaRef) -> SchemaRef {
        let known = self.starred.len() == schema.fields().len();
        let fields = schema.fields().iter().enumerate().map(|(at, field)| {
            let starred = self.starred.get(at).filter(|_| known).and_then(Option::as_ref);
            let ours = field.name().strip_prefix(MARK).and_then(|at| at.parse::<usize>().ok());
            match ours.and_then(|at| self.kept.get(at)).or(starred) {
                Some(title) => {
                    Arc::new(field.as_ref().clone().with_name(title).with_nullable(true))
                }
                None => Arc::new(field.as_ref().clone().with_nullable(true)),
            }
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// What is said of a statement, without the names of our own.
    pub(crate) fn told(&self, mut error: WarehouseError) -> WarehouseError {
        match &mut error {
            WarehouseError::Invalid { message, .. } => *message = self.in_words(message),
            WarehouseError::Refused(told) | WarehouseError::Computation(told) => {
                told.message = self.in_words(&told.message);
            }
            _ => {}
        }
        error
    }

    fn in_words(&self, message: &str) -> String {
        let mut parts = message.split(MARK);
        let mut said = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let title = part[..digits].parse::<usize>().ok().and_then(|at| self.kept.get(at));
            said += title.map_or("", String::as_str);
            said += &part[digits..];
        }
        said
    }
}

/// The items of the SELECT whose word stands there, as they are written.
pub(super) fn written(sql: &str, select: Location) -> Option<Vec<String>> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let is = |at: usize, word: &str| matches!(&tokens[at].token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word));
    let depths: Vec<usize> = tokens
        .iter()
        .scan(0_usize, |depth, token| {
            match token.token {
                Token::LParen | Token::LBracket => *depth += 1,
                Token::RParen | Token::RBracket => *depth = depth.saturating_sub(1),
                _ => {}
            }
            Some(*depth)
        })
        .collect();
    let select = tokens.iter().position(|token| token.span.start == select)?;
    let least = depths[select];
    let blank = |at: usize| matches!(tokens[at].token, Token::Whitespace(_));
    let mut start = select + 1;
    while start < tokens.len() && (blank(start) || is(start, "all") || is(start, "distinct")) {
        start += 1;
    }
    if start < tokens.len() && is(start, "on") {
        start = (start..tokens.len())
            .find(|at| depths[*at] == least && tokens[*at].token == Token::RParen)?
            + 1;
    }
    // `within group (order by …)` and `is distinct from …` belong to an item.
    let is_within = |at: usize| {
        let before = (start..at).rev().find(|before| !blank(*before));
        let follows = |word: &str| before.is_some_and(|before| is(before, word));
        is(at, "group") && follows("within") || is(at, "from") && follows("distinct")
    };
    const ENDS: &[&str] = &[
        "from",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "offset",
        "fetch",
        "union",
        "intersect",
        "except",
        "window",
        "qualify",
    ];
    let ends = |at: &usize| {
        depths[*at] < least
            || tokens[*at].token == Token::SemiColon
            || tokens[*at].token == Token::EOF
            || depths[*at] == least && ENDS.iter().any(|word| is(*at, word)) && !is_within(*at)
    };
    let end = (start..tokens.len()).find(ends).unwrap_or(tokens.len());
    let lines: Vec<Vec<char>> = sql.split('\n').map(|line| line.chars().collect()).collect();
    let commas =
        (start..end).filter(|at| depths[*at] == least && tokens[*at].token == Token::Comma);
    let mut items = Vec::new();
    let mut from = start;
    for to in commas.chain([end]) {
        let mut inside = (from..to).filter(|at| !blank(*at));
        let (first, last) = (inside.clone().next()?, inside.next_back()?);
        items.push(slice(&lines, tokens[first].span.start, tokens[last].span.end));
        from = to + 1;
    }
    Some(items)
}

/// The text between two places, line ends as one blank.
fn slice(lines: &[Vec<char>], from: Location, to: Location) -> String {
    let index = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    let (first, last) = (index(from.line), index(to.line));
    let text = |line: usize| {
        let line_text = lines.get(line).map_or(&[][..], Vec::as_slice);
        let start = if line == first { index(from.column) } else { 0 };
        let end = if line == last { index(to.column) } else { line_text.len() };
        let end = end.min(line_text.len());
        line_text[start.min(end)..end].iter().collect::<String>()
    };
    let words: Vec<String> = (first..=last).map(|line| text(line).trim().to_owned()).collect();
    words.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::Statement;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;
    use crate::dialect::implicit;

    #[test]
    fn names_of_our_own_are_never_shown() {
        let mut titles = Titles::default();
        titles.keep("sum(net)".to_owned());
        titles.keep("net + 1".to_owned());
        let said = "没有列“x.\u{1}1”，是不是“\u{1}0”？";
        assert_eq!(titles.in_words(said), "没有列“x.net + 1”，是不是“sum(net)”？");
    }

    #[test]
    fn items_are_found_as_they_are_written() {
        for (sql, want) in [
            ("select a, sum( b ) , count(*) n from t", vec!["a", "sum( b )", "count(*) n"]),
            (
                "with x as (select 1 one, 2) select one,\n  one +\n  1 from x",
                vec!["one", "one + 1"],
            ),
            ("(select 1, 'a,b')", vec!["1", "'a,b'"]),
            ("with x as (select 1 one) (select one + 1 from x)", vec!["one + 1"]),
            ("select distinct on (a, b) a, 实收 from t union select 1, 2", vec!["a", "实收"]),
            (
                "select percentile_cont(0.5) within group (order by x), 1 from t group by y",
                vec!["percentile_cont(0.5) within group (order by x)", "1"],
            ),
            ("select (select max(x) from t), 2;", vec!["(select max(x) from t)", "2"]),
        ] {
            let parsed = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap();
            let Statement::Query(query) = &parsed[0] else { panic!("{sql}") };
            let select = implicit::first_select(&query.body).unwrap();
            let place = select.select_token.0.span.start;
            assert_eq!(written(sql, place).unwrap(), want, "{sql}");
        }
    }
}
