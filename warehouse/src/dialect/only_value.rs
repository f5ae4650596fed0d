//! The one value of a subquery that stands for a value: `(select name from town t where t.id = p.town_id)`.
//!
//! DataFusion takes a subquery that names outer columns only where it is an aggregate. So it is made one, which gives
//! the value of one row, NULL for none, and an error for more, as PostgreSQL does.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Column, Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, LogicalPlan, LogicalPlanBuilder, Signature,
    Subquery, Volatility,
};

/// Makes an aggregate of a subquery that names outer columns and is none.
pub(super) fn aggregated(subquery: Subquery) -> Result<Subquery> {
    let plan = subquery.subquery.as_ref();
    if subquery.outer_ref_columns.is_empty() || is_bounded(plan) {
        return Ok(subquery);
    }
    let (qualifier, field) = plan.schema().qualified_field(0);
    let name = field.name().clone();
    let value = ONLY_VALUE.call(vec![Expr::from((qualifier, field))]);
    let called = value.schema_name().to_string();
    let plan = LogicalPlanBuilder::from(plan.clone())
        .aggregate(Vec::<Expr>::new(), vec![value])?
        .project(vec![Expr::Column(Column::from_name(called)).alias(name)])?
        .build()?;
    Ok(Subquery { subquery: Arc::new(plan), ..subquery })
}

/// True where an aggregate without groups or a limit stands at the top already.
fn is_bounded(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(all) => all.group_expr.is_empty(),
        LogicalPlan::Limit(_) => true,
        LogicalPlan::Projection(projection) => is_bounded(&projection.input),
        LogicalPlan::Filter(having) => is_bounded(&having.input),
        LogicalPlan::SubqueryAlias(alias) => is_bounded(&alias.input),
        LogicalPlan::Sort(sort) => sort.fetch.is_some() || is_bounded(&sort.input),
        _ => false,
    }
}

static ONLY_VALUE: LazyLock<AggregateUDF> = LazyLock::new(|| {
    AggregateUDF::from(OnlyValue { signature: Signature::any(1, Volatility::Immutable) })
});

#[derive(Debug, PartialEq, Eq, Hash)]
struct OnlyValue {
    signature: Signature,
}

impl AggregateUDFImpl for OnlyValue {
    fn name(&self) -> &str {
        "only_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given[0].clone())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let value = ScalarValue::try_from(args.return_field.data_type())?;
        Ok(Box::new(Seen { value, rows: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let value = Field::new("value", args.return_field.data_type().clone(), true);
        Ok(vec![Arc::new(value), Arc::new(Field::new("rows", DataType::Int64, false))])
    }
}

/// What was seen of a group.
#[derive(Debug)]
struct Seen {
    value: ScalarValue,
    rows: i64,
}

impl Seen {
    fn take(&mut self, values: &ArrayRef, at: usize) -> Result<()> {
        if self.rows > 0 {
            return exec_err!("子查询对一行返回了多个值：请用 max、min 等汇总，或加条件");
        }
        self.rows = 1;
        self.value = ScalarValue::try_from_array(values, at)?;
        Ok(())
    }
}

impl Accumulator for Seen {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        (0..values[0].len()).try_for_each(|at| self.take(&values[0], at))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states[1].as_primitive::<Int64Type>();
        (0..rows.len())
            .filter(|at| rows.value(*at) > 0)
            .try_for_each(|at| self.take(&states[0], at))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::from(self.rows)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }
}
