//! A PostgreSQL that somebody else runs, and a login that owns its database and may replicate, no more.

use std::path::Path;

use ingest::{Capture, CaptureConfig, TlsConfig, verify};
use sqlx::postgres::PgConnectOptions;
use tests::secured::Secured;
use tests::server::Server;

use crate::restarts::program::Data;

/// An empty database, and the login that owns it; both go with this value.
struct Outside {
    server: Server,
    name: String,
}

impl Outside {
    fn create() -> Self {
        let server = Server::hold().unwrap();
        let name = format!("outside_{}", std::process::id());
        for sql in [
            format!("create role {name} login replication createrole"),
            format!("create database {name} owner {name}"),
        ] {
            server.psql("postgres", &["-c", &sql]).unwrap();
        }
        Self { server, name }
    }

    fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.server.socket)
            .port(self.server.port)
            .username(&self.name)
            .database(&self.name)
    }

    fn capture_config(&self, root: &Path) -> CaptureConfig {
        let server = ingest::Server {
            host: self.server.socket.display().to_string(),
            port: self.server.port,
            user: self.name.clone(),
            password: String::new(),
            database: self.name.clone(),
            tls: TlsConfig::disabled(),
        };
        CaptureConfig { slot: self.name.clone(), ..CaptureConfig::new(server, root.into()) }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let name = &self.name;
        for sql in [
            format!(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '{name}'"
            ),
            format!("drop database if exists {name} with (force)"),
            format!("drop role if exists {name}"),
        ] {
            let _ = self.server.psql("postgres", &["-c", &sql]);
        }
    }
}

