//! Who may import whom. The two halves of the house meet only in PostgreSQL, in `terms` below and
//! in `api` above, so that a change of a billing rule rebuilds neither warehouse nor reports.

use std::collections::{BTreeMap, BTreeSet};

use super::Tree;

/// A crate, its folder, and the crates of the house that it may name.
const HOUSE: &[(&str, &str, &[&str])] = &[
    ("terms", "engine/terms", &[]),
    ("engine", "engine", &["terms"]),
    ("tables", "warehouse/tables", &["terms"]),
    ("ingest", "ingest", &["terms", "tables"]),
    ("warehouse", "warehouse", &["terms", "tables"]),
    ("reports", "reports", &["terms", "tables", "warehouse"]),
    ("cluster", "api/cluster", &["terms", "engine"]),
    ("lab", "api/lab", &["terms", "engine", "tables", "ingest", "warehouse", "reports", "cluster"]),
    (
        "api",
        "api",
        &["terms", "engine", "tables", "ingest", "warehouse", "reports", "cluster", "lab"],
    ),
    (
        "tests",
        "tests",
        &["terms", "engine", "tables", "ingest", "warehouse", "reports", "cluster", "lab", "api"],
    ),
];

/// Two versions of one of these would not understand each other's values.
const ONE_VERSION: &[&str] = &[
    "arrow",
    "arrow-array",
    "parquet",
    "object_store",
    "sqlx",
    "sqlx-core",
    "datafusion",
    "rust_decimal",
    "chrono",
];

/// The import table, read from the Cargo.toml files, and that these are all crates there are.
pub fn house(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let members: BTreeSet<String> = manifest(tree, "Cargo.toml")
        .get("workspace")
        .and_then(|w| w.get("members")?.as_array().cloned())
        .unwrap_or_default()
        .iter()
        .filter_map(|m| Some(m.as_str()?.to_owned()))
        .collect();
    let known: BTreeSet<String> = HOUSE.iter().map(|(_, folder, _)| (*folder).to_owned()).collect();
    found.extend(
        members
            .symmetric_difference(&known)
            .map(|m| format!("Cargo.toml: member `{m}` is on one list only")),
    );
    for (name, folder, allowed) in HOUSE {
        let file = format!("{folder}/Cargo.toml");
        let manifest = manifest(tree, &file);
        for part in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let named = manifest.get(part).and_then(|d| d.as_table().cloned()).unwrap_or_default();
            for (dependency, how) in &named {
                let ours = HOUSE.iter().any(|(n, _, _)| n == dependency);
                if ours && !allowed.contains(&dependency.as_str()) {
                    found.push(format!("{file}: {name} may not import {dependency}"));
                }
                if how.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    found.push(format!("{file}: {dependency} must say `workspace = true`"));
                }
            }
        }
    }
    found
}

/// Engine and ingest never link DataFusion, not even through another crate; only the warehouse asks for it.
pub fn libraries(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let packages = lock(tree);
    for name in ["terms", "engine", "tables", "ingest"] {
        let mut seen = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(packages.get(&next).into_iter().flat_map(|p| p.needs.iter().cloned()));
            }
        }
        found.extend(
            seen.iter()
                .filter(|n| n.starts_with("datafusion"))
                .map(|n| format!("Cargo.lock: {name} links {n}")),
        );
    }
    found
}

/// One version of each library whose values cross crates.
pub fn one_version(tree: &Tree) -> Vec<String> {
    let packages = lock(tree);
    ONE_VERSION
        .iter()
        .filter_map(|name| {
            let versions = packages.get(*name).map_or(0, |p| p.versions);
            (versions != 1).then(|| format!("Cargo.lock: {versions} versions of {name}, not one"))
        })
        .collect()
}

#[derive(Default)]
struct Package {
    versions: usize,
    needs: BTreeSet<String>,
}

/// The packages of the lock file by name; versions of one name are taken together.
fn lock(tree: &Tree) -> BTreeMap<String, Package> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    let lock = manifest(tree, "Cargo.lock");
    for package in lock.get("package").and_then(|p| p.as_array().cloned()).unwrap_or_default() {
        let Some(name) = package.get("name").and_then(|n| n.as_str()) else { continue };
        let entry = packages.entry(name.to_owned()).or_default();
        entry.versions += 1;
        for need in package.get("dependencies").and_then(|d| d.as_array()).into_iter().flatten() {
            entry.needs.extend(need.as_str().and_then(|n| n.split(' ').next()).map(str::to_owned));
        }
    }
    packages
}

fn manifest(tree: &Tree, file: &str) -> toml::Table {
    tree.text(file).parse().unwrap_or_default()
}
