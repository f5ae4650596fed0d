//! One database for each city, copied from a template that holds schema, reference data and tariffs.

use std::fs::{self, OpenOptions};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tests::server::Server;

/// A database of the shared server; it is dropped with this value.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) server: Server,
}

impl Database {
    /// Copies the template, making it first where no process has yet.
    pub(crate) async fn create() -> Self {
        let server = Server::hold().unwrap();
        let template = template(&server).await;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("city_{}_{number}", std::process::id());
        statement(
            &server,
            &format!("create database {name} owner {} template {template}", engine::OWNER),
        );
        Self { name, server }
    }

    /// How a superuser connects, whom no right stands in the way of.
    pub(crate) fn options(&self) -> PgConnectOptions {
        options(&self.server, &self.name)
    }

    /// How the application connects: with a login that is nobody else's.
    pub(crate) fn application(&self) -> PgConnectOptions {
        self.options().username(engine::APPLICATION)
    }

    /// A few connections of the superuser.
    pub(crate) async fn owner(&self) -> PgPool {
        PgPoolOptions::new().max_connections(4).connect_with(self.options()).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        // A capture that was killed leaves its slot; a database with a slot cannot be dropped.
        let slots = format!(
            "select pg_terminate_backend(active_pid) from pg_replication_slots where database = '{name}' and active; \
             select pg_sleep(0.1) from pg_replication_slots where database = '{name}'; \
             select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = '{name}'"
        );
        for sql in [slots, format!("drop database if exists {name} with (force)")] {
            let _ = self.server.psql("postgres", &["-c", &sql]);
        }
    }
}

/// The template of this program: one that is linked anew, with another engine in it, asks for a new one.
async fn template(server: &Server) -> String {
    let program = fs::metadata(std::env::current_exe().unwrap()).unwrap();
    let linked = program.modified().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let name = format!("template_{}", linked.as_nanos());
    let path = server.home.join("template.lock");
    let lock = OpenOptions::new().create(true).write(true).truncate(false).open(path).unwrap();
    lock.lock().unwrap();
    let sql = format!("select count(*) from pg_database where datname = '{name}'");
    if server.psql("postgres", &["-c", &sql]).unwrap() == "0" {
        make(server, &name).await;
    }
    name
}

/// Under another name until it is whole.
async fn make(server: &Server, name: &str) {
    // Another program, or this one before, may be copying its own: only what is older than two of them goes.
    let old = "select datname from pg_database where datname ~ '^template_' order by datname desc offset 2";
    for old in server.psql("postgres", &["-c", old]).unwrap().lines() {
        statement(server, &format!("drop database {old} with (force)"));
    }
    let half = format!("half_{name}");
    statement(server, &format!("drop database if exists {half} with (force)"));
    statement(server, &format!("create database {half} owner {}", engine::OWNER));
    engine::migrate(&options(server, &half).username(engine::MIGRATOR)).await.unwrap();
    let pool = engine::connect(options(server, &half).username(engine::APPLICATION)).await.unwrap();
    engine::register::load_reference(&pool, &terms::SystemClock).await.unwrap();
    engine::channels::load_channels(&pool, &terms::SystemClock).await.unwrap();
    engine::tariff::set_tariffs(&pool, &terms::SystemClock).await.unwrap();
    pool.close().await;
    // Stories live on days of their own, up to a year ahead of the machine's; the wall tries the law as it ships.
    // Laws name the function, so its text changes and a copy of it waits.
    let ahead = "do $$ begin
            execute replace(pg_get_functiondef('latest_moment'::regproc), 'latest_moment', 'latest_moment_shipped');
        end $$;
        create or replace function latest_moment() returns timestamptz language sql volatile
            return clock_timestamp() + interval '1 year';
        select tell_laws();
        select play()";
    server.psql(&half, &["-c", ahead]).unwrap();
    statement(server, &format!("alter database {half} rename to {name}"));
}

fn options(server: &Server, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(&server.socket)
        .port(server.port)
        .username(server.user)
        .database(database)
}

fn statement(server: &Server, sql: &str) {
    server.psql("postgres", &["-c", sql]).unwrap();
}
