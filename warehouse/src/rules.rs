//! The rules that plan a statement: DataFusion's, without two that gave wrong numbers, and with ours at their places;
//! none of them sees a key.

use std::sync::{Arc, LazyLock};

use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use crate::dialect::{AskedAsWritten, GuardedRows};
use crate::short::ShortBesideMany;
use crate::skipped::SkippedRows;
use crate::stop::{StopAtEqualNames, StopBelowNulls};
use crate::totals::WholeTableTotals;
use crate::unkeyed::Unkeyed;
use crate::whole_answers::WholeAnswers;
use crate::whole_keys::WholeSortKeys;
use crate::yielding::YieldAtJoins;

type Logical = Vec<Arc<dyn OptimizerRule + Send + Sync>>;
type Physical = Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>;

/// It adds up sums once more and takes their type for the type of one sum.
const ADDS_UP_TWICE: &str = "single_distinct_aggregation_to_group_by";
/// It carries exact figures of a table to where they are not exact; `totals` takes its place.
const CARRIES_FIGURES: &str = "aggregate_statistics";

/// It pushes conditions below sums over no groups, beside others, and to rows of others; ours stand before, after and
/// around it.
const PUSHES_FILTERS: &str = "push_down_filter";

/// It turns DISTINCT ON into a sort, of which rows may be skipped.
const SORTS_DISTINCT: &str = "replace_distinct_aggregate";

/// The rules over logical plans.
pub(crate) fn logical() -> Logical {
    static RULES: LazyLock<Logical> = LazyLock::new(|| {
        let mut rules = Optimizer::new().rules;
        rules.retain(|rule| rule.name() != ADDS_UP_TWICE);
        let filters = rules.iter().position(|rule| rule.name() == PUSHES_FILTERS);
        if let Some(rule) = filters.and_then(|at| rules.get_mut(at)) {
            *rule = Arc::new(AskedAsWritten(Arc::clone(rule)));
        }
        rules.insert(filters.unwrap_or(0), Arc::new(WholeAnswers));
        let filters = filters.map_or(rules.len(), |at| at + 2);
        rules.insert(filters, Arc::new(GuardedRows));
        let distinct = rules.iter().position(|rule| rule.name() == SORTS_DISTINCT);
        rules.insert(distinct.map_or(0, |at| at + 1), Arc::new(SkippedRows));
        rules.push(Arc::new(WholeTableTotals));
        rules.into_iter().map(|rule| Arc::new(Unkeyed(rule)) as _).collect()
    });
    RULES.clone()
}

/// The rules over physical plans.
pub(crate) fn physical() -> Physical {
    static RULES: LazyLock<Physical> = LazyLock::new(|| {
        let mut rules = PhysicalOptimizer::new().rules;
        rules.retain(|rule| rule.name() != CARRIES_FIGURES);
        // Before any rule looks at the order of rows.
        rules.insert(0, Arc::new(StopBelowNulls));
        let filters = place_of(&rules, "FilterPushdown");
        rules.insert(filters, Arc::new(StopAtEqualNames));
        let sorts = place_of(&rules, "EnsureRequirements");
        rules.insert(sorts + 1, Arc::new(WholeSortKeys));
        // Later rules move projections and limits between a sort and its merge.
        let last = place_of(&rules, "EnsureCooperative");
        rules.insert(last, Arc::new(WholeSortKeys));
        rules.push(Arc::new(YieldAtJoins));
        rules.push(Arc::new(ShortBesideMany));
        rules
    });
    RULES.clone()
}

/// Where a rule of DataFusion stands; at the end where an upgrade has renamed it, which a test finds.
fn place_of(rules: &Physical, name: &str) -> usize {
    rules.iter().position(|rule| rule.name() == name).unwrap_or(rules.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_ours_are_placed_by_are_there() {
        let analyzer = datafusion::optimizer::Analyzer::new().rules;
        assert!(analyzer.iter().any(|rule| rule.name() == "type_coercion"));
        let physical = PhysicalOptimizer::new().rules;
        for name in [CARRIES_FIGURES, "FilterPushdown", "EnsureRequirements", "EnsureCooperative"] {
            assert!(physical.iter().any(|rule| rule.name() == name), "{name}");
        }
        for name in [ADDS_UP_TWICE, PUSHES_FILTERS, SORTS_DISTINCT] {
            assert!(Optimizer::new().rules.iter().any(|rule| rule.name() == name), "{name}");
        }
    }
}
