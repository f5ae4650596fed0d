//! FROM: tables, views, subqueries and CTEs, and what is joined to them.

use super::scope::Scope;
use super::{Dice, derived, join};

/// What stands after FROM, and the columns that it puts in sight.
pub(super) struct From {
    pub(super) sql: String,
    pub(super) scope: Scope,
}

/// One item, or a few that are joined.
pub(super) fn any(d: &mut Dice) -> From {
    let mut from = item(d);
    for _ in 0..d.weighted(&[40, 42, 14, 4]) {
        let (joined, go_on) = join::one_more(d, from);
        from = joined;
        if !go_on {
            break;
        }
    }
    from
}

/// One table, view, subquery or CTE.
pub(super) fn item(d: &mut Dice) -> From {
    match d.weighted(&[70, 16, 14]) {
        0 => {
            let alias = d.name("t");
            let table = d.schema.table(d);
            From { sql: format!("{} {alias}", table.name), scope: table.scope(&alias) }
        }
        1 => {
            let made = derived::over_a_table(d);
            let alias = d.name("q");
            From { scope: made.scope(&alias), sql: format!("({}) as {alias}", made.sql) }
        }
        _ => {
            d.note("cte");
            let made = derived::over_a_table(d);
            let (name, alias) = (d.name("w"), d.name("q"));
            d.ctes.push(format!("{name} as ({})", made.sql));
            let mut from = From { sql: format!("{name} {alias}"), scope: made.scope(&alias) };
            if d.chance(25) && from.scope.rows < 100 {
                d.note("cte used twice");
                let again = d.name("q");
                let scope = made.scope(&again);
                let tied = join::tie(d, &from.scope, &scope);
                let on = tied.map_or_else(|| "true".to_owned(), |(on, _)| on);
                from.sql += &format!(" join {name} {again} on {on}");
                from.scope = from.scope.and(scope);
            }
            from
        }
    }
}
