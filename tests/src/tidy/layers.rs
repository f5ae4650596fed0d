//! Who may name whom inside a crate.
//!
//! In a folder of the engine: values ← store ← verbs ← mod. A verb is what asks the store of its folder, or has one of
//! its own; every other file holds values. A store and a value name values alone, each by its file.
//!
//! Elsewhere: no module comes back to where it started, so that one reads a folder from below.

use std::collections::{BTreeMap, BTreeSet};

use super::Tree;

const ENGINE: &str = "engine/src/";

/// Crates whose modules lead one way.
const ONE_WAY: &[&str] = &[
    "engine/terms/src/",
    "warehouse/tables/src/",
    "ingest/src/",
    "reports/src/",
    "api/cluster/src/",
    "api/lab/src/",
    "api/src/",
];

/// No store names a verb, and no value a store or a verb.
pub fn values_store_verbs(tree: &Tree) -> Vec<String> {
    upwards(&files(tree, ENGINE))
}

/// No module of these crates names one that leads back to it.
pub fn one_way(tree: &Tree) -> Vec<String> {
    ONE_WAY.iter().flat_map(|root| circles(root, &files(tree, root))).collect()
}

fn files<'a>(tree: &'a Tree, root: &str) -> Vec<(&'a str, String)> {
    tree.rust().filter(|(file, _)| file.starts_with(root)).collect()
}

/// A file of a crate, where it stands among the modules, and the paths that it names.
struct Source<'a> {
    file: &'a str,
    module: Vec<&'a str>,
    names: Vec<Vec<String>>,
}

impl<'a> Source<'a> {
    fn of(root: &str, file: &'a str, text: &str) -> Self {
        let path = file.strip_prefix(root).and_then(|path| path.strip_suffix(".rs"));
        let path = path.unwrap_or(file);
        let module = match path.strip_suffix("/mod").unwrap_or(path) {
            "lib" | "main" => Vec::new(),
            path => path.split('/').collect(),
        };
        let names = names(&code(text)).iter().filter_map(|path| whole(&module, path)).collect();
        Self { file, module, names }
    }

    /// The part of a folder that the file belongs to; none for its mod and for files outside.
    fn part_of(&self, folder: &[&str]) -> Option<&'a str> {
        let is_inside = self.module.starts_with(folder);
        self.module.get(folder.len()).copied().filter(|_| is_inside)
    }

    /// What of a folder it names.
    fn names_of<'s>(&'s self, folder: &'s [&str]) -> impl Iterator<Item = &'s str> {
        let inside = move |path: &'s Vec<String>| {
            let is_inside =
                path.len() > folder.len() && folder.iter().zip(path).all(|(a, b)| a == b);
            is_inside.then(|| path[folder.len()].as_str())
        };
        self.names.iter().filter_map(inside)
    }
}

fn upwards(files: &[(&str, String)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(file, text)| Source::of(ENGINE, file, text)).collect();
    let is_store = |source: &&Source| source.module.last() == Some(&"store");
    let folders: BTreeSet<_> =
        sources.iter().filter(is_store).map(|s| &s.module[..s.module.len() - 1]).collect();
    let mut found = Vec::new();
    for folder in &folders {
        let inside = |source: &&Source| source.part_of(folder).is_some();
        let parts: BTreeSet<_> = sources.iter().filter_map(|s| s.part_of(folder)).collect();
        let asks = |source: &&Source| {
            let has_own = folders
                .iter()
                .any(|own| own.len() > folder.len() && source.module.starts_with(own));
            has_own || source.names_of(folder).any(|name| name == "store")
        };
        let verbs: BTreeSet<_> =
            sources.iter().filter(asks).filter_map(|s| s.part_of(folder)).collect();
        for source in sources.iter().filter(inside) {
            let part = source.part_of(folder).unwrap_or_default();
            if part != "store" && verbs.contains(part) {
                continue;
            }
            for name in source.names_of(folder).filter(|name| *name != part) {
                if !parts.contains(name) {
                    found.push(format!("{}: names {name} by way of the mod above it", source.file));
                } else if verbs.contains(name) {
                    found.push(format!(
                        "{}: names the verb {name}, which stands above it",
                        source.file
                    ));
                }
            }
        }
    }
    found
}

