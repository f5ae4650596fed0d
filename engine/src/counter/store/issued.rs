//! The paper of payments, as the caller hears of it.

use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{PaymentId, ReceiptId};

use crate::counter::issued::{IssuedLine, IssuedReceipt};
use crate::database::{known, period, yuan};

/// The paper of a payment with its lines.
pub(in crate::counter) async fn receipts_of(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Vec<IssuedReceipt>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select r.id, r.receipt_type, coalesce(n.code, '') as "code!", coalesce(n.no, '') as "no!", r.kind = 'red' as "is_red!",
            btrim(b.code || ' ' || b.no) as takes_back, r.amount, l.bill_period as "bill_period?",
            l.fee_item as "fee_item?", sum(l.amount) as "fee?", sum(l.late_fee) as "late_fee?",
            (former_payers($1, r.account_id, r.issued_at, (select coalesce(min(o.charge_line_id), 0) from receipt_line o
                where o.receipt_id = r.id and o.receipt_id between receipt_of($1, 1) and receipt_of($1, 999))))[1] as "former_payer?"
        from receipt r left join receipt_number n on n.receipt_id = r.id left join receipt_number b on b.receipt_id = r.red_of
        left join receipt_line l on l.receipt_id = r.id and l.receipt_id between receipt_of($1, 1) and receipt_of($1, 999)
        where r.id between receipt_of($1, 1) and receipt_of($1, 999)
        group by r.id, n.receipt_id, b.receipt_id, l.bill_period, l.fee_item
        order by r.ordinal, r.id, l.bill_period, min(l.charge_line_id)
        "#,
        payment.0
    )
    .fetch_all(connection)
    .await?;
    let mut receipts: Vec<IssuedReceipt> = Vec::new();
    for r in rows {
        let line = match (r.bill_period, &r.fee_item, r.fee, r.late_fee) {
            (Some(period), Some(fee_item), Some(fee), Some(late)) => {
                Some(line(period, fee_item, fee, late))
            }
            _ => None,
        };
        match receipts.last_mut() {
            Some(receipt) if receipt.id.0 == r.id => receipt.lines.extend(line),
            _ => receipts.push(IssuedReceipt {
                id: ReceiptId(r.id),
                receipt_type: known(&r.receipt_type),
                code: r.code,
                no: r.no,
                is_red: r.is_red,
                takes_back: r.takes_back,
                amount: yuan(r.amount),
                in_capitals: yuan(r.amount).in_capitals(),
                lines: line.into_iter().collect(),
                former_payer: r.former_payer,
            }),
        }
    }
    Ok(receipts)
}

/// What a paper or a slip says of one fee of one month.
pub(in crate::counter) fn line(
    bill_period: i32,
    fee_item: &str,
    amount: Decimal,
    late_fee: Decimal,
) -> IssuedLine {
    IssuedLine {
        period: period(bill_period),
        fee_item: known(fee_item),
        amount: yuan(amount),
        late_fee: yuan(late_fee),
    }
}
