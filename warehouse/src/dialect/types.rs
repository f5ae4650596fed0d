//! What a type's name stands for: moments count microseconds, as PostgreSQL's do; `numeric` keeps as many
//! decimals as a quotient has.

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as Named, ExactNumberInfo, TimezoneInfo};

use super::{ZONE, quotient};

#[derive(Debug)]
pub(super) struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, named: &Named) -> Result<Option<FieldRef>> {
        let kind = match named {
            Named::Timestamp(_, zone) => {
                let zoned = matches!(zone, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone);
                DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| ZONE.into()))
            }
            // PostgreSQL keeps as many decimals as come; more than these are an error here.
            Named::Numeric(ExactNumberInfo::None) | Named::Decimal(ExactNumberInfo::None) => {
                DataType::Decimal128(38, quotient::PLAIN)
            }
            // Of 53 bits, as in PostgreSQL; shorter ones are refused.
            Named::Float(_) => DataType::Float64,
            _ => return Ok(None),
        };
        Ok(Some(Field::new("", kind, true).into()))
    }
}
