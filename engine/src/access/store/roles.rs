//! Roles, and what they may do.

use sqlx::PgConnection;

use super::people::fees;
use crate::access::rights::{Rights, RoleRights};
use crate::database::known;

/// Every role.
pub(in crate::access) async fn roles(
    conn: &mut PgConnection,
) -> Result<Vec<RoleRights>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select r.code, r.name, r.at_outlet, r.fees,
            array(select p.permission from role_permission p where p.role = r.code) as "rights!",
            (select count(*) from app_user u where u.role = r.code and u.active) as "people!"
        from role r order by r.place
        "#
    )
    .fetch_all(conn)
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
