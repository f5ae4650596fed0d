//! A cashier's day.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, OutletId, PaymentId, Reason, TownId, UserId};

use crate::closing::day::{CloseDay, ClosedDay, Count, DayOf, OpenDay};
use crate::closing::sheet::{DayPayment, DaySheet, Slip};
use crate::database::{known, yuan};

/// Who closes, or whose day is closed.
pub(in crate::closing) struct Cashier {
    /// The outlet where they sit now.
    pub(in crate::closing) outlet: Option<OutletId>,
    /// False for somebody who does not come in any more.
    pub(in crate::closing) active: bool,
}

/// Waits for payments of the cashier that are being posted (they hold a share of this row), and holds
/// back new ones.
pub(in crate::closing) async fn lock_cashier(
    connection: &mut PgConnection,
    cashier: UserId,
) -> Result<Option<Cashier>, sqlx::Error> {
    let row =
        sqlx::query!("select outlet_id, active from app_user where id = $1 for update", cashier.0)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|r| Cashier { outlet: r.outlet_id.map(OutletId), active: r.active }))
}

/// A day that is closed.
pub(in crate::closing) struct Closed {
    pub(in crate::closing) id: i64,
    pub(in crate::closing) at: DateTime<Utc>,
    /// Notes and coins as counted; none where nobody has said.
    pub(in crate::closing) count: Option<Count>,
}

/// When a day was closed, under which id, and what was counted.
pub(in crate::closing) async fn closed(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Option<Closed>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.id, c.closed_at, n.cash_due::numeric as "due?", n.counted::numeric as "counted?", n.reason as "why?"
        from cashier_close c left join cash_count n on n.id = c.id
        where c.cashier_id = $1 and c.outlet_id = $2 and c.business_day = $3"#,
        of.cashier.0,
        of.outlet.0,
        of.day
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| Closed { id: r.id, at: r.closed_at, count: count((r.due, r.counted, r.why)) }))
}

/// What was counted, as it is stored.
fn count(stored: (Option<Decimal>, Option<Decimal>, Option<String>)) -> Option<Count> {
    let (due, counted, why) = stored;
    let reason = why.as_deref().and_then(Reason::of);
    Some(Count { due: yuan(due?), counted: yuan(counted?), reason })
}

/// The card slips and cheques of a day, each once, with what was taken of it; what was taken and given back is none.
pub(in crate::closing) async fn slips(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Vec<Slip>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.method::text as "method!", t.reference as "reference!", sum(t.amount)::numeric as "amount!",
            (array_agg(t.slip_total order by t.payment_id desc, t.no))[1]::numeric as "total!",
            -- What stands now, less what came since.
            coalesce((select s.standing from slip_standing s where s.method = t.method and s.outlet_id = $3
                    and s.reference = t.reference and s.slip_day is not distinct from t.slip_day), 0)
                - coalesce((select sum(l.amount) from payment_tender l where l.method = t.method and l.outlet_id = $3
                    and l.reference = t.reference and l.slip_day is not distinct from t.slip_day
                    and l.account_date > $2 and l.payment_id >= first_id($2::date)), 0) as "used!"
        from payment p join payment_tender t on t.payment_id = p.id and t.payment_id >= first_id($2::date)
        where p.cashier_id = $1 and p.outlet_id = $3 and p.account_date = $2 and p.id >= first_id($2::date) and t.reference is not null
        group by t.method, t.reference, t.slip_day having sum(t.amount) <> 0
        order by t.method desc, min(p.id), t.reference, t.slip_day"#,
        of.cashier.0,
        of.day,
        of.outlet.0
    )
    .fetch_all(connection)
    .await?;
    let slips = rows.into_iter().map(|r| Slip {
        method: known(&r.method),
        reference: r.reference,
        amount: yuan(r.amount),
        total: yuan(r.total),
        used: yuan(r.used),
    });
    Ok(slips.collect())
}

/// Enters what was counted with a close.
pub(in crate::closing) async fn count_cash(
    connection: &mut PgConnection,
    close: i64,
    count: &Count,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into cash_count (id, cash_due, counted, reason) values ($1, $2::numeric, $3::numeric, $4)",
        close,
        count.due.yuan(),
        count.counted.yuan(),
        count.reason.as_ref().map(Reason::as_str)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// True where a day has something and is not closed.
pub(in crate::closing) async fn is_open(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from open_day
            where cashier_id = $1 and outlet_id = $2 and business_day = $3) as "is_open!""#,
        of.cashier.0,
        of.outlet.0,
        of.day
    )
    .fetch_one(connection)
    .await
}

/// The earliest day of the cashier at the outlet that is open, before this one.
pub(in crate::closing) async fn open_before(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(business_day) from open_day where cashier_id = $1 and outlet_id = $2 and business_day < $3",
        of.cashier.0,
        of.outlet.0,
        of.day
    )
    .fetch_one(connection)
    .await
}