fn circles(root: &str, files: &[(&str, String)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(file, text)| Source::of(root, file, text)).collect();
    let folders: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| (0..source.module.len()).map(|depth| &source.module[..depth]))
        .collect();
    let mut found = Vec::new();
    for folder in folders {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for source in &sources {
            let Some(part) = source.part_of(folder) else { continue };
            let others = source.names_of(folder).filter(|name| *name != part);
            names.entry(part).or_default().extend(others);
        }
        // What names none of the rest, or is named by none of it, is on no circle.
        loop {
            let left: BTreeSet<_> = names.keys().copied().collect();
            let named: BTreeSet<_> = names.values().flatten().copied().collect();
            names.retain(|part, names| named.contains(part) && !names.is_disjoint(&left));
            if names.len() == left.len() {
                break;
            }
        }
        if !names.is_empty() {
            let names: Vec<_> = names.into_keys().collect();
            found.push(format!(
                "{root}{}: {} lead in a circle",
                folder.join("/"),
                names.join(", ")
            ));
        }
    }
    found
}

/// The code of a file, without comments and tests.
fn code(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A path from the root of the crate; none where it does not lead into it.
fn whole(module: &[&str], path: &[String]) -> Option<Vec<String>> {
    let above = path.iter().take_while(|word| *word == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&module[..0], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len().checked_sub(above)?], &path[above..]),
        _ => return None,
    };
    Some(base.iter().map(|word| (*word).to_owned()).chain(rest.iter().cloned()).collect())
}

/// Every path that begins with `crate`, `super` or `self`, those in braces one by one.
fn names(code: &str) -> Vec<Vec<String>> {
    let mut tokens: Vec<&str> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !token.trim().is_empty() {
            tokens.push(token);
        }
        rest = after;
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = matches!(tokens[at], "crate" | "super" | "self");
        at = if begins && tokens.get(at + 1) == Some(&"::") {
            branch(&tokens, at, &[], &mut found)
        } else {
            at + 1
        };
    }
    found
}

/// Follows a path from a word on, into its braces too; gives where it ends.
fn branch(tokens: &[&str], at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = at;
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = match tokens[at] {
                        "," => at + 1,
                        "as" => at + 2,
                        _ => branch(tokens, at, &path, found),
                    };
                }
                return at + 1;
            }
            Some(&"self") if !path.is_empty() => {}
            Some(word) if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path.push((*word).to_owned());
            }
            _ => {}
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            found.push(path);
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_one_by_one() {
        let code =
            "use super::{store::{self, Chunk}, run};\nfn f() -> crate::tariff::Tiers { self.x }";
        let paths: Vec<_> = names(code).iter().map(|path| path.join("::")).collect();
        assert_eq!(
            paths,
            ["super::store", "super::store::Chunk", "super::run", "crate::tariff::Tiers"]
        );
    }

    #[test]
    fn who_names_what_stands_above_is_named() {
        let tree = |store: &str, value: &str| {
            [
                ("engine/src/till/mod.rs", "pub use pay::pay;\npub use sum::Sum;".to_owned()),
                ("engine/src/till/pay.rs", "use super::sum::Sum;\nuse super::store;".to_owned()),
                ("engine/src/till/sum.rs", value.to_owned()),
                ("engine/src/till/store.rs", store.to_owned()),
            ]
        };
        assert_eq!(upwards(&tree("use super::sum::Sum;", "")), [""; 0]);
        for (store, value, what) in [
            ("use super::pay::Order;", "", "store.rs: names the verb pay"),
            ("use crate::till::Sum;", "", "store.rs: names Sum by way of the mod"),
            ("", "fn f(_: super::pay::Order) {}", "sum.rs: names the verb pay"),
            ("use super::sum::Sum;", "use super::store::Row;", "store.rs: names the verb sum"),
        ] {
            let found = upwards(&tree(store, value));
            assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
        }
    }

    #[test]
    fn who_comes_back_to_where_he_started_is_named() {
        let tree = |menu: &str| {
            [
                ("api/src/lib.rs", "mod web;\nuse crate::web::App;".to_owned()),
                ("api/src/web/mod.rs", "mod page;\npub(super) use page::App;".to_owned()),
                ("api/src/web/page/mod.rs", "use crate::web::{App, menu::Menu};".to_owned()),
                ("api/src/web/page/head.rs", String::new()),
                ("api/src/web/error.rs", "use super::page;".to_owned()),
                ("api/src/web/menu.rs", menu.to_owned()),
            ]
        };
        assert_eq!(circles("api/src/", &tree("use super::App;")), [""; 0]);
        assert_eq!(
            circles("api/src/", &tree("fn f(_: crate::web::page::head::Head) {}")),
            ["api/src/web: menu, page lead in a circle"]
        );
    }
}
