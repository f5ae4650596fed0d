//! What the parser and the tokenizer stumble over.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{TokenWithSpan, Tokenizer, TokenizerError};

use super::phrases::{clipped, holes};
use super::{Place, WarehouseError};
use crate::spaced::is_word;

/// Says why a text cannot be taken apart into words and signs.
pub(crate) fn unreadable(error: &TokenizerError) -> WarehouseError {
    let place = Some((error.location.line, error.location.column)).filter(|(line, _)| *line > 0);
    WarehouseError::invalid(unfinished(&error.message), place)
}

fn unfinished(message: &str) -> String {
    let said = if message.contains("multi-line comment") {
        "注释没有写完，缺少 */"
    } else if message.contains("close delimiter '\"'") {
        "双引号没有写完，缺少右边的 \""
    } else if message.contains("Unterminated dollar") {
        "$ 括起来的文字没有写完"
    } else if message.contains("Unterminated") {
        "引号没有写完，这段文字缺少右边的 '"
    } else {
        "语句写法有误，这里有无法识别的符号"
    };
    said.to_owned()
}

/// Says what the parser expected and what it found.
pub(super) fn wrong(text: &str, sql: &str) -> WarehouseError {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    if text.contains("recursion limit") {
        return WarehouseError::invalid("语句嵌套太深，请拆开来写", None);
    }
    let (text, place) = placed(text);
    if let Some(case) = unfinished_case(sql) {
        return WarehouseError::invalid("这里的 case 没有写完，缺少 end", Some(case));
    }
    if text.contains("Unterminated") || text.contains("before EOF") || text.contains("comment") {
        return WarehouseError::invalid(unfinished(text), place);
    }
    if let Some(said) = place.and_then(|place| foreign(sql, place)) {
        return WarehouseError::invalid(said, place);
    }
    if let Some(side) = holes("JOIN after {}", text) {
        let message = format!("{} 后面缺少 join", side[0].to_lowercase());
        return WarehouseError::invalid(message, place);
    }
    let Some((expected, found)) = expectation(text) else {
        return WarehouseError::invalid("语句写法有误，无法识别", place);
    };
    if matches!(found, "EOF" | "") {
        let message = match wanted(expected) {
            Some(wanted) => format!("语句没有写完，此处应为{wanted}"),
            None => "语句没有写完".to_owned(),
        };
        return WarehouseError::invalid(message, place.or_else(|| Some(end_of(sql))));
    }
    let found = clipped(found);
    let message = if expected.starts_with("end of statement") {
        match found.to_lowercase().as_str() {
            word @ ("order" | "group") => format!("{word} 后面缺少 by"),
            word @ ("union" | "intersect" | "except") => format!(
                "{word} 前面的 order by、limit 要和那个 select 一起放进括号：(select … order by …) {word} (select …)"
            ),
            "where" => "where 只写一次，写在 from 之后、group by 和 order by 之前".to_owned(),
            _ => format!("这里的“{found}”多余，或者前面缺少逗号、括号或关键字"),
        }
    } else {
        match wanted(expected) {
            Some(wanted) => format!("此处应为{wanted}，却写着“{found}”"),
            None => format!("此处的“{found}”写法有误"),
        }
    };
    WarehouseError::invalid(message, place)
}

/// What is said where another database's words stand.
fn foreign(sql: &str, (line, column): Place) -> Option<&'static str> {
    let index = |n: u64| usize::try_from(n).ok()?.checked_sub(1);
    let mut lines = sql.split('\n');
    let here = lines.nth(index(line)?)?;
    let letters: Vec<char> = here.chars().collect();
    let at = index(column)?;
    let before: String = letters.get(..at)?.iter().collect::<String>().to_lowercase();
    let after: String = letters.get(at..)?.iter().filter(|letter| **letter != ' ').collect();
    let after = after.to_lowercase();
    let words: Vec<&str> = before.split_whitespace().collect();
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let in_limit =
        words.len() > 1 && words[words.len() - 2] == "limit" && words.last().is_some_and(is_number);
    if after.starts_with('`') {
        Some("反引号不能用：请删去，或改成双引号")
    } else if after.starts_with("(+)") {
        Some("不支持 (+) 写法：请改写成 left join … on …")
    } else if after.starts_with(',') && in_limit {
        Some("limit 后面只能写一个数：请写 limit 行数 offset 跳过的行数")
    } else if after.starts_with(')') && before.trim_end().ends_with("in (") {
        Some("in () 里至少要有一个值：一个也没有时请写 false")
    } else if after.starts_with("(dense_rank") && words.last() == Some(&"keep") {
        Some(
            "不支持 keep (dense_rank …)：请写 (array_agg(值 order by 排序的列))[1]，取最后的加 desc",
        )
    } else if after.starts_with("withties") {
        Some(
            "不支持 with ties：并列的也要时，请在子查询里写 rank() over (order by …) as 名次，在外面写 where 名次 <= 行数",
        )
    } else if after.starts_with("withrollup") || after.starts_with("withcube") {
        Some("不支持 group by … with：请写 group by rollup (…) 或 group by cube (…)")
    } else {
        None
    }
}

