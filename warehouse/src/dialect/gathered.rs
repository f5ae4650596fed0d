//! `string_agg` and `array_agg`: a text or a list out of many rows, within a bound; in a window, where there is one for
//! each row, within a narrower one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature,
};

use super::bounded::bytes_of;

/// What one value may come to.
const BYTES_MAX: usize = 1 << 20;
/// In a window.
const WINDOW_BYTES_MAX: usize = 4 << 10;
const GATHERED: &[&str] = &["array_agg", "string_agg"];

/// The function within its bound; others as they are.
pub(super) fn gathered(function: Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    match GATHERED.contains(&function.name()) {
        true => Arc::new(AggregateUDF::from(Gathered { inner: function, most: BYTES_MAX })),
        false => function,
    }
}

/// The function as a window asks it; none where it gathers nothing.
pub(super) fn in_window(function: &AggregateUDF) -> Option<Arc<AggregateUDF>> {
    let Gathered { inner, .. } = function.inner().downcast_ref()?;
    let gathered = Gathered { inner: Arc::clone(inner), most: WINDOW_BYTES_MAX };
    Some(Arc::new(AggregateUDF::from(gathered)))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gathered {
    inner: Arc<AggregateUDF>,
    most: usize,
}

impl Gathered {
    fn within(&self, inner: Box<dyn Accumulator>, distinct: bool) -> Box<dyn Accumulator> {
        Box::new(Within { inner, most: self.most, bytes: (!distinct).then_some(0) })
    }
}

impl AggregateUDFImpl for Gathered {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.inner.return_type(given)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let distinct = args.is_distinct;
        Ok(self.within(self.inner.accumulator(args)?, distinct))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let distinct = args.is_distinct;
        Ok(self.within(self.inner.create_sliding_accumulator(args)?, distinct))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        beneficial: bool,
    ) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        let inner = self.inner.as_ref().clone().with_beneficial_ordering(beneficial)?;
        Ok(inner.map(|inner| Arc::new(Self { inner: Arc::new(inner), most: self.most }) as _))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        match self.inner.reverse_udf() {
            ReversedUDAF::Reversed(inner) => {
                let reversed = Self { inner, most: self.most };
                ReversedUDAF::Reversed(Arc::new(AggregateUDF::from(reversed)))
            }
            other => other,
        }
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.inner.supports_null_handling_clause()
    }
}

/// Counts what is gathered.
#[derive(Debug)]
struct Within {
    inner: Box<dyn Accumulator>,
    most: usize,
    /// Bytes so far; none of distinct values, which are measured at the end: what is there already is not gathered again.
    bytes: Option<usize>,
}

impl Within {
    fn more(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let (Some(bytes), Some(values)) = (&mut self.bytes, values.first()) {
            *bytes += bytes_in(values);
            return short(*bytes, self.most);
        }
        Ok(())
    }
}

impl Accumulator for Within {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.more(values)?;
        self.inner.update_batch(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.more(states)?;
        self.inner.merge_batch(states)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let (Some(bytes), Some(values)) = (&mut self.bytes, values.first()) {
            *bytes = bytes.saturating_sub(bytes_in(values));
        }
        self.inner.retract_batch(values)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = self.inner.evaluate()?;
        let bytes = match &value {
            ScalarValue::List(list) => bytes_in(list.values()),
            other => other.try_as_str().flatten().map_or(0, str::len),
        };
        short(bytes, self.most)?;
        Ok(value)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}

/// What values come to in a text or a list.
fn bytes_in(values: &ArrayRef) -> usize {
    if let Some(lists) = values.as_list_opt::<i32>() {
        let (first, last) = (lists.value_offsets()[0], lists.value_offsets()[lists.len()]);
        let [first, last] = [first, last].map(|at| usize::try_from(at).unwrap_or(0));
        return bytes_in(&lists.values().slice(first, last - first));
    }
    match values.data_type().primitive_width() {
        Some(width) => values.len().saturating_mul(width),
        None => bytes_of(values),
    }
}

fn short(bytes: usize, most: usize) -> Result<()> {
    if bytes <= most {
        return Ok(());
    }
    exec_err!(
        "string_agg、array_agg 的一个结果超过 {} KB：请先缩小范围，或分成更小的组",
        most >> 10
    )
}
