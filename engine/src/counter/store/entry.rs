//! An entry as it is recorded, and what stands under its key.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{Money, PaymentId, ReceiptId};

use super::Result;
use super::issued::receipts_of;
use crate::counter::entry::{Entry, SettledLine};
use crate::counter::issued::IssuedReceipt;
use crate::database::yuan;

/// The counter's keys stand apart from those of the channels, whatever a caller sends.
fn under_counter(key: &str) -> String {
    format!("counter:{key}")
}

/// What an entry became.
pub(in crate::counter) struct Posted {
    pub(in crate::counter) payment: PaymentId,
    /// In the order of its papers.
    pub(in crate::counter) receipts: Vec<ReceiptId>,
}

/// Records an entry: payment, allocations, prepaid movement, receipts, their numbers and lines.
pub(in crate::counter) async fn post(conn: &mut PgConnection, entry: &Entry<'_>) -> Result<Posted> {
    let lines = &entry.lines;
    let papers = entry.papers;
    let moves = entry.moves();
    let tenders = &entry.tenders;
    let printed =
        || (1i16..).zip(papers).flat_map(|(ordinal, p)| p.lines.iter().map(move |l| (ordinal, l)));
    let texts = |of: fn(&SettledLine) -> &'static str| {
        lines.iter().map(of).map(String::from).collect::<Vec<_>>()
    };
    let rows = sqlx::query!(
        r#"
        with posted as (
            insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date,
                posted_at, received, change_given, net, late_fee, prepaid_used, prepaid_in, reverses_id, reason,
                idempotency_key, request_hash)
            values (next_payment_id($9), case when $1::bigint is null then 'payment' else 'reversal' end, $2, $3, $4, $5, $6::text, $8, $9,
                $10::numeric, $11::numeric, $12::numeric, $13::numeric, $36::numeric, $37::numeric, $1, $14, $15, $16)
            returning id
        ), settled as (
            insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount, late_fee)
            select l.bill_period, posted.id, l.charge_id, l.line_id, $2, $3, $4, $5, $6, $8, l.owner_id, l.fee_item, l.amount,
                l.late_fee
            from posted, unnest($17::int[], $18::bigint[], $19::bigint[], $39::int[], $20::text[], $21::numeric[],
                $22::numeric[]) as l(bill_period, charge_id, line_id, owner_id, fee_item, amount, late_fee)
        ), tendered as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, reference,
                slip_day, slip_total, amount)
            select posted.id, t.no, $2, $3, $4, $8, t.method, t.reference, t.slip_day, t.slip_total, t.amount
            from posted, unnest($41::smallint[], $42::text[], $43::text[], $44::date[], $45::numeric[], $7::numeric[])
                as t(no, method, reference, slip_day, slip_total, amount)
        ), stored as (
            insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta,
                balance_before, balance_after)
            select $2, $3, $4, posted.id, m.kind, $8, m.delta, had.balance + m.until - m.delta, had.balance + m.until
            from posted, (select coalesce(max(balance), 0) as balance from prepaid_balance where account_id = $2) had,
                (select kind, delta, place, sum(delta) over (order by place) as until
                 from unnest($38::text[], $23::numeric[]) with ordinality as m(kind, delta, place)) m
            order by m.place
        ), issued as (
            insert into receipt (id, receipt_type, medium, ordinal, kind, red_of, payment_id, account_id, town_id, outlet_id,
                cashier_id, account_date, issued_at, amount)
            select receipt_of(posted.id, r.ordinal::int), r.receipt_type, 'paper', r.ordinal, case when r.red_of is null then 'blue' else 'red' end, r.red_of,
                posted.id, $2, $3, $4, $5, $8, $9, r.amount
            from posted, unnest($24::text[], $27::bigint[], $28::numeric[])
                with ordinality as r(receipt_type, red_of, amount, ordinal)
            returning id, receipt_type, ordinal
        ), numbered as (
            insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
            select issued.id, issued.receipt_type, n.code, n.no, n.paper_no, $3, $4, $9
            from issued join unnest($25::text[], $35::text[], $26::bigint[])
                with ordinality as n(code, no, paper_no, ordinal) using (ordinal)
            order by ordinal
        ), printed as (
            insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
            select issued.id, l.line_id, l.bill_period, $3, l.owner_id, l.fee_item, l.amount, l.late_fee
            from issued join unnest($29::smallint[], $30::bigint[], $31::int[], $40::int[], $32::text[], $33::numeric[],
                $34::numeric[]) as l(ordinal, line_id, bill_period, owner_id, fee_item, amount, late_fee)
                using (ordinal)
        )
        select posted.id as "payment!", issued.id as "receipt?" from posted left join issued on true order by issued.ordinal
        "#,
        entry.reverses.map(|p| p.0),
        entry.account.0,
        entry.town.0,
        entry.outlet.0,
        entry.cashier.map(|cashier| cashier.0),
        entry.method.code(),
        &tenders.iter().map(|t| t.amount.yuan()).collect::<Vec<_>>(),
        entry.account_date,
        entry.posted_at,
        entry.received.yuan(),
        entry.change_given.yuan(),
        entry.net.yuan(),
        entry.late_fee.yuan(),
        entry.reason,
        under_counter(entry.key),
        entry.request_hash,
        &lines.iter().map(|l| l.period.number()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.charge.0).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.line.0).collect::<Vec<_>>(),
        &texts(|l| l.fee_item.code()),
        &lines.iter().map(|l| l.amount.yuan()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.late_fee.yuan()).collect::<Vec<_>>(),
        &moves.iter().map(|m| m.1.yuan()).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.number.receipt_type.code().to_owned()).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.number.code.clone()).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.number.paper_no).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.red_of.as_ref().map(|blue| blue.id.0)).collect::<Vec<_>>() as &[Option<i64>],
        &papers.iter().map(|p| p.amount.yuan()).collect::<Vec<_>>(),
        &printed().map(|(ordinal, _)| ordinal).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.line.0).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.period.number()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.fee_item.code().to_owned()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.amount.yuan()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.late_fee.yuan()).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.number.no.clone()).collect::<Vec<_>>(),
        entry.prepaid_used.yuan(),
        entry.prepaid_in.yuan(),
        &moves.iter().map(|m| m.0.to_owned()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.owner.0).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.owner.0).collect::<Vec<_>>(),
        &tenders.iter().map(|t| t.no).collect::<Vec<_>>(),
        &tenders.iter().map(|t| t.method.code().to_owned()).collect::<Vec<_>>(),
        &tenders.iter().map(|t| t.reference.clone()).collect::<Vec<_>>() as &[Option<String>],
        &tenders.iter().map(|t| t.slip_day).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &tenders.iter().map(|t| t.slip_total.map(Money::yuan)).collect::<Vec<_>>() as &[Option<Decimal>],
    )
    .fetch_all(conn)
    .await?;
    let payment = PaymentId(rows.first().ok_or(sqlx::Error::RowNotFound)?.payment);
    let receipts = rows.into_iter().filter_map(|r| r.receipt.map(ReceiptId)).collect();
    Ok(Posted { payment, receipts })
}

