//! An entry as it is recorded, and what stands under its key.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use terms::{Money, OutletId, PaymentId, ReceiptId};

use super::issued::receipts_of;
use crate::access::Act;
use crate::counter::entry::{BookedTender, Entry, Paper, SettledLine};
use crate::counter::issued::IssuedReceipt;
use crate::database::yuan;

/// The counter's keys stand apart from those of the channels, whatever a caller sends.
fn under_counter(key: &str) -> String {
    format!("counter:{key}")
}

/// The id of the next payment that is posted at a moment.
pub(in crate::counter) async fn next_payment(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
) -> Result<PaymentId, sqlx::Error> {
    let id = sqlx::query_scalar!(r#"select next_payment_id($1) as "id!""#, at)
        .fetch_one(connection)
        .await?;
    Ok(PaymentId(id))
}

/// Records an entry under its id, and the mark that it leaves; gives the ids of its receipts, in the order of its papers.
pub(in crate::counter) async fn post(
    connection: &mut PgConnection,
    entry: &Entry<'_>,
    act: &Act,
) -> Result<Vec<ReceiptId>, sqlx::Error> {
    let receipts = sqlx::query_scalar!(
        r#"select till_post($1, $2, $3, $4, $5) as "receipts!""#,
        written(entry),
        act.by.map(|user| user.0),
        act.action.code(),
        act.subject,
        act.details
    )
    .fetch_one(connection)
    .await?;
    Ok(receipts.into_iter().map(ReceiptId).collect())
}

/// An entry as `till_post` takes it; amounts are texts, as JSON has no decimals.
fn written(entry: &Entry<'_>) -> Value {
    let line = |l: &SettledLine| {
        json!({
            "period": l.period.number(), "charge": l.charge, "line": l.line, "owner": l.owner,
            "fee_item": l.fee_item.code(), "amount": l.amount, "late_fee": l.late_fee,
        })
    };
    let tender = |t: &BookedTender| {
        json!({
            "no": t.no, "method": t.method.code(), "reference": t.reference, "slip_day": t.slip_day,
            "slip_total": t.slip_total, "amount": t.amount,
        })
    };
    let paper = |p: &Paper| {
        json!({
            "receipt_type": p.number.receipt_type.code(), "code": p.number.code, "no": p.number.no,
            "paper_no": p.number.paper_no, "red_of": p.red_of.as_ref().map(|blue| blue.id),
            "amount": p.amount, "lines": p.lines.iter().map(line).collect::<Vec<_>>(),
        })
    };
    let moves = entry.moves();
    let moves = moves.iter().map(|(kind, delta)| json!({ "kind": kind, "delta": delta }));
    json!({
        "payment": entry.payment, "reverses": entry.reverses, "account": entry.account,
        "town": entry.town, "outlet": entry.outlet, "cashier": entry.cashier,
        "method": entry.method.code(), "account_date": entry.account_date,
        "posted_at": entry.posted_at, "received": entry.received,
        "change_given": entry.change_given, "net": entry.net, "late_fee": entry.late_fee,
        "prepaid_used": entry.prepaid_used, "prepaid_in": entry.prepaid_in,
        "reason": entry.reason, "key": under_counter(entry.key),
        "request_hash": hex::encode(entry.request_hash),
        "lines": entry.lines.iter().map(line).collect::<Vec<_>>(),
        "tenders": entry.tenders.iter().map(tender).collect::<Vec<_>>(),
        "moves": moves.collect::<Vec<_>>(),
        "papers": entry.papers.iter().map(paper).collect::<Vec<_>>(),
    })
}

/// What was posted under a key.
pub(in crate::counter) struct Before {
    pub(in crate::counter) request_hash: Vec<u8>,
    pub(in crate::counter) payment: PaymentId,
    pub(in crate::counter) outlet: OutletId,
    pub(in crate::counter) posted_at: DateTime<Utc>,
    pub(in crate::counter) change: Money,
    pub(in crate::counter) net: Money,
    pub(in crate::counter) prepaid_used: Money,
    pub(in crate::counter) prepaid_in: Money,
    pub(in crate::counter) receipts: Vec<IssuedReceipt>,
}

/// The answer that was given to a key, if it was used.
pub(in crate::counter) async fn posted_under(
    connection: &mut PgConnection,
    key: &str,
) -> Result<Option<Before>, sqlx::Error> {
    let found = sqlx::query!(
        r#"
        select p.id, p.outlet_id, p.request_hash, p.posted_at, p.change_given, p.net, p.prepaid_used, p.prepaid_in
        from payment_key k join payment p on p.id = k.payment_id where k.key = $1
        "#,
        under_counter(key)
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let payment = PaymentId(row.id);
    Ok(Some(Before {
        request_hash: row.request_hash,
        payment,
        outlet: OutletId(row.outlet_id),
        posted_at: row.posted_at,
        change: yuan(row.change_given),
        net: yuan(row.net),
        prepaid_used: yuan(row.prepaid_used),
        prepaid_in: yuan(row.prepaid_in),
        receipts: receipts_of(connection, payment).await?,
    }))
}
