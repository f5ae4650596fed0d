//! The columns of an answer are called what the analyst wrote.
//!
//! Unnamed items of the outermost SELECT get names of our own before planning, by which their columns are found again
//! afterwards; so two equal items, which DataFusion would refuse, are two columns here as in PostgreSQL.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, SelectItem, SetExpr, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::order;

/// No name of an analyst begins so.
const MARK: char = '\u{1}';

/// What the named columns are called in truth.
#[derive(Debug, Default)]
pub(crate) struct Titles(Vec<String>);

impl Titles {
    /// Names the unnamed items of a statement, and keeps what is written in `sql` for each.
    pub(crate) fn take(statement: &mut Statement, sql: &str) -> Self {
        let Statement::Query(query) = statement else { return Self::default() };
        let captured = order::captured(query);
        let Some(items) = outermost(query) else { return Self::default() };
        let written = written(sql).filter(|written| written.len() == items.len());
        let mut titles = Vec::new();
        let mut seen = HashSet::new();
        for (at, item) in items.iter_mut().enumerate() {
            let text = || written.as_ref().map(|written| written[at].clone());
            let (expr, title) = match item {
                SelectItem::UnnamedExpr(expr) => match column(expr) {
                    Some(name) if seen.insert(name.to_lowercase()) => continue,
                    Some(name) => (expr.clone(), name),
                    None => {
                        let title = text().unwrap_or_else(|| expr.to_string());
                        (expr.clone(), title)
                    }
                },
                SelectItem::ExprWithAlias { expr, alias } => {
                    if seen.insert(alias.value.to_lowercase()) && !captured.contains(&alias.value) {
                        continue;
                    }
                    (expr.clone(), alias.value.clone())
                }
                _ => continue,
            };
            let alias = Ident::with_quote('"', format!("{MARK}{}", titles.len()));
            *item = SelectItem::ExprWithAlias { expr, alias };
            titles.push(title);
        }
        Self(titles)
    }

    /// The schema of the answer under its titles.
    pub(crate) fn put_on(&self, schema: &SchemaRef) -> SchemaRef {
        let fields = schema.fields().iter().map(|field| {
            let ours = field.name().strip_prefix(MARK).and_then(|at| at.parse::<usize>().ok());
            match ours.and_then(|at| self.0.get(at)) {
                Some(title) => {
                    Arc::new(field.as_ref().clone().with_name(title).with_nullable(true))
                }
                None => Arc::new(field.as_ref().clone().with_nullable(true)),
            }
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// The items of the SELECT that names the columns: of a union, the first.
fn outermost(query: &mut Query) -> Option<&mut Vec<SelectItem>> {
    let mut body = query.body.as_mut();
    loop {
        match body {
            SetExpr::Select(select) => return Some(&mut select.projection),
            SetExpr::Query(query) => body = query.body.as_mut(),
            SetExpr::SetOperation { left, .. } => body = left.as_mut(),
            _ => return None,
        }
    }
}

/// The name of a plain column.
fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.clone()),
        _ => None,
    }
}

/// The items of the first SELECT after the WITH list, as they are written.
fn written(sql: &str) -> Option<Vec<String>> {
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
    let selects = (0..tokens.len()).filter(|at| is(*at, "select"));
    let least = selects.clone().map(|at| depths[at]).min()?;
    let select = selects.into_iter().find(|at| depths[*at] == least)?;
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
    use super::*;

    #[test]
    fn items_are_found_as_they_are_written() {
        for (sql, want) in [
            ("select a, sum( b ) , count(*) n from t", vec!["a", "sum( b )", "count(*) n"]),
            (
                "with x as (select 1 one, 2) select one,\n  one +\n  1 from x",
                vec!["one", "one + 1"],
            ),
            ("(select 1, 'a,b')", vec!["1", "'a,b'"]),
            ("select distinct on (a, b) a, 实收 from t union select 1, 2", vec!["a", "实收"]),
            (
                "select percentile_cont(0.5) within group (order by x), 1 from t group by y",
                vec!["percentile_cont(0.5) within group (order by x)", "1"],
            ),
            ("select (select max(x) from t), 2;", vec!["(select max(x) from t)", "2"]),
        ] {
            assert_eq!(written(sql).unwrap(), want, "{sql}");
        }
    }
}
