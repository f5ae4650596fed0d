//! The months of accounts that are looked into, as columns for a statement.

use crate::billing::assess::ToBill;
use crate::billing::before::Billed;

/// Accounts, each once, by id, with the first and the last month of all that is billed for them.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans {
    pub(super) ids: Vec<i64>,
    pub(super) first: Vec<i32>,
    pub(super) last: Vec<i32>,
}

impl Spans {
    /// The spans of accounts that are in the order of their ids.
    pub(super) fn of(accounts: &[ToBill]) -> Self {
        let mut spans = Self::default();
        for to_bill in accounts {
            let span = to_bill.usage.span;
            let (first, last) = (span.first().number(), span.last().number());
            if spans.ids.last() == Some(&to_bill.account.0) {
                let at = spans.ids.len() - 1;
                spans.first[at] = spans.first[at].min(first);
                spans.last[at] = spans.last[at].max(last);
            } else {
                spans.add(to_bill.account.0, first, last);
            }
        }
        spans
    }

    fn add(&mut self, account: i64, first: i32, last: i32) {
        self.ids.push(account);
        self.first.push(first);
        self.last.push(last);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = i64> {
        self.ids.iter().copied()
    }

    /// The first month of all.
    pub(super) fn earliest(&self) -> Option<i32> {
        self.first.iter().copied().min()
    }

    /// Widens them to whole charges; gives those that are wider now.
    pub(super) fn widen(&mut self, billed: &Billed) -> Self {
        let mut wider = Self::default();
        for (at, account) in self.ids.iter().enumerate() {
            let (mut first, mut last) = (self.first[at], self.last[at]);
            for before in billed.of(*account) {
                first = first.min(before.span.first().number());
                last = last.max(before.span.last().number());
            }
            if (first, last) != (self.first[at], self.last[at]) {
                (self.first[at], self.last[at]) = (first, last);
                wider.add(*account, first, last);
            }
        }
        wider
    }
}
