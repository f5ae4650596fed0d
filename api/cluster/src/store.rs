//! The few questions that are asked before there is a schema.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::address::Address;
use super::facts::{Facts, Role};
use super::logins::Logins;
use super::settings;

/// The one that `engine/roles.sql` makes.
const CAPTURE_SETTING: &str = "idle_in_transaction_session_timeout=10s";

/// Makes the logins that the server lacks, puts right those that may do more than they should, gives each its pass word,
/// and makes the database if there is none: at each start, as the server's keeper.
pub(super) async fn ensure(keeper: &Address, logins: &Logins) -> Result<(), sqlx::Error> {
    let mut connection = keeper.database("postgres").options().connect().await?;
    sqlx::raw_sql(engine::ROLES).execute(&mut connection).await?;
    for (Address { user, password, .. }, ..) in logins.all() {
        // Both texts are ours, a constant and hexadecimal digits: DDL takes no parameters.
        let statement = format!("alter role {user} password '{password}'");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let known: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(settings::DATABASE)
            .fetch_one(&mut connection)
            .await?;
    if !known {
        let statement = format!("create database {} owner {}", settings::DATABASE, engine::OWNER);
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    connection.close().await
}

/// Can one log in there?
pub(super) async fn enters(address: &Address) -> Result<(), sqlx::Error> {
    address.options().connect().await?.close().await
}

/// What the roles of Weir have set for themselves, whoever did it: each holds from their next connection on.
///
/// # Errors
/// The server cannot be asked.
pub async fn own_settings(address: &Address) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = address.options().connect().await?;
    let found = sqlx::query_scalar(
        "select s.setrole::regrole || ' ' || said
         from pg_db_role_setting s cross join unnest(s.setconfig) as said
         where s.setrole in (select oid from pg_roles where rolname = any ($1)) and said <> $2
             and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
         order by 1",
    )
    .bind(Role::wanted().map(|role| role.name).to_vec())
    .bind(CAPTURE_SETTING)
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(found)
}

/// What the server says of itself and of the roles of Weir.
pub(super) async fn facts(address: &Address) -> Result<Facts, sqlx::Error> {
    let mut connection = address.options().connect().await?;
    let mut facts: Facts = sqlx::query_as(
        "select current_setting('server_version_num')::int / 10000 as major,
                current_setting('wal_level') as wal_level,
                current_setting('synchronous_commit') as synchronous_commit,
                current_setting('server_encoding') as encoding,
                current_setting('max_replication_slots')::int as slots,
                pg_get_userbyid(datdba)::text as owner,
                pg_get_userbyid(nspowner)::text as schema_owner
         from pg_database, pg_namespace where datname = current_database() and nspname = 'public'",
    )
    .fetch_one(&mut connection)
    .await?;
    facts.roles = sqlx::query_as(
        "select rolname::text as name, rolcanlogin as can_login, rolreplication as replicates, rolinherit as inherits,
                rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as may_more,
                array(select roleid::regrole::text from pg_auth_members where member = r.oid order by 1) as belongs_to
         from pg_roles r where rolname = any ($1) order by rolname",
    )
    .bind(Role::wanted().map(|role| role.name).to_vec())
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(facts)
}
