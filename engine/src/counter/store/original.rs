//! A payment that is to be taken back, as the books have it.

use sqlx::PgConnection;
use terms::{
    AccountId, ChargeId, ChargeLineId, OrganisationId, OutletId, PaymentId, ReceiptId, TownId,
};

use super::wait_for;
use crate::counter::entry::{BlueReceipt, BookedTender, Original, SettledLine};
use crate::database::{known, period, yuan};

/// The account of a payment.
pub(in crate::counter) async fn account_of(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<AccountId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select account_id from payment where id = $1", payment.0)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(AccountId))
}

/// A payment that is to be taken back, and its account is locked.
pub(crate) async fn locked_original(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Original>, sqlx::Error> {
    let Some(account) = account_of(&mut *connection, payment).await? else { return Ok(None) };
    wait_for(&mut *connection, account).await?;
    original(connection, payment).await
}

/// A payment that is to be taken back; its account must be locked.
pub(in crate::counter) async fn original(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Original>, sqlx::Error> {
    let found = sqlx::query!(
        r#"
        select p.kind = 'reversal' as "is_reversal!", p.cashier_id, p.channel_item_id, p.town_id, p.outlet_id, p.method, p.received, p.change_given, p.net, p.late_fee,
            p.prepaid_used, p.prepaid_in, coalesce(b.balance, 0) as "prepaid_balance!",
            exists (select from payment_reversal r where r.payment_id = p.id) as "reversed!",
            (select max(o.id) from payment o
                where o.account_id = p.account_id and o.id > $1 and o.kind = 'payment'
                and not exists (select from payment_reversal r where r.payment_id = o.id)
                and exists (select from allocation theirs join allocation ours on ours.charge_id = theirs.charge_id
                    where theirs.payment_id = o.id and theirs.payment_id > $1 and ours.payment_id = $1)) as later_on_charges,
            (select max(o.id) from payment o
                where o.account_id = p.account_id and o.id > $1 and o.kind = 'payment' and o.prepaid_used > 0
                and not exists (select from payment_reversal r where r.payment_id = o.id)) as later_offset
        from payment p
        left join prepaid_balance b on b.account_id = p.account_id
        where p.id = $1
        "#,
        payment.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(p) = found else { return Ok(None) };
    let lines = sqlx::query!(
        "select bill_period, charge_id, charge_line_id, owner_id, fee_item, amount, late_fee from allocation
        where payment_id = $1 order by bill_period, charge_id, charge_line_id",
        payment.0
    )
    .fetch_all(&mut *connection)
    .await?;
    let tenders = sqlx::query!(
        "select no, method, reference, slip_day, slip_total, amount from payment_tender where payment_id = $1 order by no",
        payment.0
    )
    .fetch_all(&mut *connection)
    .await?;
    let receipts = sqlx::query!(
        r#"select r.id, r.receipt_type, n.code, n.no, r.amount,
            array(select l.charge_line_id from receipt_line l where l.receipt_id = r.id
                and l.receipt_id between receipt_of($1, 1) and receipt_of($1, 999)) as "lines!",
            (former_payers($1, r.account_id, 'infinity', (select coalesce(min(l.charge_line_id), 0) from receipt_line l
                where l.receipt_id = r.id and l.receipt_id between receipt_of($1, 1) and receipt_of($1, 999))))[1] as "former_payer?"
        from receipt r join receipt_number n on n.receipt_id = r.id
        where r.id between receipt_of($1, 1) and receipt_of($1, 999) and r.kind = 'blue' and r.medium = 'paper' order by r.ordinal"#,
        payment.0
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok(Some(Original {
        is_reversal: p.is_reversal,
        reversed: p.reversed,
        has_cashier: p.cashier_id.is_some(),
        item: p.channel_item_id,
        town: TownId(p.town_id),
        outlet: OutletId(p.outlet_id),
        method: known(&p.method),
        received: yuan(p.received),
        change_given: yuan(p.change_given),
        net: yuan(p.net),
        late_fee: yuan(p.late_fee),
        later_on_charges: p.later_on_charges.map(PaymentId),
        later_offset: p.later_offset.map(PaymentId),
        prepaid_used: yuan(p.prepaid_used),
        prepaid_in: yuan(p.prepaid_in),
        prepaid_balance: yuan(p.prepaid_balance),
        lines: lines
            .into_iter()
            .map(|l| SettledLine {
                period: period(l.bill_period),
                charge: ChargeId(l.charge_id),
                line: ChargeLineId(l.charge_line_id),
                owner: OrganisationId(l.owner_id),
                fee_item: known(&l.fee_item),
                amount: yuan(l.amount),
                late_fee: yuan(l.late_fee),
            })
            .collect(),
        tenders: tenders
            .into_iter()
            .map(|t| BookedTender {
                no: t.no,
                method: known(&t.method),
                reference: t.reference,
                slip_day: t.slip_day,
                slip_total: t.slip_total.map(yuan),
                amount: yuan(t.amount),
            })
            .collect(),
        receipts: receipts
            .into_iter()
            .map(|r| BlueReceipt {
                id: ReceiptId(r.id),
                receipt_type: known(&r.receipt_type),
                code: r.code,
                no: r.no,
                amount: yuan(r.amount),
                lines: r.lines.into_iter().map(ChargeLineId).collect(),
                former_payer: r.former_payer,
            })
            .collect(),
    }))
}
