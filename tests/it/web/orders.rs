//! Orders of a till, as its page sends them.

use serde_json::{Value, json};

use crate::city::Account;

/// Pays a bill of 103.33 yuan out of 110 in cash.
pub(super) fn paying(key: &str, account: &Account, charge: impl Into<Value>) -> Value {
    let charge = charge.into();
    json!({
        "key": key, "account": account.id.0, "charges": [charge], "expected_total": "103.33",
        "received": "110.00", "surplus": "change", "method": "cash",
    })
}

/// Leaves cash with us, and pays no bill.
pub(super) fn leaving(key: &str, account: &Account, received: &str) -> Value {
    json!({
        "key": key, "account": account.id.0, "charges": [], "expected_total": "0.00",
        "received": received, "surplus": "prepaid", "method": "cash",
    })
}