/// The last CASE without its END; nothing else that the parser says helps then.
fn unfinished_case(sql: &str) -> Option<Place> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let mut open = Vec::new();
    for TokenWithSpan { token, span } in &tokens {
        if is_word(token, "case") {
            open.push((span.start.line, span.start.column));
        } else if is_word(token, "end") {
            open.pop();
        }
    }
    open.pop()
}

fn expectation(text: &str) -> Option<(&str, &str)> {
    let parts =
        holes("Expected: {}, found: {}", text).or_else(|| holes("Expected {}, found: {}", text))?;
    Some((parts[0], parts[1]))
}

/// What was expected, in Chinese, where it is one of the usual things.
fn wanted(expected: &str) -> Option<String> {
    let known = match expected {
        "an expression" | "an expression:" => "列名或算式",
        "identifier" | "an identifier" | "an identifier after AS" => "名称",
        "an identifier or a '*' after '.'" | "wildcard or identifier" => "列名或 *",
        "joined table" => "要连接的表",
        "SELECT, VALUES, or a subquery in the query body" | "a QUERY statement" => "SELECT 查询",
        "an SQL statement" => "SELECT 查询",
        "TABLE or a table name" | "Table name" => "表名",
        "a value" | "a concrete value" => "值",
        "literal string" | "a string value" | "string literal" => "用单引号括起来的文字",
        "literal number" | "literal int" | "number" => "数字",
        "date/time field" => "时间单位，例如 year、month、day",
        "IN or BETWEEN after NOT" => "in、between 或 like",
        "[NOT] NULL | TRUE | FALSE | DISTINCT | [form] NORMALIZED FROM after IS" => {
            "null、not null、true 或 false"
        }
        "PRECEDING or FOLLOWING" => "preceding 或 following",
        "ROWS, RANGE, GROUPS" => "rows、range 或 groups",
        "expected one of: ')', ','" | "',' or ')'" => "“,”或“)”",
        "JOIN or APPLY after CROSS" => "join",
        "LEFT, RIGHT, or FULL" => "left、right 或 full",
        "a data type name" => "类型，例如 int、decimal(18, 2)、date",
        _ => return keywords(expected),
    };
    let gap = if known.starts_with(|letter: char| letter.is_ascii()) { " " } else { "" };
    Some(format!("{gap}{known}"))
}

/// `AS`, `)`, `one of FIRST or LAST`.
fn keywords(expected: &str) -> Option<String> {
    let words: Vec<_> = expected.trim_start_matches("one of ").split(" or ").collect();
    let sign = |word: &str| word.chars().all(|letter| letter.is_ascii_punctuation());
    let keyword = |word: &str| {
        word.chars().all(|letter| letter.is_ascii_uppercase() || matches!(letter, '_' | ' '))
    };
    let plain = words.iter().all(|word| !word.is_empty() && (sign(word) || keyword(word)));
    plain.then(|| words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join("或"))
}

/// Takes `... at Line: 1, Column: 15` off a parser's message.
fn placed(message: &str) -> (&str, Option<Place>) {
    let split = message.rsplit_once(" at Line: ").and_then(|(text, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((text, (line.trim().parse().ok()?, column.trim().parse().ok()?)))
    });
    match split {
        Some((text, place)) => (text, Some(place)),
        None => (message, None),
    }
}

/// Behind the last letter.
fn end_of(sql: &str) -> Place {
    let sql = sql.trim_end();
    let last = sql.rsplit('\n').next().unwrap_or_default();
    let lines = sql.split('\n').count();
    (lines as u64, last.chars().count() as u64 + 1)
}
