//! The shape of the tree, as rules that a program can hold: `cargo dev check` prints what breaks
//! them, and the test `it::tidy` fails on it.
//!
//! - [`imports`]: who may import whom, and one version of each big library.
//! - [`layers`]: inside a folder of the engine, values below the store and the store below the verbs; elsewhere no circle.
//! - [`sources`]: SQL in its place, money without floats, a first paragraph for each module.
//! - [`papers`]: the README tells of every folder and only of what exists; nothing strays in the root.
//! - [`vendored`]: files made by others are the files that we took.

pub mod imports;
pub mod layers;
pub mod papers;
pub mod sources;
pub mod vendored;

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no sources.
const SKIPPED: &[&str] = &[".git", "target", "weir-data", "out"];

/// The tree as it lies on disk.
#[derive(Debug)]
pub struct Tree {
    /// Its root.
    pub root: PathBuf,
    /// Every file, by its path from the root with `/` between the parts, sorted.
    pub files: Vec<String>,
}

impl Tree {
    /// Walks the tree that this crate belongs to.
    pub fn walk() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the root");
        let mut files = Vec::new();
        list(root, root, &mut files);
        files.sort();
        Self { root: root.to_owned(), files }
    }

    /// The text of a file; empty where it cannot be read.
    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_default()
    }

    /// The Rust files, with their text.
    pub fn rust(&self) -> impl Iterator<Item = (&str, String)> {
        self.files.iter().filter(|f| f.ends_with(".rs")).map(|f| (f.as_str(), self.text(f)))
    }
}

/// Everything that breaks a rule, a line each.
pub fn complaints() -> Vec<String> {
    let tree = Tree::walk();
    [
        imports::house(&tree),
        imports::libraries(&tree),
        imports::one_version(&tree),
        layers::values_store_verbs(&tree),
        layers::one_way(&tree),
        sources::sql_in_stores(&tree),
        sources::one_place_begins(&tree),
        sources::money_without_floats(&tree),
        sources::time_is_handed_in(&tree),
        sources::commands_are_dated_by_the_database(&tree),
        sources::days_are_dongguans(&tree),
        sources::first_paragraphs(&tree),
        sources::doors_know_their_fields(&tree),
        sources::no_leftovers(&tree),
        papers::root_entries(&tree),
        papers::readme(&tree),
        papers::builds_are_seen(&tree),
        papers::query_cache(&tree),
        vendored::hashes(&tree),
    ]
    .concat()
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                list(root, &path, files);
            }
        } else if let Ok(file) = path.strip_prefix(root) {
            files.push(file.to_string_lossy().into_owned());
        }
    }
}
