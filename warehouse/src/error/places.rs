//! Where in a statement an error may have come about, when the engine does not say: it computes rows, not texts.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::{Place, Told, WarehouseError, names};
use crate::spaced::is_word;

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
            let place = of_a_word(&message, sql).or_else(|| of_a_sign(&message, sql));
            WarehouseError::Refused(Told { message, place })
        }
        WarehouseError::Invalid { message, line: Some(line), column: Some(column) } => {
            let way = if in_a_branch(&message, (line, column), sql) { AS_TEXT } else { "" };
            WarehouseError::invalid(message + way, Some((line, column)))
        }
        WarehouseError::Invalid { message, .. } => {
            let place = names::place_in(&message, sql).or_else(|| of_a_clause(&message, sql));
            WarehouseError::invalid(message, place)
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
    let is_one = |token: &Token, words: &[&str]| match token {
        Token::Word(word) => words.iter().any(|known| word.value.eq_ignore_ascii_case(known)),
        _ => false,
    };
    let first = message.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let called = first.take(1).next().filter(|name| !name.is_empty());
    let here = |token: &Token| match called {
        Some(name) => is_one(token, &[name]),
        None if message.starts_with("除数为零") => {
            matches!(token, Token::Div | Token::Mod) || is_one(token, &["mod"])
        }
        None if message.starts_with("数值超出范围") => {
            matches!(token, Token::Plus | Token::Minus | Token::DoubleColon)
                || is_one(token, &["sum", "avg", "cast", "power", "abs", "round"])
        }
        None if message.starts_with('“') => {
            *token == Token::DoubleColon
                || is_one(token, &["cast", "to_date", "to_timestamp", "to_number"])
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

/// The place of the one clause, or of the one operator, that a sentence begins with or has between its two sides.
fn of_a_clause(message: &str, sql: &str) -> Option<Place> {
    let begin = message.split(|letter: char| !letter.is_ascii() && letter != '、').next()?;
    let clauses = begin.split('、').filter_map(|clause| clause.split_whitespace().next());
    let clauses: Vec<&str> = clauses.collect();
    let sign = message.split_once("不能用 ").and_then(|(_, rest)| rest.split(' ').next());
    let is_named = |text: &str| {
        clauses.iter().copied().chain(sign).any(|named| text.eq_ignore_ascii_case(named))
    };
    only(sql, |token| is_named(&token.to_string())).or_else(|| of_a_sign(message, sql))
}

/// The place of the one sign that a sentence is about.
fn of_a_sign(message: &str, sql: &str) -> Option<Place> {
    if message.starts_with("正则表达式") {
        return only(sql, |token| match token {
            Token::Word(word) => word.value.to_ascii_lowercase().starts_with("regexp_"),
            token => matches!(
                token,
                Token::Tilde
                    | Token::TildeAsterisk
                    | Token::ExclamationMarkTilde
                    | Token::ExclamationMarkTildeAsterisk
            ),
        });
    }
    if message.contains("并列") {
        let sides = ["union", "intersect", "except"];
        return only(sql, |token| sides.iter().any(|side| is_word(token, side)));
    }
    if message.starts_with("数字“") {
        return names::place_in(message, sql);
    }
    let begins = ["不支持 ", "不支持运算符 ", "名称不能写在 "];
    let sign = begins.iter().find_map(|begin| message.strip_prefix(begin))?;
    let sign = sign.split([' ', '：']).next()?;
    only(sql, |token| token.to_string() == sign)
}

/// The place of the one token of its kind.
fn only(sql: &str, is: impl Fn(&Token) -> bool) -> Option<Place> {
    let tokens = tokens(sql);
    let mut found = tokens.iter().filter(|token| is(&token.token));
    let first = found.next()?;
    found.next().is_none().then(|| place(first))
}

const AS_TEXT: &str = "：各个结果要是同一种类型，数值请写成 …::text";

/// True for a text that is told to be no number, and is one of the results of a CASE.
fn in_a_branch(message: &str, at: Place, sql: &str) -> bool {
    let mut tokens = tokens(sql);
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    let is_result = |two: &[TokenWithSpan]| {
        place(&two[1]) == at && (is_word(&two[0].token, "then") || is_word(&two[0].token, "else"))
    };
    message.ends_with("”不是数值") && tokens.windows(2).any(is_result)
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
    fn a_mistake_names_the_clause_or_the_operator_where_there_is_one() {
        let mistaken = |message: &str, sql: &str| {
            located(WarehouseError::invalid(message, None), sql).to_string()
        };
        for (message, sql, want) in [
            ("limit 后面要写整数", "select 1 limit 1.5", "第 1 行第 10 列："),
            ("where、having 后面要写条件，不能是小数", "select a having a", "第 1 行第 10 列："),
            ("where、having 后面要写条件，不能是小数", "select a where a having a", ""),
            ("select distinct 只能按查出的列排序", "select distinct a", "第 1 行第 1 列："),
            ("时间和整数不能用 - 计算：几天请写 …", "select now() - 7", "第 1 行第 14 列："),
            ("时间和整数不能用 - 计算：几天请写 …", "select now() - 7 - 8", ""),
            ("日期和文字不能用 like 比较", "select a like 'b'", "第 1 行第 10 列："),
            ("没有时间单位“weekday”", "select extract(weekday from a)", "第 1 行第 16 列："),
        ] {
            assert_eq!(mistaken(message, sql), format!("{want}{message}"), "{sql}");
        }
        let sql = "select case when a then 1 else '无' end";
        let at = Some((1, 32));
        let branch = located(WarehouseError::invalid("“无”不是数值", at), sql).to_string();
        assert!(branch.ends_with("数值请写成 …::text"), "{branch}");
        let sql = "select a from b where c = '无'     ";
        let at = Some((1, 27));
        let other = located(WarehouseError::invalid("“无”不是数值", at), sql).to_string();
        assert!(other.ends_with("不是数值"), "{other}");
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
            refused("不支持 &&：请写 and", "select a && b"),
            "第 1 行第 10 列：不支持 &&：请写 and"
        );
        assert_eq!(
            refused("正则表达式里的 ( 没有结束", "select upper(a) ~ '('"),
            "第 1 行第 17 列：正则表达式里的 ( 没有结束"
        );
        assert_eq!(
            refused("文字不能直接和数字比较或并列", "select 1 union select 'a'"),
            "第 1 行第 10 列：文字不能直接和数字比较或并列"
        );
        assert_eq!(
            refused("corr 不能带 DISTINCT：请用 select", "select 1"),
            "corr 不能带 DISTINCT：请用 select"
        );
    }
}
