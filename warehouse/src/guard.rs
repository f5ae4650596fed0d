//! Which statements are let in: one SELECT, of a size that can be planned in a blink.
//!
//! Planning is plain code that no deadline stops, and its time grows with the square of a chain of OR terms. So the
//! text is counted before it is parsed, and looked at before it is planned.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::ScalarValue;
use datafusion::execution::context::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, Query, Select, Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::session::DIALECT;
use crate::{WarehouseError, error, ignored};

/// Letters of a statement; a pasted list of some ten thousand numbers fits.
const LETTERS: usize = 200_000;
/// Words and signs, without the items of lists.
const WORDS: usize = 4_000;
/// `and`, `or`.
const TERMS: usize = 300;
/// `+ - * /` and the like.
const OPERATORS: usize = 500;
/// Parentheses within parentheses.
const DEPTH: usize = 40;
/// Columns of CUBE, ROLLUP and GROUPING SETS together: each may double the work.
const GROUPINGS: usize = 8;

/// Lets a statement in, parsed, or says why not.
pub(crate) fn admit(
    state: &SessionState,
    sql: &str,
    params: &HashMap<String, ScalarValue>,
) -> Result<Parsed, WarehouseError> {
    count(sql)?;
    let parsed = state.sql_to_statement(sql, &DIALECT).map_err(|found| error::about(found, sql))?;
    let Parsed::Statement(statement) = &parsed else {
        return refused("只能执行查询（SELECT 或 WITH）");
    };
    let mut inspector = Inspector { params, groupings: 0 };
    match statement.visit(&mut inspector) {
        ControlFlow::Continue(()) => Ok(parsed),
        ControlFlow::Break(reason) => Err(*reason),
    }
}

/// The place of a word in a statement, counted from 1.
pub(crate) fn place_of(sql: &str, name: &str) -> Option<(u64, u64)> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let found = tokens.iter().find(
        |token| matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case(name)),
    )?;
    Some((found.span.start.line, found.span.start.column))
}

fn refused<T>(message: impl Into<String>) -> Result<T, WarehouseError> {
    Err(WarehouseError::Refused(message.into()))
}

/// Counts before parsing.
fn count(sql: &str) -> Result<(), WarehouseError> {
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
    let (mut words, mut terms, mut operators, mut depth) = (0, 0, 0, 0_usize);
    for TokenWithSpan { token, .. } in &tokens {
        match token {
            Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) => continue,
            Token::SemiColon => return refused("一次只能执行一条语句"),
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            Token::Word(word) if is_term(&word.value) => terms += 1,
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
        if depth > DEPTH || words > WORDS || terms > TERMS || operators > OPERATORS {
            return refused(
                "语句太复杂：括号层数、条件个数或运算个数超过上限；很多值请写成 in (…) 列表",
            );
        }
    }
    Ok(())
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

/// Looks at the parsed statement for what its first word does not tell.
struct Inspector<'a> {
    params: &'a HashMap<String, ScalarValue>,
    groupings: usize,
}

type Verdict = ControlFlow<Box<WarehouseError>>;

fn stop(message: impl Into<String>) -> Verdict {
    ControlFlow::Break(Box::new(WarehouseError::Refused(message.into())))
}

fn verdict(found: Option<String>) -> Verdict {
    found.map_or(ControlFlow::Continue(()), stop)
}

impl Visitor for Inspector<'_> {
    type Break = Box<WarehouseError>;

    fn pre_visit_statement(&mut self, statement: &Statement) -> Verdict {
        match statement {
            Statement::Query(_) => ControlFlow::Continue(()),
            _ => stop("只能查询，不能修改数据"),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> Verdict {
        if !query.locks.is_empty() {
            return stop("只能查询，不能锁定数据：FOR UPDATE");
        }
        if query.with.as_ref().is_some_and(|with| with.recursive) {
            return stop("不能使用递归查询：WITH RECURSIVE");
        }
        verdict(ignored::in_query(query))
    }

    fn pre_visit_select(&mut self, select: &Select) -> Verdict {
        match select.into {
            Some(_) => stop("只能查询，不能把结果存成表：SELECT INTO"),
            None => verdict(ignored::in_select(select)),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Verdict {
        match factor {
            TableFactor::Table { args: Some(_), name, .. } | TableFactor::Function { name, .. } => {
                stop(format!("不能使用表函数：{name}"))
            }
            TableFactor::TableFunction { .. } => stop("不能使用表函数"),
            _ => verdict(ignored::in_relation(factor)),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Verdict {
        if let Expr::Cube(sets) | Expr::Rollup(sets) | Expr::GroupingSets(sets) = expr {
            self.groupings += sets.len();
            if self.groupings > GROUPINGS {
                return stop(format!(
                    "分组太多：CUBE、ROLLUP、GROUPING SETS 合计最多 {GROUPINGS} 项"
                ));
            }
        }
        verdict(ignored::in_expression(expr))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> Verdict {
        match &value.value {
            Value::Placeholder(name) if !self.params.contains_key(name.trim_start_matches('$')) => {
                stop(format!("缺少参数 {name}"))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
