//! Forms that a planner is tempted to make simpler: keys that GROUP BY makes and a join unmakes, windows over windows
//! below a LIMIT, groups below windows and under other names that are cut too, conditions that guard the division beside them, IN over a subquery inside CASE.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Grain, Query, Type, is_wide, literal, truth, window};

/// A statement whose answer hangs on what the planner believes.
pub(super) fn of(d: &mut Dice) -> Query {
    match d.weighted(&[7, 4, 4, 4, 3]) {
        0 => regrouped(d),
        1 => windows(d),
        2 => groups(d),
        3 => guarded(d),
        _ => listed_in_case(d),
    }
}

/// A table under an alias, its columns, and the column that ties it to another.
struct Side {
    from: String,
    scope: Scope,
    key: Field,
}

/// Tables that share a domain; the first column of each is of it.
fn sides<const N: usize>(d: &mut Dice) -> Option<[Side; N]> {
    let domains = |field: &&Field| !field.domain.is_empty() && !is_wide(&field.domain);
    for _ in 0..8 {
        let (_, first) = table(d);
        let Some(of) = d.any(&first.fields.iter().filter(domains).cloned().collect::<Vec<_>>())
        else {
            continue;
        };
        let same = |field: &&Field| field.domain == of.domain && field.of == of.of;
        let mut found = Vec::new();
        for _ in 0..8 * N {
            let (from, scope) = table(d);
            let keys: Vec<_> = scope.fields.iter().filter(same).cloned().collect();
            if let Some(key) = d.any(&keys) {
                found.push(Side { from, scope, key });
            }
            if found.len() == N {
                return found.try_into().ok();
            }
        }
    }
    None
}

fn table(d: &mut Dice) -> (String, Scope) {
    let alias = d.name("t");
    let table = d.schema.table(d);
    (format!("{} {alias}", table.name), table.scope(&alias))
}

/// What was a key of `s` is none of `x`: the rows of `s` were joined, and grouped by more.
fn regrouped(d: &mut Dice) -> Query {
    let Some([s, p, c]) = sides::<3>(d) else { return windows(d) };
    d.note("grouped, joined and grouped again");
    let value = match s.scope.any(d, Type::Decimal) {
        Some(field) => format!("sum({})", field.sql),
        None => "count(*)".to_owned(),
    };
    let (k, by, more) = (&s.key.sql, &p.key.sql, d.one(&p.scope.fields).sql);
    let (also, grouped) = d.one(&[("", ""), ("", ", s.v"), (", max(s.v) as v", "")]);
    d.ctes.push(format!("s as (select {k} as k, {value} as v from {} group by {k})", s.from));
    d.ctes.push(format!(
        "x as (select s.k, {more} as m, count(*) as n{also} from s join {} on {by} = s.k group by s.k, {more}{grouped})",
        p.from
    ));
    let (from, to) = (&c.from, &c.key.sql);
    let way = window::direction(d);
    let exact = |sql: String, columns: usize, ordered: bool| Query {
        sql,
        grains: vec![Grain::Exact; columns],
        ordered,
    };
    match d.below(8) {
        0 => exact(format!("select count(*) from {from} join x on x.k = {to}"), 1, false),
        1 => {
            let kind = d.one(&["left join", "right join"]);
            exact(format!("select count(*) from {from} {kind} x on x.k = {to}"), 1, false)
        }
        2 => exact(
            "select count(*), sum(c) from (select x.k, count(*) as c from x group by x.k, x.m) y".to_owned(),
            2,
            false,
        ),
        3 => exact(
            "select k, sum(n) over (order by k) as c1, count(*) over (order by k desc) as c2 from x".to_owned(),
            3,
            false,
        ),
        4 => exact(format!("select k, m from x order by k{way}, m{way}, n limit 5"), 2, true),
        5 => exact("select count(*), count(k) from (select distinct k from x) y".to_owned(), 2, false),
        6 => exact(
            format!("select count(*) from {from} left join (select k, unnest(array[1, 2]) as i from s) u on u.k = {to}"),
            1,
            false,
        ),
        _ => exact(
            format!("select count(*) from {from} where exists (select 1 from x where x.k = {to} and x.n < 3)"),
            1,
            false,
        ),
    }
}

/// A window over a window, of which only the first rows are asked for.
fn windows(d: &mut Dice) -> Query {
    d.note("window over a window, cut");
    let (from, s) = table(d);
    let of = s.some_number(d);
    let x = s.any(d, of).map_or_else(|| "1".to_owned(), |field| field.sql.clone());
    let keys: Vec<_> =
        s.total().into_iter().enumerate().map(|(at, key)| (key, format!("k{at}"))).collect();
    let join = |of: Vec<String>| of.join(", ");
    let (inner, outer) = (
        join(keys.iter().map(|k| k.0.clone()).collect()),
        join(keys.iter().map(|k| k.1.clone()).collect()),
    );
    let list = join(keys.iter().map(|(key, name)| format!("{key} as {name}")).collect());
    let (first, then) = (ahead(d, &x, &inner), ahead(d, "w", &outer));
    let rows = d.one(&["1", "2", "5"]);
    let sql = format!(
        "select {outer}, {then} as c from (select {list}, {first} as w from {from}) q order by {outer} limit {rows}"
    );
    Query { sql, grains: vec![Grain::Exact; keys.len() + 1], ordered: true }
}

