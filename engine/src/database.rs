//! Connections of the application, and the schema they meet.

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// Connections kept for the counters; bulk work brings its own tasks, not more connections.
const CONNECTIONS: u32 = 24;

/// Opens the application's pool. Each connection takes the role `weir_app`, so that grants hold
/// even where the login is the owner.
///
/// # Errors
/// The database cannot be reached, or the migrations have not made the role yet.
pub async fn connect(options: PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    let options = options.options([
        ("timezone", "UTC"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ]);
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query("set role weir_app").execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}

/// Brings the schema up to date, as the owner of the database.
///
/// # Errors
/// A migration fails, or one that ran before has changed since.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), sqlx::migrate::MigrateError> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    sqlx::migrate!("./migrations").run(&pool).await?;
    pool.close().await;
    Ok(())
}
