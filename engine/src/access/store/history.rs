//! Who people were, and whose work they do for a time.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{Reason, Role, UserId};

use super::people::fees;
use crate::access::person::{Place, User};
use crate::access::rights::Rights;
use crate::access::stood_in::{StandIn, StoodIn, Was};
use crate::database::known;

pub(in crate::access) async fn stand_in(
    connection: &mut PgConnection,
    user: UserId,
    order: &StandIn,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    reason: &Reason,
    (by, now): (Option<UserId>, DateTime<Utc>),
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into stand_in (user_id, role, outlet_id, town_id, from_at, until_at, reason, given_by, recorded_at)
         values ($1, $2::text, $3, $4, $5, $6, $7, $8, $9) returning id",
        user.0,
        order.role.code(),
        order.place.outlet.map(|outlet| outlet.0),
        order.place.town.map(|town| town.0),
        from,
        until,
        reason.as_str(),
        by.map(|by| by.0),
        now
    )
    .fetch_one(connection)
    .await
}

pub(in crate::access) async fn end_stand_in(
    connection: &mut PgConnection,
    id: i64,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into stand_in_end values ($1, $2, $3)", id, by.map(|by| by.0), now)
        .execute(connection)
        .await?;
    Ok(())
}

pub(in crate::access) async fn stand_ins(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Vec<StoodIn>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.id, s.role, o.name as "outlet?", t.short_name as "town?", s.from_at, s.until_at, s.reason, g.name as "given_by?",
                  e.ended_at as "ended_at?"
           from stand_in s
           join app_user u on u.id = s.user_id
           left join organisation o on o.id = s.outlet_id
           left join town t on t.id = s.town_id
           left join app_user g on g.id = s.given_by
           left join stand_in_end e on e.stand_in_id = s.id
           where u.login = $1 order by s.id desc"#,
        login
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StoodIn {
            id: row.id,
            role: known(&row.role),
            outlet: row.outlet,
            town: row.town,
            from: row.from_at,
            until: row.until_at,
            reason: row.reason,
            given_by: row.given_by,
            ended_at: row.ended_at,
        })
        .collect())
}

/// A person with another role and place.
pub(in crate::access) async fn person_as(
    connection: &mut PgConnection,
    person: &User,
    role: Role,
    place: Place,
) -> Result<User, sqlx::Error> {
    let row = sqlx::query!(
        r#"select r.at_outlet, r.fees, array(select p.permission from role_permission p where p.role = r.code) as "rights!: Vec<String>",
                  (select o.name from organisation o where o.id = $2) as outlet_name,
                  (select t.short_name from town t where t.id = $3) as town_name
           from role r where r.code = $1::text"#,
        role.code(),
        place.outlet.map(|outlet| outlet.0),
        place.town.map(|town| town.0)
    )
    .fetch_one(connection)
    .await?;
    Ok(User {
        role,
        outlet: place.outlet,
        outlet_name: row.outlet_name,
        town: place.town,
        town_name: row.town_name,
        at_outlet: row.at_outlet,
        fees: fees(row.fees),
        rights: Rights::named(&row.rights),
        ..person.clone()
    })
}

pub(in crate::access) async fn person_history(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Vec<Was>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.name, v.role, o.name as "outlet?", t.short_name as "town?", v.active, g.name as "changed_by?", v.changed_at
           from person_version v
           join app_user u on u.id = v.user_id
           left join organisation o on o.id = v.outlet_id
           left join town t on t.id = v.town_id
           left join app_user g on g.id = v.changed_by
           where u.login = $1 order by v.id desc"#,
        login
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Was {
            name: row.name,
            role: known(&row.role),
            outlet: row.outlet,
            town: row.town,
            active: row.active,
            changed_by: row.changed_by,
            changed_at: row.changed_at,
        })
        .collect())
}