/// The open days of a cashier before `day`, the earliest first.
pub(in crate::closing) async fn open_days(
    connection: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<DayOf>, sqlx::Error> {
    let rows = sqlx::query!(
        "select outlet_id, business_day from open_day where cashier_id = $1 and business_day < $2
        order by business_day, outlet_id",
        cashier.0,
        day
    )
    .fetch_all(connection)
    .await?;
    let days = rows.into_iter().map(|r| DayOf {
        cashier,
        outlet: OutletId(r.outlet_id),
        day: r.business_day,
    });
    Ok(days.collect())
}

/// The open days at an outlet up to one, the earliest first.
pub(in crate::closing) async fn open_days_at(
    connection: &mut PgConnection,
    outlet: OutletId,
    until: NaiveDate,
) -> Result<Vec<OpenDay>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select d.cashier_id, d.business_day, u.name, u.active, p.entries as "entries!", p.net::numeric as "net!"
        from open_day d join app_user u on u.id = d.cashier_id cross join lateral (
            select count(*) as entries, coalesce(sum(p.net), 0) as net from payment p
            where p.cashier_id = d.cashier_id and p.outlet_id = d.outlet_id and p.account_date = d.business_day
                and p.id >= first_id(d.business_day)
        ) p
        where d.outlet_id = $1 and d.business_day <= $2 order by d.business_day, d.cashier_id"#,
        outlet.0,
        until
    )
    .fetch_all(connection)
    .await?;
    let days = rows.into_iter().map(|r| OpenDay {
        of: DayOf { cashier: UserId(r.cashier_id), outlet, day: r.business_day },
        name: r.name,
        active: r.active,
        entries: r.entries,
        net: yuan(r.net),
    });
    Ok(days.collect())
}

/// The days that were closed last at an outlet, the newest first.
pub(in crate::closing) async fn closed_days_at(
    connection: &mut PgConnection,
    outlet: OutletId,
    most: i64,
) -> Result<Vec<ClosedDay>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.cashier_id, c.business_day, u.name, c.closed_at, s.name as "by?", c.reason, c.payments, c.reversals,
            c.net::numeric as "net!", n.cash_due::numeric as "due?", n.counted::numeric as "counted?", n.reason as "why?"
        from cashier_close c join app_user u on u.id = c.cashier_id
        left join app_user s on s.id = c.closed_by and c.closed_by <> c.cashier_id
        left join cash_count n on n.id = c.id
        where c.outlet_id = $1 order by c.no desc limit $2"#,
        outlet.0,
        most
    )
    .fetch_all(connection)
    .await?;
    let days = rows.into_iter().map(|r| ClosedDay {
        of: DayOf { cashier: UserId(r.cashier_id), outlet, day: r.business_day },
        name: r.name,
        closed_at: r.closed_at,
        substitute: r.by.zip(r.reason),
        payments: r.payments,
        reversals: r.reversals,
        net: yuan(r.net),
        count: count((r.due, r.counted, r.why)),
    });
    Ok(days.collect())
}

/// The payments of a day in order, each with its principal by fee.
pub(in crate::closing) async fn payments(
    connection: &mut PgConnection,
    of: DayOf,
) -> Result<Vec<DayPayment>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select p.id, p.account_id, p.kind = 'reversal' as "is_reversal!", p.method, p.net, p.late_fee, p.prepaid_in, p.prepaid_used,
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
        where p.cashier_id = $1 and p.outlet_id = $3 and p.account_date = $2 and p.id >= first_id($2::date)
        order by p.id
        "#,
        of.cashier.0,
        of.day,
        of.outlet.0
    )
    .fetch_all(connection)
    .await?;
    let payments = rows.into_iter().map(|r| DayPayment {
        id: PaymentId(r.id),
        account: AccountId(r.account_id),
        is_reversal: r.is_reversal,
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

/// Records a close with all its payments; gives its id, and its seal.
pub(in crate::closing) async fn close(
    connection: &mut PgConnection,
    order: &CloseDay,
    now: DateTime<Utc>,
    sheet: &DaySheet,
    payments: &[i64],
) -> Result<(i64, String), sqlx::Error> {
    let DayOf { cashier, outlet, day } = order.of;
    let substitute = order.substitute.as_ref();
    let total = &sheet.total;
    let row = sqlx::query!(
        r#"
        with closed as (
            insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals,
                water, sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used, closed_by, reason)
            select $1, o.id, coalesce(o.town_id, $16), $3, $4, $5, $6, $7::numeric, $8::numeric, $9::numeric, $10::numeric,
                $11::numeric, $12::numeric, $13::numeric, $14, $17::numeric, $18::int, $19
            from organisation o where o.id = $2
            returning id, seal
        ), held as (
            insert into close_item (close_id, payment_id) select closed.id, p from closed, unnest($15::bigint[]) as p
        )
        select id as "id!", seal as "seal!" from closed
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
        TownId::WHOLE_CITY.0,
        total.prepaid_used.yuan(),
        substitute.map_or(cashier, |s| s.by).0,
        substitute.map(|s| s.reason.trim())
    )
    .fetch_one(connection)
    .await?;
    Ok((row.id, row.seal))
}
