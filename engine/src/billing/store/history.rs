//! What the accounts of a chunk were on a day.

use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Chunk;
use crate::billing::history::History;
use crate::register::AccountState;

/// The states of the accounts of a chunk that were ever changed.
pub(super) async fn load(
    connection: &mut PgConnection,
    chunk: Chunk,
) -> Result<History, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.account_id as "account_id!", s.valid_from as "valid_from!", s.use_class as "use_class!",
                      s.sewage_class as "sewage_class!", s.garbage_class as "garbage_class!", s.persons as "persons!",
                      s.supplier_id as "supplier_id!", s.area_m2 as "area_m2: Decimal", s.bins as "bins: Decimal",
                      s.households as "households: Decimal", s.levy_ratio, s.payer_id as "payer_id!"
               from account_state s
               where s.account_id between $1 and $2
               order by s.account_id, s.valid_from"#,
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    let mut history = History::default();
    for row in rows {
        let state = AccountState::read(
            [&row.use_class, &row.sewage_class, &row.garbage_class],
            (row.persons, row.supplier_id),
            [row.area_m2, row.bins, row.households, row.levy_ratio],
            row.payer_id,
        );
        history.add(row.account_id, row.valid_from, state);
    }
    Ok(history)
}
