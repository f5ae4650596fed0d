//! Words for what plainer words say, put in their place before anything looks at the statement: `row(a, b)` is `(a, b)`,
//! `= any (select …)` and `<> all (select …)` are IN and NOT IN, `like any (array['a%', 'b%'])` is an OR and `like all` an
//! AND.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    ObjectName, Select, Statement, TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use super::{grouping, rows, series, windows};

/// Texts that one column is matched with by `like any` and `like all`.
const PATTERNS: usize = 100;

/// Puts the plainer words in their place.
pub(crate) fn spelled(statement: &mut Statement) {
    // It never breaks off.
    let _ = statement.visit(&mut Speller);
}

struct Speller;

impl VisitorMut for Speller {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        windows::written_out(select);
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(rows) = series::written_out(factor) {
            *factor = rows;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(plain) = plain(expr) {
            *expr = plain;
        }
        if let Expr::GroupingSets(sets) = expr {
            grouping::flatten(sets);
        }
        ControlFlow::Continue(())
    }
}

fn plain(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Function(function) => row(function).map(Expr::Tuple),
        Expr::Identifier(word) if is_word(word, "localtimestamp") => {
            Some(Expr::Function(Function {
                name: ObjectName::from(vec![word.clone()]),
                uses_odbc_syntax: false,
                parameters: FunctionArguments::None,
                args: FunctionArguments::None,
                filter: None,
                null_treatment: None,
                over: None,
                within_group: Vec::new(),
            }))
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
            among(left, right, false)
        }
        Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => among(left, right, true),
        Expr::Like { any, expr: value, pattern, escape_char: None, .. }
        | Expr::ILike { any, expr: value, pattern, escape_char: None, .. } => {
            let (list, op) = match pattern.as_ref() {
                Expr::Nested(list) if *any => (list.as_ref(), BinaryOperator::Or),
                call if !any => match behind_all(call)? {
                    [FunctionArg::Unnamed(FunctionArgExpr::Expr(list))] => {
                        (list, BinaryOperator::And)
                    }
                    _ => return None,
                },
                _ => return None,
            };
            like_each(expr, value, list, &op)
        }
        _ => None,
    }
}

/// The values of `row(…)`.
fn row(function: &Function) -> Option<Vec<Expr>> {
    let [name] = function.name.0.as_slice() else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    if !is_word(name.as_ident()?, "row") || list.args.len() < 2 || function.over.is_some() {
        return None;
    }
    let value = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    };
    list.args.iter().map(value).collect()
}

fn among(value: &Expr, list: &Expr, negated: bool) -> Option<Expr> {
    let Expr::Subquery(subquery) = list else { return None };
    Some(Expr::InSubquery { expr: Box::new(value.clone()), subquery: subquery.clone(), negated })
}

/// What stands behind `like all`, which the parser takes for a call.
pub(crate) fn behind_all(pattern: &Expr) -> Option<&[FunctionArg]> {
    let Expr::Function(Function { name, args: FunctionArguments::List(list), .. }) = pattern else {
        return None;
    };
    let [name] = name.0.as_slice() else { return None };
    is_word(name.as_ident()?, "all").then_some(list.args.as_slice())
}

/// `like any (array[…])` or `like all (array[…])` of a column, text by text; NOT stands before each LIKE.
fn like_each(all: &Expr, value: &Expr, list: &Expr, op: &BinaryOperator) -> Option<Expr> {
    let Expr::Array(list) = list else { return None };
    let is_text = |one: &Expr| {
        matches!(one, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }))
    };
    let is_column = matches!(value, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    if !is_column || list.elem.len() > PATTERNS || !list.elem.iter().all(is_text) {
        return None;
    }
    let like = |text: &Expr| {
        let mut one = all.clone();
        if let Expr::Like { any, pattern, .. } | Expr::ILike { any, pattern, .. } = &mut one {
            *any = false;
            **pattern = text.clone();
        }
        one
    };
    let each = list.elem.iter().map(like).collect();
    Some(Expr::Nested(Box::new(rows::joined(each, op)?)))
}

fn is_word(name: &Ident, word: &str) -> bool {
    name.quote_style.is_none() && name.value.eq_ignore_ascii_case(word)
}
