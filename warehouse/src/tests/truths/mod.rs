//! Plain questions that once got a wrong answer in silence, with the right one: no wrong number at the SQL door.

mod branches;
mod correlated;
mod figures;
mod guards;
mod lists;
mod masks;
mod names;
mod orders;
mod plans;
mod quotients;
mod sights;
mod sorts;
mod texts;
mod times;
mod unknowns;
mod values;
mod words;

use crate::Person;
use crate::tests::city::City;

/// Rows with NULLs, for what needs no ledger.
const ROWS: &str = "with x as (select * from (values (1, 2, 'a'), (2, 0, 'b'), (3, null, 'a'), (4, -5, 'c'), (5, 4, null)) v(id, k, s))";

/// Asks each of the rows `x`; `~` stands for a row with nothing to see.
async fn answers(cases: &[(&str, &str)]) {
    let city = City::new().await;
    let who = Person::system();
    for (sql, want) in cases {
        let asked = match sql.strip_prefix("with ") {
            Some(more) => format!("{ROWS}, {more}"),
            None => format!("{ROWS} {sql}"),
        };
        let rows = city.rows(&who, &asked).await;
        let seen = rows.into_iter().map(|row| if row.is_empty() { "~".to_owned() } else { row });
        assert_eq!(seen.collect::<Vec<_>>().join(" "), *want, "{sql}");
    }
}
