//! Window functions: each over an order that is total, or over peers where ties change nothing.

use super::scope::{Expr, Field, Scope};
use super::{Dice, Grain, Type, expr, literal, truth};

/// Frames that count rows; the order under them is total.
const ROWS: [&str; 8] = [
    "rows between unbounded preceding and current row",
    "rows between 2 preceding and 1 following",
    "rows between 1 following and 3 following",
    "rows between 3 preceding and 1 preceding",
    "rows between current row and unbounded following",
    "rows between unbounded preceding and unbounded following",
    "rows 2 preceding",
    "rows between unbounded preceding and 1 preceding",
];
/// Frames of peers.
const PEERS: [&str; 7] = [
    "",
    "range between unbounded preceding and current row",
    "range between current row and unbounded following",
    "range between current row and current row",
    "groups between 1 preceding and current row",
    "groups between 1 following and 2 following",
    "groups between unbounded preceding and 1 preceding",
];

/// One window function, or a computation over it.
pub(super) fn of(d: &mut Dice, s: &Scope) -> Expr {
    d.note("window");
    // Rows that are alike may be numbered either way.
    let numbers = if s.unique { 4 } else { 0 };
    let weights = [numbers, 4, numbers, numbers, numbers + numbers / 2, 5, 4];
    let found = match d.weighted(&weights) {
        0 => ranked(d, s),
        1 => peers_ranked(d, s),
        2 => neighbour(d, s),
        3 => picked(d, s),
        4 => {
            d.note("rows frame");
            let (frame, order) = (d.one(&ROWS), total_order(d, s));
            over(d, s, &order, frame)
        }
        5 => {
            let frame = d.one(&PEERS);
            d.note(if frame.starts_with("groups") { "groups frame" } else { "range frame" });
            let order = peer_order(d, s);
            over(d, s, &order, frame)
        }
        _ => offset_range(d, s),
    };
    match d.below(8) {
        0 if found.of == Type::BigInt => Expr { sql: format!("{} % 3", found.sql), ..found },
        1 if found.of == Type::Decimal => {
            Expr { sql: format!("coalesce({}, 0)", found.sql), ..found }
        }
        _ => found,
    }
}

/// The first rows of each group, by `row_number`; for a subquery around it.
pub(super) fn row_number(d: &mut Dice, s: &Scope) -> String {
    let (parts, order) = (partition(d, s), total_order(d, s));
    format!("row_number() over ({parts}{order})")
}

fn partition(d: &mut Dice, s: &Scope) -> String {
    let shared: Vec<&Field> = s.fields.iter().filter(|f| f.grain == Grain::Exact).collect();
    let by: Vec<_> = (0..d.weighted(&[3, 5, 2]))
        .filter_map(|_| d.any(&shared))
        .map(|field| field.sql.clone())
        .collect();
    let computed = if d.chance(15) { computed(d, s) } else { None };
    let by: Vec<_> = computed.into_iter().chain(by).collect();
    if by.is_empty() { String::new() } else { format!("partition by {} ", by.join(", ")) }
}

/// A key that is no column, and of which the engine does not know its own order again.
pub(super) fn computed(d: &mut Dice, s: &Scope) -> Option<String> {
    let exact = |field: &&Field| field.grain == Grain::Exact && field.of.is_number();
    let numbers: Vec<_> = s.fields.iter().filter(exact).cloned().collect();
    let key = match d.below(4) {
        0 => format!("-({})", d.any(&numbers)?.sql),
        1 => format!("not ({})", truth::of(d, s, 0)),
        way => {
            let (a, b) = (truth::of(d, s, 0), truth::of(d, s, 0));
            format!("(({a}) {} ({b}))", if way == 2 { "and" } else { "or" })
        }
    };
    // A bare literal would be a place in the list.
    s.names_a_column(&Expr::exact(key.as_str(), Type::Bool)).then(|| {
        d.note("computed key");
        key
    })
}

/// `desc nulls last` and the like.
pub(super) fn direction(d: &mut Dice) -> &'static str {
    let ways = [
        "",
        "",
        " desc",
        " nulls first",
        " desc nulls last",
        " asc nulls last",
        " desc nulls first",
    ];
    d.one(&ways)
}

fn total_order(d: &mut Dice, s: &Scope) -> String {
    let first = exact(d, s).sql;
    let mut keys = vec![format!("{first}{}", direction(d))];
    keys.extend(s.total().into_iter().filter(|key| *key != first));
    if d.chance(15)
        && let Some(computed) = computed(d, s)
    {
        keys.insert(0, format!("{computed}{}", direction(d)));
    }
    format!("order by {}", keys.join(", "))
}

/// A column that is the same to its last digit on both sides: quotients that are nearly alike may come in either order.
fn exact(d: &mut Dice, s: &Scope) -> Field {
    let exact: Vec<_> = s.fields.iter().filter(|f| f.grain == Grain::Exact).cloned().collect();
    if exact.is_empty() { d.one(&s.fields) } else { d.one(&exact) }
}

