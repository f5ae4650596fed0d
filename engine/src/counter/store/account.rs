//! The account at the counter: its card, its lock, and who may take what of it.

use sqlx::PgConnection;
use terms::{AccountId, FeeItem, OutletId, TownId, UserId};

use crate::counter::quoted::Payer;
use crate::database::known;

/// The account's card.
pub(in crate::counter) async fn payer(
    connection: &mut PgConnection,
    account: AccountId,
) -> Result<Option<Payer>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select a.no, a.payer_name, a.phone, a.address, a.town_id, t.short_name as town_name, a.outlet_id,
            a.use_class, a.pay_method, a.status
        from account a join town t on t.id = a.town_id
        where a.id = $1
        "#,
        account.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| Payer {
        account,
        no: r.no,
        payer_name: r.payer_name,
        phone: r.phone,
        address: r.address,
        town: TownId(r.town_id),
        town_name: r.town_name,
        outlet: OutletId(r.outlet_id),
        use_class: r.use_class,
        pay_method: r.pay_method,
        status: r.status,
    }))
}

/// Locks the account, and keeps the cashier's day from being closed meanwhile. Gives the town of the account, and
/// the outlet that serves it. None where account, cashier or outlet is unknown.
pub(in crate::counter) async fn lock(
    connection: &mut PgConnection,
    account: AccountId,
    cashier: UserId,
    outlet: OutletId,
) -> Result<Option<(TownId, OutletId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select town_id as "town_id!", outlet_id as "outlet_id!" from till_lock($1, $2, $3)"#,
        account.0,
        cashier.0,
        outlet.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| (TownId(r.town_id), OutletId(r.outlet_id))))
}

/// Waits until nobody posts on an account; whatever was being posted is then there or never will be.
pub(in crate::counter) async fn wait_for(
    connection: &mut PgConnection,
    account: AccountId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from account where id = $1 for no key update", account.0)
        .fetch_optional(connection)
        .await?;
    Ok(())
}

/// The town of an outlet, the fees that it may take apart, and whether it takes nothing else.
pub(in crate::counter) async fn apart(
    connection: &mut PgConnection,
    outlet: OutletId,
) -> Result<(Option<TownId>, Vec<FeeItem>, bool), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select o.town_id, o.kind = 'sanitation_station' as "alone!", array(select fee_item from fee_apart f where f.outlet_id = o.id order by fee_item)::text[] as "fees!"
        from organisation o where o.id = $1
        "#,
        outlet.0
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok((None, Vec::new(), false)) };
    Ok((row.town_id.map(TownId), row.fees.iter().map(|fee| known(fee)).collect(), row.alone))
}
