//! Rules about what a stranger reads first: the root of the tree and its README.

use std::collections::BTreeSet;

use super::Tree;

/// Everything that may stand in the root.
const ROOT: &[&str] = &[
    ".cargo",
    ".ci",
    ".config",
    ".gitignore",
    ".sqlx",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "api",
    "clippy.toml",
    "engine",
    "ingest",
    "reports",
    "rustfmt.toml",
    "tests",
    "warehouse",
];

/// Nothing strays into the root.
pub fn root_entries(tree: &Tree) -> Vec<String> {
    let have: BTreeSet<&str> = tree.files.iter().filter_map(|f| f.split('/').next()).collect();
    have.iter()
        .filter(|entry| !ROOT.contains(entry))
        .map(|entry| format!("{entry}: strays in the root"))
        .collect()
}

/// The README tells of every top folder, and every path that it names exists.
pub fn readme(tree: &Tree) -> Vec<String> {
    let text = tree.text("README.md");
    if text.is_empty() {
        return vec!["README.md: missing".to_owned()];
    }
    let mut found = Vec::new();
    for folder in ROOT.iter().filter(|entry| !entry.contains('.') && tree.root.join(entry).is_dir())
    {
        if !text.contains(&format!("{folder}/")) {
            found.push(format!("README.md: tells nothing of {folder}/"));
        }
    }
    for path in paths(&text) {
        if !tree.root.join(path).exists() {
            found.push(format!("README.md: {path} does not exist"));
        }
    }
    found
}

/// The first build takes many minutes: neither of the README's commands has cargo keep silent meanwhile.
pub fn builds_are_seen(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|file| file.starts_with(".cargo/") || file.starts_with("tests/src/dev/"))
        .filter(|file| ["--quiet", "-q"].iter().any(|word| says(&tree.text(file), word)))
        .map(|file| format!("{file}: has cargo build in silence"))
        .collect()
}

/// Whether a flag stands among the words of a text.
fn says(text: &str, flag: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || c == '"').any(|word| word == flag)
}

/// The engine builds without a database.
pub fn query_cache(tree: &Tree) -> Vec<String> {
    if tree.files.iter().any(|f| f.starts_with(".sqlx/query-")) {
        Vec::new()
    } else {
        vec![".sqlx: no queries; run `cargo dev prepare`".to_owned()]
    }
}

/// Words of the README that start at a top folder: between back-ticks, in links, in the map.
fn paths(text: &str) -> BTreeSet<&str> {
    let outside = |c: char| c.is_whitespace() || "`()[]<>,;\"'│├└─".contains(c) || !c.is_ascii();
    text.split(outside)
        .map(|word| word.trim_end_matches(['.', ':']))
        .filter(|word| !word.contains("://") && !word.contains('*'))
        .filter(|word| word.split_once('/').is_some_and(|(top, _)| ROOT.contains(&top)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_a_word_of_its_own() {
        assert!(says(r#"["check", "--quiet"]"#, "--quiet") && says("run -q --release", "-q"));
        assert!(!says("quietly --quick q", "--quiet") && !says("--quick q", "-q"));
    }

    #[test]
    fn finds_paths_in_prose_and_links() {
        let text = "See `engine/src/lib.rs`, [ingest](ingest/src/lib.rs). Not https://api/x nor tests/*.rs or x/y.";
        assert_eq!(
            paths(text).into_iter().collect::<Vec<_>>(),
            ["engine/src/lib.rs", "ingest/src/lib.rs"]
        );
    }
}
