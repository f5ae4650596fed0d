//! Reads payments back: the list of a day, a slip, its paper.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{AccountId, FeeItem, OutletId, PaymentId, TownId, UserId};

use super::slip::{PaymentSlip, PaymentSummary, Source};
use crate::access::{Reach, Shown};
use crate::counter::issued::IssuedLine;
use crate::counter::store::line;
use crate::database::{known, yuan};

/// The payments of a cashier's day at an outlet, newest first: all, or at most so many.
pub(super) async fn recent(
    connection: &mut PgConnection,
    (cashier, outlet): (UserId, OutletId),
    day: NaiveDate,
    most: Option<i64>,
) -> Result<Vec<PaymentSummary>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select p.id, p.kind = 'reversal' as "is_reversal!", p.account_id, a.no, called_at(a.id, p.posted_at) as "payer_name!", p.method, p.posted_at, p.net, p.late_fee,
            p.prepaid_used,
            exists (select from payment_reversal r where r.payment_id = p.id) as "reversed!",
            array(select btrim(n.code || ' ' || n.no) from receipt r join receipt_number n on n.receipt_id = r.id
                where r.payment_id = p.id and r.id >= receipt_of(first_id($2::date), 0) order by r.ordinal) as "receipts!"
        from payment p join account a on a.id = p.account_id
        where p.cashier_id = $1 and p.outlet_id = $4 and p.account_date = $2 and p.id >= first_id($2::date)
        order by p.id desc limit $3
        "#,
        cashier.0,
        day,
        most,
        outlet.0
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<_> = rows.iter().map(|r| r.id).collect();
    let mut sources = sources(connection, &ids).await?;
    let summaries = rows.into_iter().map(|r| PaymentSummary {
        payment: PaymentId(r.id),
        is_reversal: r.is_reversal,
        reversed: r.reversed,
        account: AccountId(r.account_id),
        account_no: r.no,
        payer_name: r.payer_name,
        method: known(&r.method),
        posted_at: r.posted_at,
        net: yuan(r.net),
        late_fee: yuan(r.late_fee),
        prepaid_used: yuan(r.prepaid_used),
        sources: sources.remove(&r.id).unwrap_or_default(),
        receipts: r.receipts,
    });
    Ok(summaries.collect())
}

/// The newest payments of an account, by its number, within the reach and of no fee that is not seen.
pub(super) async fn of_account(
    connection: &mut PgConnection,
    no: &str,
    (reach, shown, limit): (&Reach, &Shown, i64),
) -> Result<Vec<PaymentId>, sqlx::Error> {
    let (is_whole, fees) = seen(shown);
    let ids = sqlx::query_scalar!(
        "select p.id from payment p where p.account_id = (select a.id from account a where a.no = $1)
            and ($2::int is null or p.outlet_id = $2) and ($3::int is null or p.town_id = $3)
            and ($5 or (p.prepaid_in = 0 and p.prepaid_used = 0
                and not exists (select from allocation l where l.payment_id = p.id and l.fee_item <> all($6::text[]))))
        order by p.id desc limit $4",
        no,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit,
        is_whole,
        &fees
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(PaymentId).collect())
}

/// Whether all fees are seen of what was taken at the own place; and which.
fn seen(shown: &Shown) -> (bool, Vec<String>) {
    let fees: Vec<_> = shown.own().iter().map(|fee| fee.code().to_owned()).collect();
    (fees.len() == FeeItem::ALL.len(), fees)
}

/// The newest payments within the reach that got this number of paper, of one series or, where none is said, of any; of
/// no fee that is not seen.
pub(super) async fn of_paper(
    connection: &mut PgConnection,
    (code, number): (&str, i64),
    (reach, shown, limit): (&Reach, &Shown, i64),
) -> Result<Vec<PaymentId>, sqlx::Error> {
    let (is_whole, fees) = seen(shown);
    // The stock knows the series in which there is such a number: each is asked by its index.
    let ids = sqlx::query_scalar!(
        r#"
        select distinct r.payment_id
        from (select distinct receipt_type, code from stock_segment
              where $2 between first_no and last_no and $1 in ('', code)) s
        join receipt_number n on n.receipt_type = s.receipt_type and n.code = s.code and n.paper_no = $2
        join receipt r on r.id = n.receipt_id
        join payment p on p.id = r.payment_id
        where ($3::int is null or p.outlet_id = $3) and ($4::int is null or p.town_id = $4)
            and ($6 or (p.prepaid_in = 0 and p.prepaid_used = 0
                and not exists (select from allocation l where l.payment_id = p.id and l.fee_item <> all($7::text[]))))
        order by r.payment_id desc limit $5
        "#,
        code,
        number,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit,
        is_whole,
        &fees
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(PaymentId).collect())
}

