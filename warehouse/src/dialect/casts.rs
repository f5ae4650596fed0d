//! Casts as PostgreSQL does them, once all types are known.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF, cast};
use datafusion::optimizer::AnalyzerRule;

use super::operators::is_text;
use super::{conversions, rules};

/// Runs after types are brought together, so that it sees the casts of that too.
#[derive(Debug)]
pub(super) struct PostgresCasts;

impl AnalyzerRule for PostgresCasts {
    fn name(&self) -> &str {
        "postgres_casts"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rules::expressions(plan, |node, schema: &DFSchema| match node {
            Expr::Cast(Cast { expr, field }) => {
                let from = expr.get_type(schema)?;
                let to = field.data_type().clone();
                Ok(match meant(&from, &to) {
                    Some(how) => {
                        let value = how.call(vec![*expr]);
                        let done = value.get_type(schema)? == to;
                        Transformed::yes(if done { value } else { cast(value, to) })
                    }
                    None => Transformed::no(Expr::Cast(Cast { expr, field })),
                })
            }
            other => Ok(Transformed::no(other)),
        })
    }
}

/// The function that a value goes through before it is cast.
fn meant(from: &DataType, to: &DataType) -> Option<&'static ScalarUDF> {
    use DataType::{Decimal128, Timestamp};
    match (from, to) {
        // Rounded, not cut.
        (Decimal128(_, 1..), whole) if whole.is_integer() => Some(&WHOLE),
        (from, whole) if from.is_floating() && whole.is_integer() => Some(&WHOLE),
        (Timestamp(_, Some(_)), Timestamp(_, None)) => Some(&conversions::WALL),
        (text, Timestamp(_, None)) if is_text(text) => Some(&WALL_TEXT),
        (text, Timestamp(_, Some(_)) | DataType::Date32) if is_text(text) => Some(&TIME_TEXT),
        (Timestamp(..), text) if is_text(text) => Some(&WRITTEN),
        _ => None,
    }
}

/// A float without decimals.
pub(super) fn whole(value: Vec<Expr>) -> Expr {
    WHOLE.call(value)
}

static WALL_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::WallText::new()));
static TIME_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::TimeText::new()));
static WHOLE: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(conversions::Whole::new()));
static WRITTEN: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(conversions::Written::new()));
