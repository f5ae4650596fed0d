//! `sum`, with PostgreSQL's types and no way to run over: `integer` adds up to `bigint`, `bigint` to a decimal.
//!
//! The adding is DataFusion's; it wraps, so it is given a type in which it cannot, and the total is cast back, checked.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use super::quotient;
use super::span_sums::{self, SPAN, SpanSum};

/// Digits up to which a sum of ten thousand million values fits into 38.
const SAFE_DIGITS: u8 = 28;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ExactSum {
    inner: Sum,
    signature: Signature,
}

impl ExactSum {
    pub(super) fn new() -> Self {
        Self { inner: Sum::new(), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// The type that DataFusion adds up in.
fn added_in(argument: &DataType) -> DataType {
    match argument {
        DataType::Int32 => DataType::Int64,
        DataType::Int64 => DataType::Decimal128(SAFE_DIGITS, 0),
        DataType::Decimal128(precision, scale) if *precision > SAFE_DIGITS => {
            DataType::Decimal256(*precision + 10, *scale)
        }
        other => other.clone(),
    }
}

/// What the arguments are cast to before, and what comes out of the adding.
fn widened(argument: &DataType, inner: &Sum) -> Result<(DataType, DataType)> {
    let added = added_in(argument);
    let total = inner.return_type(std::slice::from_ref(&added))?;
    Ok((added, total))
}

impl AggregateUDFImpl for ExactSum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [argument] = given else { return plan_err!("函数 sum 要一个数") };
        use DataType as T;
        Ok(vec![match argument {
            T::Int8 | T::Int16 | T::UInt8 | T::UInt16 | T::Int32 => T::Int32,
            T::UInt32 | T::Int64 | T::UInt64 | T::Null => T::Int64,
            T::Float16 | T::Float32 | T::Float64 => T::Float64,
            T::Decimal128(..) => argument.clone(),
            T::Interval(_) | T::Duration(_) => SPAN,
            T::Utf8 | T::LargeUtf8 | T::Utf8View => return plan_err!("函数 sum 不能用于文字"),
            T::Date32 | T::Timestamp(..) => return plan_err!("函数 sum 不能用于日期和时间"),
            T::Boolean => {
                return plan_err!("函数 sum 不能用于是否；请写 count(*) filter (where …)");
            }
            _ => return plan_err!("函数 sum 不能用于这种值"),
        }])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        if quotient::is_near(&given[0]) {
            return plan_err!("{}", quotient::ONLY_ROUNDED);
        }
        if given[0] == SPAN {
            return Ok(SPAN);
        }
        let (_, total) = widened(&given[0], &self.inner)?;
        Ok(match total {
            DataType::Decimal256(_, scale) => DataType::Decimal128(38, scale),
            other => other,
        })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if *args.return_field.data_type() == SPAN {
            return Ok(Box::new(SpanSum::default()));
        }
        self.wide(args, Sum::accumulator)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if *args.return_field.data_type() == SPAN {
            return Ok(Box::new(SpanSum::default()));
        }
        if args.return_field.data_type().is_floating() {
            // What is taken away again leaves its rounding behind.
            return plan_err!("浮点数不能在滑动的窗口里求和或求平均：请先写成 cast(… as numeric)");
        }
        self.wide(args, Sum::create_sliding_accumulator)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if *args.return_field.data_type() == SPAN {
            return Ok(span_sums::state(args.name));
        }
        let (_, total) = widened(args.input_fields[0].data_type(), &self.inner)?;
        let return_field = Arc::new(Field::new(args.return_field.name(), total, true));
        self.inner.state_fields(StateFieldsArgs { return_field, ..args })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct && *args.return_field.data_type() != SPAN
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        self.wide(args, Sum::create_groups_accumulator)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

impl ExactSum {
    /// DataFusion's accumulator in the wide type, behind the casts.
    fn wide<A: ?Sized, W: ?Sized>(
        &self,
        args: AccumulatorArgs,
        make: impl FnOnce(&Sum, AccumulatorArgs) -> Result<Box<A>>,
    ) -> Result<Box<W>>
    where
        Wide<A>: Boxed<W>,
    {
        let (added, total) = widened(args.expr_fields[0].data_type(), &self.inner)?;
        let answer = args.return_field.data_type().clone();
        let return_field = Arc::new(Field::new(args.name, total, true));
        let fields = [Arc::new(Field::new(args.name, added.clone(), true))];
        let inner =
            make(&self.inner, AccumulatorArgs { return_field, expr_fields: &fields, ..args })?;
        Ok(Wide { inner, added, answer }.boxed())
    }
}

/// An accumulator between two casts.
struct Wide<A: ?Sized> {
    inner: Box<A>,
    added: DataType,
    answer: DataType,
}

trait Boxed<W: ?Sized> {
    fn boxed(self) -> Box<W>;
}

impl Boxed<dyn Accumulator> for Wide<dyn Accumulator> {
    fn boxed(self) -> Box<dyn Accumulator> {
        Box::new(self)
    }
}

impl Boxed<dyn GroupsAccumulator> for Wide<dyn GroupsAccumulator> {
    fn boxed(self) -> Box<dyn GroupsAccumulator> {
        Box::new(self)
    }
}

impl<A: ?Sized> std::fmt::Debug for Wide<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wide").field("added", &self.added).field("answer", &self.answer).finish()
    }
}

impl<A: ?Sized> Wide<A> {
    fn arguments(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let one = |value: &ArrayRef| to(value, &self.added);
        values.iter().map(one).collect()
    }
}

/// A checked cast: what does not fit is an error.
fn to(value: &ArrayRef, kind: &DataType) -> Result<ArrayRef> {
    if value.data_type() == kind {
        return Ok(value.clone());
    }
    let checked = CastOptions { safe: false, ..CastOptions::default() };
    let over = |_| ArrowError::ArithmeticOverflow("a sum of more than 38 digits".to_owned());
    Ok(cast_with_options(value, kind, &checked).map_err(over)?)
}

impl Accumulator for Wide<dyn Accumulator> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = self.arguments(values)?;
        self.inner.update_batch(&values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let total = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&to(&total, &self.answer)?, 0)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = self.arguments(values)?;
        self.inner.retract_batch(&values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

impl GroupsAccumulator for Wide<dyn GroupsAccumulator> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let values = self.arguments(values)?;
        self.inner.update_batch(&values, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        to(&self.inner.evaluate(emit_to)?, &self.answer)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(&self.arguments(values)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
