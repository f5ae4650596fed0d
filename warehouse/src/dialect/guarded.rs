//! A condition guards the divisions beside it: `n <> 0 and 6 / n > 2`, `n = 0 or 6 / n > 2`, `case when n <> 0 then
//! 6 / n > 2 end`. PostgreSQL looks at the cheap condition first and leaves the other alone where it tells; DataFusion
//! computes both for many rows at once, and takes such a CASE for an AND. So a divisor is a number only where the
//! conditions beside it leave the answer open, and NULL elsewhere, where the quotient changes nothing.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Query, UnaryOperator, Value, ValueWithSpan, Visit, VisitMut,
    Visitor, VisitorMut,
};

/// How many conditions stand guard at most; each is computed once more.
const GUARDS: usize = 8;

/// Puts the guards before the divisors of a chain of AND or OR, and of a CASE that gives a truth value.
pub(super) fn guard(expr: &mut Expr) {
    match expr {
        Expr::BinaryOp { op: op @ (BinaryOperator::And | BinaryOperator::Or), .. } => {
            let op = op.clone();
            let mut terms = Vec::new();
            flatten(expr, &op, &mut terms);
            if terms.iter().all(|term| is_safe(term)) {
                return;
            }
            let open = terms.iter().filter(|term| is_safe(term)).map(|term| left_open(term, &op));
            if let Some(guard) = all(open.take(GUARDS).collect()) {
                terms.into_iter().for_each(|term| below(term, &guard));
            }
        }
        Expr::Case { operand: None, conditions, else_result, .. } => {
            let mut passed = Vec::new();
            for CaseWhen { condition, result } in conditions {
                let safe = is_safe(condition);
                if is_truth(result) && safe {
                    let mut open = passed.clone();
                    open.push(nested(condition.clone()));
                    if let Some(guard) = all(open) {
                        below(result, &guard);
                    }
                }
                if safe && passed.len() < GUARDS {
                    passed.push(Expr::IsNotTrue(Box::new(nested(condition.clone()))));
                }
            }
            if let Some(result) = else_result
                && is_truth(result)
                && let Some(guard) = all(passed)
            {
                below(result, &guard);
            }
        }
        _ => {}
    }
}

/// The terms of a chain, whatever parentheses stand around its parts.
fn flatten<'a>(expr: &'a mut Expr, chain: &BinaryOperator, terms: &mut Vec<&'a mut Expr>) {
    if !is_chain(expr, chain) {
        return terms.push(expr);
    }
    match expr {
        Expr::BinaryOp { left, right, .. } => {
            flatten(left, chain, terms);
            flatten(right, chain, terms);
        }
        Expr::Nested(inside) => flatten(inside, chain, terms),
        _ => {}
    }
}

fn is_chain(expr: &Expr, chain: &BinaryOperator) -> bool {
    match expr {
        Expr::BinaryOp { op, .. } => op == chain,
        Expr::Nested(inside) => is_chain(inside, chain),
        _ => false,
    }
}

/// Where this term does not yet tell what the chain comes to.
fn left_open(term: &Expr, chain: &BinaryOperator) -> Expr {
    let term = Box::new(nested(term.clone()));
    if *chain == BinaryOperator::And { Expr::IsNotFalse(term) } else { Expr::IsNotTrue(term) }
}

fn all(conditions: Vec<Expr>) -> Option<Expr> {
    conditions.into_iter().reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    })
}

fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

/// True for what DataFusion would make an AND of: a comparison and the like.
fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inside) => is_truth(inside),
        Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
        Expr::BinaryOp { op, .. } => {
            use BinaryOperator as B;
            matches!(op, B::And | B::Or | B::Eq | B::NotEq | B::Lt | B::LtEq | B::Gt | B::GtEq)
        }
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::Between { .. }
        | Expr::InList { .. } => true,
        _ => false,
    }
}

/// The divisor of a division that may fail.
fn divisor(expr: &mut Expr) -> Option<&mut Expr> {
    let Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, right, .. } = expr
    else {
        return None;
    };
    may_be_zero(right).then_some(right.as_mut())
}

/// False for a number that is written out, and for a CASE, which says itself when it is computed.
fn may_be_zero(divisor: &Expr) -> bool {
    match divisor {
        Expr::Nested(inside) => may_be_zero(inside),
        Expr::Value(ValueWithSpan { value: Value::Number(..), .. }) | Expr::Case { .. } => false,
        _ => true,
    }
}

/// True for a condition that divides by nothing, and asks nothing of other tables.
fn is_safe(term: &Expr) -> bool {
    struct Danger;
    impl Visitor for Danger {
        type Break = ();

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, .. } => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    term.visit(&mut Danger).is_continue()
}

/// Guards every divisor of a term, but those inside its subqueries.
fn below(term: &mut Expr, guard: &Expr) {
    struct Divisors<'a> {
        guard: &'a Expr,
        queries: usize,
    }
    impl VisitorMut for Divisors<'_> {
        type Break = ();

        fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
            self.queries += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
            self.queries -= 1;
            ControlFlow::Continue(())
        }

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if self.queries == 0
                && let Some(divisor) = divisor(expr)
            {
                let whole = std::mem::replace(divisor, Expr::Tuple(Vec::new()));
                *divisor = Expr::Case {
                    case_token: AttachedToken::empty(),
                    end_token: AttachedToken::empty(),
                    operand: None,
                    conditions: vec![CaseWhen { condition: self.guard.clone(), result: whole }],
                    else_result: None,
                };
            }
            ControlFlow::Continue(())
        }
    }
    // It never breaks off.
    let _ = term.visit(&mut Divisors { guard, queries: 0 });
}
