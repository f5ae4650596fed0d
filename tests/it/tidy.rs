//! The tree keeps its shape.

use tests::tidy::{Tree, complaints, imports, layers, papers, sources, vendored};

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// `cargo dev check` asks no law that the suite does not.
#[test]
fn no_law_of_the_tree_is_forgotten() {
    none(complaints());
}

#[test]
fn each_crate_imports_only_what_lies_below_it() {
    let tree = Tree::walk();
    none(imports::house(&tree));
    none(imports::libraries(&tree));
}

#[test]
fn a_store_names_no_verb_and_a_value_no_store() {
    none(layers::values_store_verbs(&Tree::walk()));
}

#[test]
fn no_module_comes_back_to_where_it_started() {
    none(layers::one_way(&Tree::walk()));
}

#[test]
fn big_libraries_stand_there_once() {
    none(imports::one_version(&Tree::walk()));
}

#[test]
fn sql_stands_in_stores() {
    none(sources::sql_in_stores(&Tree::walk()));
}

#[test]
fn transactions_begin_in_one_place() {
    none(sources::one_place_begins(&Tree::walk()));
}

#[test]
fn no_float_comes_near_money() {
    none(sources::money_without_floats(&Tree::walk()));
}

#[test]
fn doors_pass_no_unknown_field_over() {
    none(sources::doors_know_their_fields(&Tree::walk()));
}

#[test]
fn time_is_handed_in() {
    let tree = Tree::walk();
    none(sources::time_is_handed_in(&tree));
    none(sources::commands_are_dated_by_the_database(&tree));
    none(sources::days_are_dongguans(&tree));
}

#[test]
fn every_file_says_what_it_is_for_and_leaves_nothing_for_later() {
    let tree = Tree::walk();
    none(sources::first_paragraphs(&tree));
    none(sources::no_leftovers(&tree));
}

#[test]
fn the_root_and_the_readme_tell_the_truth() {
    let tree = Tree::walk();
    none(papers::root_entries(&tree));
    none(papers::readme(&tree));
    none(papers::builds_are_seen(&tree));
    none(papers::query_cache(&tree));
}

#[test]
fn vendored_files_are_the_ones_we_took() {
    none(vendored::hashes(&Tree::walk()));
}