/// The first of groups, by what is shown under the name of their key, beside windows that see all of them.
fn groups(d: &mut Dice) -> Query {
    d.note("groups, cut");
    let (mut from, s) = table(d);
    let key = d.one(&s.fields);
    let (by, name) = (&key.sql, &key.name);
    let shown = match key.of {
        of if of.is_number() => d.one(&[by.clone(), format!("0 - {by}"), format!("{by} * 2")]),
        Type::Text => d.one(&[by.clone(), format!("reverse({by})")]),
        _ => by.clone(),
    };
    let beside = d.one(&[
        "".to_owned(),
        ", count(*) over ()".to_owned(),
        format!(", rank() over (order by {by} desc)"),
        format!(", lag({by}) over (order by {by})"),
        ", count(*)".to_owned(),
        format!(", min({by}), count(min({by})) over ()"),
    ]);
    let columns = 1 + beside.matches(", ").count();
    if d.chance(30) {
        let alias = by.split('.').next().unwrap_or_default();
        from = format!("(select distinct {by} from {from}) {alias}");
    }
    let (way, end) = (window::direction(d), d.one(&["limit 1", "limit 2", "limit 3 offset 1"]));
    let sql = format!(
        "select {shown} as {name}{beside} from {from} group by {by} order by {name}{way} {end}"
    );
    Query { sql, grains: vec![Grain::Exact; columns], ordered: true }
}

/// A window that looks at rows behind the row.
fn ahead(d: &mut Dice, x: &str, order: &str) -> String {
    let frame = d.one(&[
        "rows between current row and 2 following",
        "rows between 1 preceding and 1 following",
        "rows between 1 following and 3 following",
        "rows between 2 preceding and current row",
        "rows between current row and unbounded following",
    ]);
    match d.below(5) {
        0 => format!("lead({x}) over (order by {order})"),
        1 => format!("lag({x}, -2) over (order by {order})"),
        2 => format!("last_value({x}) over (order by {order} {frame})"),
        3 => format!("max({x}) over (order by {order} {frame})"),
        _ => format!("sum({x}) over (order by {order} {frame})"),
    }
}

/// `n <> 0 and 6 / n > 2`: nothing is divided by the rows that the guard takes away.
fn guarded(d: &mut Dice) -> Query {
    d.note("guard of a division");
    let (from, s) = table(d);
    let numbers: Vec<_> = s.fields.iter().filter(|field| field.of.is_number()).cloned().collect();
    let Some(field) = d.any(&numbers) else { return windows(d) };
    let by = match d.chance(60) {
        // Some row has the value.
        true => format!("({} - {})", field.sql, literal::like(d, &field).sql),
        false => field.sql.clone(),
    };
    let x = s.any(d, field.of).map_or_else(|| "6".to_owned(), |other| other.sql.clone());
    let quotient = d.one(&["/", "/", "%"]);
    let sign = d.one(&[">", "<>", "<="]);
    let divided = format!("{x} {quotient} {by} {sign} {}", d.one(&["2", "0", "1.5"]));
    let sql = match d.below(6) {
        0 => format!("select count(*) from {from} where {by} <> 0 and {divided}"),
        1 => format!("select count(*) from {from} where {by} = 0 or {divided}"),
        2 => format!("select count(*) from {from} where not ({by} = 0 or {divided})"),
        3 => {
            let more = truth::of(d, &s, 0);
            format!(
                "select count(*) from {from} where {more} and {by} <> 0 and ({divided} or {more})"
            )
        }
        4 => format!("select count(case when {by} <> 0 then {divided} end) from {from}"),
        _ => format!("select sum(case when {by} <> 0 and {divided} then 1 else 0 end) from {from}"),
    };
    Query { sql, grains: vec![Grain::Exact], ordered: false }
}

/// IN over a subquery where its third truth value tells.
fn listed_in_case(d: &mut Dice) -> Query {
    let Some([own, its]) = sides::<2>(d) else { return windows(d) };
    d.note("in subquery inside case");
    let (x, y, not) = (&own.key.sql, &its.key.sql, d.one(&["", "not "]));
    let filter = truth::filter(d, &its.scope, 60);
    let list = format!("{x} {not}in (select {y} from {}{filter})", its.from);
    let shown = Expr::from(&d.one(&own.scope.fields));
    let sql = match d.below(4) {
        0 => format!("select sum(case when {list} then 1 else 0 end), count(*) from {}", own.from),
        1 => format!(
            "select count(case when {list} then {0} end), count({0}) from {1}",
            shown.sql, own.from
        ),
        2 => format!(
            "select count(*), count({0}) from {1} where case when {list} then {0} is null else {0} is not null end",
            shown.sql, own.from
        ),
        _ => format!(
            "select count(*), count({0}) from {1} where case when {0} is null then true else {list} end",
            shown.sql, own.from
        ),
    };
    Query { sql, grains: vec![Grain::Exact; 2], ordered: false }
}
