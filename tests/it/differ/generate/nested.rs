//! Subqueries inside expressions: one value of another table, and conditions on its rows.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Type, aggregate, expr, is_wide, literal, truth};

/// Another table, and how its rows belong to the row at hand.
struct Related {
    /// `table alias`.
    sql: String,
    scope: Scope,
    /// The column out here and the column in there.
    own: Field,
    its: Field,
}

impl Related {
    fn tie(&self) -> String {
        format!("{} = {}", self.its.sql, self.own.sql)
    }
}

/// A table that the rows in sight belong to, by a key; sometimes by what many rows share.
fn related(d: &mut Dice, s: &Scope) -> Option<Related> {
    let wide = d.chance(20);
    // The shared column of USING has no table before it, and the engine does not know it inside a subquery.
    let owned = |field: &&Field| {
        !field.domain.is_empty() && field.sql.contains('.') && (wide || !is_wide(&field.domain))
    };
    let own = d.any(&s.fields.iter().filter(owned).cloned().collect::<Vec<_>>())?;
    for _ in 0..6 {
        let table = d.schema.table(d);
        let alias = d.name("s");
        let scope = table.scope(&alias);
        let same = |field: &&Field| field.domain == own.domain && field.of == own.of;
        let its: Vec<_> = scope.fields.iter().filter(same).cloned().collect();
        if let Some(its) = d.any(&its) {
            return Some(Related { sql: format!("{} {alias}", table.name), scope, own, its });
        }
    }
    None
}

/// Any table, for a subquery that knows nothing of the row at hand.
fn apart(d: &mut Dice) -> (String, Scope) {
    let alias = d.name("s");
    let table = d.schema.table(d);
    (format!("{} {alias}", table.name), table.scope(&alias))
}

/// One value out of a subquery.
pub(super) fn scalar(d: &mut Dice, s: &Scope, of: Type) -> Option<Expr> {
    d.deeper(|d| {
        let correlated = d.chance(60);
        let related = related(d, s).filter(|_| correlated);
        let Some(related) = related else {
            d.note("scalar subquery");
            let (from, inner) = apart(d);
            let filter = truth::filter(d, &inner, 40);
            let x = inner.any(d, of).map(Expr::from).or_else(|| number(d, &inner, of))?;
            let sql = value(d, &x);
            let end = d.one(&["", "", "", " having count(*) < 0", " offset 1"]);
            return Some(Expr { sql: format!("(select {sql} from {from}{filter}{end})"), ..x });
        };
        d.note("correlated scalar subquery");
        let mut filter = format!("where {}", related.tie());
        if d.chance(30) {
            filter += &format!(" and {}", truth::of(d, &related.scope, 1));
        }
        let from = &related.sql;
        if of == Type::BigInt && d.chance(50) {
            let end = d.one(&[
                "",
                "",
                "",
                " having count(*) = 0",
                " having count(*) < 3",
                " group by grouping sets (())",
            ]);
            return Some(Expr::exact(format!("(select count(*) from {from} {filter}{end})"), of));
        }
        let field = related.scope.any(d, of).cloned()?;
        let x = Expr::from(&field);
        let alone = related.scope.key == [related.its.sql.clone()];
        let sql = match d.weighted(&[6, if alone { 6 } else { 0 }, 1]) {
            0 => format!("(select {} from {from} {filter})", value(d, &x)),
            1 => format!("(select {} from {from} {filter})", x.sql),
            _ => {
                let order = related.scope.total().join(", ");
                format!("(select {} from {from} {filter} order by {order} limit 1)", x.sql)
            }
        };
        Some(Expr { sql, ..x })
    })
}

/// An aggregate that keeps the type.
fn value(d: &mut Dice, x: &Expr) -> String {
    let name = match x.of {
        Type::Decimal => d.one(&["sum", "min", "max"]),
        Type::Bool => "bool_and",
        _ => d.one(&["min", "max"]),
    };
    if x.sql.starts_with("count(") { x.sql.clone() } else { format!("{name}({})", x.sql) }
}

fn number(d: &mut Dice, s: &Scope, of: Type) -> Option<Expr> {
    (of == Type::BigInt).then(|| {
        let counted = s.some_type(d);
        Expr::exact(format!("count({})", expr::leaf(d, s, counted).sql), Type::BigInt)
    })
}

