//! The functions, as a session registers them.

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

use super::to_char::ToChar;
use super::to_date::ToDate;
use super::to_number::ToNumber;
use super::to_timestamp::ToTimestamp;

/// `to_char`, `to_date`, `to_timestamp` and `to_number`; they take the place of DataFusion's of these names.
pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    vec![
        Arc::new(ScalarUDF::from(ToChar::new())),
        Arc::new(ScalarUDF::from(ToDate::new())),
        Arc::new(ScalarUDF::from(ToTimestamp::new())),
        Arc::new(ScalarUDF::from(ToNumber::new())),
    ]
}
