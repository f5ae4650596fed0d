//! The one value of a subquery that stands for a value: `(select name from town t where t.id = p.town_id)`.
//!
//! DataFusion takes a subquery that names outer columns only where it is an aggregate, and computes it for all rows that
//! any outer row could ask for. So it is made one, `only_value`, which gives the value of a row and whether there are
//! more; [`Single`] says no, as PostgreSQL does, where an outer row that is asked for has met more than one.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StructArray, new_null_array};
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{Column, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Expr, LogicalPlan,
    LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Subquery,
    Volatility,
};

/// What a subquery that stands for a value gives; of one that names outer columns and is no aggregate, its only value.
pub(super) fn of(subquery: Subquery) -> Result<Expr> {
    let plan = subquery.subquery.as_ref();
    if subquery.outer_ref_columns.is_empty() || is_bounded(plan) {
        return Ok(Expr::ScalarSubquery(subquery));
    }
    let (qualifier, field) = plan.schema().qualified_field(0);
    let name = field.name().clone();
    let value = ONLY_VALUE.call(vec![Expr::from((qualifier, field))]);
    let called = value.schema_name().to_string();
    let plan = LogicalPlanBuilder::from(plan.clone())
        .aggregate(Vec::<Expr>::new(), vec![value])?
        .project(vec![Expr::Column(Column::from_name(called)).alias(name)])?
        .build()?;
    let subquery = Subquery { subquery: Arc::new(plan), ..subquery };
    Ok(OF_ONE_ROW.call(vec![Expr::ScalarSubquery(subquery)]))
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

/// The value of a row, and whether there are more.
fn seen(value: &DataType) -> Fields {
    let value = Field::new("value", value.clone(), true);
    Fields::from(vec![value, Field::new("more", DataType::Boolean, false)])
}

static OF_ONE_ROW: LazyLock<ScalarUDF> = LazyLock::new(|| {
    ScalarUDF::from(Single { signature: Signature::any(1, Volatility::Immutable) })
});

/// What the function is called.
pub(super) const SINGLE: &str = "single";

/// The value of what `only_value` has seen; none where there was no row.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Single {
    signature: Signature,
}

impl ScalarUDFImpl for Single {
    fn name(&self) -> &str {
        SINGLE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match &given[0] {
            DataType::Struct(seen) => Ok(seen[0].data_type().clone()),
            other => plan_err!("{other} is not what was seen of a subquery"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [seen] = <[_; 1]>::try_from(ColumnarValue::values_to_arrays(&args.args)?)
            .expect("a function of one argument");
        let Some(seen) = seen.as_struct_opt() else {
            return Ok(ColumnarValue::Array(new_null_array(args.return_type(), seen.len())));
        };
        let (none, more) = (is_null(seen)?, seen.column(1).as_boolean());
        if (0..seen.len()).any(|row| !none.value(row) && more.is_valid(row) && more.value(row)) {
            return exec_err!("子查询对一行返回了多个值：请用 max、min 等汇总，或加条件");
        }
        Ok(ColumnarValue::Array(nullif(seen.column(0), &none)?))
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
        Ok(DataType::Struct(seen(&given[0])))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let DataType::Struct(fields) = args.return_field.data_type() else {
            return plan_err!("only_value gives {}", args.return_field.data_type());
        };
        let value = ScalarValue::try_from(fields[0].data_type())?;
        Ok(Box::new(Seen { fields: fields.clone(), value, rows: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let value = Field::new("value", args.input_fields[0].data_type().clone(), true);
        Ok(vec![Arc::new(value), Arc::new(Field::new("rows", DataType::Int64, false))])
    }
}

/// What was seen of a group.
#[derive(Debug)]
struct Seen {
    fields: Fields,
    /// Of the first row.
    value: ScalarValue,
    rows: i64,
}

impl Seen {
    fn take(&mut self, values: &ArrayRef, at: usize, rows: i64) -> Result<()> {
        if self.rows == 0 {
            self.value = ScalarValue::try_from_array(values, at)?;
        }
        self.rows += rows;
        Ok(())
    }
}

impl Accumulator for Seen {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if values[0].is_empty() {
            return Ok(());
        }
        self.take(&values[0], 0, i64::try_from(values[0].len()).expect("a batch can be counted"))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states[1].as_primitive::<Int64Type>();
        (0..rows.len())
            .filter(|at| rows.value(*at) > 0)
            .try_for_each(|at| self.take(&states[0], at, rows.value(at)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::from(self.rows)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let more = ScalarValue::from(self.rows > 1);
        let parts = [self.value.to_array()?, more.to_array()?];
        Ok(ScalarValue::Struct(Arc::new(StructArray::new(
            self.fields.clone(),
            parts.to_vec(),
            None,
        ))))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }
}
