//! What the accounts of a chunk were in the month that is billed.

use std::collections::HashMap;

use sqlx::PgConnection;
use terms::{BillPeriod, OrganisationId};

use super::Chunk;
use crate::billing::assess::ToBill;
use crate::database::known;
use crate::register::{GarbageClass, SewageClass, UseClass};

/// Accounts of a chunk that were changed, as they were on the last day of the month; the others are as they stand.
#[derive(Debug, Default)]
pub(super) struct History(HashMap<i64, State>);

#[derive(Debug, Clone, Copy)]
struct State {
    use_class: UseClass,
    sewage_class: SewageClass,
    garbage_class: GarbageClass,
    persons: i32,
    supplier: OrganisationId,
}

impl History {
    pub(super) async fn load(
        connection: &mut PgConnection,
        asked: BillPeriod,
        chunk: Chunk,
    ) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!(
            r#"select distinct on (v.account_id) v.account_id as "account_id!", v.use_class as "use_class!",
                      v.sewage_class as "sewage_class!", v.garbage_class as "garbage_class!", v.persons as "persons!",
                      v.supplier_id as "supplier_id!"
               from account_version_held v
               where v.account_id between $1 and $2 and v.valid_from <= $3
               order by v.account_id, v.valid_from desc, v.submitted_by is not null desc, v.id desc"#,
            chunk.first,
            chunk.last,
            asked.last_day()
        )
        .fetch_all(connection)
        .await?;
        let state = rows.into_iter().map(|row| {
            let state = State {
                use_class: known(&row.use_class),
                sewage_class: known(&row.sewage_class),
                garbage_class: known(&row.garbage_class),
                persons: row.persons,
                supplier: OrganisationId(row.supplier_id),
            };
            (row.account_id, state)
        });
        Ok(Self(state.collect()))
    }

    /// Makes an account what it was then.
    pub(super) fn apply(&self, account: &mut ToBill) {
        let Some(state) = self.0.get(&account.account.0) else { return };
        let usage = &mut account.usage;
        usage.use_class = state.use_class;
        usage.sewage_class = state.sewage_class;
        usage.garbage_class = state.garbage_class;
        usage.persons = state.persons;
        account.supplier = state.supplier;
    }
}
