//! `group by a, rollup (b)` as the grouping sets that it stands for: beside a plain key DataFusion adds to every set the
//! columns that the key decides, and the subtotal would show the value of one row. And what a sum in a plan is over.

use std::mem;

use datafusion::logical_expr::{self as plan, Aggregate, GroupingSet};
use datafusion::sql::sqlparser::ast::{Expr, Function};

use super::meant::given;

/// Columns of a CUBE within GROUPING SETS: each doubles its sets.
const WITHIN: usize = 4;

/// True for ROLLUP, CUBE and GROUPING SETS.
pub(super) fn is_sets(key: &Expr) -> bool {
    matches!(key, Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_))
}

/// The same key with each column in its sets as `meant` says.
pub(super) fn each(key: &Expr, meant: &impl Fn(&Expr) -> Expr) -> Expr {
    let sets = |sets: &[Vec<Expr>]| {
        sets.iter().map(|set| set.iter().map(meant).collect()).collect::<Vec<Vec<Expr>>>()
    };
    match key {
        Expr::Rollup(parts) => Expr::Rollup(sets(parts)),
        Expr::Cube(parts) => Expr::Cube(sets(parts)),
        Expr::GroupingSets(parts) => Expr::GroupingSets(sets(parts)),
        plain => plain.clone(),
    }
}

/// `grouping sets (rollup (a), b)` as `grouping sets ((a), (), (b))`.
pub(super) fn flatten(sets: &mut Vec<Vec<Expr>>) {
    let each = |set: Vec<Expr>| {
        let within = match &set[..] {
            [Expr::Function(call)] => written_out(call),
            _ => None,
        };
        within.unwrap_or_else(|| vec![set])
    };
    *sets = mem::take(sets).into_iter().flat_map(each).collect();
}

/// The sets of a ROLLUP or CUBE that the parser has taken for a call.
fn written_out(call: &Function) -> Option<Vec<Vec<Expr>>> {
    let [name] = call.name.0.as_slice() else { return None };
    let part = |value: Expr| match value {
        Expr::Tuple(values) => values,
        Expr::Nested(value) => vec![*value],
        value => vec![value],
    };
    let parts: Vec<Vec<Expr>> = given(call)?.into_iter().map(part).collect();
    let name = name.as_ident().filter(|name| name.quote_style.is_none())?;
    match name.value.to_ascii_lowercase().as_str() {
        "rollup" if !parts.is_empty() => Some(of(&Expr::Rollup(parts))),
        "cube" if (1..=WITHIN).contains(&parts.len()) => Some(of(&Expr::Cube(parts))),
        _ => None,
    }
}

/// The sets of all keys together: each of one with each of the others.
pub(super) fn sets(keys: &[Expr]) -> Vec<Vec<Expr>> {
    let mut all = vec![Vec::new()];
    for key in keys {
        let of_key = of(key);
        let both =
            |set: &Vec<Expr>| of_key.iter().map(|more| joined(set, more)).collect::<Vec<_>>();
        all = all.iter().flat_map(both).collect();
    }
    all
}

/// True for a sum that has a row even of no rows: over no groups, or over sets among which is the set of none.
pub(super) fn has_total(sum: &Aggregate) -> bool {
    sum.group_expr.iter().all(|key| match key {
        plan::Expr::GroupingSet(GroupingSet::Rollup(_) | GroupingSet::Cube(_)) => true,
        plan::Expr::GroupingSet(GroupingSet::GroupingSets(sets)) => sets.iter().any(Vec::is_empty),
        _ => false,
    })
}

/// True for a sum over ROLLUP, CUBE or GROUPING SETS.
pub(super) fn is_by_sets(sum: &Aggregate) -> bool {
    sum.group_expr.iter().any(|key| matches!(key, plan::Expr::GroupingSet(_)))
}

fn of(key: &Expr) -> Vec<Vec<Expr>> {
    match key {
        Expr::Rollup(parts) => {
            (0..=parts.len()).rev().map(|length| parts[..length].concat()).collect()
        }
        Expr::Cube(parts) => (0..1_usize << parts.len())
            .rev()
            .map(|chosen| {
                let taken = parts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
                taken.flat_map(|(_, part)| part.clone()).collect()
            })
            .collect(),
        Expr::GroupingSets(sets) => sets.clone(),
        plain => vec![vec![plain.clone()]],
    }
}

/// Both sets, without what is named twice.
fn joined(set: &[Expr], more: &[Expr]) -> Vec<Expr> {
    let mut all = set.to_vec();
    for value in more {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use crate::dialect::spelled;

    #[test]
    fn sets_within_sets_are_written_out() {
        for (written, want) in [
            ("grouping sets (rollup(a), b)", "GROUPING SETS ((a), (), (b))"),
            ("grouping sets (cube (a, b), ())", "GROUPING SETS ((a, b), (b), (a), (), ())"),
            (
                "grouping sets ((a, b), rollup((a, b), (c)), rollup((a - b) / 30))",
                "GROUPING SETS ((a, b), (a, b, c), (a, b), (), ((a - b) / 30), ())",
            ),
            ("grouping sets (upper(a), b)", "GROUPING SETS ((upper(a)), (b))"),
        ] {
            let sql = format!("SELECT 1 FROM t GROUP BY {written}");
            let mut parsed = Parser::parse_sql(&PostgreSqlDialect {}, &sql).unwrap();
            spelled(&mut parsed[0]);
            assert_eq!(parsed[0].to_string(), format!("SELECT 1 FROM t GROUP BY {want}"));
        }
    }
}
