//! What the counter asks and records: the account, its open charges, an entry and what came of it.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{
    AccountId, ChargeId, ChargeLineId, FeeItem, Money, OrganisationId, OutletId, PaymentId,
    ReceiptId, ReceiptType, TownId, UnitPrice, UserId, Volume,
};

use super::collect::IssuedReceipt;
use super::entry::{BlueReceipt, BookedTender, Entry, Original, Place, SettledLine};
use super::purse::Purse;
use super::quote::{Payer, QuotedCharge, QuotedLine};
use super::view::receipts_of;
use crate::database::{known, period, yuan};
use crate::receipts::WHOLE_CITY;

type Result<T> = std::result::Result<T, sqlx::Error>;

/// The account's card.
pub(super) async fn payer(conn: &mut PgConnection, account: AccountId) -> Result<Option<Payer>> {
    let row = sqlx::query!(
        r#"
        select a.no, a.payer_name, a.phone, a.address, a.town_id, t.short_name as town_name, a.outlet_id,
            a.use_class, a.pay_method, a.status
        from account a join town t on t.id = a.town_id
        where a.id = $1
        "#,
        account.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Payer {
        account,
        no: r.no,
        payer_name: r.payer_name,
        phone: r.phone,
        address: r.address,
        town: TownId(r.town_id),
        town_name: r.town_name,
        outlet: OutletId(r.outlet_id),
        use_class: r.use_class,
        pay_method: r.pay_method,
        status: r.status,
    }))
}

/// The purse of an account, back to where it was empty.
pub(super) async fn purse(conn: &mut PgConnection, account: AccountId) -> Result<Purse> {
    let rows = sqlx::query!(
        "select account_date, balance_after from prepaid_entry
        where account_id = $1 and id > coalesce(
            (select max(id) from prepaid_entry where account_id = $1 and balance_after = 0), 0)
        order by id desc",
        account.0
    )
    .fetch_all(conn)
    .await?;
    Ok(Purse { steps: rows.into_iter().map(|r| (r.account_date, yuan(r.balance_after))).collect() })
}

/// The counter's keys stand apart from those of the channels, whatever a caller sends.
fn under_counter(key: &str) -> String {
    format!("counter:{key}")
}

/// Locks the account, and keeps the cashier's day from being closed meanwhile. Gives the outlet that
/// serves the account besides. None where account, cashier or outlet is unknown.
pub(super) async fn lock(
    conn: &mut PgConnection,
    account: AccountId,
    cashier: UserId,
    outlet: OutletId,
) -> Result<Option<(Place, OutletId)>> {
    let row = sqlx::query!(
        r#"
        select a.town_id, a.outlet_id, coalesce(o.town_id, $4) as "outlet_town!"
        from account a, app_user u, organisation o
        where a.id = $1 and u.id = $2 and u.active and o.id = $3
        for no key update of a for key share of u
        "#,
        account.0,
        cashier.0,
        outlet.0,
        WHOLE_CITY
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| {
        let place = Place { town: TownId(r.town_id), outlet_town: TownId(r.outlet_town) };
        (place, OutletId(r.outlet_id))
    }))
}

