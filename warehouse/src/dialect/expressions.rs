//! Regular expressions in a statement: each is written in quotes, read as PostgreSQL's and written as Rust's.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, ObjectNamePart, Value, ValueWithSpan,
};

use crate::regex::{self, Asks};

/// Why the expressions of a call or an operator are not answered.
pub(crate) fn refused(expr: &Expr) -> Option<String> {
    let mut expr = expr.clone();
    translate(&mut expr).err()
}

/// Writes the expressions of a call or an operator as Rust's.
///
/// # Errors
/// Why one is not answered, in Chinese.
pub(super) fn translate(expr: &mut Expr) -> Result<(), String> {
    use BinaryOperator::{PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch, PGRegexNotMatch};
    match expr {
        Expr::BinaryOp {
            op: op @ (PGRegexMatch | PGRegexIMatch | PGRegexNotMatch | PGRegexNotIMatch),
            right,
            ..
        } => {
            let any_case = matches!(op, PGRegexIMatch | PGRegexNotIMatch);
            let written = text(right).ok_or(IN_QUOTES)?;
            *written = regex::pattern(written, Asks::Whether, any_case)?;
            *op = if matches!(op, PGRegexMatch | PGRegexIMatch) {
                PGRegexMatch
            } else {
                PGRegexNotMatch
            };
            Ok(())
        }
        Expr::Function(function) => in_call(function),
        _ => Ok(()),
    }
}

const IN_QUOTES: &str = "正则表达式要直接写成引号里的文字";

fn in_call(function: &mut Function) -> Result<(), String> {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return Ok(()) };
    let name = name.value.to_ascii_lowercase();
    let Some(asks) = regex::asks(&name) else { return Ok(()) };
    let FunctionArguments::List(FunctionArgumentList { args, .. }) = &mut function.args else {
        return Ok(());
    };
    let options = if name == "regexp_replace" { 3 } else { 2 };
    let any_case = args.iter().skip(options).any(says_any_case);
    let mut values = args.iter_mut().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
        _ => None,
    });
    let Some(pattern) = values.nth(1) else { return Ok(()) };
    let written = text(pattern).ok_or(IN_QUOTES)?;
    *written = regex::pattern(written, asks, any_case)?;
    let mut options = values;
    if name == "regexp_replace"
        && let Some(by) = options.next()
    {
        let by = text(by).ok_or("替换成的文字要直接写在引号里")?;
        *by = regex::replacement(by)?;
    }
    for option in options {
        match (text(option), asks) {
            (Some(flags), _) => {
                regex::flags(flags, &name)?;
                if any_case {
                    // Both cases are written out; `s` says what is so already.
                    *flags = if flags.contains('g') { "g" } else { "s" }.to_owned();
                }
            }
            // A start or a count.
            (None, Asks::Where) if matches!(name.as_str(), "regexp_count" | "regexp_instr") => {}
            (None, _) => return Err(format!("函数 {name} 的选项要直接写在引号里")),
        }
    }
    Ok(())
}

/// True for options in which `i` is one.
fn says_any_case(option: &FunctionArg) -> bool {
    match option {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(flags) | Value::EscapedStringLiteral(flags),
            ..
        }))) => flags.contains('i'),
        _ => false,
    }
}

fn text(value: &mut Expr) -> Option<&mut String> {
    match value {
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text),
            ..
        }) => Some(text),
        _ => None,
    }
}
