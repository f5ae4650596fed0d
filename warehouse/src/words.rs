//! What is counted of a statement before it is parsed, and told of it where the parser would not say it well.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::spaced::is_word;
use crate::{Told, WarehouseError, error};

/// Letters of a statement; a pasted list of some ten thousand numbers fits.
const LETTERS: usize = 200_000;
/// Words and signs, without the items of lists (see `items`).
const WORDS: usize = 4_000;
/// `and`, `or`.
const TERMS: usize = 300;
/// `+ - * /` and the like.
const OPERATORS: usize = 200;
/// Parentheses within parentheses.
const DEPTH: usize = 40;
/// Words and signs, as often as the parser reads them (see [`read`]): about a second.
const READ: u64 = 400_000;
/// `not`, `-` and `+` before one value.
const SIGNS: usize = 20;

/// The place of a word in a statement, counted from 1.
pub(crate) fn place_of(sql: &str, name: &str) -> Option<(u64, u64)> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let found = tokens.iter().find(
        |token| matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case(name)),
    )?;
    Some((found.span.start.line, found.span.start.column))
}

pub(crate) fn refused<T>(message: impl Into<String>) -> Result<T, WarehouseError> {
    Err(WarehouseError::Refused(message.into().into()))
}

/// Refuses what is too large to be parsed, and what the parser would not tell well.
pub(crate) fn check(sql: &str) -> Result<(), WarehouseError> {
    if sql.chars().count() > LETTERS {
        return refused(format!("语句太长：最多 {LETTERS} 个字"));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location();
    let mut tokens = tokens.map_err(|found| error::unreadable(&found))?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    if tokens.last().is_some_and(|token| token.token == Token::SemiColon) {
        tokens.pop();
    }
    first_word(&tokens)?;
    let beside = tokens.windows(2).find(|two| two.iter().all(|token| is_quoted(&token.token)));
    if let Some([_, TokenWithSpan { span, .. }]) = beside {
        let (line, column) = (span.start.line, span.start.column);
        return refused(format!(
            "第 {line} 行第 {column} 列：两段引号里的文字挨在一起：要连成一段请写 ||，要分开请加逗号"
        ));
    }
    if let Some([number, _]) = tokens.windows(2).find(|two| is_run_together(two)) {
        let (line, column) = (number.span.start.line, number.span.start.column);
        return refused(format!(
            "第 {line} 行第 {column} 列：数字“{}”后面紧跟着字：别名前面请空一格写 as，以数字开头的名称要写在双引号里",
            number.token
        ));
    }
    unread(&tokens)?;
    if read(&tokens) > READ {
        return refused(
            "函数套得太深：一个套一个最多约 15 层，里面的东西多时更少；请把里层的先在子查询或 with 里算成一列",
        );
    }
    let mut signs = 0;
    let (mut words, mut terms, mut operators, mut depth) = (0, 0, 0, 0_usize);
    for TokenWithSpan { token, span } in &tokens {
        match token {
            Token::Plus | Token::Minus => signs += 1,
            Token::Word(_) if is_word(token, "not") => signs += 1,
            Token::LParen => {}
            _ => signs = 0,
        }
        match token {
            Token::Number(digits, true) => {
                let place = Some((span.start.line, span.start.column));
                let message = format!("数字后面不能写 L：请写 {digits}");
                return Err(WarehouseError::Refused(Told { message, place }));
            }
            Token::Number(digits, _) if digits.contains('_') => {
                return refused(format!("数字里不能写下划线：{digits}"));
            }
            Token::DoubleEq => {
                let place = Some((span.start.line, span.start.column));
                let message = "相等请写一个等号：=".to_owned();
                return Err(WarehouseError::Refused(Told { message, place }));
            }
            Token::Number(digits, _) if digits.parse::<f64>().is_ok_and(f64::is_infinite) => {
                return refused(format!("数字“{digits}”太大：最多 38 位"));
            }
            Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) => continue,
            Token::SemiColon => return refused("一次只能执行一条语句"),
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            Token::Word(word) if is_term(&word.value) => terms += 1,
            // `sum(net)，1` would be a column called `，1`.
            Token::Word(word) if word.quote_style.is_none() && is_sign(&word.value) => {
                return Err(error::full_width(sql)
                    .unwrap_or_else(|| WarehouseError::Refused(format!("看不懂“{word}”").into())));
            }
            Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat
            | Token::DoubleColon => operators += 1,
            _ => {}
        }
        words += 1;
        if depth > DEPTH || signs > SIGNS || words > WORDS || terms > TERMS || operators > OPERATORS
        {
            return refused(
                "语句太复杂：括号层数、条件个数或运算个数超过上限；很多值请写成 in (…) 列表",
            );
        }
    }
    Ok(())
}

