//! People, their pass words and places.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{OutletId, Role, TownId, UserId};

use crate::access::person::{NewUser, People, Person, Place, Sought, User};
use crate::database::known;

/// The fees of an agency.
pub(in crate::access::store) fn fees(
    stored: Option<Vec<String>>,
) -> Option<BTreeSet<terms::FeeItem>> {
    stored.map(|fees| fees.iter().map(|fee| known(fee)).collect())
}

/// A statement over the view `person` as `p`: its columns, others besides, and where from.
macro_rules! of_people {
    ($others:literal, $rest:literal $(, $parameter:expr)*) => {
        sqlx::query!(
            r#"select p.id as "id!", p.login as "login!", p.name as "name!", p.role as "role!", p.outlet_id, p.outlet_name,
                p.town_id, p.town_name, p.at_outlet as "at_outlet!", p.fees, p.rights as "rights!", p.stands_in_until"# + $others + " from " + $rest
            $(, $parameter)*
        )
    };
}

/// The person in a row of such a statement.
macro_rules! user_in {
    ($row:ident) => {
        $crate::access::person::User {
            id: terms::UserId($row.id),
            login: $row.login,
            name: $row.name,
            role: $crate::database::known(&$row.role),
            outlet: $row.outlet_id.map(terms::OutletId),
            outlet_name: $row.outlet_name,
            town: $row.town_id.map(terms::TownId),
            town_name: $row.town_name,
            at_outlet: $row.at_outlet,
            fees: $crate::access::store::people::fees($row.fees),
            rights: $crate::access::rights::Rights::named(&$row.rights),
            stands_in_until: $row.stands_in_until,
        }
    };
}

pub(super) use {of_people, user_in};

/// Every active person.
pub(in crate::access) async fn users(
    connection: &mut PgConnection,
) -> Result<Vec<User>, sqlx::Error> {
    let rows =
        of_people!("", "person p where p.active order by p.login").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| user_in!(row)).collect())
}

/// The active person of a login.
pub(in crate::access) async fn user_named(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Option<User>, sqlx::Error> {
    let row = of_people!("", "person p where p.active and p.login = $1", login);
    Ok(row.fetch_optional(connection).await?.map(|row| user_in!(row)))
}

/// The active person of an id.
pub(in crate::access) async fn user(
    connection: &mut PgConnection,
    id: UserId,
) -> Result<Option<User>, sqlx::Error> {
    let row = of_people!("", "person p where p.active and p.id = $1", id.0);
    Ok(row.fetch_optional(connection).await?.map(|row| user_in!(row)))
}

/// A page of the people who are sought, active or not, whether they have a pass word, and how many there are in all.
pub(in crate::access) async fn people(
    connection: &mut PgConnection,
    sought: &Sought,
) -> Result<People, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        with sought as materialized (
            select p.id, p.login from person p
            where ($1::text is null or starts_with(p.login, $1) or strpos(p.name, $1) > 0)
                and ($2::text is null or p.role = $2)
                and ($3::text is null or strpos(p.outlet_name, $3) > 0 or strpos(p.town_name, $3) > 0)
                and ($4::boolean is null or p.active = $4)
                and ($7::text is null or p.login = $7)
        )
        select array(select s.id from sought s order by s.login offset $5 limit $6)::int[] as "page!", count(*) as "all!" from sought
        "#,
        sought.text,
        sought.role.map(Role::code),
        sought.place,
        sought.active,
        i64::from(sought.skip),
        i64::from(sought.most),
        sought.login
    )
    .fetch_one(&mut *connection)
    .await?;
    let page = of_people!(
        r#", p.active as "active!", exists (select from credential c where c.user_id = p.id) as "may_log_in!",
            (select max(l.last_at) from login_place l where l.user_id = p.id) as last_seen"#,
        "person p where p.id = any($1) order by p.login",
        &rows.page
    );
    let page = page.fetch_all(connection).await?.into_iter().map(|row| Person {
        active: row.active,
        may_log_in: row.may_log_in,
        last_seen: row.last_seen,
        user: user_in!(row),
    });
    Ok(People { page: page.collect(), all: rows.all })
}

/// The person of a login, active or not.
pub(in crate::access) async fn person(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Option<Person>, sqlx::Error> {
    let sought = Sought { login: Some(login.to_owned()), most: 1, ..Sought::default() };
    Ok(people(connection, &sought).await?.page.pop())
}

/// True where somebody can log in at all.
pub(in crate::access) async fn anybody(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from app_user u join credential c on c.user_id = u.id where u.active) as "anybody!""#
    )
    .fetch_one(connection)
    .await
}

