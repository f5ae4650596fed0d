//! Constants where ORDER BY, GROUP BY and DISTINCT ON want a key: PostgreSQL takes a whole number for the place of an
//! item and refuses every other; here the rows would lie as they come.

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator, Value, ValueWithSpan};

/// The refusal of the first constant among the keys of a clause.
pub(super) fn in_keys<'a>(
    clause: &str,
    keys: impl IntoIterator<Item = &'a Expr>,
) -> Option<String> {
    let ValueWithSpan { value, span } =
        keys.into_iter().flat_map(each).find_map(|key| constant(key, false))?;
    let (line, column) = (span.start.line, span.start.column);
    let said = match value {
        Value::SingleQuotedString(name) => format!(
            "{clause} 后面的 '{name}' 是一段文字，不是列：列名、别名要写在双引号里，\"{name}\"；按第几列请写 {clause} 1"
        ),
        _ => format!(
            "{clause} 后面的常数不是列：请写列名或别名；按第几列请写从 1 起的整数，例如 {clause} 1"
        ),
    };
    Some(format!("第 {line} 行第 {column} 列：{said}"))
}

/// The keys that one stands for, in parentheses or in sets.
fn each(key: &Expr) -> Vec<&Expr> {
    match key {
        Expr::Tuple(keys) => keys.iter().flat_map(each).collect(),
        Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
            sets.iter().flatten().flat_map(each).collect()
        }
        plain => vec![plain],
    }
}

/// The constant that a key is; none for the place of an item, and for a parameter.
fn constant(key: &Expr, is_negative: bool) -> Option<&ValueWithSpan> {
    match key {
        Expr::Nested(inside) => constant(inside, is_negative),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => constant(expr, true),
        Expr::Value(written) => {
            let is_column = match &written.value {
                Value::Number(digits, _) => {
                    !is_negative && digits.bytes().all(|byte| byte.is_ascii_digit())
                }
                Value::Placeholder(_) => true,
                _ => false,
            };
            (!is_column).then_some(written)
        }
        _ => None,
    }
}
