//! The benchmarks still measure: what they ask of the books by hand is what the books answer.

use std::process::Command;

use super::program::weir;

/// What a benchmark prints, a figure a line, of a small and young city.
fn figures(name: &str) -> Vec<String> {
    let out = Command::new(weir())
        .args(["bench", name, "--accounts", "600", "--months", "1"])
        .output()
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{name}: {said}{complained}");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn payments_bills_and_reports_are_measured_beside_their_limits() {
    for (name, count) in [("posting", 5), ("bill-run", 1), ("beside", 3), ("reports", 3)] {
        let figures = figures(name);
        assert_eq!(figures.len(), count, "{figures:?}");
    }
}
