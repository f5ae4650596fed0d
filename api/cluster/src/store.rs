//! The few questions that are asked before there is a schema.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::outside::Facts;
use super::{Address, settings};

/// Makes the database of that address if the server has none.
pub(super) async fn ensure_database(address: &Address) -> Result<(), sqlx::Error> {
    let mut connection = address.database("postgres").options().connect().await?;
    let known: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&address.database)
            .fetch_one(&mut connection)
            .await?;
    if !known {
        // The name is ours, a constant: DDL takes no parameters.
        let statement = format!("create database {}", settings::DATABASE);
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    connection.close().await
}

/// Gives the application's login its pass word, at each start; what it may do, the migrations say.
pub(super) async fn ensure_application(
    owner: &Address,
    application: &Address,
) -> Result<(), sqlx::Error> {
    let mut connection = owner.options().connect().await?;
    let known: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(&application.user)
        .fetch_one(&mut connection)
        .await?;
    // Both texts are ours, a constant and hexadecimal digits: DDL takes no parameters.
    let verb = if known { "alter" } else { "create" };
    let Address { user, password, .. } = application;
    let statement = format!("{verb} role {user} login password '{password}'");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

/// What the server says of itself and of us.
pub(super) async fn facts(address: &Address) -> Result<Facts, sqlx::Error> {
    let mut connection = address.options().connect().await?;
    let facts = sqlx::query_as(
        "select current_setting('server_version_num')::int / 10000 as major,
                current_setting('wal_level') as wal_level,
                current_setting('synchronous_commit') as synchronous_commit,
                current_setting('server_encoding') as encoding,
                current_setting('max_replication_slots')::int as slots,
                rolsuper as superuser,
                rolreplication as replication,
                rolcreaterole as create_role,
                has_database_privilege(current_database(), 'create')
                    and has_schema_privilege('public', 'create') as \"create\"
         from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(facts)
}
