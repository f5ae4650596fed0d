//! Pieces of a statement's tree, as the rewriting puts them there.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Value,
};

use super::conversions::NAMED;

/// A cast under a name of its own: DataFusion calls `cast(x as int)` and `x` by one name, and takes one for the other.
/// So with a subquery, whose name says no more than that it is one.
pub(super) fn named_cast(value: Expr, kind: &str) -> Expr {
    call(NAMED, [value, Expr::value(Value::SingleQuotedString(kind.to_owned()))])
}

pub(super) fn number(digits: &str) -> Expr {
    Expr::value(Value::Number(digits.to_owned(), false))
}

pub(super) fn cast(kind: &CastKind, value: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: kind.clone(), expr: Box::new(value), data_type, array: false, format: None }
}

/// `count(1)`: every row.
pub(super) fn count_rows() -> Expr {
    call("count", [number("1")])
}

pub(super) fn named(name: &str) -> ObjectName {
    ObjectName::from(vec![Ident::new(name)])
}

pub(super) fn call<const N: usize>(name: &str, arguments: [Expr; N]) -> Expr {
    let args = arguments.map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value)));
    Expr::Function(Function {
        name: named(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
