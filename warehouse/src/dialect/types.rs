//! What a type's name stands for: moments count microseconds, as PostgreSQL's do.

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as Named, TimezoneInfo};

use super::ZONE;

#[derive(Debug)]
pub(super) struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, named: &Named) -> Result<Option<FieldRef>> {
        let Named::Timestamp(_, zone) = named else { return Ok(None) };
        let zoned = matches!(zone, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone);
        let kind = DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| ZONE.into()));
        Ok(Some(Field::new("", kind, true).into()))
    }
}
