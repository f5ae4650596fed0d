//! Roles, and what they may do.

use sqlx::PgConnection;
use terms::{OutletId, TownId, UserId};

use super::people::fees;
use crate::access::rights::{Rights, RoleRights};
use crate::database::known;

/// Every role.
pub(in crate::access) async fn roles(
    connection: &mut PgConnection,
) -> Result<Vec<RoleRights>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select r.code, r.name, r.at_outlet, r.fees,
            array(select p.permission from role_permission p where p.role = r.code) as "rights!",
            (select count(*) from app_user u where u.role = r.code and u.active) as "people!"
        from role r order by r.place
        "#
    )
    .fetch_all(connection)
    .await?;
    let role = rows.into_iter().map(|r| RoleRights {
        role: known(&r.code),
        name: r.name,
        at_outlet: r.at_outlet,
        fees: fees(r.fees),
        rights: Rights::named(&r.rights),
        people: r.people,
    });
    Ok(role.collect())
}

/// True where accounts are all at the outlet or in the town to which a person is bound, or nothing binds them.
pub(in crate::access) async fn reaches(
    connection: &mut PgConnection,
    person: UserId,
    accounts: &[i64],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select not exists (
            select from (select distinct a.town_id, a.outlet_id from account a where a.id = any($2)) p
            where not works_for($1, p.town_id, p.outlet_id)) as "reaches!"
        "#,
        person.0,
        accounts
    )
    .fetch_one(connection)
    .await
}

/// True where payers are all there and among those whom a person sees: by the town where they were entered, or by an account.
pub(in crate::access) async fn reaches_payers(
    connection: &mut PgConnection,
    person: UserId,
    payers: &[i64],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select not exists (
            select from unnest($2::bigint[]) as asked (id)
            where not exists (
                select from payer p where p.id = asked.id and (works_for($1, p.town_id, null) or exists (
                    select from (select distinct a.town_id, a.outlet_id from account a where a.payer_id = p.id) paid
                    where works_for($1, paid.town_id, paid.outlet_id))))) as "reaches!"
        "#,
        person.0,
        payers
    )
    .fetch_one(connection)
    .await
}

/// True where a person works for an organisation; one of no town is of the whole city.
pub(in crate::access) async fn answers_for(
    connection: &mut PgConnection,
    person: UserId,
    organisation: OutletId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from organisation o where o.id = $2 and works_for($1, coalesce(o.town_id, $3), o.id)) as "answers!"
        "#,
        person.0,
        organisation.0,
        TownId::WHOLE_CITY.0
    )
    .fetch_one(connection)
    .await
}
