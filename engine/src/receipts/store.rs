//! The paper store's questions to the database.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{ReceiptType, UserId};

use super::WHOLE_CITY;
use super::assign::Number;
use super::lease::Lease;
use super::stock::Stock;
use super::void::Void;
use crate::database::known;

/// Moves the holder's pointer of each family by one, and gives the numbers it stood on.
pub(super) async fn take_next(
    conn: &mut PgConnection,
    holder: UserId,
    families: &[ReceiptType],
) -> Result<Vec<Number>, sqlx::Error> {
    let families: Vec<_> = families.iter().map(|f| f.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        with current as (
            select s.id from unnest($2::text[]) as f(receipt_type) cross join lateral (
                select id from stock_segment
                where holder_id = $1 and receipt_type = f.receipt_type and next_no <= last_no
                order by id limit 1 for no key update
            ) s
        )
        update stock_segment s set next_no = s.next_no + 1 from current where s.id = current.id
        returning s.receipt_type, s.code, s.next_no - 1 as "no!"
        "#,
        holder.0,
        &families
    )
    .fetch_all(conn)
    .await?;
    let numbers = rows.into_iter().map(|r| Number {
        receipt_type: known(&r.receipt_type),
        code: r.code,
        no: r.no,
    });
    Ok(numbers.collect())
}

/// Puts a range into a cashier's hands; none where outlet or cashier is unknown.
pub(super) async fn lease(
    conn: &mut PgConnection,
    order: &Lease,
    now: DateTime<Utc>,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        with leased as (
            insert into stock_segment (receipt_type, code, first_no, last_no, next_no, outlet_id, holder_id, leased_at)
            select $1::text, $2, $3, $4, $3, o.id, u.id, $7
            from organisation o, app_user u where o.id = $5 and u.id = $6 and u.active
            returning id, outlet_id
        ), told as (
            insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, at)
            select 'leased', $1, $2, $3, $4, o.id, coalesce(o.town_id, $9), $8, $7
            from leased join organisation o on o.id = leased.outlet_id
        )
        select id as "id!" from leased
        "#,
        order.receipt_type.code(),
        order.code.trim(),
        order.first_no,
        order.last_no,
        order.outlet.0,
        order.holder.0,
        now,
        order.by.0,
        WHOLE_CITY
    )
    .fetch_optional(conn)
    .await
}

/// The holder's ranges with numbers left.
pub(super) async fn stock(
    conn: &mut PgConnection,
    holder: UserId,
) -> Result<Vec<Stock>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, receipt_type, code, first_no, last_no, next_no from stock_segment
        where holder_id = $1 and next_no <= last_no order by receipt_type desc, id",
        holder.0
    )
    .fetch_all(conn)
    .await?;
    let ranges = rows.into_iter().map(|r| Stock {
        segment: r.id,
        receipt_type: known(&r.receipt_type),
        code: r.code,
        first_no: r.first_no,
        last_no: r.last_no,
        next_no: r.next_no,
        remaining: r.last_no - r.next_no + 1,
    });
    Ok(ranges.collect())
}

/// True where a cashier has closed a day; a close that is under way is waited for.
pub(super) async fn has_closed(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<bool, sqlx::Error> {
    sqlx::query!("select id from app_user where id = $1 for key share", cashier.0)
        .fetch_optional(&mut *conn)
        .await?;
    sqlx::query_scalar!(
        r#"
        select exists (select from cashier_close where cashier_id = $1 and business_day = $2) as "closed!"
        "#,
        cashier.0,
        day
    )
    .fetch_one(conn)
    .await
}

/// Moves the pointer past a spoilt number; false where another number is next.
pub(super) async fn void(
    conn: &mut PgConnection,
    order: &Void,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let voided = sqlx::query!(
        r#"
        with moved as (
            update stock_segment set next_no = next_no + 1
            where holder_id = $1 and receipt_type = $2 and code = $3 and next_no = $4 and next_no <= last_no
            returning outlet_id
        )
        insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, reason, at)
        select 'voided', $2, $3, $4, $4, o.id, coalesce(o.town_id, $7), $1, $5, $6
        from moved join organisation o on o.id = moved.outlet_id
        "#,
        order.holder.0,
        order.receipt_type.code(),
        order.code,
        order.no,
        order.reason.trim(),
        now,
        WHOLE_CITY
    )
    .execute(conn)
    .await?;
    Ok(voided.rows_affected() == 1)
}
