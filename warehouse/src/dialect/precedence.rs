//! `a is distinct from b and c`: the parser takes all of `b and c` for the right side, PostgreSQL only `b`. Chains of
//! AND, OR, NOT and IS DISTINCT FROM without parentheses are put together again in PostgreSQL's order.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

/// Puts a chain right, if there is anything to put right in it.
pub(super) fn mend(expr: &mut Expr) {
    if is_loose(expr) {
        let mut parts = Vec::new();
        flatten(std::mem::replace(expr, Expr::Tuple(Vec::new())), &mut parts);
        let mut rest = parts.into_iter().peekable();
        *expr = either(&mut rest);
    }
}

enum Part {
    Value(Box<Expr>),
    Not,
    And,
    Or,
    Distinct { negated: bool },
}

/// True where a right side has swallowed an AND or OR.
fn is_loose(expr: &Expr) -> bool {
    match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => {
            is_chain(right) || is_loose(right)
        }
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            is_loose(left) || is_loose(right)
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => is_loose(expr),
        _ => false,
    }
}

fn is_chain(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. })
}

fn flatten(expr: Expr, parts: &mut Vec<Part>) {
    match expr {
        Expr::IsDistinctFrom(left, right) => {
            flatten(*left, parts);
            parts.push(Part::Distinct { negated: false });
            flatten(*right, parts);
        }
        Expr::IsNotDistinctFrom(left, right) => {
            flatten(*left, parts);
            parts.push(Part::Distinct { negated: true });
            flatten(*right, parts);
        }
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            flatten(*left, parts);
            parts.push(Part::And);
            flatten(*right, parts);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            flatten(*left, parts);
            parts.push(Part::Or);
            flatten(*right, parts);
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            parts.push(Part::Not);
            flatten(*expr, parts);
        }
        other => parts.push(Part::Value(Box::new(other))),
    }
}

type Rest = std::iter::Peekable<std::vec::IntoIter<Part>>;

fn either(rest: &mut Rest) -> Expr {
    let mut left = both(rest);
    while rest.next_if(|part| matches!(part, Part::Or)).is_some() {
        left = binary(left, BinaryOperator::Or, both(rest));
    }
    left
}

fn both(rest: &mut Rest) -> Expr {
    let mut left = negation(rest);
    while rest.next_if(|part| matches!(part, Part::And)).is_some() {
        left = binary(left, BinaryOperator::And, negation(rest));
    }
    left
}

fn negation(rest: &mut Rest) -> Expr {
    if rest.next_if(|part| matches!(part, Part::Not)).is_some() {
        return Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(negation(rest)) };
    }
    let mut left = value(rest);
    while let Some(Part::Distinct { negated }) =
        rest.next_if(|part| matches!(part, Part::Distinct { .. }))
    {
        let (l, r) = (Box::new(left), Box::new(value(rest)));
        left = if negated { Expr::IsNotDistinctFrom(l, r) } else { Expr::IsDistinctFrom(l, r) };
    }
    left
}

fn value(rest: &mut Rest) -> Expr {
    match rest.next() {
        Some(Part::Value(value)) => *value,
        // A NOT to the right of IS DISTINCT FROM.
        Some(Part::Not) => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(value(rest)) },
        // A chain begins and ends with a value.
        _ => Expr::Tuple(Vec::new()),
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    #[test]
    fn is_distinct_from_binds_tighter_than_and_and_or() {
        for (written, meant) in [
            ("a is distinct from b and c", "(a is distinct from b) and c"),
            ("x and a is not distinct from b or c", "(x and (a is not distinct from b)) or c"),
            ("not a is distinct from b and c", "(not (a is distinct from b)) and c"),
            (
                "a is distinct from b or c is distinct from d and e",
                "(a is distinct from b) or ((c is distinct from d) and e)",
            ),
            ("a is distinct from (b and c)", "a is distinct from (b and c)"),
        ] {
            let parsed = |sql: &str| {
                Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).unwrap().parse_expr().unwrap()
            };
            let mut mended = parsed(written);
            mend(&mut mended);
            assert_eq!(bare(&mended), bare(&parsed(meant)), "{written}");
        }
    }

    /// Fully parenthesised.
    fn bare(expr: &Expr) -> String {
        match expr {
            Expr::Nested(inside) => bare(inside),
            Expr::BinaryOp { left, op, right } => format!("({} {op} {})", bare(left), bare(right)),
            Expr::UnaryOp { expr, .. } => format!("(not {})", bare(expr)),
            Expr::IsDistinctFrom(l, r) => format!("({} d {})", bare(l), bare(r)),
            Expr::IsNotDistinctFrom(l, r) => format!("({} nd {})", bare(l), bare(r)),
            other => other.to_string(),
        }
    }
}