/// Waits until nobody posts on an account; whatever was being posted is then there or never will be.
pub(super) async fn wait_for(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!("select id from account where id = $1 for no key update", account.0)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// The town of an outlet, and the fees that it may take apart.
pub(super) async fn apart(
    conn: &mut PgConnection,
    outlet: OutletId,
) -> Result<(Option<TownId>, Vec<FeeItem>)> {
    let row = sqlx::query!(
        r#"
        select o.town_id, array(select fee_item from fee_apart f where f.outlet_id = o.id order by fee_item)::text[] as "fees!"
        from organisation o where o.id = $1
        "#,
        outlet.0
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok((None, Vec::new())) };
    Ok((row.town_id.map(TownId), row.fees.iter().map(|fee| known(fee)).collect()))
}

/// Open charges of an account with their lines, oldest first; late fees are still nothing.
pub(super) async fn open_charges(
    conn: &mut PgConnection,
    account: AccountId,
) -> Result<Vec<QuotedCharge>> {
    Ok(owed(conn, &[account]).await?.remove(&account).unwrap_or_default())
}

/// The same of many accounts; those that owe nothing are not in it.
pub(crate) async fn owed(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<QuotedCharge>>> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select account_id, charge_id, bill_period, due_date, volume_m3, charge_line_id, owner_id, fee_item, tier, quantity,
            unit_price, open_amount
        from charge_balance where account_id = any($1) order by account_id, bill_period, charge_id, charge_line_id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut owed: HashMap<AccountId, Vec<QuotedCharge>> = HashMap::with_capacity(ids.len());
    for r in rows {
        let charges = owed.entry(AccountId(r.account_id)).or_default();
        let line = QuotedLine {
            id: ChargeLineId(r.charge_line_id),
            owner: OrganisationId(r.owner_id),
            fee_item: known(&r.fee_item),
            tier: r.tier,
            quantity: Volume(r.quantity),
            unit_price: UnitPrice(r.unit_price),
            amount: yuan(r.open_amount),
            late_fee: Money::ZERO,
        };
        match charges.last_mut() {
            Some(charge) if charge.id.0 == r.charge_id => charge.lines.push(line),
            _ => charges.push(QuotedCharge {
                id: ChargeId(r.charge_id),
                period: period(r.bill_period),
                due_date: r.due_date,
                volume: Volume(r.volume_m3),
                fees: Vec::new(),
                lines: vec![line],
                principal: Money::ZERO,
                late_fee: Money::ZERO,
                total: Money::ZERO,
            }),
        }
    }
    Ok(owed)
}

/// What an entry became.
pub(super) struct Posted {
    pub(super) payment: PaymentId,
    pub(super) receipts: Vec<(ReceiptType, ReceiptId)>,
}

/// Records an entry: payment, allocations, prepaid movement, receipts, their lines and events.
pub(super) async fn post(conn: &mut PgConnection, entry: &Entry<'_>) -> Result<Posted> {
    let lines = &entry.lines;
    let papers = entry.papers;
    let moves = entry.moves();
    let tenders = &entry.tenders;
    let printed = || papers.iter().flat_map(|p| p.lines.iter().map(move |l| (p, l)));
    let texts = |of: fn(&SettledLine) -> &'static str| {
        lines.iter().map(of).map(String::from).collect::<Vec<_>>()
    };
    let rows = sqlx::query!(
        r#"
        with posted as (
            insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date,
                posted_at, received, change_given, net, late_fee, prepaid_used, prepaid_in, reverses_id, reason,
                idempotency_key, request_hash)
            values (case when $1::bigint is null then 'payment' else 'reversal' end, $2, $3, $4, $5, $6::text, $8, $9,
                $10::numeric, $11::numeric, $12::numeric, $13::numeric, $40::numeric, $41::numeric, $1, $14, $15, $16)
            returning id
        ), settled as (
            insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount, late_fee)
            select l.bill_period, posted.id, l.charge_id, l.line_id, $2, $3, $4, $5, $6, $8, l.owner_id, l.fee_item, l.amount,
                l.late_fee
            from posted, unnest($17::int[], $18::bigint[], $19::bigint[], $43::int[], $20::text[], $21::numeric[],
                $22::numeric[]) as l(bill_period, charge_id, line_id, owner_id, fee_item, amount, late_fee)
        ), tendered as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, reference,
                slip_day, slip_total, amount)
            select posted.id, t.no, $2, $3, $4, $8, t.method, t.reference, t.slip_day, t.slip_total, t.amount
            from posted, unnest($45::smallint[], $46::text[], $47::text[], $48::date[], $49::numeric[], $50::numeric[])
                as t(no, method, reference, slip_day, slip_total, amount)
            where $7::bigint > 0
        ), stored as (
            insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta,
                balance_before, balance_after)
            select $2, $3, $4, posted.id, m.kind, $8, m.delta, had.balance + m.until - m.delta, had.balance + m.until
            from posted, (select coalesce(max(balance), 0) as balance from prepaid_balance where account_id = $2) had,
                (select kind, delta, place, sum(delta) over (order by place) as until
                 from unnest($42::text[], $23::numeric[]) with ordinality as m(kind, delta, place)) m
            order by m.place
        ), issued as (
            insert into receipt (receipt_type, code, no, kind, red_of, payment_id, account_id, town_id, outlet_id,
                cashier_id, account_date, issued_at, amount)
            select r.receipt_type, r.code, r.no, case when r.red_of is null then 'blue' else 'red' end, r.red_of,
                posted.id, $2, $3, $4, $5, $8, $9, r.amount
            from posted, unnest($24::text[], $25::text[], $26::bigint[], $27::bigint[], $28::numeric[])
                as r(receipt_type, code, no, red_of, amount)
            returning id, receipt_type
        ), printed as (
            insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
            select issued.id, l.line_id, l.bill_period, $3, l.owner_id, l.fee_item, l.amount, l.late_fee
            from issued join unnest($29::text[], $30::bigint[], $31::int[], $44::int[], $32::text[], $33::numeric[],
                $34::numeric[]) as l(receipt_type, line_id, bill_period, owner_id, fee_item, amount, late_fee)
                using (receipt_type)
        ), told as (
            insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, reason, at)
            select e.event, e.receipt_type, e.code, e.no, e.no, $4, $35, $5, $14, $9
            from unnest($36::text[], $37::text[], $38::text[], $39::bigint[]) as e(event, receipt_type, code, no)
        )
        select posted.id as "payment!", issued.id as "receipt?", issued.receipt_type as "receipt_type?"
        from posted left join issued on true
        "#,
        entry.reverses.map(|p| p.0),
        entry.account.0,
        entry.place.town.0,
        entry.outlet.0,
        entry.cashier.map(|cashier| cashier.0),
        entry.method.code(),
        tenders.len() as i64,
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
        &papers.iter().map(|p| p.number.no).collect::<Vec<_>>(),
        &papers.iter().map(|p| p.red_of.as_ref().map(|blue| blue.id.0)).collect::<Vec<_>>() as &[Option<i64>],
        &papers.iter().map(|p| p.amount.yuan()).collect::<Vec<_>>(),
        &printed().map(|(p, _)| p.number.receipt_type.code().to_owned()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.line.0).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.period.number()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.fee_item.code().to_owned()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.amount.yuan()).collect::<Vec<_>>(),
        &printed().map(|(_, l)| l.late_fee.yuan()).collect::<Vec<_>>(),
        entry.place.outlet_town.0,
        &entry.events().map(|e| e.0.to_owned()).collect::<Vec<_>>(),
        &entry.events().map(|e| e.1.code().to_owned()).collect::<Vec<_>>(),
        &entry.events().map(|e| e.2.to_owned()).collect::<Vec<_>>(),
        &entry.events().map(|e| e.3).collect::<Vec<_>>(),
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
        &tenders.iter().map(|t| t.amount.yuan()).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    let payment = PaymentId(rows.first().ok_or(sqlx::Error::RowNotFound)?.payment);
    let receipts = rows
        .into_iter()
        .filter_map(|r| Some((known(&r.receipt_type?), ReceiptId(r.receipt?))))
        .collect();
    Ok(Posted { payment, receipts })
}

