//! One figure beside its limit.

use std::fmt;

use serde::Serialize;

/// A measured figure. Times and rates are floats; no money is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The benchmark.
    pub bench: &'static str,
    /// What was measured.
    pub measure: String,
    /// The figure.
    pub figure: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What the machine can do at best, measured in the same run.
    pub limit: Option<f64>,
    /// How the limit was measured.
    pub limit_name: &'static str,
    /// Figure over limit.
    pub ratio: Option<f64>,
    /// What is to be reached.
    pub goal: &'static str,
    /// True where it is reached.
    pub holds: bool,
    /// Largest memory of this process so far.
    pub peak_rss_mib: u64,
}

impl Figure {
    /// A time that should not be much longer than its limit.
    pub(super) fn time(
        bench: &'static str,
        measure: String,
        seconds: f64,
        limit: f64,
        limit_name: &'static str,
        goal: (&'static str, f64),
    ) -> Self {
        let ratio = seconds / limit;
        Self::new(
            bench,
            measure,
            (seconds, "s"),
            Some(limit),
            limit_name,
            Some(ratio),
            goal.0,
            ratio <= goal.1,
        )
    }

    /// A rate that should come near its limit.
    pub(super) fn rate(
        bench: &'static str,
        measure: String,
        rate: (f64, &'static str),
        limit: f64,
        limit_name: &'static str,
        goal: (&'static str, f64),
    ) -> Self {
        let ratio = rate.0 / limit;
        Self::new(
            bench,
            measure,
            rate,
            Some(limit),
            limit_name,
            Some(ratio),
            goal.0,
            ratio >= goal.1,
        )
    }

    /// A delay that has a promise instead of a limit.
    pub(super) fn delay(
        bench: &'static str,
        measure: String,
        millis: f64,
        goal: (&'static str, f64),
    ) -> Self {
        Self::new(
            bench,
            measure,
            (millis, "ms"),
            Some(goal.1),
            "the promise",
            Some(millis / goal.1),
            goal.0,
            millis <= goal.1,
        )
    }

    /// A delay that should not have grown since the city was young.
    pub(super) fn grown(
        bench: &'static str,
        measure: String,
        millis: f64,
        young: f64,
        goal: (&'static str, f64),
    ) -> Self {
        let ratio = millis / young;
        let (limit, name) = (Some(young), "the same in month 1");
        Self::new(bench, measure, (millis, "ms"), limit, name, Some(ratio), goal.0, ratio <= goal.1)
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where a figure is put together")]
    fn new(
        bench: &'static str,
        measure: String,
        (figure, unit): (f64, &'static str),
        limit: Option<f64>,
        limit_name: &'static str,
        ratio: Option<f64>,
        goal: &'static str,
        holds: bool,
    ) -> Self {
        Self {
            bench,
            measure,
            figure,
            unit,
            limit,
            limit_name,
            ratio,
            goal,
            holds,
            peak_rss_mib: peak_rss_mib(),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {:.2} {}", self.bench, self.measure, self.figure, self.unit)?;
        if let (Some(limit), Some(ratio)) = (self.limit, self.ratio) {
            write!(f, "; {}: {limit:.2} {}; ratio {ratio:.2}", self.limit_name, self.unit)?;
        }
        let verdict = if self.holds { "holds" } else { "MISSED" };
        write!(f, " (goal {}: {verdict}); peak memory {} MiB", self.goal, self.peak_rss_mib)
    }
}

/// The largest memory that this process has held, MiB.
pub fn peak_rss_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// The value below which so many percent of the values lie.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * percent / 100).min(last)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_judged_by_the_ratio() {
        let time = Figure::time("x", "y".into(), 2.0, 1.0, "limit", ("ratio at most 3", 3.0));
        assert!(time.holds && time.ratio == Some(2.0));
        let rate = Figure::rate(
            "x",
            "y".into(),
            (10.0, "/s"),
            100.0,
            "limit",
            ("ratio at least 0.5", 0.5),
        );
        assert!(!rate.holds);
        assert!((percentile(&[1.0, 2.0, 3.0], 99) - 3.0).abs() < f64::EPSILON);
    }
}
