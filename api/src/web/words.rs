//! Times, sizes and positions in the words of people.

use chrono::{DateTime, Duration, Utc};
use engine::counter::{IssuedLine, Source};
use minijinja::Value;
use rand::Rng;
use serde::{Deserialize, Serialize};
use terms::shanghai;

use super::App;

/// The figures are late beyond this, and stale beyond the other.
const LATE: Duration = Duration::seconds(60);
const STALE: Duration = Duration::minutes(5);
/// Capture beats every ten seconds; twice that without a beat is silence.
const SILENCE: Duration = Duration::seconds(20);

/// A form that carries nothing but why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// As it was typed; the use case says what is wrong with it.
    pub(super) reason: String,
}

/// How fresh the figures are. 数据截至
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AsOfWords {
    time: String,
    lag: String,
    /// `fresh`, `late` or `stale`: the colour of the dot.
    state: &'static str,
}

impl AsOfWords {
    pub(super) fn of(app: &App) -> Self {
        let committed_at = app.0.warehouse.position().committed_at;
        Self::at(committed_at, behind(app), app.0.clock.now())
    }

    /// The lag alone.
    pub(super) fn lag(&self) -> &str {
        &self.lag
    }

    /// How the state is said, and in which tone.
    pub(super) fn state_words(&self) -> (&'static str, &'static str) {
        match self.state {
            "fresh" => ("正常", "ok"),
            "late" => ("落后超过 1 分钟", "warn"),
            _ => ("落后超过 5 分钟", "bad"),
        }
    }

    fn at(committed_at: DateTime<Utc>, behind: Duration, now: DateTime<Utc>) -> Self {
        let local = committed_at.with_timezone(&shanghai());
        let same_day = local.date_naive() == now.with_timezone(&shanghai()).date_naive();
        let state = match behind {
            lag if lag > STALE => "stale",
            lag if lag > LATE => "late",
            _ => "fresh",
        };
        let time = local.format(if same_day { "%H:%M:%S" } else { "%m-%d %H:%M:%S" }).to_string();
        Self { time, lag: span(behind), state }
    }
}

/// How far the figures are behind the books. A capture that is silent for longer than its heart beat
/// takes is behind by all of its silence.
pub(super) fn behind(app: &App) -> Duration {
    let silence = app.0.clock.now() - app.0.warehouse.position().committed_at;
    let measured = std::time::Duration::try_from_secs_f64(app.0.lag.borrow().seconds)
        .ok()
        .and_then(|lag| Duration::from_std(lag).ok())
        .unwrap_or_else(Duration::zero);
    if silence > SILENCE { silence.max(measured) } else { measured }
}

/// A span as people say it: `0.4 秒`, `12 分`, `3 小时`.
pub(super) fn span(span: Duration) -> String {
    let ms = span.num_milliseconds().max(0);
    if ms < 10_000 {
        format!("{}.{} 秒", ms / 1000, ms % 1000 / 100)
    } else if ms < 120_000 {
        format!("{} 秒", ms / 1000)
    } else if ms < 7_200_000 {
        format!("{} 分", ms / 60_000)
    } else {
        format!("{} 小时", ms / 3_600_000)
    }
}

/// A size of a file: `1.2 MB`.
pub(super) fn size(bytes: i64) -> String {
    if bytes < 1_024 {
        format!("{bytes} B")
    } else if bytes < 1_048_576 {
        format!("{} KB", bytes / 1_024)
    } else {
        format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576)
    }
}

/// A fact for a page: its name and its value.
pub(super) fn fact(label: &str, value: impl Into<String>) -> Value {
    let value: String = value.into();
    minijinja::context! { label, value }
}

/// A line of what a payment settled, for a page.
pub(super) fn fee_line(line: &IssuedLine) -> Value {
    minijinja::context! {
        fee => line.fee_item.label(),
        period => line.period.to_string(),
        amount => line.amount.grouped(),
        late_fee => line.late_fee.grouped(),
    }
}

/// How money came that came in more ways than one, or how it goes back: `现金 21.87 元、刷卡 50.00 元（P7）`.
pub(super) fn ways(sources: &[Source], goes_back: bool) -> Option<String> {
    let way = |Source { method, amount, reference }: &Source| {
        let amount = if goes_back { -*amount } else { *amount };
        let no = reference.as_ref().map(|no| format!("（{no}）")).unwrap_or_default();
        format!("{} {} 元{no}", method.label(), amount.grouped())
    };
    (sources.len() > 1).then(|| sources.iter().map(way).collect::<Vec<_>>().join("、"))
}

/// The header that names a file in Chinese, shown `inline` or as an `attachment`.
pub(super) fn file_header(shown: &str, name: &str) -> String {
    format!("{shown}; filename*=UTF-8''{}", escaped(name))
}

/// An address with these words after the question mark; empty ones are left out.
pub(super) fn address(page: &str, words: &[(&str, &str)]) -> String {
    let given = words.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = given.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    format!("{page}?{}", pairs.join("&"))
}

/// Every byte but plain letters and digits as `%E4`.
fn escaped(text: &str) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A label that nobody else uses.
pub(super) fn random_label() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill(&mut bytes);
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_changes_its_colour_at_one_and_five_minutes() {
        let at = DateTime::from_timestamp(1_795_500_312, 0).unwrap();
        for (seconds, state, words) in [
            (0, "fresh", "0.0 秒"),
            (60, "fresh", "60 秒"),
            (61, "late", "61 秒"),
            (301, "stale", "5 分"),
        ] {
            let as_of = AsOfWords::at(at, Duration::seconds(seconds), at);
            assert_eq!((as_of.state, as_of.lag.as_str()), (state, words));
        }
    }

    #[test]
    fn sizes_are_said_in_their_unit() {
        assert_eq!(
            (size(12), size(2_048), size(1_572_864)),
            ("12 B".into(), "2 KB".into(), "1.5 MB".into())
        );
    }
}
