//! Variances and standard deviations as PostgreSQL computes those of numbers that are no floats: out of the exact sum of
//! the values and of their squares, in any order of rows and over windows that slide.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Field, FieldRef, Int64Type, i256,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature, Volatility,
};

use super::quotient::{brought, div_scale, wide_place, wide_power, wide_quotient};

/// Decimals of what comes out.
const SCALE: i8 = 24;
/// The most decimals that go in.
const MOST: i8 = 12;
/// Digits of the two sums.
const WIDE: u8 = 76;

/// What is asked of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Asked {
    name: &'static str,
    aliases: &'static [&'static str],
    /// Of a sample, not of all there are.
    sample: bool,
    /// The root of the variance.
    root: bool,
}

const ALL: [Asked; 4] = [
    Asked { name: "var_samp", aliases: &["variance"], sample: true, root: false },
    Asked { name: "var_pop", aliases: &[], sample: false, root: false },
    Asked { name: "stddev", aliases: &["stddev_samp"], sample: true, root: true },
    Asked { name: "stddev_pop", aliases: &[], sample: false, root: true },
];

/// All four.
pub(super) fn all() -> impl Iterator<Item = Arc<AggregateUDF>> {
    ALL.into_iter().map(|asked| {
        Arc::new(AggregateUDF::from(Spread {
            asked,
            aliases: asked.aliases.iter().map(|&alias| alias.to_owned()).collect(),
            signature: Signature::user_defined(Volatility::Immutable),
        }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Spread {
    asked: Asked,
    aliases: Vec<String>,
    signature: Signature,
}

impl AggregateUDFImpl for Spread {
    fn name(&self) -> &str {
        self.asked.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.asked.name;
        let [value] = given else { return plan_err!("函数 {name} 要一个数") };
        // What is refused is refused with its type, where the words are heard.
        Ok(vec![match value {
            DataType::Decimal128(..) => value.clone(),
            whole if whole.is_integer() || *whole == DataType::Null => DataType::Decimal128(20, 0),
            float if float.is_floating() => DataType::Float64,
            _ => return plan_err!("函数 {name} 只能用于数"),
        }])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let name = self.asked.name;
        match &given[0] {
            DataType::Decimal128(_, ..=MOST) => Ok(DataType::Decimal128(38, SCALE)),
            DataType::Decimal128(..) => {
                plan_err!("函数 {name} 的数小数位数不定或太多：请先取整 round(…, 6)")
            }
            _ => plan_err!("函数 {name} 不能用于浮点数：请先写成 round(cast(… as numeric), 6)"),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part: &str, kind: DataType| {
            Arc::new(Field::new(format!("{}[{part}]", args.name), kind, true))
        };
        Ok(vec![
            field("count", DataType::Int64),
            field("sum", DataType::Decimal256(WIDE, 0)),
            field("squares", DataType::Decimal256(WIDE, 0)),
        ])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!(
                "函数 {} 不能用 distinct：请先在子查询里去掉重复的值",
                self.asked.name
            );
        }
        let DataType::Decimal128(_, scale) = *args.expr_fields[0].data_type() else {
            return internal_err!("a decimal");
        };
        let (count, sum, squares) = (0, i256::ZERO, i256::ZERO);
        Ok(Box::new(Sums { asked: self.asked, scale, count, sum, squares }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// How many values there are, their sum and that of their squares, in their last decimal.
#[derive(Debug)]
struct Sums {
    asked: Asked,
    scale: i8,
    count: i64,
    sum: i256,
    squares: i256,
}

impl Sums {
    fn add(&mut self, count: i64, sum: i256, squares: i256) -> Option<()> {
        self.count = self.count.checked_add(count)?;
        self.sum = self.sum.checked_add(sum)?;
        self.squares = self.squares.checked_add(squares)?;
        Some(())
    }

    fn each(&mut self, values: &ArrayRef, sign: i64) -> Result<()> {
        let sign_of = i256::from_i128(sign.into());
        for value in values.as_primitive::<Decimal128Type>().iter().flatten() {
            let wide = i256::from_i128(value);
            let squared = match value.checked_mul(value) {
                Some(square) => Some(i256::from_i128(square)),
                None => wide.checked_mul(wide),
            };
            squared
                .and_then(|square| self.add(sign, wide * sign_of, square * sign_of))
                .ok_or_else(over)?;
        }
        Ok(())
    }

    /// PostgreSQL's `numeric_stddev_internal`.
    fn answer(&self) -> Result<Option<i128>, ArrowError> {
        if self.count < 1 + i64::from(self.asked.sample) {
            return Ok(None);
        }
        let count = i256::from_i128(self.count.into());
        let others = if self.asked.sample { count - i256::ONE } else { count };
        let parts = || {
            let squares = self.squares.checked_mul(count)?;
            Some((
                squares.checked_sub(self.sum.checked_mul(self.sum)?)?,
                count.checked_mul(others)?,
            ))
        };
        let (above, below) = parts().ok_or_else(over)?;
        if above <= i256::ZERO {
            return Ok(Some(0));
        }
        let shown = 2 * i32::from(self.scale);
        let scale = div_scale(wide_place(above, shown), wide_place(below, 0)).max(shown);
        let variance = || {
            let lifted = above.checked_mul(wide_power(scale - shown)?)?;
            wide_quotient(lifted, below)
        };
        let variance = variance().ok_or_else(over)?;
        let value = if self.asked.root {
            variance.checked_mul(wide_power(scale).ok_or_else(over)?).map(root).ok_or_else(over)?
        } else {
            variance
        };
        brought(value.to_i128().ok_or_else(over)?, scale, SCALE).map(Some)
    }
}

/// The square root of a whole number, rounded to the nearest.
fn root(of: i256) -> i256 {
    if of == i256::ZERO {
        return of;
    }
    let digits = u32::try_from(of.to_string().len()).unwrap_or(u32::MAX);
    // From above, Newton's steps fall until they are there.
    let mut found = i256::from_i128(10).wrapping_pow(digits.div_ceil(2));
    loop {
        let next = found.wrapping_add(of.wrapping_div(found)).wrapping_div(i256::from_i128(2));
        if next >= found {
            break;
        }
        found = next;
    }
    let rest = of.wrapping_sub(found.wrapping_mul(found));
    if rest > found { found.wrapping_add(i256::ONE) } else { found }
}

fn over() -> ArrowError {
    ArrowError::ArithmeticOverflow("a variance of more than 76 digits".to_owned())
}

impl Accumulator for Sums {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.each(&values[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.each(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let wide = |sum: i256| ScalarValue::Decimal256(Some(sum), WIDE, 0);
        Ok(vec![ScalarValue::Int64(Some(self.count)), wide(self.sum), wide(self.squares)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let counts = states[0].as_primitive::<Int64Type>();
        let (sums, squares) = (
            states[1].as_primitive::<Decimal256Type>(),
            states[2].as_primitive::<Decimal256Type>(),
        );
        for row in (0..counts.len()).filter(|row| counts.is_valid(*row)) {
            self.add(counts.value(row), sums.value(row), squares.value(row)).ok_or_else(over)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Decimal128(self.answer()?, 38, SCALE))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_rounded_to_the_nearest() {
        for (of, want) in
            [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (6, 2), (7, 3), (1_000_000, 1_000)]
        {
            assert_eq!(root(i256::from_i128(of)), i256::from_i128(want), "{of}");
        }
    }
}