/// How much the parser reads: of what stands in the parentheses of a call it reads each argument twice, to see whether
/// it has a name.
fn read(tokens: &[TokenWithSpan]) -> u64 {
    let mut before = None;
    // Of the parentheses that are open, whether they are of a call.
    let mut open = Vec::new();
    let (mut calls, mut read) = (0_u32, 0_u64);
    for TokenWithSpan { token, .. } in tokens {
        match token {
            Token::LParen => {
                let is_call = before.is_some_and(is_called);
                open.push(is_call);
                calls += u32::from(is_call);
            }
            Token::RParen => calls -= u32::from(open.pop().unwrap_or(false)),
            _ => {}
        }
        read = read.saturating_add(1_u64.checked_shl(calls).unwrap_or(u64::MAX));
        before = Some(token);
    }
    read
}

/// What stands before parentheses that are none of a call.
const UNCALLED: &[&str] = &[
    "all",
    "and",
    "any",
    "as",
    "by",
    "else",
    "except",
    "exists",
    "from",
    "having",
    "in",
    "intersect",
    "join",
    "lateral",
    "materialized",
    "not",
    "on",
    "or",
    "over",
    "select",
    "sets",
    "some",
    "then",
    "union",
    "values",
    "when",
    "where",
];

fn is_called(token: &Token) -> bool {
    matches!(token, Token::Word(_)) && !UNCALLED.iter().any(|word| is_word(token, word))
}

