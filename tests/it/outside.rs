//! A PostgreSQL that somebody else runs, whose keeper has made the roles of Weir and a database for its owner.

use std::path::Path;
use std::process::Command;

use ingest::{Capture, CaptureConfig, TlsConfig, verify};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tables::Snapshots;
use tests::secured::Secured;
use tests::server::Server;

use crate::restarts::program::Data;

/// An empty database of `weir_owner`; it goes with this value.
struct Outside {
    server: Server,
    name: String,
}

impl Outside {
    fn create() -> Self {
        let server = Server::hold().unwrap();
        let name = format!("outside_{}", std::process::id());
        let sql = format!("create database {name} owner {}", engine::OWNER);
        server.psql("postgres", &["-c", &sql]).unwrap();
        Self { server, name }
    }

    fn options(&self, login: &str) -> PgConnectOptions {
        self.url(login).parse().unwrap()
    }

    fn url(&self, login: &str) -> String {
        self.server.url_of(login, &self.name)
    }

    fn capture_config(&self, root: &Path) -> CaptureConfig {
        let server = ingest::Server {
            host: self.server.socket.display().to_string(),
            port: self.server.port,
            user: engine::CAPTURE.to_owned(),
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
        ] {
            let _ = self.server.psql("postgres", &["-c", &sql]);
        }
    }
}

#[tokio::test]
async fn no_login_is_a_superuser_and_each_does_its_own_work() {
    let outside = Outside::create();
    for other in [engine::APPLICATION, engine::CAPTURE] {
        let refused = engine::migrate(&outside.options(other)).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied to set role"), "{other}: {refused}");
    }
    engine::migrate(&outside.options(engine::MIGRATOR)).await.unwrap();
    let pool = engine::connect(outside.options(engine::APPLICATION)).await.unwrap();
    engine::register::load_reference(&pool, &terms::SystemClock).await.unwrap();
    engine::channels::load_channels(&pool, &terms::SystemClock).await.unwrap();
    engine::tariff::set_tariffs(&pool, &terms::SystemClock).await.unwrap();
    engine::room::open_months(&pool, "2026-11".parse().unwrap()).await.unwrap();
    pool.close().await;
    let root = std::env::temp_dir().join(&outside.name);
    let config = CaptureConfig { resync: true, ..outside.capture_config(&root) };
    // Who compares makes nothing: no warehouse, no slot.
    let refused = verify(&config, false).await.unwrap_err().to_string();
    assert!(refused.contains("there is no warehouse in"), "{refused}");
    assert!(!root.exists());
    let slots = "select count(*) from pg_replication_slots where slot_name = $1";
    let keeper = sqlx::PgPool::connect_with(outside.options(outside.server.user)).await.unwrap();
    let slots = async || -> i64 {
        sqlx::query_scalar(slots).bind(&config.slot).fetch_one(&keeper).await.unwrap()
    };
    assert_eq!(slots().await, 0);
    Capture::start(config.clone()).await.unwrap().stop().await.unwrap();
    let verdict = verify(&config, false).await.unwrap();
    assert!(verdict.equal(), "{verdict}");
    let towns = verdict.tables.iter().find(|table| table.name == "town").unwrap();
    assert_eq!(towns.postgres.rows, 33);
    // And it mends nothing: what the log has lost is copied again by capture alone.
    let seqs = || Snapshots::open(&root).seqs().unwrap();
    let before = seqs();
    sqlx::query("select pg_drop_replication_slot($1)")
        .bind(&config.slot)
        .execute(&keeper)
        .await
        .unwrap();
    let lost = verify(&config, false).await.unwrap_err();
    assert_eq!(lost.kind, ingest::Kind::Resync, "{lost}");
    assert_eq!((slots().await, seqs()), (0, before));
    keeper.close().await;
    std::fs::remove_dir_all(&root).unwrap();
}