/// Holds the person of a login, and all administrators, in the order of their ids, until the transaction ends.
pub(in crate::access) async fn hold_for_change(
    connection: &mut PgConnection,
    login: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select id from app_user where role = 'administrator' or login = $1 order by id for no key update",
        login
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// Enters a person, with a credential where there is a pass word.
pub(in crate::access) async fn create_user(
    connection: &mut PgConnection,
    new: &NewUser,
    phc: Option<&str>,
    now: DateTime<Utc>,
) -> Result<UserId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"
        with entered as (
            insert into app_user (login, name, role, outlet_id, town_id) values ($1, $2, $3::text, $4, $5) returning id
        ), secured as (
            insert into credential (user_id, password_hash, set_at) select id, $6, $7 from entered where $6::text is not null
        )
        select id as "id!" from entered
        "#,
        new.login,
        new.name,
        new.role.code(),
        new.place.outlet.map(|o| o.0),
        new.place.town.map(|t| t.0),
        phc,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(UserId(id))
}

/// Replaces a pass word, and holds it until the transaction ends: who opens a session by the old one is done before, or
/// not at all. Gives whose it is; none where nobody has the login name.
pub(in crate::access) async fn set_password(
    connection: &mut PgConnection,
    login: &str,
    phc: &str,
    now: DateTime<Utc>,
) -> Result<Option<UserId>, sqlx::Error> {
    let changed = sqlx::query_scalar!(
        "insert into credential (user_id, password_hash, set_at) select id, $2, $3 from app_user where login = $1
        on conflict (user_id) do update set password_hash = excluded.password_hash, set_at = excluded.set_at
        returning user_id",
        login,
        phc,
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(changed.map(UserId))
}

/// Gives a person another pass word in place of the known one, and ends the person's sessions but one; false where the
/// known one holds no longer.
pub(in crate::access) async fn renew_password(
    connection: &mut PgConnection,
    user: UserId,
    (known, phc): (&str, &str),
    kept: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query!(
        "update credential set password_hash = $3, set_at = $4 where user_id = $1 and password_hash = $2",
        user.0,
        known,
        phc,
        now
    )
    .execute(&mut *connection)
    .await?;
    if renewed.rows_affected() == 0 {
        return Ok(false);
    }
    // After the lock, so that a session is seen that was opened while we waited for it.
    sqlx::query!("delete from session where user_id = $1 and token_hash <> $2", user.0, kept)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Active administrators beside one person, who can log in.
pub(in crate::access) async fn other_administrators(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from app_user u join credential c on c.user_id = u.id
        where u.active and u.role = 'administrator' and u.id <> $1
        "#,
        user.0
    )
    .fetch_one(connection)
    .await
}

/// Lets a person in, or no longer.
pub(in crate::access) async fn set_active(
    connection: &mut PgConnection,
    user: UserId,
    active: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update app_user set active = $2 where id = $1", user.0, active)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a person another role and place.
pub(in crate::access) async fn set_role(
    connection: &mut PgConnection,
    user: UserId,
    role: Role,
    place: Place,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update app_user set role = $2::text, outlet_id = $3, town_id = $4 where id = $1",
        user.0,
        role.code(),
        place.outlet.map(|o| o.0),
        place.town.map(|t| t.0)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Calls a person by another name; None where nobody has the login name.
pub(in crate::access) async fn rename(
    connection: &mut PgConnection,
    login: &str,
    name: &str,
) -> Result<Option<UserId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "update app_user set name = $2 where login = $1 returning id",
        login,
        name
    );
    Ok(id.fetch_optional(connection).await?.map(UserId))
}

/// The hash of a person's pass word.
pub(in crate::access) async fn password_of(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select c.password_hash from app_user u join credential c on c.user_id = u.id
        where u.login = $1 and u.active",
        login
    )
    .fetch_optional(connection)
    .await
}

/// The outlet and the town of a name each.
pub(in crate::access) async fn place_named(
    connection: &mut PgConnection,
    outlet: Option<&str>,
    town: Option<&str>,
) -> Result<Place, sqlx::Error> {
    let row = sqlx::query!(
        "select (select min(id) from organisation where name = $1) as outlet,
            (select min(id) from town where short_name = $2 or name = $2) as town",
        outlet,
        town
    )
    .fetch_one(connection)
    .await?;
    Ok(Place { outlet: row.outlet.map(OutletId), town: row.town.map(TownId) })
}
