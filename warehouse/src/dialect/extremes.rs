//! What a list is asked for beside a value: the least of it, the greatest, and whether a NULL is among it; of a list
//! of no rows, nothing. One aggregate tells all three.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StructArray, new_null_array};
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

/// What the aggregate is called.
pub(super) const EXTREMES: &str = "extremes";

/// A part of what was seen of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Least,
    Greatest,
    /// Whether a NULL is among it; NULL where there are no rows.
    Nulls,
}

impl Part {
    /// What the function is called that takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Least => "least_of",
            Self::Greatest => "greatest_of",
            Self::Nulls => "nulls_of",
        }
    }
}

/// The functions that take the parts.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    static PARTS: LazyLock<[Arc<ScalarUDF>; 3]> = LazyLock::new(|| {
        [Part::Least, Part::Greatest, Part::Nulls].map(|part| {
            let signature = Signature::any(1, Volatility::Immutable);
            Arc::new(ScalarUDF::from(Taken { part, signature }))
        })
    });
    PARTS.to_vec()
}

pub(super) fn aggregate() -> AggregateUDF {
    AggregateUDF::from(Extremes { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Taken {
    part: Part,
    signature: Signature,
}

impl ScalarUDFImpl for Taken {
    fn name(&self) -> &str {
        self.part.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match &given[0] {
            DataType::Struct(seen) => Ok(seen[self.part as usize].data_type().clone()),
            other => plan_err!("{other} is not what was seen of a list"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let seen = args.args[0].to_array(args.number_rows)?;
        let Some(parts) = seen.as_struct_opt() else {
            return Ok(ColumnarValue::Array(new_null_array(args.return_type(), seen.len())));
        };
        let none = is_null(parts)?;
        Ok(ColumnarValue::Array(nullif(parts.column(self.part as usize), &none)?))
    }
}

/// The type of a column of a list: of NULLs without a type a text, as in PostgreSQL.
pub(super) fn as_column(kind: &DataType) -> DataType {
    match kind {
        DataType::Null => DataType::Utf8,
        other => other.clone(),
    }
}

fn seen(value: &DataType) -> Fields {
    let value = |name| Field::new(name, value.clone(), true);
    Fields::from(vec![
        value("least"),
        value("greatest"),
        Field::new("nulls", DataType::Boolean, true),
    ])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Extremes {
    signature: Signature,
}

impl AggregateUDFImpl for Extremes {
    fn name(&self) -> &str {
        EXTREMES
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.iter().map(as_column).collect())
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(seen(&given[0])))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let DataType::Struct(fields) = args.return_field.data_type().clone() else {
            return plan_err!("{EXTREMES} gives {}", args.return_field.data_type());
        };
        let of = |extreme: Arc<AggregateUDF>| {
            extreme.accumulator(AccumulatorArgs {
                return_field: Arc::clone(&fields[0]),
                schema: args.schema,
                ignore_nulls: args.ignore_nulls,
                order_bys: args.order_bys,
                is_reversed: args.is_reversed,
                name: args.name,
                is_distinct: args.is_distinct,
                exprs: args.exprs,
                expr_fields: args.expr_fields,
            })
        };
        let (least, greatest) = (of(min_udaf())?, of(max_udaf())?);
        Ok(Box::new(Seen { fields, least, greatest, nulls: None }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(seen(args.input_fields[0].data_type()).iter().cloned().collect())
    }
}

#[derive(Debug)]
struct Seen {
    fields: Fields,
    least: Box<dyn Accumulator>,
    greatest: Box<dyn Accumulator>,
    nulls: Option<bool>,
}

impl Seen {
    fn parts(&mut self) -> Result<[ScalarValue; 3]> {
        let nulls = ScalarValue::Boolean(self.nulls);
        Ok([self.least.evaluate()?, self.greatest.evaluate()?, nulls])
    }

    fn told(&mut self, nulls: bool) {
        self.nulls = Some(nulls || self.nulls == Some(true));
    }
}

impl Accumulator for Seen {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if values[0].is_empty() {
            return Ok(());
        }
        self.told(values[0].logical_null_count() > 0);
        self.least.update_batch(values)?;
        self.greatest.update_batch(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[2].as_boolean().iter().flatten().for_each(|nulls| self.told(nulls));
        self.least.update_batch(&states[..1])?;
        self.greatest.update_batch(&states[1..2])
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self.parts()?.to_vec())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let parts = self.parts()?.iter().map(ScalarValue::to_array).collect::<Result<_>>()?;
        Ok(ScalarValue::Struct(Arc::new(StructArray::new(self.fields.clone(), parts, None))))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.least.size() + self.greatest.size()
    }
}
