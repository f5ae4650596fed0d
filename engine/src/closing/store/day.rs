//! A cashier's day.

use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use sqlx::PgConnection;
use terms::{Money, OutletId, PaymentId, UserId, shanghai};

use crate::closing::sheet::{DayPaper, DayPayment, DaySheet, PaperUse, Slip};
use crate::database::{known, yuan};
use crate::receipts::WHOLE_CITY;

/// Waits for payments of the cashier that are being posted (they hold a share of this row), and holds
/// back new ones. Gives the cashier's outlet.
pub(in crate::closing) async fn lock_cashier(
    conn: &mut PgConnection,
    cashier: UserId,
) -> Result<Option<OutletId>, sqlx::Error> {
    let outlet =
        sqlx::query_scalar!("select outlet_id from app_user where id = $1 for update", cashier.0)
            .fetch_optional(conn)
            .await?;
    Ok(outlet.flatten().map(OutletId))
}

/// A day that is closed.
pub(in crate::closing) struct Closed {
    pub(in crate::closing) id: i64,
    pub(in crate::closing) at: DateTime<Utc>,
    /// Notes and coins as counted; none where nobody has said.
    pub(in crate::closing) counted: Option<Money>,
}

/// When a day was closed, under which id, and what was counted.
pub(in crate::closing) async fn closed(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Option<Closed>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.id, c.closed_at, n.counted::numeric as "counted?" from cashier_close c left join cash_count n on n.id = c.id
        where c.cashier_id = $1 and c.business_day = $2"#,
        cashier.0,
        day
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Closed { id: r.id, at: r.closed_at, counted: r.counted.map(yuan) }))
}

/// The card slips and cheques of a day, each once, with what was taken of it; what was taken and given back is none.
pub(in crate::closing) async fn slips(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<Slip>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.method::text as "method!", t.reference as "reference!", sum(t.amount)::numeric as "amount!"
        from payment p join payment_tender t on t.payment_id = p.id and t.payment_id >= first_id($2::date)
        where p.cashier_id = $1 and p.account_date = $2 and p.id >= first_id($2::date) and t.reference is not null
        group by t.method, t.reference, t.slip_day having sum(t.amount) <> 0
        order by t.method desc, min(p.id), t.reference, t.slip_day"#,
        cashier.0,
        day
    )
    .fetch_all(conn)
    .await?;
    let slips = rows.into_iter().map(|r| Slip {
        method: known(&r.method),
        reference: r.reference,
        amount: yuan(r.amount),
    });
    Ok(slips.collect())
}

/// Enters what was counted with a close.
pub(in crate::closing) async fn count_cash(
    conn: &mut PgConnection,
    close: i64,
    (due, counted): (Money, Money),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into cash_count (id, cash_due, counted) values ($1, $2::numeric, $3::numeric)",
        close,
        due.yuan(),
        counted.yuan()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Days before `day` with payments that no close holds. Days close in order, so nothing is open before the
/// last close.
pub(in crate::closing) async fn open_days(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct p.account_date from payment p
        where p.cashier_id = $1 and p.account_date < $2 and p.account_date > coalesce(
            (select max(c.business_day) from cashier_close c where c.cashier_id = $1 and c.business_day < $2),
            date '0001-01-01')
        order by p.account_date",
        cashier.0,
        day
    )
    .fetch_all(conn)
    .await
}

