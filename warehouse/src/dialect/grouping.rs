//! `group by a, rollup (b)` as the grouping sets that it stands for: beside a plain key DataFusion adds to every set the
//! columns that the key decides, and the subtotal would show the value of one row. And what a sum in a plan is over.

use datafusion::logical_expr::{self as plan, Aggregate, GroupingSet};
use datafusion::sql::sqlparser::ast::Expr;

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
