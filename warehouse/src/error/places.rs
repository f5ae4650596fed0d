//! Where in a statement an error may have come about, when the engine does not say: it computes rows, not texts.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::{Place, Told, WarehouseError, names};

/// Places that are named, at most; more would tell nothing.
const MOST: usize = 4;

/// Names the place, or the few places, where an error of a value or a refusal comes from.
pub(crate) fn located(error: WarehouseError, sql: &str) -> WarehouseError {
    match error {
        WarehouseError::Computation(Told { message, place: None }) => {
            let places = of_a_value(&message, sql);
            WarehouseError::Computation(match &places[..] {
                [place] => Told { message, place: Some(*place) },
                few @ [_, ..] if few.len() <= MOST => {
                    let all: Vec<String> = few.iter().map(told).collect();
                    Told::from(format!("{message}（可能在{}）", all.join("、")))
                }
                _ => message.into(),
            })
        }
        WarehouseError::Refused(Told { message, place: None }) => {
            let place = of_a_word(&message, sql);
            WarehouseError::Refused(Told { message, place })
        }
        other => other,
    }
}

fn told((line, column): &Place) -> String {
    format!("第 {line} 行第 {column} 列")
}

/// The places where a value of this kind is computed.
fn of_a_value(message: &str, sql: &str) -> Vec<Place> {
    if let Some(place) = names::place_in(message, sql) {
        return vec![place];
    }
    let tokens = tokens(sql);
    let is_word = |token: &Token, words: &[&str]| match token {
        Token::Word(word) => words.iter().any(|known| word.value.eq_ignore_ascii_case(known)),
        _ => false,
    };
    let first = message.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let called = first.take(1).next().filter(|name| !name.is_empty());
    let here = |token: &Token| match called {
        Some(name) => is_word(token, &[name]),
        None if message.starts_with("除数为零") => {
            matches!(token, Token::Div | Token::Mod) || is_word(token, &["mod"])
        }
        None if message.starts_with("数值超出范围") => {
            matches!(token, Token::Plus | Token::Minus | Token::DoubleColon)
                || is_word(token, &["sum", "avg", "cast", "power", "abs", "round"])
        }
        None if message.starts_with('“') => {
            *token == Token::DoubleColon
                || is_word(token, &["cast", "to_date", "to_timestamp", "to_number"])
        }
        None if message.starts_with("子查询") => *token == Token::LParen,
        None => false,
    };
    let of_subqueries = message.starts_with("子查询");
    let follows = |at: usize| !of_subqueries || is_next(&tokens, at, "select");
    let found = tokens.iter().enumerate().filter(|(at, token)| here(&token.token) && follows(*at));
    found.map(|(_, token)| place(token)).collect()
}

/// The place of the first word of a sentence that stands once in the statement.
fn of_a_word(message: &str, sql: &str) -> Option<Place> {
    let tokens = tokens(sql);
    let said = message.split('：').next()?;
    let words = said.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.len() > 1).find_map(|word| {
        let is = |token: &&TokenWithSpan| match &token.token {
            Token::Word(found) => found.value.eq_ignore_ascii_case(word),
            _ => false,
        };
        let mut found = tokens.iter().filter(is);
        let only = found.next()?;
        found.next().is_none().then(|| place(only))
    })
}

fn is_next(tokens: &[TokenWithSpan], at: usize, word: &str) -> bool {
    let mut rest = tokens[at + 1..].iter();
    let next = rest.find(|token| !matches!(token.token, Token::Whitespace(_)));
    next.is_some_and(|token| token.token.to_string().eq_ignore_ascii_case(word))
}

fn place(token: &TokenWithSpan) -> Place {
    (token.span.start.line, token.span.start.column)
}

fn tokens(sql: &str) -> Vec<TokenWithSpan> {
    Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computed(message: &str, sql: &str) -> String {
        located(WarehouseError::Computation(message.to_owned().into()), sql).to_string()
    }

    #[test]
    fn the_places_of_a_failed_computation_are_named() {
        assert_eq!(
            computed("除数为零", "select net / 0 from payment"),
            "计算出错：第 1 行第 12 列：除数为零"
        );
        assert_eq!(
            computed("除数为零", "select a / b,\n mod(c, d) from t"),
            "计算出错：除数为零（可能在第 1 行第 10 列、第 2 行第 2 列）"
        );
        assert_eq!(
            computed("“东城”不是数值", "select * from town where short_name::int = 1"),
            "计算出错：第 1 行第 36 列：“东城”不是数值"
        );
        assert_eq!(
            computed("ln 要大于 0 的数", "select 1, ln(net) from payment"),
            "计算出错：第 1 行第 11 列：ln 要大于 0 的数"
        );
        let subquery =
            computed("子查询得到了多行，这里只能是一行", "select (1), ( select id from t)");
        assert!(subquery.starts_with("计算出错：第 1 行第 13 列："), "{subquery}");
        assert_eq!(
            computed("有的值不能这样计算或换算", "select 1"),
            "计算出错：有的值不能这样计算或换算"
        );
    }

    #[test]
    fn a_refusal_names_the_word_it_is_about_where_there_is_one_such_word() {
        let refused = |message: &str, sql: &str| {
            located(WarehouseError::Refused(message.to_owned().into()), sql).to_string()
        };
        assert_eq!(
            refused("不支持 LATERAL", "select 1\nfrom a, lateral (b)"),
            "第 2 行第 9 列：不支持 LATERAL"
        );
        assert_eq!(refused("不支持 LATERAL", "lateral lateral"), "不支持 LATERAL");
        assert_eq!(
            refused("corr 不能带 DISTINCT：请用 select", "select 1"),
            "corr 不能带 DISTINCT：请用 select"
        );
    }
}