/// An office that opens: its administrator is entered, and no account yet.
#[tokio::test]
async fn an_office_never_becomes_a_demo_city() {
    let outside = Outside::create();
    engine::migrate(&outside.options(engine::MIGRATOR)).await.unwrap();
    let keeper = sqlx::PgPool::connect_with(outside.options(outside.server.user)).await.unwrap();
    let enter = "with u as (insert into app_user (login, name, role) values ('wang.wei', '王伟', 'administrator') returning id)
        insert into credential (user_id, password_hash) select id, 'x' from u";
    sqlx::raw_sql(enter).execute(&keeper).await.unwrap();
    let (migrator, application) = (outside.url(engine::MIGRATOR), outside.url(engine::APPLICATION));
    let both = [("WEIR_DATABASE", &*migrator), ("WEIR_APPLICATION_DATABASE", &*application)];

    let data = Data::new();
    // A city that was begun in this folder, and somewhere else.
    let begun = r#"{"plan":{"accounts":200,"months":2,"seed":1,"today":"2026-11-24","unpaid_percent":0},"lived":0,"purses_paid":0,"database":"1/5"}"#;
    std::fs::write(data.path().join("demo.json"), begun).unwrap();
    let port = ["--port", "0"];
    for (command, want) in [
        (&["generate"][..], "--outside"),
        (&["demo"], "--outside"),
        (&["generate", "--outside"], "people or accounts"),
        (&["demo", "--outside"], "people or accounts"),
        (&["up", "--demo", port[0], port[1]], "people or accounts"),
    ] {
        let said = data.fails_with(&both, command);
        assert!(said.contains(want), "{command:?}: {said}");
    }
    let people: i64 =
        sqlx::query_scalar("select count(*) from credential").fetch_one(&keeper).await.unwrap();
    assert_eq!(people, 1);
    keeper.close().await;

    // Who comes as somebody else, and who does not come at all, is named.
    let above = outside.url(outside.server.user);
    for (variable, command, want) in [
        (("WEIR_DATABASE", &*above), &["migrate"][..], "it must be weir_migrator"),
        (("WEIR_APPLICATION_DATABASE", &*above), &["status"], "it must be weir_app"),
        (("WEIR_APPLICATION_DATABASE", &*application), &["migrate"], "or in WEIR_DATABASE"),
        (("WEIR_APPLICATION_DATABASE", &*application), &["verify"], "WEIR_CAPTURE_DATABASE"),
    ] {
        let said = data.fails_with(&[variable], command);
        assert!(said.contains(want), "{command:?}: {said}");
    }
    // The keeper of the server gave the database to somebody else.
    let given = format!("alter database {} owner to weir", outside.name);
    outside.server.psql("postgres", &["-c", &given]).unwrap();
    let said = data.fails_with(&both, &["status"]);
    assert!(said.contains("owner to weir_owner"), "{said}");
}

#[tokio::test]
async fn the_private_server_gives_each_part_a_login_of_its_own() {
    let data = std::env::temp_dir().join(format!("weir-private-{}", std::process::id()));
    let config = api::config::Config::in_folder(data.clone());
    for _ in 0..2 {
        // The second start finds the roles, and the pass words are the same.
        let database = api::cli::Database::open(&config).await.unwrap();
        api::cli::prepare(&database).await.unwrap();
        let logins = &database.logins;
        for (login, name) in [
            (logins.migrator(), engine::MIGRATOR),
            (logins.application(), engine::APPLICATION),
            (logins.capture(), engine::CAPTURE),
        ] {
            let mut connection = login.unwrap().options().connect().await.unwrap();
            let who = "select session_user::text || ' ' || current_user::text";
            let who: String = sqlx::query_scalar(who).fetch_one(&mut connection).await.unwrap();
            assert_eq!(who, format!("{name} {name}"));
            let held = sqlx::raw_sql("set role weir").execute(&mut connection).await.unwrap_err();
            assert!(held.to_string().contains("permission denied"), "{held}");
            connection.close().await.unwrap();
        }
        // A copy of the whole cluster would hold what is not published.
        let capture = logins.capture().unwrap();
        let copy = Command::new(database.cluster().unwrap().programs.join("pg_basebackup"))
            .env("PGPASSWORD", &capture.password)
            .args(["-h", &capture.host, "-U", &capture.user, "-D"])
            .arg(data.join("copy"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&copy.stderr).into_owned();
        assert!(said.contains("no pg_hba.conf entry for replication"), "{said}");
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
            user: engine::CAPTURE.to_owned(),
            password: String::new(),
            database: "postgres".to_owned(),
            tls,
        };
        CaptureConfig::new(server, root.clone())
    };
    let proven = config(TlsConfig::verify_full(Some(secured.authority())));
    let keeper = proven.server.sql().username("weir");
    let pool = sqlx::PgPool::connect_with(keeper).await.unwrap();
    let given = "alter database postgres owner to weir_owner";
    sqlx::raw_sql(given).execute(&pool).await.unwrap();
    engine::migrate(&proven.server.sql().username(engine::MIGRATOR)).await.unwrap();
    for refused in [TlsConfig::disabled(), TlsConfig::verify_full(Some(secured.another()))] {
        let mode = refused.mode;
        let error = Capture::start(config(refused)).await.unwrap_err();
        assert!(!root.join("warehouse").exists(), "{mode:?}: {error}");
    }
    let capture = Capture::start(proven.clone()).await.unwrap();
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