/// The payments of a day in order, each with its principal by fee.
pub(in crate::closing) async fn payments(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<DayPayment>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select p.id, p.kind, p.method, p.net, p.late_fee, p.prepaid_in, p.prepaid_used,
            t.cash - p.change_given as "cash!", t.pos as "pos!", t.cheque as "cheque!",
            a.water as "water!", a.sewage as "sewage!", a.garbage as "garbage!", a.overquota as "overquota!"
        from payment p cross join lateral (
            select coalesce(sum(amount) filter (where fee_item = 'water'), 0) as water,
                coalesce(sum(amount) filter (where fee_item = 'sewage'), 0) as sewage,
                coalesce(sum(amount) filter (where fee_item = 'garbage'), 0) as garbage,
                coalesce(sum(amount) filter (where fee_item = 'overquota'), 0) as overquota
            from allocation where payment_id = p.id and payment_id >= first_id($2::date)
        ) a cross join lateral (
            select coalesce(sum(amount) filter (where method = 'cash'), 0) as cash,
                coalesce(sum(amount) filter (where method = 'pos'), 0) as pos,
                coalesce(sum(amount) filter (where method = 'cheque'), 0) as cheque
            from payment_tender where payment_id = p.id and payment_id >= first_id($2::date)
        ) t
        where p.cashier_id = $1 and p.account_date = $2 and p.id >= first_id($2::date)
        order by p.id
        "#,
        cashier.0,
        day
    )
    .fetch_all(conn)
    .await?;
    let payments = rows.into_iter().map(|r| DayPayment {
        id: PaymentId(r.id),
        is_reversal: r.kind == "reversal",
        method: known(&r.method),
        net: yuan(r.net),
        late_fee: yuan(r.late_fee),
        prepaid_in: yuan(r.prepaid_in),
        prepaid_used: yuan(r.prepaid_used),
        tendered: [r.cash, r.pos, r.cheque].map(yuan),
        fees: [r.water, r.sewage, r.garbage, r.overquota].map(yuan),
    });
    Ok(payments.collect())
}

/// The numbers that a cashier used and voided on a day.
pub(in crate::closing) async fn papers(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<DayPaper>, sqlx::Error> {
    let used = sqlx::query!(
        r#"select r.receipt_type, n.code, n.paper_no as "paper_no!", r.kind
        from payment p join receipt r on r.payment_id = p.id and r.id >= receipt_of(first_id($2::date), 0) join receipt_number n on n.receipt_id = r.id and n.paper_no is not null
        where p.cashier_id = $1 and p.account_date = $2 and p.id >= first_id($2::date)"#,
        cashier.0,
        day
    )
    .fetch_all(&mut *conn)
    .await?;
    let voided = sqlx::query!(
        "select receipt_type, code, first_no from receipt_event
        where event = 'voided' and by_user_id = $1 and at >= $2 and at < $3",
        cashier.0,
        midnight(day),
        midnight(day + Days::new(1))
    )
    .fetch_all(conn)
    .await?;
    let used = used.into_iter().map(|r| {
        let what = if r.kind == "red" { PaperUse::Red } else { PaperUse::Used };
        (what, known(&r.receipt_type), r.code, r.paper_no)
    });
    let voided =
        voided.into_iter().map(|r| (PaperUse::Voided, known(&r.receipt_type), r.code, r.first_no));
    Ok(used.chain(voided).collect())
}

/// Records a close with all its payments.
pub(in crate::closing) async fn close(
    conn: &mut PgConnection,
    cashier: UserId,
    outlet: OutletId,
    day: NaiveDate,
    now: DateTime<Utc>,
    sheet: &DaySheet,
    payments: &[i64],
) -> Result<i64, sqlx::Error> {
    let total = &sheet.total;
    sqlx::query_scalar!(
        r#"
        with closed as (
            insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals,
                water, sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used)
            select $1, o.id, coalesce(o.town_id, $16), $3, $4, $5, $6, $7::numeric, $8::numeric, $9::numeric, $10::numeric,
                $11::numeric, $12::numeric, $13::numeric, $14, $17::numeric
            from organisation o where o.id = $2
            returning id
        ), held as (
            insert into close_item (close_id, payment_id) select closed.id, p from closed, unnest($15::bigint[]) as p
        )
        select id as "id!" from closed
        "#,
        cashier.0,
        outlet.0,
        day,
        now,
        total.payments,
        total.reversals,
        total.water.yuan(),
        total.sewage.yuan(),
        total.garbage.yuan(),
        total.overquota.yuan(),
        total.late_fee.yuan(),
        total.prepaid_in.yuan(),
        total.net.yuan(),
        sheet.digest,
        payments,
        WHOLE_CITY,
        total.prepaid_used.yuan()
    )
    .fetch_one(conn)
    .await
}

/// The moment at which a day begins in Dongguan.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    shanghai().from_local_datetime(&local).single().map_or_else(|| local.and_utc(), |t| t.to_utc())
}