/// What was posted under a key.
pub(in crate::counter) struct Before {
    pub(in crate::counter) request_hash: Vec<u8>,
    pub(in crate::counter) payment: PaymentId,
    pub(in crate::counter) posted_at: DateTime<Utc>,
    pub(in crate::counter) change: Money,
    pub(in crate::counter) net: Money,
    pub(in crate::counter) prepaid_used: Money,
    pub(in crate::counter) prepaid_in: Money,
    pub(in crate::counter) receipts: Vec<IssuedReceipt>,
}

/// The answer that was given to a key, if it was used.
pub(in crate::counter) async fn posted_under(
    conn: &mut PgConnection,
    key: &str,
) -> Result<Option<Before>> {
    let found = sqlx::query!(
        r#"
        select p.id, p.request_hash, p.posted_at, p.change_given, p.net, p.prepaid_used, p.prepaid_in
        from payment_key k join payment p on p.id = k.payment_id where k.key = $1
        "#,
        under_counter(key)
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let payment = PaymentId(row.id);
    Ok(Some(Before {
        request_hash: row.request_hash,
        payment,
        posted_at: row.posted_at,
        change: yuan(row.change_given),
        net: yuan(row.net),
        prepaid_used: yuan(row.prepaid_used),
        prepaid_in: yuan(row.prepaid_in),
        receipts: receipts_of(conn, payment).await?,
    }))
}
