//! Subqueries in FROM: filtered, aggregated, distinct, cut, numbered, united, or plain values.

use std::sync::Arc;

use super::group::is_narrow;
use super::scope::{Expr, Field, Scope};
use super::{Dice, Grain, Type, aggregate, expr, truth, window};

/// A statement for a FROM, and the columns that it gives.
pub(super) struct Derived {
    pub(super) sql: String,
    /// The columns, not yet under an alias.
    columns: Vec<Field>,
    rows: usize,
}

impl Derived {
    /// The columns under an alias.
    pub(super) fn scope(&self, alias: &str) -> Scope {
        let under =
            |field: &Field| Field { sql: format!("{alias}.{}", field.name), ..field.clone() };
        let fields = self.columns.iter().map(under).collect();
        Scope { fields, key: Vec::new(), rows: self.rows, unique: false }
    }
}

/// A subquery over one table.
pub(super) fn over_a_table(d: &mut Dice) -> Derived {
    let alias = d.name("t");
    let table = d.schema.table(d);
    let (from, inner) = (format!("{} {alias}", table.name), table.scope(&alias));
    match d.weighted(&[5, 6, 3, 3, 3, 3, 2]) {
        0 => {
            let mut made = filtered(d, &from, &inner);
            if d.chance(20) {
                d.note("order in from");
                made.sql += &format!(" order by {}", inner.total().join(", "));
            }
            made
        }
        1 => aggregated(d, &from, &inner),
        2 => {
            d.note("distinct in from");
            let mut made = filtered(d, &from, &inner);
            made.sql = made.sql.replacen("select", "select distinct", 1);
            made
        }
        3 => cut(d, &from, &inner),
        4 => numbered(d, &from, &inner),
        5 => united(d, &from, &inner),
        _ => values(d),
    }
}

/// A column of a table under the name that the FROM gives it.
fn keep(field: &Field, name: String) -> Field {
    Field { name, ..field.clone() }
}

/// An expression under a name.
fn make(expr: &Expr, name: String) -> Field {
    let (sql, of, grain) = (expr.sql.clone(), expr.of, expr.grain);
    Field { sql, name, of, grain, domain: String::new(), values: Arc::default() }
}

fn list(columns: &[Field]) -> String {
    columns.iter().map(|c| format!("{} as {}", c.sql, c.name)).collect::<Vec<_>>().join(", ")
}

/// A key of the table and some columns, none of them twice: of one that has two names PostgreSQL 15
/// shows, in grouping sets, a NULL and a value in one row.
fn some_columns(d: &mut Dice, s: &Scope) -> Vec<Field> {
    let keys: Vec<_> = s.fields.iter().filter(|field| !field.domain.is_empty()).cloned().collect();
    let mut columns: Vec<_> = d.any(&keys).into_iter().collect();
    for _ in 0..1 + d.below(3) {
        let more = d.one(&s.fields);
        if columns.iter().all(|column| column.sql != more.sql) {
            columns.push(more);
        }
    }
    columns.into_iter().map(|field| keep(&field, d.name("c"))).collect()
}

fn filtered(d: &mut Dice, from: &str, s: &Scope) -> Derived {
    d.note("subquery in from");
    let mut columns = some_columns(d, s);
    if d.chance(50) {
        let of = s.wanted_type(d);
        let made = expr::of(d, s, of, 2);
        columns.push(make(&made, d.name("c")));
    }
    let filter = truth::filter(d, s, 60);
    Derived { sql: format!("select {} from {from}{filter}", list(&columns)), columns, rows: s.rows }
}

fn aggregated(d: &mut Dice, from: &str, s: &Scope) -> Derived {
    d.note("aggregate in from");
    let bare = d.chance(20);
    let keys: Vec<_> = s.fields.iter().filter(|field| !field.domain.is_empty()).cloned().collect();
    let mut columns: Vec<_> =
        d.any(&keys).filter(|_| !bare).map(|field| keep(&field, d.name("c"))).into_iter().collect();
    let by = columns.iter().map(|c| c.sql.clone()).collect::<Vec<_>>().join(", ");
    for _ in 0..1 + d.below(2) {
        let made = aggregate::of(d, s);
        columns.push(make(&made, d.name("c")));
    }
    let filter = truth::filter(d, s, 30);
    let by_sets = !by.is_empty() && !is_narrow(&filter) && d.chance(25);
    let mut end = match &by[..] {
        "" => String::new(),
        _ if by_sets => format!(" group by rollup({by})"),
        _ => format!(" group by {by}"),
    };
    if d.chance(20) {
        end += &format!(" having {}", aggregate::having(d, s));
    }
    let rows = if by.is_empty() { 1 } else { s.rows / 2 + 1 };
    let label = d.chance(20).then(|| d.name("c"));
    let made = |label: &str| format!("select {label}{} from {from}{filter}{end}", list(&columns));
    let Some(name) = label else { return Derived { sql: made(""), columns, rows } };
    d.note("labels in from");
    let [one, two] = ["'a'", "'b'"].map(|label| made(&format!("{label} as {name}, ")));
    columns.insert(0, make(&Expr::exact("'a'".to_owned(), Type::Text), name));
    Derived { sql: format!("{one} union all {two}"), columns, rows: rows * 2 }
}

fn cut(d: &mut Dice, from: &str, s: &Scope) -> Derived {
    d.note("limit in from");
    let columns = some_columns(d, s);
    let (first, way) = (d.one(&s.fields).sql, window::direction(d));
    let total = s.total().join(", ");
    let (filter, rows) = (truth::filter(d, s, 30), 1 + d.below(20));
    let offset = d.one(&["", "", " offset 2"]);
    let sql = format!(
        "select {} from {from}{filter} order by {first}{way}, {total} limit {rows}{offset}",
        list(&columns)
    );
    Derived { sql, columns, rows }
}

fn numbered(d: &mut Dice, from: &str, s: &Scope) -> Derived {
    d.note("window in from");
    let mut columns = some_columns(d, s);
    let number = Expr::exact(window::row_number(d, s), Type::BigInt);
    columns.push(make(&number, d.name("c")));
    Derived { sql: format!("select {} from {from}", list(&columns)), columns, rows: s.rows }
}

fn united(d: &mut Dice, from: &str, s: &Scope) -> Derived {
    d.note("union in from");
    let columns = some_columns(d, s);
    let all = d.one(&["union all", "union"]);
    let (one, two) = (truth::filter(d, s, 70), truth::filter(d, s, 70));
    let list = list(&columns);
    let sql = format!("select {list} from {from}{one} {all} select {list} from {from}{two}");
    Derived { sql, columns, rows: s.rows * 2 }
}

/// A list of values with nulls among them.
fn values(d: &mut Dice) -> Derived {
    d.note("values");
    let columns: Vec<_> = [Type::Int, Type::Text, Type::Decimal]
        .map(|of| make(&Expr::at(Grain::Exact, "", of), d.name("c")))
        .into();
    let words: [&[&str]; 3] = [
        &["1", "2", "-3", "202612", "null"],
        &["'water'", "'cash'", "''", "null"],
        &["0.10", "-2.35", "103.33", "null"],
    ];
    let mut rows = vec!["(0, 'garbage', 1.00)".to_owned()];
    for _ in 0..1 + d.below(5) {
        rows.push(format!("({})", words.map(|of| d.one(of)).join(", ")));
    }
    let names = columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(", ");
    let sql = format!("select * from (values {}) as v ({names})", rows.join(", "));
    Derived { sql, columns, rows: rows.len() }
}
