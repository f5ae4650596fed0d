//! The purses' questions to the database.

use sqlx::PgConnection;
use terms::{AccountId, OutletId, TownId};

/// An account with something in its purse and something open, locked.
pub(super) struct Holder {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
}

/// What is posted for an account and an issue has this key, once.
pub(super) fn key(issue: i64, account: AccountId) -> String {
    format!("prepaid:{issue}:{account}")
}

/// Locks the next accounts after one that have money with us and owe, in the order of their ids; those whose
/// purse paid in this issue already are left out.
pub(super) async fn lock_holders(
    connection: &mut PgConnection,
    issue: i64,
    after: AccountId,
    limit: i64,
) -> Result<Vec<Holder>, sqlx::Error> {
    let rows = sqlx::query!(
        "select a.id, a.town_id, a.outlet_id from account a join prepaid_balance p on p.account_id = a.id
        where p.account_id > $2 and p.balance > 0
            and exists (select from charge_balance b where b.account_id = a.id)
            and not exists (select from payment_key k where k.key = 'prepaid:' || $1::bigint || ':' || a.id)
        order by p.account_id limit $3 for no key update of a",
        issue,
        after.0,
        limit
    )
    .fetch_all(connection)
    .await?;
    let holders = rows.into_iter().map(|r| Holder {
        account: AccountId(r.id),
        town: TownId(r.town_id),
        outlet: OutletId(r.outlet_id),
    });
    Ok(holders.collect())
}
