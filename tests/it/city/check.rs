//! The invariants of the ledger, asked of the city.

use engine::check::{Finding, run};

use super::City;

impl City {
    /// Every invariant of the ledger holds.
    pub(crate) async fn check(&self) {
        let findings = self.findings().await;
        let broken: Vec<_> = findings.into_iter().filter(|finding| !finding.holds()).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// The invariants that do not hold.
    pub(crate) async fn broken(&self) -> Vec<&'static str> {
        broken(self.findings().await).into_iter().map(|(id, _)| id).collect()
    }

    async fn findings(&self) -> Vec<Finding> {
        run(&mut self.owner.acquire().await.unwrap()).await.unwrap()
    }
}

/// The invariants that do not hold, and how often.
pub(crate) fn broken(findings: Vec<Finding>) -> Vec<(&'static str, i64)> {
    findings.into_iter().filter(|found| !found.holds()).map(|f| (f.id, f.violations)).collect()
}