/// A condition on the rows of another table.
pub(super) fn condition(d: &mut Dice, s: &Scope) -> Option<String> {
    d.deeper(|d| {
        let Related { sql, scope, own, its } = &related(d, s)?;
        let tie = format!("{} = {}", its.sql, own.sql);
        let filter = truth::filter(d, scope, 50);
        let and = filter.replacen(" where", " and", 1);
        let not = d.one(&["", "not "]);
        Some(match d.weighted(&[5, 5, 4, 3, 3, 3, 3, 2, 2, 3]) {
            0 => {
                d.note(if not.is_empty() { "exists" } else { "not exists" });
                format!("{not}exists (select 1 from {sql} where {tie}{and})")
            }
            1 => {
                d.note(if not.is_empty() { "in subquery" } else { "not in subquery" });
                format!("{} {not}in (select {} from {sql}{filter})", own.sql, its.sql)
            }
            2 => {
                d.note("exists over an aggregate");
                let sum = aggregate::one(d, scope).sql;
                let by = d.one(&scope.fields).sql;
                let end = match d.below(6) {
                    0 => " having count(*) > 1".to_owned(),
                    1 => " having false".to_owned(),
                    2 => format!(" group by rollup ({by})"),
                    3 => format!(" group by grouping sets (({by}), ()) having count(*) = 0"),
                    _ => String::new(),
                };
                let tie = if d.chance(60) { format!(" where {tie}{and}") } else { filter };
                format!("{not}exists (select {sum} from {sql}{tie}{end})")
            }
            3 => {
                d.note("in over an aggregate");
                let by = d.one(&scope.fields).sql;
                let name = if its.of == Type::Bool { "bool_or" } else { d.one(&["max", "min"]) };
                let x = &its.sql;
                let by = if d.chance(30) { format!("rollup ({by})") } else { by };
                format!("{} {not}in (select {name}({x}) from {sql}{filter} group by {by})", own.sql)
            }
            4 => {
                d.note("count of a subquery");
                let sign = d.one(&["=", ">", "<"]);
                let most = d.one(&["0", "1", "2"]);
                format!("(select count(*) from {sql} where {tie}{and}) {sign} {most}")
            }
            5 => {
                d.note("any, all");
                let sign = d.one(&["= any", "<> all", "> all", ">= any", "< all", "<= any", "= all", "<> any"]);
                format!("{} {sign} (select {} from {sql}{filter})", own.sql, its.sql)
            }
            6 => {
                d.note("against an aggregate");
                let (from, to) = (d.one(&s.fields), scope);
                let x = to.any(d, from.of).cloned()?;
                let name = if x.of == Type::Bool { "bool_or" } else { d.one(&["max", "min"]) };
                let sign = d.one(&["<", ">=", "<>"]);
                format!(
                    "{} {sign} (select {name}({}) from {sql} where {tie}{and})",
                    from.sql, x.sql
                )
            }
            7 => {
                d.note("row in subquery");
                let (a, b) = (d.one(&s.fields), scope);
                let b = b.any(d, a.of).cloned()?;
                let rows = format!("select {}, {} from {sql}{filter}", its.sql, b.sql);
                format!("({}, {}) {not}in ({rows})", own.sql, a.sql)
            }
            9 => {
                d.note("two tied tables");
                let Related { sql: more, its: second, own: of, .. } = &related(d, s)?;
                let last = d.one(&["", " and 1 = 1", " group by 1 having count(*) > 1", " limit 1"]);
                let what = if last.starts_with(" group") { "1" } else { "*" };
                format!(
                    "{not}exists (select {what} from {sql}, {more} where {tie} and {} = {}{and}{last})",
                    second.sql, of.sql
                )
            }
            _ => {
                d.note("correlated by inequality");
                let (sign, of) = (d.one(&["<", ">"]), d.one(&s.fields));
                let x = scope.any(d, of.of).cloned()?;
                let value = literal::like(d, &x).sql;
                let more = format!("{} {sign} {} or {} = {value}", x.sql, of.sql, x.sql);
                format!("{not}exists (select 1 from {sql} where {tie} and ({more}))")
            }
        })
    })
}
