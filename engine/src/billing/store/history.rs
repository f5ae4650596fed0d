//! What the accounts of a chunk were on a day.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::BillPeriod;

use super::Chunk;
use crate::billing::missed::Holder;
use crate::register::AccountState;

/// The states of the accounts of a chunk that were ever changed, each with its first day, the oldest first.
#[derive(Debug, Default)]
pub(in crate::billing) struct History(HashMap<i64, Vec<(NaiveDate, AccountState)>>);

impl History {
    pub(super) async fn load(
        connection: &mut PgConnection,
        asked: BillPeriod,
        chunk: Chunk,
    ) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!(
            r#"select s.account_id as "account_id!", s.valid_from as "valid_from!", s.use_class as "use_class!",
                      s.sewage_class as "sewage_class!", s.garbage_class as "garbage_class!", s.persons as "persons!",
                      s.supplier_id as "supplier_id!", s.area_m2 as "area_m2: Decimal", s.bins as "bins: Decimal",
                      s.households as "households: Decimal", s.levy_ratio, s.payer_id as "payer_id!"
               from account_state s
               where s.account_id between $1 and $2 and s.valid_from <= $3
               order by s.account_id, s.valid_from"#,
            chunk.first,
            chunk.last,
            asked.last_day()
        )
        .fetch_all(connection)
        .await?;
        let mut history = Self::default();
        for row in rows {
            let state = AccountState::read(
                [&row.use_class, &row.sewage_class, &row.garbage_class],
                (row.persons, row.supplier_id),
                [row.area_m2, row.bins, row.households, row.levy_ratio],
                row.payer_id,
            );
            history.0.entry(row.account_id).or_default().push((row.valid_from, state));
        }
        Ok(history)
    }

    /// What an account is charged as for a month: as it was on its last day. One that never changed is what it is.
    pub(in crate::billing) fn of(&self, holder: &Holder, month: BillPeriod) -> AccountState {
        let present = holder.present;
        let Some(states) = self.0.get(&holder.account.0) else { return present };
        let day = month.last_day();
        let held = states.iter().rev().find(|(valid_from, _)| *valid_from <= day);
        held.or(states.first()).map_or(present, |(_, state)| *state)
    }
}
