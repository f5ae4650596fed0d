//! `x > all (select …)`, `x <= any (select …)`: a value beside each of a list, by the least and the greatest of them,
//! which one aggregate tells. DataFusion takes a column of the list for the value where both are called alike.
//!
//! ALL is true where there are no rows, false where one does not fit, and NULL where one is NULL and all others fit; ANY
//! is the same with truth and untruth exchanged. Among the rest the greatest tells of `>`, the least of `<`, and both
//! of `=`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Distinct, Expr, Function, GroupByExpr, Ident, Query,
    SelectItem, SetExpr, Statement, TableAlias, TableAliasColumnDef, TableFactor, TableWithJoins,
    UnaryOperator, Value, VisitMut, VisitorMut, visit_expressions,
};

use super::extremes::{EXTREMES, Part};
use super::pairs::plain;
use super::titles::MARK;
use super::tree::{call, cast};
use crate::functions;

const ROWS: &str = "any、all 前面只能写一个值：几列请逐列写条件";
const COLUMNS: &str = "any、all 后面的子查询只能有一列：请写明列名，不能写 *";

/// Takes such comparisons apart.
///
/// # Errors
/// They compare more than one column.
pub(crate) fn quantified(statement: &mut Statement) -> Result<(), String> {
    match statement.visit(&mut Quantifiers) {
        ControlFlow::Break(said) => Err(said.to_owned()),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Quantifiers;

impl VisitorMut for Quantifiers {
    type Break = &'static str;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<&'static str> {
        let (value, op, right, all) = match expr {
            Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, false),
            Expr::AllOp { left, compare_op, right } => (left, compare_op, right, true),
            _ => return ControlFlow::Continue(()),
        };
        let Expr::Subquery(query) = right.as_ref() else { return ControlFlow::Continue(()) };
        let Some(bounds) = bounds(op, all) else { return ControlFlow::Continue(()) };
        if matches!(value.as_ref(), Expr::Tuple(_)) {
            return ControlFlow::Break(ROWS);
        }
        let Some(list) = List::of(query) else { return ControlFlow::Break(COLUMNS) };
        let value = Expr::Nested(value.clone());
        *expr = list.compared(&value, op, bounds, all);
        ControlFlow::Continue(())
    }
}

/// The values that tell of all; none for IN, NOT IN and what is no comparison.
fn bounds(op: &BinaryOperator, all: bool) -> Option<&'static [Part]> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    match (op, all) {
        (Gt | GtEq, true) | (Lt | LtEq, false) => Some(&[Part::Greatest]),
        (Lt | LtEq, true) | (Gt | GtEq, false) => Some(&[Part::Least]),
        (Eq, true) | (NotEq, false) => Some(&[Part::Least, Part::Greatest]),
        _ => None,
    }
}

/// A query of one column.
struct List {
    query: Query,
    /// The column.
    value: Expr,
}

impl List {
    /// A query as it is where it shows a value of each row of its FROM, and around it any other; none where it has more
    /// columns.
    fn of(query: &Query) -> Option<Self> {
        if !is_one(&query.body) {
            return None;
        }
        if let SetExpr::Select(select) = query.body.as_ref()
            && let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
                &select.projection[..]
            && is_of_a_row(value)
            && matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
            && !select.from.is_empty()
            && !matches!(select.distinct, Some(Distinct::On(_)))
            && select.having.is_none()
            && select.qualify.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
        {
            let mut plain = Query { order_by: None, ..query.clone() };
            if let SetExpr::Select(select) = plain.body.as_mut() {
                select.distinct = None;
            }
            return Some(Self { query: plain, value: value.clone() });
        }
        // Of the same name each time: what is written twice is one key of a group.
        let [table, column] =
            ["any", "value"].map(|name| Ident::with_quote('"', format!("{MARK}{name}")));
        let columns = vec![TableAliasColumnDef { name: column.clone(), data_type: None }];
        let alias = TableAlias { explicit: true, name: table.clone(), columns, at: None };
        let relation = TableFactor::Derived {
            lateral: false,
            subquery: Box::new(query.clone()),
            alias: Some(alias),
            sample: None,
        };
        let mut around = plain()?;
        if let SetExpr::Select(select) = around.body.as_mut() {
            select.from = vec![TableWithJoins { relation, joins: Vec::new() }];
        }
        Some(Self { query: around, value: Expr::CompoundIdentifier(vec![table, column]) })
    }

    fn compared(&self, value: &Expr, op: &BinaryOperator, bounds: &[Part], all: bool) -> Expr {
        let seen = self.seen();
        let part = |part: Part| call(part.name(), [seen.clone()]);
        let nulls = || Box::new(part(Part::Nulls));
        let unknown = cast(&CastKind::Cast, Expr::value(Value::Null), DataType::Boolean);
        let fits = bounds.iter().map(|bound| binary(value.clone(), op.clone(), part(*bound)));
        let (inside, outside, open, there) = match all {
            true => {
                let none = Expr::UnaryOp { op: UnaryOperator::Not, expr: nulls() };
                (BinaryOperator::And, BinaryOperator::Or, none, Expr::IsNull(nulls()))
            }
            false => (BinaryOperator::Or, BinaryOperator::And, *nulls(), Expr::IsNotNull(nulls())),
        };
        let open = binary(open, outside.clone(), unknown);
        let fits = fits.chain([open]).reduce(|all, one| binary(all, inside.clone(), one));
        match fits {
            Some(fits) => binary(there, outside, fits),
            None => there,
        }
    }

    /// What is seen of the list.
    fn seen(&self) -> Expr {
        let mut query = self.query.clone();
        if let SetExpr::Select(select) = query.body.as_mut() {
            let seen = call(EXTREMES, [self.value.clone()]);
            select.projection = vec![SelectItem::UnnamedExpr(seen)];
        }
        Expr::Subquery(Box::new(query))
    }
}

/// True for a column, and for what is computed from columns of one row: no aggregate, window or subquery.
fn is_of_a_row(value: &Expr) -> bool {
    let mut columns = false;
    let other = visit_expressions(value, |part| {
        columns |= matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let is_other = match part {
            Expr::Function(call) => !is_scalar(call),
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => true,
            _ => false,
        };
        if is_other { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    columns && other.is_continue()
}

fn is_scalar(call: &Function) -> bool {
    let name = call.name.to_string().to_lowercase();
    functions::scalar().iter().any(|known| known.name() == name || known.aliases().contains(&name))
}

/// True for a query of one column, written out.
fn is_one(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => {
            let items = &select.projection[..];
            matches!(items, [SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }])
        }
        SetExpr::Query(query) => is_one(&query.body),
        SetExpr::SetOperation { left, .. } => is_one(left),
        SetExpr::Values(values) => values.rows.iter().all(|row| row.len() == 1),
        _ => false,
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let binary = Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) };
    Expr::Nested(Box::new(binary))
}
