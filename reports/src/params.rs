//! What the reader of a report fills in, prefilled and checked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use terms::OutletId;
use warehouse::{Param, Person};

use crate::ReportError;
use crate::report::{Ask, AskKind, Report};

/// Parameters by name, as they stand in an address or on a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(BTreeMap<String, String>);

/// The value of `outlet` that stands for all outlets that the reader may see.
pub const ALL_OUTLETS: i32 = 0;

impl Params {
    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Fills in what is not said: today, and the reader's own outlet.
    #[must_use]
    pub fn prefilled(mut self, report: &Report, who: &Person, today: NaiveDate) -> Self {
        for ask in report.asks {
            self.0.entry(ask.name.to_owned()).or_insert_with(|| match ask.kind {
                AskKind::Day => today.to_string(),
                AskKind::Outlet => {
                    own_outlet(who).map_or(ALL_OUTLETS, |outlet| outlet.0).to_string()
                }
            });
        }
        self
    }

    /// Checks every parameter of a report.
    ///
    /// # Errors
    /// [`ReportError::Param`] for one that is missing, unknown or not of its kind.
    pub fn check(&self, report: &Report) -> Result<Vec<Answered>, ReportError> {
        if let Some(name) =
            self.0.keys().find(|name| report.asks.iter().all(|ask| ask.name != *name))
        {
            return Err(wrong(name, "本报表没有这个参数"));
        }
        report.asks.iter().map(|ask| answer(ask, self.get(ask.name))).collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(items: I) -> Self {
        Self(items.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// A parameter that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// What was asked.
    pub ask: Ask,
    /// What was said.
    pub value: Value,
}

/// The value of a checked parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A business day.
    Day(NaiveDate),
    /// An outlet, or none for all that the reader may see.
    Outlet(Option<OutletId>),
}

impl Answered {
    /// The value as it is bound to its placeholder; never spliced into the statement.
    pub fn bound(&self) -> (&'static str, Param) {
        let param = match self.value {
            Value::Day(day) => Param::Day(day),
            Value::Outlet(outlet) => {
                Param::Int(outlet.map_or(ALL_OUTLETS, |outlet| outlet.0).into())
            }
        };
        (self.ask.name, param)
    }
}

fn answer(ask: &Ask, said: Option<&str>) -> Result<Answered, ReportError> {
    let said = said
        .map(str::trim)
        .filter(|said| !said.is_empty())
        .ok_or_else(|| wrong(ask.label, "没有填写"))?;
    let value = match ask.kind {
        AskKind::Day => {
            Value::Day(said.parse().map_err(|_| wrong(ask.label, "应是 2026-11-24 这样的日期"))?)
        }
        AskKind::Outlet => {
            let id: i32 = said.parse().map_err(|_| wrong(ask.label, "应是网点编号，0 表示全部"))?;
            Value::Outlet((id != ALL_OUTLETS).then_some(OutletId(id)))
        }
    };
    Ok(Answered { ask: *ask, value })
}

fn wrong(label: &str, reason: &str) -> ReportError {
    ReportError::Param { label: label.to_owned(), reason: reason.to_owned() }
}

/// The outlet of a person who has exactly one.
fn own_outlet(who: &Person) -> Option<OutletId> {
    match &who.scope.outlets {
        Some(outlets) if outlets.len() == 1 => outlets.first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::DAILY_COLLECTION;

    #[test]
    fn parameters_are_typed_and_complete() {
        let day = "2026-11-24".parse().unwrap();
        let filled = Params::default().prefilled(&DAILY_COLLECTION, &Person::system(), day);
        let checked = filled.check(&DAILY_COLLECTION).unwrap();
        assert_eq!(checked[0].value, Value::Day(day));
        assert_eq!(checked[1].value, Value::Outlet(None));
        for (name, value) in
            [("day", "24/11"), ("day", ""), ("outlet", "' or 1=1"), ("nobody", "1")]
        {
            assert!(
                filled.clone().with(name, value).check(&DAILY_COLLECTION).is_err(),
                "{name}={value}"
            );
        }
    }
}
