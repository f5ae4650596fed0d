//! `(a, b) in (select c, d …)` as a condition of its own: `exists (select 1 from (select c, d …) where c = a and d = b)`.
//! There a row that is not known to be in the list and one that is not in it are the same; elsewhere they are not, and
//! the form is refused.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Ident, Query, Select, SelectItem, SetExpr, Statement, TableAlias,
    TableAliasColumnDef, TableFactor, TableWithJoins, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::titles::Titles;

const REFUSED: &str = "不支持 (甲, 乙) in (子查询) 带 not，或不单独作为 where 的一个条件：请改写成 not exists (…) 或 exists (select 1 from … where …)";

/// Takes such conditions apart.
///
/// # Errors
/// One stands where its third truth value counts.
pub(crate) fn apart(statement: &mut Statement, titles: &mut Titles) -> Result<(), String> {
    match statement.visit(&mut Pairs { titles }) {
        ControlFlow::Break(said) => Err(said),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Pairs<'a> {
    titles: &'a mut Titles,
}

impl Pairs<'_> {
    fn condition(&mut self, condition: &mut Expr) {
        match condition {
            Expr::Nested(inside) => self.condition(inside),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.condition(left);
                self.condition(right);
            }
            Expr::InSubquery { expr, subquery, negated: false } => {
                if let Expr::Tuple(values) = expr.as_ref()
                    && let Some(exists) = self.exists(values.clone(), subquery)
                {
                    *condition = exists;
                }
            }
            _ => {}
        }
    }

    fn exists(&mut self, values: Vec<Expr>, listed: &Query) -> Option<Expr> {
        let table = self.titles.keep("in".to_owned());
        let columns: Vec<Ident> =
            values.iter().map(|value| self.titles.keep(value.to_string())).collect();
        let equal = |(value, column): (Expr, &Ident)| Expr::BinaryOp {
            left: Box::new(Expr::CompoundIdentifier(vec![table.clone(), column.clone()])),
            op: BinaryOperator::Eq,
            right: Box::new(Expr::Nested(Box::new(value))),
        };
        let all = values.into_iter().zip(&columns).map(equal).reduce(|all, one| Expr::BinaryOp {
            left: Box::new(all),
            op: BinaryOperator::And,
            right: Box::new(one),
        });
        let relation = TableFactor::Derived {
            lateral: false,
            subquery: Box::new(listed.clone()),
            alias: Some(TableAlias {
                explicit: true,
                name: table.clone(),
                columns: columns
                    .iter()
                    .map(|name| TableAliasColumnDef { name: name.clone(), data_type: None })
                    .collect(),
                at: None,
            }),
            sample: None,
        };
        let mut query = plain()?;
        let SetExpr::Select(select) = query.body.as_mut() else { return None };
        let select: &mut Select = select;
        select.projection =
            vec![SelectItem::UnnamedExpr(Expr::value(Value::Number("1".to_owned(), false)))];
        select.from = vec![TableWithJoins { relation, joins: Vec::new() }];
        select.selection = all;
        Some(Expr::Exists { subquery: Box::new(query), negated: false })
    }
}

/// `select 1`, to be filled.
pub(super) fn plain() -> Option<Query> {
    let mut parser = Parser::new(&PostgreSqlDialect {}).try_with_sql("select 1").ok()?;
    parser.parse_query().ok().map(|query| *query)
}

impl VisitorMut for Pairs<'_> {
    type Break = String;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<String> {
        if let Some(condition) = &mut select.selection {
            self.condition(condition);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        match expr {
            Expr::InSubquery { expr, .. } if matches!(expr.as_ref(), Expr::Tuple(_)) => {
                ControlFlow::Break(REFUSED.to_owned())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