fn peer_order(d: &mut Dice, s: &Scope) -> String {
    if d.chance(15)
        && let Some(computed) = computed(d, s)
    {
        return format!("order by {computed}{}", direction(d));
    }
    format!("order by {}{}", exact(d, s).sql, direction(d))
}

fn ranked(d: &mut Dice, s: &Scope) -> Expr {
    d.note("row_number, ntile");
    let function = d.one(&["row_number()", "row_number()", "ntile(3)"]);
    let (parts, order) = (partition(d, s), total_order(d, s));
    Expr::exact(format!("{function} over ({parts}{order})"), Type::BigInt)
}

fn peers_ranked(d: &mut Dice, s: &Scope) -> Expr {
    d.note("rank, dense_rank");
    let (parts, order) = (partition(d, s), peer_order(d, s));
    if d.chance(20) {
        let function = d.one(&["percent_rank()", "cume_dist()"]);
        return Expr::at(Grain::Rough, format!("{function} over ({parts}{order})"), Type::Float);
    }
    let function = d.one(&["rank()", "dense_rank()"]);
    Expr::exact(format!("{function} over ({parts}{order})"), Type::BigInt)
}

fn neighbour(d: &mut Dice, s: &Scope) -> Expr {
    d.note("lag, lead");
    let x = Expr::from(&d.one(&s.fields));
    let name = d.one(&["lag", "lead"]);
    let away = match d.below(4) {
        0 => String::new(),
        1 => ", 2".to_owned(),
        2 => format!(", 1, {}", literal::of(d, s, x.of).sql),
        _ => format!(", 0, {}", literal::of(d, s, x.of).sql),
    };
    let (parts, order) = (partition(d, s), total_order(d, s));
    Expr { sql: format!("{name}({}{away}) over ({parts}{order})", x.sql), ..x }
}

fn picked(d: &mut Dice, s: &Scope) -> Expr {
    d.note("first_value, last_value, nth_value");
    let x = Expr::from(&d.one(&s.fields));
    let call = match d.below(3) {
        0 => format!("first_value({})", x.sql),
        1 => format!("last_value({})", x.sql),
        _ => format!("nth_value({}, {})", x.sql, d.one(&["1", "2", "3"])),
    };
    let frame = if d.chance(30) { "" } else { d.one(&ROWS) };
    let (parts, order) = (partition(d, s), total_order(d, s));
    Expr { sql: format!("{call} over ({parts}{order} {frame})"), ..x }
}

/// An aggregate over a window.
fn over(d: &mut Dice, s: &Scope, order: &str, frame: &str) -> Expr {
    let number = s.some_number(d);
    let x = expr::leaf(d, s, number);
    let sum = if number == Type::Int { Type::BigInt } else { Type::Decimal };
    let of = d.one(&Type::SORTED);
    let y = expr::leaf(d, s, of);
    let (call, grain, of) = match d.weighted(&[5, 3, 2, 3, 3, 3]) {
        5 => {
            d.note("deviation over a window");
            let name = d.one(&["stddev", "var_pop", "variance", "stddev_pop"]);
            let parts = partition(d, s);
            let call = format!("{name}({}) over ({parts}{order} {frame})", x.sql);
            return if d.chance(50) {
                Expr::exact(format!("round({call}, 2)"), Type::Decimal)
            } else {
                Expr::exact(format!("({call} > 0)"), Type::Bool)
            };
        }
        0 => (format!("sum({})", x.sql), x.grain, sum),
        1 => ("count(*)".to_owned(), Grain::Exact, Type::BigInt),
        2 => (format!("count({})", y.sql), Grain::Exact, Type::BigInt),
        3 => (format!("avg({})", x.sql), x.grain.max(Grain::Fen), Type::Decimal),
        _ => (format!("{}({})", d.one(&["min", "max"]), y.sql), y.grain, y.of),
    };
    let mut filter = String::new();
    if d.chance(8) {
        d.note("filter");
        filter = format!(" filter (where {})", truth::of(d, s, 0));
    }
    let parts = partition(d, s);
    Expr::at(grain, format!("{call}{filter} over ({parts}{order} {frame})"), of)
}

/// A frame that reaches by value: so many days, so much money.
fn offset_range(d: &mut Dice, s: &Scope) -> Expr {
    let measured =
        |field: &&Field| field.of.is_number() || field.of == Type::Date || field.of == Type::Moment;
    let fields: Vec<_> = s.fields.iter().filter(measured).cloned().collect();
    let Some(by) = d.any(&fields) else { return peers_ranked(d, s) };
    d.note("range frame by value");
    let (near, far) = match by.of {
        Type::Date | Type::Moment => ("interval '1 day'", "interval '1 month'"),
        Type::Decimal => ("0.50", "20.00"),
        _ => ("1", "10"),
    };
    let frame = match d.below(3) {
        0 => format!("range between {far} preceding and current row"),
        1 => format!("range between {near} preceding and {far} following"),
        _ => format!("range between {near} following and {far} following"),
    };
    let order = format!("order by {}{}", by.sql, d.one(&["", " desc", " nulls first"]));
    over(d, s, &order, &frame)
}