/// True for a text in quotes. PostgreSQL joins two of them that stand on two lines; the parser takes the second for a
/// name.
fn is_quoted(token: &Token) -> bool {
    matches!(
        token,
        Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::DollarQuotedString(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::HexStringLiteral(_)
    )
}

/// True for a number and a word without a blank between them.
fn is_run_together(two: &[TokenWithSpan]) -> bool {
    matches!(two, [
        TokenWithSpan { token: Token::Number(..), span },
        TokenWithSpan { token: Token::Word(word), span: next },
    ] if span.end == next.start && word.quote_style.is_none() && !is_sign(&word.value))
}

const OF_VALUES: &str = "any、all 后面不能直接写 values：请写 (select x from (values (1), (2)) as v (x))，= any 请写 in (…)";

/// Refuses what the parser does not read, and says what to write.
fn unread(tokens: &[TokenWithSpan]) -> Result<(), WarehouseError> {
    let are = |from: usize, words: &[&str]| {
        words.iter().enumerate().all(|(at, word)| {
            tokens.get(from + at).is_some_and(|token| is_word(&token.token, word))
        })
    };
    for at in 0..tokens.len() {
        if are(at, &["between", "symmetric"]) {
            return refused("不支持 between symmetric：请把小的写在前面，或用 or 连接两个 between");
        }
        let is_compared = at > 0 && is_comparison(&tokens[at - 1].token);
        if is_compared
            && ["any", "all", "some"].iter().any(|word| is_word(&tokens[at].token, word))
            && tokens.get(at + 1).is_some_and(|token| token.token == Token::LParen)
            && are(at + 2, &["values"])
        {
            return refused(OF_VALUES);
        }
        if [&["current", "row"][..], &["no", "others"], &["group"], &["ties"]]
            .iter()
            .any(|left_out| are(at, &["exclude"]) && are(at + 1, left_out))
        {
            return refused("窗口不支持 exclude：不算本行请从汇总里减去本行的值");
        }
        if are(at, &["fetch"]) && !is_whole_fetch(&tokens[at + 1..]) {
            return refused(
                "fetch 没有写完：请写 fetch first 3 rows only，行数直接写成数字；也可以写 limit 3",
            );
        }
        if (are(at, &["rollup"]) || are(at, &["cube"])) && begins_in_parentheses(&tokens[at + 1..])
        {
            return refused(
                "rollup、cube 里的算式不能以括号开头：算数请在前面加上 0 +，select 里也这样写，例如 rollup (0 + (甲 - 乙) / 30)；换类型请写 cast(… as text)；或先在子查询里算出来",
            );
        }
    }
    Ok(())
}

/// True for `first 3 rows only`, behind FETCH.
fn is_whole_fetch(after: &[TokenWithSpan]) -> bool {
    let is = |at: usize, words: [&str; 2]| {
        after.get(at).is_some_and(|token| words.iter().any(|word| is_word(&token.token, word)))
    };
    // A sign, a number and PERCENT, which is told of later.
    let rows = (1..=4).find(|at| is(*at, ["row", "rows"]));
    is(0, ["first", "next"]) && rows.is_some_and(|at| is(at + 1, ["only", "with"]))
}

fn is_comparison(token: &Token) -> bool {
    matches!(token, Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq)
}

/// True for a list in parentheses with an item such as `(a)::text` or `(a) + 1`.
fn begins_in_parentheses(tokens: &[TokenWithSpan]) -> bool {
    // Of an item: nothing was read yet, it begins with a parenthesis, that has just been closed.
    let (mut depth, mut fresh, mut inside, mut closed) = (0_usize, false, false, false);
    for TokenWithSpan { token, .. } in tokens {
        if closed && !matches!(token, Token::Comma | Token::RParen) {
            return true;
        }
        closed = false;
        match token {
            Token::LParen => {
                inside |= depth == 1 && fresh;
                fresh = depth == 0;
                depth += 1;
            }
            Token::RParen => {
                depth = depth.saturating_sub(1);
                closed = depth == 1 && inside;
                inside &= !closed;
                fresh = false;
            }
            other => fresh = depth == 1 && *other == Token::Comma,
        }
        if depth == 0 {
            return false;
        }
    }
    false
}

/// True for a name that begins with a sign of a Chinese keyboard.
fn is_sign(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|first| !first.is_alphanumeric() && first != '_' && !first.is_ascii())
}

fn is_term(word: &str) -> bool {
    ["and", "or"].iter().any(|term| word.eq_ignore_ascii_case(term))
}

fn first_word(tokens: &[TokenWithSpan]) -> Result<(), WarehouseError> {
    let first = tokens.iter().find(|token| token.token != Token::LParen).map(|token| &token.token);
    let word = match first {
        None => return refused("请写一条查询语句"),
        Some(Token::Word(word)) => word.value.to_ascii_uppercase(),
        Some(other) => other.to_string(),
    };
    match word.as_str() {
        "SELECT" | "WITH" => Ok(()),
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "REPLACE" => {
            refused(format!("只能查询，不能修改数据：{word}"))
        }
        "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE" | "COMMENT" => {
            refused(format!("只能查询，不能改动表：{word}"))
        }
        "COPY" | "UNLOAD" | "EXPORT" => {
            refused(format!("只能查询，不能读写文件：{word}；要文件请用导出"))
        }
        "SET" | "RESET" | "BEGIN" | "COMMIT" | "PREPARE" | "EXECUTE" | "USE" => {
            refused(format!("只能查询，不能改变设置：{word}"))
        }
        "EXPLAIN" | "DESCRIBE" | "DESC" | "SHOW" | "ANALYZE" => {
            refused(format!("只能查询数据，不能执行 {word}；表和列的说明请看数据字典"))
        }
        _ => refused(format!("只能执行查询（SELECT 或 WITH），不能执行 {word}")),
    }
}