/// What was posted under a key.
pub(super) struct Before {
    pub(super) request_hash: Vec<u8>,
    pub(super) payment: PaymentId,
    pub(super) change: Money,
    pub(super) net: Money,
    pub(super) prepaid_used: Money,
    pub(super) prepaid_in: Money,
    pub(super) receipts: Vec<IssuedReceipt>,
}

/// The answer that was given to a key, if it was used.
pub(super) async fn posted_under(conn: &mut PgConnection, key: &str) -> Result<Option<Before>> {
    let found = sqlx::query!(
        r#"
        select id, request_hash, change_given, net, prepaid_used, prepaid_in
        from payment where idempotency_key = $1
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
        change: yuan(row.change_given),
        net: yuan(row.net),
        prepaid_used: yuan(row.prepaid_used),
        prepaid_in: yuan(row.prepaid_in),
        receipts: receipts_of(conn, payment).await?,
    }))
}

/// The account of a payment.
pub(super) async fn account_of(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<AccountId>> {
    let id = sqlx::query_scalar!("select account_id from payment where id = $1", payment.0)
        .fetch_optional(conn)
        .await?;
    Ok(id.map(AccountId))
}

/// A payment that is to be taken back; its account must be locked.
pub(super) async fn original(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Original>> {
    let found = sqlx::query!(
        r#"
        select p.kind, p.cashier_id, p.town_id, p.outlet_id, p.method, p.received, p.change_given, p.net, p.late_fee,
            p.prepaid_used, p.prepaid_in, coalesce(b.balance, 0) as "prepaid_balance!",
            exists (select from payment r where r.reverses_id = p.id) as "reversed!",
            (select max(o.id) from payment o
                where o.account_id = p.account_id and o.id > p.id and o.kind = 'payment'
                and not exists (select from payment r where r.reverses_id = o.id)
                and exists (select from allocation theirs join allocation ours on ours.charge_id = theirs.charge_id
                    where theirs.payment_id = o.id and ours.payment_id = p.id)) as later_on_charges,
            (select max(o.id) from payment o
                where o.account_id = p.account_id and o.id > p.id and o.kind = 'payment' and o.prepaid_used > 0
                and not exists (select from payment r where r.reverses_id = o.id)) as later_offset
        from payment p
        left join prepaid_balance b on b.account_id = p.account_id
        where p.id = $1
        "#,
        payment.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(p) = found else { return Ok(None) };
    let lines = sqlx::query!(
        "select bill_period, charge_id, charge_line_id, owner_id, fee_item, amount, late_fee from allocation
        where payment_id = $1 order by bill_period, charge_id, charge_line_id",
        payment.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let tenders = sqlx::query!(
        "select no, method, reference, slip_day, slip_total, amount from payment_tender where payment_id = $1 order by no",
        payment.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let receipts = sqlx::query!(
        "select id, receipt_type, code, no, amount from receipt where payment_id = $1 and kind = 'blue'
        order by receipt_type desc",
        payment.0
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(Some(Original {
        is_reversal: p.kind == "reversal",
        reversed: p.reversed,
        has_cashier: p.cashier_id.is_some(),
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
            })
            .collect(),
    }))
}