#[tokio::test]
async fn an_owner_who_is_no_superuser_is_enough() {
    let outside = Outside::create();
    engine::migrate(&outside.options()).await.unwrap();
    let pool = engine::connect(outside.options()).await.unwrap();
    engine::register::load_reference(&pool, &terms::SystemClock).await.unwrap();
    engine::channels::load_channels(&pool).await.unwrap();
    engine::tariff::set_tariffs(&pool, &terms::SystemClock).await.unwrap();
    engine::room::open_months(&pool, "2026-11".parse().unwrap()).await.unwrap();
    // With the owner's login the grants hold for our statements, and no longer than until somebody lays the role down.
    let forgive = "update charge_balance set open_amount = 0";
    let held = sqlx::query(forgive).execute(&pool).await.unwrap_err().to_string();
    assert!(held.contains("permission denied"), "{held}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("reset role; {forgive}")))
        .execute(&pool)
        .await
        .unwrap();
    // A login of its own cannot.
    let own = engine::connect(outside.options().username(engine::APPLICATION)).await.unwrap();
    for attempt in [
        format!("reset role; {forgive}"),
        format!("set role {}", outside.name),
        "create temporary table t ()".into(),
    ] {
        let held = sqlx::raw_sql(sqlx::AssertSqlSafe(attempt.clone())).execute(&own).await;
        let held = held.expect_err(&attempt).to_string();
        assert!(held.contains("permission denied"), "{attempt}: {held}");
    }
    own.close().await;
    let root = std::env::temp_dir().join(&outside.name);
    let verdict = verify(&outside.capture_config(&root), false).await.unwrap();
    assert!(verdict.equal(), "{verdict}");
    let towns = verdict.tables.iter().find(|table| table.name == "town").unwrap();
    assert_eq!(towns.postgres.rows, 33);
    pool.close().await;
    std::fs::remove_dir_all(&root).unwrap();
}

/// An office that opens: its administrator is entered, and no account yet.
#[tokio::test]
async fn an_office_never_becomes_a_demo_city() {
    let outside = Outside::create();
    engine::migrate(&outside.options()).await.unwrap();
    let owner = sqlx::PgPool::connect_with(outside.options()).await.unwrap();
    let enter = "with u as (insert into app_user (login, name, role) values ('wang.wei', '王伟', 'administrator') returning id)
        insert into credential (user_id, password_hash) select id, 'x' from u";
    sqlx::raw_sql(enter).execute(&owner).await.unwrap();
    let socket = outside.server.socket.display();
    let (name, port) = (&outside.name, outside.server.port);
    let address = format!("postgres://{name}@localhost/{name}?host={socket}&port={port}");

    let data = Data::new();
    // A city that was begun in this folder, and somewhere else.
    let begun = r#"{"plan":{"accounts":200,"months":2,"seed":1,"today":"2026-11-24","unpaid_percent":0},"done":false,"database":"1/5"}"#;
    std::fs::write(data.path().join("demo.json"), begun).unwrap();
    let port = ["--port", "0"];
    for (command, want) in [
        (&["generate"][..], "--outside"),
        (&["demo"], "--outside"),
        (&["generate", "--outside"], "people or accounts"),
        (&["demo", "--outside"], "people or accounts"),
        (&["up", "--demo", port[0], port[1]], "people or accounts"),
    ] {
        let said = data.fails_with(("WEIR_DATABASE", &address), command);
        assert!(said.contains(want), "{command:?}: {said}");
    }
    let people: i64 =
        sqlx::query_scalar("select count(*) from credential").fetch_one(&owner).await.unwrap();
    assert_eq!(people, 1);
    owner.close().await;
}

#[tokio::test]
async fn the_private_server_gives_the_application_a_login_of_its_own() {
    let data = std::env::temp_dir().join(format!("weir-private-{}", std::process::id()));
    let config = api::config::Config::in_folder(data.clone());
    for _ in 0..2 {
        // The second start finds the role, and the pass word is the same.
        let database = api::cli::Database::open(&config).await.unwrap();
        api::cli::prepare(&database).await.unwrap();
        let pool = database.pool().await.unwrap();
        let who: String =
            sqlx::query_scalar("select session_user::text").fetch_one(&pool).await.unwrap();
        assert_eq!(who, engine::APPLICATION);
        let held = sqlx::raw_sql("reset role; set role weir").execute(&pool).await.unwrap_err();
        assert!(held.to_string().contains("permission denied"), "{held}");
        pool.close().await;
        database.close().await.unwrap();
    }
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn capture_reads_through_tls_a_server_that_proves_itself_and_no_other() {
    let secured = Secured::start().unwrap();
    let root = std::env::temp_dir().join(format!("weir-secured-house-{}", std::process::id()));
    let config = |tls: TlsConfig| {
        let server = ingest::Server {
            host: "localhost".to_owned(),
            port: secured.port,
            user: "weir".to_owned(),
            password: String::new(),
            database: "postgres".to_owned(),
            tls,
        };
        CaptureConfig::new(server, root.clone())
    };
    let proven = config(TlsConfig::verify_full(Some(secured.authority())));
    engine::migrate(&proven.server.sql()).await.unwrap();
    for refused in [TlsConfig::disabled(), TlsConfig::verify_full(Some(secured.another()))] {
        let mode = refused.mode;
        let error = Capture::start(config(refused)).await.unwrap_err();
        assert!(!root.join("warehouse").exists(), "{mode:?}: {error}");
    }
    let capture = Capture::start(proven.clone()).await.unwrap();
    let pool = sqlx::PgPool::connect_with(proven.server.sql()).await.unwrap();
    let lines: Vec<(bool, String)> = sqlx::query_as(
        "select ssl, application_name from pg_stat_ssl join pg_stat_activity using (pid)
         where application_name like 'weir-capture%' and pid <> pg_backend_pid()",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(!lines.is_empty() && lines.iter().all(|(ssl, _)| *ssl), "{lines:?}");
    let streams = "select count(*) from pg_stat_replication join pg_stat_ssl using (pid) where ssl";
    let streams: i64 = sqlx::query_scalar(streams).fetch_one(&pool).await.unwrap();
    assert_eq!(streams, 1);
    capture.stop().await.unwrap();
    std::fs::remove_dir_all(&root).unwrap();
}
