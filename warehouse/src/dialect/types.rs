//! What a type's name stands for: moments count microseconds, as PostgreSQL's do; `numeric` keeps sixteen decimals.

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as Named, ExactNumberInfo, TimezoneInfo};

use super::ZONE;

#[derive(Debug)]
pub(super) struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, named: &Named) -> Result<Option<FieldRef>> {
        let kind = match named {
            Named::Timestamp(_, zone) => {
                let zoned = matches!(zone, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone);
                DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| ZONE.into()))
            }
            // As many decimals as a quotient has; PostgreSQL keeps as many as come.
            Named::Numeric(ExactNumberInfo::None) | Named::Decimal(ExactNumberInfo::None) => {
                DataType::Decimal128(38, 16)
            }
            _ => return Ok(None),
        };
        Ok(Some(Field::new("", kind, true).into()))
    }
}
