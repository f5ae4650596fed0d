//! Rows of values, `(a, b) in ((1, 2), (3, 4))`, taken apart into plain comparisons: DataFusion compares them as one
//! value, for which a NULL inside is a value like any other.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

/// The comparison of rows in plain words; none for other expressions.
pub(super) fn apart(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::InList { expr, list, negated } => {
            let left = row(expr)?;
            let each =
                list.iter().map(|item| equal(left, row(item)?)).collect::<Option<Vec<_>>>()?;
            let any = nested(joined(each, &BinaryOperator::Or)?);
            Some(if *negated { not(any) } else { any })
        }
        Expr::BinaryOp { left, op, right } => {
            let (left, right) = (row(left)?, row(right)?);
            match op {
                BinaryOperator::Eq => equal(left, right),
                BinaryOperator::NotEq => Some(not(equal(left, right)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn row(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(values) => Some(values),
        Expr::Nested(inside) => row(inside),
        _ => None,
    }
}

fn equal(left: &[Expr], right: &[Expr]) -> Option<Expr> {
    let same_length = left.len() == right.len();
    let pairs = left.iter().zip(right);
    let each = pairs.map(|(l, r)| compared(l, &BinaryOperator::Eq, r)).collect();
    joined(each, &BinaryOperator::And).filter(|_| same_length).map(nested)
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr) -> Expr {
    binary(nested(left.clone()), op, nested(right.clone()))
}

/// Terms in a tree that is as flat as it can be: a long list must not make a deep one.
pub(super) fn joined(mut terms: Vec<Expr>, op: &BinaryOperator) -> Option<Expr> {
    if terms.len() <= 1 {
        return terms.pop();
    }
    let right = terms.split_off(terms.len() / 2);
    Some(binary(joined(terms, op)?, op, joined(right, op)?))
}

fn binary(left: Expr, op: &BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) }
}

fn nested(inside: Expr) -> Expr {
    match inside {
        Expr::BinaryOp { .. } | Expr::UnaryOp { .. } => Expr::Nested(Box::new(inside)),
        other => other,
    }
}

fn not(inside: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(inside) }))
}
