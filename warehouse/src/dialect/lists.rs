//! `x in (…)`: DataFusion takes lists over one another as sets of what is written, blind to NULLs and to columns whose
//! values may be equal. So a list holds values alone; what else was listed is compared by itself, as the standard says.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, binary_expr, lit};

/// The list of the values, and a comparison for each other item.
pub(super) fn of_values(InList { expr, list, negated }: InList) -> Expr {
    let (values, others): (Vec<Expr>, Vec<Expr>) = list.into_iter().partition(is_value);
    let (equals, joined) =
        if negated { (Operator::NotEq, Operator::And) } else { (Operator::Eq, Operator::Or) };
    let one = |item: Expr| match item {
        Expr::Literal(value, _) if value.is_null() => lit(ScalarValue::Boolean(None)),
        item => Expr::BinaryExpr(BinaryExpr::new(expr.clone(), equals, Box::new(item))),
    };
    let mut parts: Vec<Expr> = others.into_iter().map(one).collect();
    if !values.is_empty() || parts.is_empty() {
        let expr = expr.clone();
        parts.insert(0, Expr::InList(InList { expr, list: values, negated }));
    }
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_else(|| lit(negated));
    parts.fold(first, |all, part| binary_expr(all, joined, part))
}

/// A literal that is no NULL.
fn is_value(item: &Expr) -> bool {
    match item {
        Expr::Literal(value, _) => !value.is_null(),
        Expr::Cast(cast) => is_value(&cast.expr),
        Expr::Negative(inside) => is_value(inside),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, in_list};

    use super::*;

    #[test]
    fn a_list_holds_values_and_nothing_else() {
        let said = |list: Vec<Expr>, negated: bool| match in_list(col("x"), list, negated) {
            Expr::InList(list) => of_values(list).to_string(),
            other => other.to_string(),
        };
        let null = || lit(ScalarValue::Null);
        assert_eq!(said(vec![lit(1), lit(2)], true), "x NOT IN ([Int32(1), Int32(2)])");
        assert_eq!(said(vec![lit(1), null()], true), "x NOT IN ([Int32(1)]) AND Boolean(NULL)");
        assert_eq!(
            said(vec![lit(1), col("y"), null()], false),
            "x IN ([Int32(1)]) OR x = y OR Boolean(NULL)"
        );
        assert_eq!(said(vec![null()], false), "Boolean(NULL)");
    }
}
