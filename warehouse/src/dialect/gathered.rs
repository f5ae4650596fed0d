//! `string_agg` and `array_agg`: a text or a list out of many rows, within a bound; in a window, where there is one for
//! each row, within a narrower one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, Expr, ExprSchemable, GroupsAccumulator,
    ReversedUDAF, Signature,
};
use datafusion::physical_expr::expressions::Literal;

use super::operators::{is_unknown, refused};
use super::texts;
use crate::weight::{Each, letters, lying, weights};

/// What one value may come to.
const BYTES_MAX: usize = 1 << 20;
/// In a window.
const WINDOW_BYTES_MAX: usize = 4 << 10;
/// Aggregates of numbers and of conditions.
const OF_NUMBERS: &[&str] =
    &["avg", "bool_and", "bool_or", "stddev", "stddev_pop", "sum", "var_pop", "var_samp"];
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

/// Refuses what PostgreSQL gathers nothing of: numbers as texts, a list or a sum of what has no type, the greatest of
/// conditions.
pub(super) fn admit(name: &str, args: &[Expr], schema: &DFSchema) -> Result<()> {
    match (name, args) {
        ("string_agg", _) => texts::admit(name, args, schema),
        ("max" | "min", [value]) if value.get_type(schema)? == DataType::Boolean => refused(
            "max、min 不能用于条件：有一行成立请用 bool_or(…)，每行成立请用 bool_and(…)",
            &[value],
        ),
        ("lag" | "lead" | "first_value" | "last_value" | "nth_value", [value] | [value, _])
            if is_unknown(value) =>
        {
            let way = "文字请写 (…)::text，数值请写 (…)::numeric";
            refused(&format!("{name} 里的值要有类型：{way}"), &[value])
        }
        (_, [value]) if OF_NUMBERS.contains(&name) && is_untyped(name, value, schema)? => {
            let way = "数值请写 null::numeric，条件请写 null::boolean";
            // An average is a sum by then.
            let name = if name == "sum" { "sum、avg" } else { name };
            refused(&format!("{name} 里的空值要有类型：{way}"), &[value])
        }
        ("array_agg", [value]) if is_unknown(value) => {
            refused("array_agg 里的值要有类型：文字请写 (…)::text", &[value])
        }
        _ => Ok(()),
    }
}

/// True for a NULL without a type, which a subquery or a CASE makes a text; alone it is a number for all of these but
/// two, that are of spans too.
fn is_untyped(name: &str, value: &Expr, schema: &DFSchema) -> Result<bool> {
    // A parameter has its type later.
    if value.exists(|part| Ok(matches!(part, Expr::Placeholder(_))))? {
        return Ok(false);
    }
    let is_number = matches!(value, Expr::Literal(..)) && !matches!(name, "sum" | "avg");
    Ok(!is_number && value.get_type(schema)?.is_null())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gathered {
    inner: Arc<AggregateUDF>,
    most: usize,
}

impl Gathered {
    fn bound(&self, args: &AccumulatorArgs) -> Bound {
        let between = args.exprs.get(1).map(|between| {
            let text = between.downcast_ref::<Literal>().map(Literal::value);
            text.and_then(|text| text.try_as_str().flatten()).map_or(0, str::len)
        });
        Bound { most: self.most, between }
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
        let (bound, distinct) = (self.bound(&args), args.is_distinct);
        Ok(Within::over(self.inner.accumulator(args)?, bound, distinct))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let (bound, distinct) = (self.bound(&args), args.is_distinct);
        Ok(Within::over(self.inner.create_sliding_accumulator(args)?, bound, distinct))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let bound = self.bound(&args);
        let inner = self.inner.create_groups_accumulator(args)?;
        Ok(Box::new(GroupsWithin { inner, bound, bytes: Vec::new() }))
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
            // A list without doubles would be put in order the other way round and never be turned back.
            ReversedUDAF::Reversed(_) if self.name() == "array_agg" => ReversedUDAF::NotSupported,
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

/// What one value may come to, counted before it is made.
#[derive(Debug, Clone, Copy)]
struct Bound {
    most: usize,
    /// The bytes between the values of a text; none in a list.
    between: Option<usize>,
}

impl Bound {
    /// What each of the values adds.
    fn each(self, values: &dyn Array) -> Each<'_> {
        match (self.between, letters(values)) {
            (Some(between), Some(letters)) => {
                let both = move |(at, letters): (usize, usize)| match values.is_null(at) {
                    true => 0,
                    false => between + letters,
                };
                Box::new(letters.enumerate().map(both))
            }
            _ => weights(values, lying),
        }
    }

    /// What each value adds that was gathered elsewhere: a text, or the values in a list.
    fn each_gathered(self, states: &dyn Array) -> Each<'_> {
        let Some(lists) = states.as_list_opt::<i32>() else { return self.each(states) };
        let inside =
            move |list: Option<ArrayRef>| list.map_or(0, |list| self.each(&list).sum::<usize>());
        Box::new(lists.iter().map(inside))
    }

    fn admit(self, bytes: usize) -> Result<()> {
        if bytes <= self.most {
            return Ok(());
        }
        exec_err!(
            "string_agg、array_agg 的一个结果超过 {} KB：请先缩小范围，或分成更小的组",
            self.most >> 10
        )
    }
}

/// Counts what is gathered.
#[derive(Debug)]
struct Within {
    inner: Box<dyn Accumulator>,
    bound: Bound,
    /// Bytes so far; none of distinct values, which are measured at the end: what is there already is not gathered again.
    bytes: Option<usize>,
    /// The bytes when the memory of what was gathered was last asked, and the answer.
    asked: (usize, usize),
}

/// By how much more must be gathered before its memory is asked again: part by part, which would be asked at each of them.
const ASKED_AGAIN: usize = 8;

impl Within {
    fn over(inner: Box<dyn Accumulator>, bound: Bound, distinct: bool) -> Box<dyn Accumulator> {
        Box::new(Self { inner, bound, bytes: (!distinct).then_some(0), asked: (0, 0) })
    }

    fn ask(&mut self) {
        if let Some(bytes) = self.bytes
            && bytes > self.asked.0 + self.asked.0 / ASKED_AGAIN
        {
            self.asked = (bytes, self.inner.size());
        }
    }

    fn more(&mut self, added: Each<'_>) -> Result<()> {
        let Some(bytes) = &mut self.bytes else { return Ok(()) };
        *bytes += added.sum::<usize>();
        self.bound.admit(*bytes)
    }
}

impl Accumulator for Within {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.more(self.bound.each(&values[0]))?;
        self.inner.update_batch(values)?;
        self.ask();
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.more(self.bound.each_gathered(&states[0]))?;
        self.inner.merge_batch(states)?;
        self.ask();
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let Some(bytes) = &mut self.bytes {
            *bytes = bytes.saturating_sub(self.bound.each(&values[0]).sum());
        }
        self.inner.retract_batch(values)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        // Its state is the list of what is distinct, before a text is made of it.
        if self.bytes.is_none()
            && let Some(ScalarValue::List(list)) = self.inner.state()?.first()
        {
            self.bound.admit(self.bound.each_gathered(&**list).sum())?;
        }
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        let Some(bytes) = self.bytes else { return size_of_val(self) + self.inner.size() };
        size_of_val(self) + self.asked.1 + bytes.saturating_sub(self.asked.0)
    }
}

