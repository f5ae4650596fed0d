//! `cargo dev prepare`: the query cache that lets the engine build without a database.
//!
//! While it expands a query, the macro of sqlx writes `query-<sha256 of the statement>.json` into
//! `SQLX_OFFLINE_DIR`. So the chore is: a fresh database with our schema, an empty folder, one check
//! of the engine against it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use super::{cargo, root, step};
use crate::server::Server;

/// The database that describes the queries; made anew each time.
const DATABASE: &str = "weir_prepare";

/// Writes `.sqlx` anew; files of queries that are gone go with them.
///
/// # Errors
/// PostgreSQL or a migration fails, or the engine does not compile.
pub fn prepare() -> Result<()> {
    let folder = root().join(".sqlx");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clear .sqlx")?;
    }
    let mut build = cargo(&["build", "--release", "-p", "api", "--lib"]);
    describe("describe every query of the engine", &mut build, &folder)?;
    println!("── .sqlx holds {} queries", queries_in(&folder)?.len());
    Ok(())
}

/// Runs a compilation of the engine against a real database, which also writes what it learns of the
/// queries into `folder`.
pub(crate) fn describe(title: &str, compilation: &mut Command, folder: &Path) -> Result<()> {
    let server = Server::hold()?;
    fs::create_dir_all(folder).context("make the cache folder")?;
    server
        .psql("postgres", &["-c", &format!("drop database if exists {DATABASE} with (force)")])?;
    server.psql("postgres", &["-c", &format!("create database {DATABASE}")])?;
    for migration in migrations()? {
        server.psql(DATABASE, &["-1", "-f", &migration])?;
    }
    // Cargo does not know that a query was described, so it must see a change.
    let book = File::options().append(true).open(root().join("engine/src/lib.rs"));
    let book = book.context("open engine/src/lib.rs")?;
    book.set_modified(SystemTime::now()).context("touch engine/src/lib.rs")?;
    step(
        title,
        compilation
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", folder)
            .env("DATABASE_URL", server.url(DATABASE)),
    )?;
    server.psql("postgres", &["-c", &format!("drop database {DATABASE} with (force)")])?;
    Ok(())
}

/// What differs between the committed cache and one made now, a line each.
pub(crate) fn differences(fresh: &Path) -> Result<Vec<String>> {
    let (have, want) = (queries_in(&root().join(".sqlx"))?, queries_in(fresh)?);
    let mut found = Vec::new();
    for (name, text) in &want {
        match have.get(name) {
            None => found.push(format!(".sqlx lacks {name}")),
            Some(old) if old != text => found.push(format!(".sqlx/{name} is out of date")),
            Some(_) => {}
        }
    }
    let idle = have.keys().filter(|name| !want.contains_key(*name));
    found.extend(idle.map(|name| format!(".sqlx/{name} is of no query any more")));
    Ok(found)
}

fn migrations() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("engine/migrations")).context("read engine/migrations")? {
        files.push(entry?.path().to_string_lossy().into_owned());
    }
    files.sort();
    Ok(files)
}

fn queries_in(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut queries = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        queries.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read_to_string(entry.path())?,
        );
    }
    Ok(queries)
}