/// The heads of the slips of payments, in the order of the ids; those of unknown ones are left out.
pub(super) async fn slips(
    connection: &mut PgConnection,
    payments: &[PaymentId],
) -> Result<Vec<PaymentSlip>, sqlx::Error> {
    let ids: Vec<i64> = payments.iter().map(|payment| payment.0).collect();
    let rows = sqlx::query!(
        r#"
        select p.id, p.kind = 'reversal' as "is_reversal!", p.reverses_id, (select r.reversal_id from payment_reversal r where r.payment_id = p.id) as reversed_by, p.reason,
            -- What no till gave back is known by its mark alone.
            (select coalesce(c.name, (select m.name from operation_log l join app_user m on m.id = l.user_id
                    where l.at = b.posted_at and l.details->>'reversal' = b.id::text limit 1))
                from payment b left join app_user c on c.id = b.cashier_id
                where b.id = case p.kind when 'reversal' then p.id else (select r.reversal_id from payment_reversal r where r.payment_id = p.id) end) as taken_back_by,
            p.account_id, a.no, called_at(p.account_id, p.posted_at) as "payer_name!",
            former_payers(p.id, p.account_id, p.posted_at, null) as "former_payers!", placed_at(p.account_id, p.posted_at) as "address!", p.town_id, p.channel_item_id, p.outlet_id, o.name as outlet_name, p.cashier_id,
            u.name as "cashier_name?", p.method,
            coalesce((select i.serial from channel_item i where i.id = p.channel_item_id),
                (select string_agg(t.reference, '、' order by t.no) from payment_tender t
                where t.payment_id = p.id)) as reference, p.account_date, p.posted_at, p.received,
            p.change_given, p.net, p.late_fee, p.prepaid_used, p.prepaid_in
        from payment p
        join account a on a.id = p.account_id
        join organisation o on o.id = p.outlet_id
        left join app_user u on u.id = p.cashier_id
        where p.id = any($1)
        order by array_position($1, p.id)
        "#,
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut sources = sources(connection, &ids).await?;
    let slips = rows.into_iter().map(|p| PaymentSlip {
        payment: PaymentId(p.id),
        is_reversal: p.is_reversal,
        reverses: p.reverses_id.map(PaymentId),
        reversed_by: p.reversed_by.map(PaymentId),
        taken_back_by: p.taken_back_by,
        reason: p.reason,
        account: AccountId(p.account_id),
        account_no: p.no,
        payer_name: p.payer_name,
        former_payers: p.former_payers,
        address: p.address,
        town: TownId(p.town_id),
        of_channel: p.channel_item_id.is_some(),
        outlet: OutletId(p.outlet_id),
        outlet_name: p.outlet_name,
        cashier: p.cashier_id.map(UserId),
        cashier_name: p.cashier_name,
        method: known(&p.method),
        reference: p.reference,
        sources: sources.remove(&p.id).unwrap_or_default(),
        account_date: p.account_date,
        posted_at: p.posted_at,
        received: yuan(p.received),
        change_given: yuan(p.change_given),
        net: yuan(p.net),
        late_fee: yuan(p.late_fee),
        prepaid_used: yuan(p.prepaid_used),
        prepaid: yuan(p.prepaid_in),
        lines: Vec::new(),
        receipts: Vec::new(),
    });
    Ok(slips.collect())
}

/// What was received for payments at the counter, by the way it came, in the order in which it was handed over.
async fn sources(
    connection: &mut PgConnection,
    payments: &[i64],
) -> Result<HashMap<i64, Vec<Source>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select p.id, t.method, t.reference, sum(t.amount) - case t.method when 'cash' then p.change_given else 0 end as "amount!"
        from payment p join payment_tender t on t.payment_id = p.id
        where p.id = any($1)
        group by p.id, p.change_given, t.method, t.reference, t.slip_day
        having sum(t.amount) <> case t.method when 'cash' then p.change_given else 0 end
        order by p.id, min(t.no)
        "#,
        payments
    )
    .fetch_all(connection)
    .await?;
    let mut sources: HashMap<_, Vec<_>> = HashMap::new();
    for r in rows {
        let (method, amount) = (known(&r.method), yuan(r.amount));
        sources.entry(r.id).or_default().push(Source { method, amount, reference: r.reference });
    }
    Ok(sources)
}

/// What a payment settled, one line for each fee of each month.
pub(super) async fn settled_fees(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Vec<IssuedLine>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select bill_period, fee_item, sum(amount) as "amount!", sum(late_fee) as "late_fee!"
        from allocation where payment_id = $1 group by 1, 2 order by 1, min(charge_line_id)
        "#,
        payment.0
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|r| line(r.bill_period, &r.fee_item, r.amount, r.late_fee));
    Ok(lines.collect())
}
