//! What PostgreSQL reads and the parser does not, spelled so that it does, before it is parsed.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// `net>-1` with a blank before the sign: the parser takes `>-` for one operator, PostgreSQL for two. And `isnull` as
/// `is null`, `net top` as `net as top`, `trim(leading from …)` with the blank that is meant.
pub(crate) fn spaced(sql: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location() else {
        return sql.to_owned();
    };
    let mut lines: Vec<Vec<char>> = sql.split('\n').map(|line| line.chars().collect()).collect();
    // Before the letter at a place, or so many letters behind it.
    let mut put = |Location { line, column }: Location, behind: isize, text: &str| {
        let place = |n: u64| usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
        if let Some(line) = place(line).and_then(|line| lines.get_mut(line))
            && let Some(at) = place(column).and_then(|at| at.checked_add_signed(behind))
            && at <= line.len()
        {
            line.splice(at..at, text.chars());
        }
    };
    for (number, token) in tokens.iter().enumerate().rev() {
        if let Some(blank) = trimmed_blank(&tokens, number) {
            put(token.span.end, 0, blank);
        }
        if is_isnull(&tokens, number) {
            put(token.span.start, 2, " ");
        }
        if is_label(&tokens, number) {
            put(token.span.start, 0, "as ");
        }
        let Token::CustomBinaryOperator(written) = &token.token else { continue };
        let known = [">", ">=", "<>", "<", "<=", "=", "%", "*", "/", "||"];
        let before = written.trim_end_matches(['+', '-']);
        if known.contains(&before) && written.len() == before.len() + 1 {
            put(token.span.end, -1, " ");
        }
    }
    let lines: Vec<String> = lines.into_iter().map(|line| line.into_iter().collect()).collect();
    lines.join("\n")
}

/// What stands behind this word of `trim(leading from x)`, or this parenthesis of `trim(from x)`, where it is left out.
fn trimmed_blank(tokens: &[TokenWithSpan], at: usize) -> Option<&'static str> {
    let blank = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let mut before = tokens[..at].iter().rev().filter(blank).map(|token| &token.token);
    let after = tokens[at + 1..].iter().find(blank).map(|token| &token.token);
    if !after.is_some_and(|token| is_word(token, "from")) {
        return None;
    }
    let side = ["leading", "trailing", "both"].iter().any(|side| is_word(&tokens[at].token, side));
    let opens = |token: Option<&Token>| token == Some(&Token::LParen);
    let trims = |token: Option<&Token>| token.is_some_and(|token| is_word(token, "trim"));
    match tokens[at].token {
        _ if side && opens(before.next()) && trims(before.next()) => Some(" ' '"),
        Token::LParen if trims(before.next()) => Some("both ' ' "),
        _ => None,
    }
}

/// True for `isnull` behind a value.
fn is_isnull(tokens: &[TokenWithSpan], at: usize) -> bool {
    let (before, after) = beside(tokens, at);
    is_word(&tokens[at].token, "isnull") && ends_value(before) && after != Some(&Token::LParen)
}

/// Words that PostgreSQL takes for the name of an item also without `as`, and the parser does not.
const LABELS: &[&str] = &[
    "analyze",
    "cluster",
    "distribute",
    "exclude",
    "explain",
    "lateral",
    "minus",
    "sort",
    "top",
    "values",
    "view",
];

/// True for such a word at the end of an item.
fn is_label(tokens: &[TokenWithSpan], at: usize) -> bool {
    let (before, after) = beside(tokens, at);
    let ends = match after {
        None | Some(Token::EOF | Token::Comma | Token::RParen | Token::SemiColon) => true,
        Some(word) => is_word(word, "from"),
    };
    ends && LABELS.iter().any(|label| is_word(&tokens[at].token, label)) && ends_value(before)
}

/// What stands on both sides of a word.
fn beside(tokens: &[TokenWithSpan], at: usize) -> (Option<&Token>, Option<&Token>) {
    let blank = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let before = tokens[..at].iter().rev().find(blank);
    let after = tokens[at + 1..].iter().find(blank);
    (before.map(|token| &token.token), after.map(|token| &token.token))
}

/// True for what a value may end with.
fn ends_value(token: Option<&Token>) -> bool {
    match token {
        Some(Token::Word(word)) => {
            word.quote_style.is_some()
                || !OPENING.iter().any(|other| word.value.eq_ignore_ascii_case(other))
        }
        Some(
            Token::RParen | Token::RBracket | Token::Number(..) | Token::SingleQuotedString(_),
        ) => true,
        _ => false,
    }
}

/// Words behind which a value or a table begins.
const OPENING: &[&str] = &[
    "all", "and", "as", "between", "by", "case", "distinct", "else", "from", "having", "ilike",
    "in", "join", "like", "not", "on", "or", "over", "select", "then", "when", "where", "with",
];

/// True for a word without quotes.
pub(crate) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found)
        if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn a_sign_behind_an_operator_stands_by_itself() {
        for (written, meant) in [
            ("select 1 where net>-1", "select 1 where net> -1"),
            ("select 净\nwhere 净>=-1 and b<>-5", "select 净\nwhere 净>= -1 and b<> -5"),
            ("select 'a>-1', b-1 -- c>-1", "select 'a>-1', b-1 -- c>-1"),
            (
                "with top as (select 1 a) select net top, x.id minus,\n(a) view from top, sort",
                "with top as (select 1 a) select net as top, x.id as minus,\n(a) as view from top, sort",
            ),
            (
                "select distinct top from x union select top, x.sort, 'sort' from (values (1)) y",
                "select distinct top from x union select top, x.sort, 'sort' from (values (1)) y",
            ),
            (
                "select trim(leading from a), trim(\nboth  from b), trim( from c), trim(both 'x' from d)",
                "select trim(leading ' ' from a), trim(\nboth ' '  from b), trim(both ' '  from c), trim(both 'x' from d)",
            ),
        ] {
            assert_eq!(spaced(written), meant);
        }
    }
}
