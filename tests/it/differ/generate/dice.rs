//! The seeded dice that every choice is made with. They remember what was chosen.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Schema;

/// Dice over one schema, for one statement.
pub(super) struct Dice<'a> {
    pub(super) schema: &'a Schema,
    /// What the statement has in it.
    pub(super) features: BTreeSet<&'static str>,
    /// `name as (…)`, each of which may use those before it.
    pub(super) ctes: Vec<String>,
    /// Subqueries within subqueries.
    pub(super) depth: usize,
    rng: StdRng,
    names: usize,
}

/// Subqueries stand no deeper than this.
const DEEPEST: usize = 2;

impl<'a> Dice<'a> {
    pub(super) fn new(schema: &'a Schema, seed: u64) -> Self {
        let (features, ctes) = Default::default();
        Self { schema, features, ctes, depth: 0, rng: StdRng::seed_from_u64(seed), names: 0 }
    }

    /// True in so many cases of a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// A number below `end`, which is not zero.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// One of a list, which is not empty.
    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// One of a list; none of an empty one.
    pub(super) fn any<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(self.one(of)) }
    }

    /// The place of a choice; each is as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut at = self.rng.random_range(0..weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return place,
            }
        }
        weights.len() - 1
    }

    /// A list in another order.
    pub(super) fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
        items
    }

    /// A name that the statement does not have yet.
    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Notes what the statement has in it.
    pub(super) fn note(&mut self, feature: &'static str) {
        self.features.insert(feature);
    }

    /// Goes one subquery deeper, where there is room for one.
    pub(super) fn deeper<T>(&mut self, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let made = make(self);
        self.depth -= 1;
        made
    }
}
