//! Files made by others lie beside a `SHA256SUMS` that says which ones we took.

use sha2::{Digest, Sha256};

use super::Tree;

/// The name of the lists; each line is `<sha256>  <path from the list's folder>`, as `sha256sum` writes it.
const LIST: &str = "SHA256SUMS";

/// Our own note beside the list: what was taken, from where, and why.
const NOTE: &str = "README.md";

/// Every vendored file is the one that was taken, and none lies there unlisted.
pub fn hashes(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for list in tree.files.iter().filter(|f| f.ends_with(&format!("/{LIST}"))) {
        let folder = list.trim_end_matches(LIST);
        let text = tree.text(list);
        let listed: Vec<_> = text.lines().filter_map(|line| line.split_once("  ")).collect();
        for (sha256, path) in &listed {
            let bytes = std::fs::read(tree.root.join(folder).join(path)).unwrap_or_default();
            if hex::encode(Sha256::digest(bytes)) != *sha256 {
                found.push(format!("{folder}{path}: is not the file that was vendored"));
            }
        }
        for file in tree.files.iter().filter_map(|f| f.strip_prefix(folder)) {
            if file != LIST && file != NOTE && !listed.iter().any(|(_, path)| *path == file) {
                found.push(format!("{folder}{file}: is not on {list}"));
            }
        }
    }
    found
}