/// The same for all groups at once.
struct GroupsWithin {
    inner: Box<dyn GroupsAccumulator>,
    bound: Bound,
    /// Of each group.
    bytes: Vec<usize>,
}

impl GroupsWithin {
    fn more(&mut self, added: Each<'_>, groups: &[usize], count: usize) -> Result<()> {
        self.bytes.resize(count, 0);
        for (added, group) in added.zip(groups) {
            self.bytes[*group] += added;
            self.bound.admit(self.bytes[*group])?;
        }
        Ok(())
    }
}

impl GroupsAccumulator for GroupsWithin {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        count: usize,
    ) -> Result<()> {
        let counts = |row: usize| filter.is_none_or(|rows| rows.is_valid(row) && rows.value(row));
        let each = self.bound.each(&values[0]).enumerate();
        let added = each.map(|(row, bytes)| if counts(row) { bytes } else { 0 });
        self.more(Box::new(added), groups, count)?;
        self.inner.update_batch(values, groups, filter, count)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        self.more(self.bound.each_gathered(&states[0]), groups, count)?;
        self.inner.merge_batch(states, groups, count)
    }

    fn evaluate(&mut self, emitted: EmitTo) -> Result<ArrayRef> {
        emitted.take_needed(&mut self.bytes);
        self.inner.evaluate(emitted)
    }

    fn state(&mut self, emitted: EmitTo) -> Result<Vec<ArrayRef>> {
        emitted.take_needed(&mut self.bytes);
        self.inner.state(emitted)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes.capacity() * size_of::<usize>() + self.inner.size()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn what_a_value_adds_is_known_before_it_is_gathered() {
        let texts = StringArray::from_iter([Some("ab"), None, Some("")]);
        let numbers = Int64Array::from(vec![1, 2]);
        let text = Bound { most: 1 << 20, between: Some(100) };
        let list = Bound { most: 1 << 20, between: None };
        assert_eq!(text.each(&texts).collect::<Vec<_>>(), [102, 0, 100]);
        assert_eq!(list.each(&texts).collect::<Vec<_>>(), [18, 16, 16]);
        assert_eq!(list.each(&numbers).collect::<Vec<_>>(), [8, 8]);
        let state = ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1), Some(2)]),
            None,
            Some(vec![None]),
        ]);
        assert_eq!(list.each_gathered(&state).collect::<Vec<_>>(), [16, 0, 8]);
        assert_eq!(text.each_gathered(&texts).collect::<Vec<_>>(), [102, 0, 100]);
        assert!(text.admit(1 << 20).is_ok() && text.admit((1 << 20) + 1).is_err());
    }
}
