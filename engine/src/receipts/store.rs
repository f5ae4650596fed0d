//! The paper store's questions to the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{OutletId, ReceiptType, TownId, UserId};

use super::paper::{Lease, Number, Receive, Stock, TakeBack, Void};
use crate::database::known;

/// The holder's next numbers of each family at an outlet, as often as it is named.
pub(super) async fn next_papers(
    connection: &mut PgConnection,
    (holder, outlet): (UserId, OutletId),
    families: &[ReceiptType],
) -> Result<Vec<Number>, sqlx::Error> {
    let families: Vec<_> = families.iter().map(|f| f.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"select receipt_type as "receipt_type!", code as "code!", paper_no as "paper_no!", no as "no!" from next_papers($1, $2, $3)"#,
        holder.0,
        outlet.0,
        &families
    )
    .fetch_all(connection)
    .await?;
    let numbers = rows.into_iter().map(|r| Number {
        receipt_type: known(&r.receipt_type),
        code: r.code,
        no: r.no,
        paper_no: r.paper_no,
    });
    Ok(numbers.collect())
}

/// Puts paper into the store of an organisation; false where whoever takes it in does not work for such a one.
pub(super) async fn receive(
    connection: &mut PgConnection,
    order: &Receive,
    (first_no, last_no): (i64, i64),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let told = sqlx::query!(
        "insert into receipt_event (event, receipt_type, code, first_no, last_no, digits, outlet_id, town_id, by_user_id, at)
        select 'received', $1::text, $2, $3, $4, $5, o.id, coalesce(o.town_id, $9), $7, $8
        from organisation o where o.id = $6 and works_for($7, coalesce(o.town_id, $9), o.id)",
        order.receipt_type.code(),
        order.code.trim(),
        first_no,
        last_no,
        i16::try_from(order.first.len()).expect("a number has few digits"),
        order.store.0,
        order.by.0,
        now,
        TownId::WHOLE_CITY.0
    )
    .execute(connection)
    .await?;
    Ok(told.rows_affected() == 1)
}

/// Puts a range into a cashier's hands, and gives its segment; none where whoever hands it out works for no such outlet, or
/// the cashier is unknown.
pub(super) async fn lease(
    connection: &mut PgConnection,
    order: &Lease,
    now: DateTime<Utc>,
) -> Result<Option<i32>, sqlx::Error> {
    let told = sqlx::query!(
        "insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, holder_id, by_user_id, at)
        select 'leased', $1::text, $2, $3, $4, o.id, coalesce(o.town_id, $9), u.id, $8, $7
        from organisation o, app_user u
        where o.id = $5 and u.id = $6 and u.active and works_for($8, coalesce(o.town_id, $9), o.id)",
        order.receipt_type.code(),
        order.code.trim(),
        order.first_no,
        order.last_no,
        order.outlet.0,
        order.holder.0,
        now,
        order.by.0,
        TownId::WHOLE_CITY.0
    )
    .execute(&mut *connection)
    .await?;
    if told.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query_scalar!(
        "select id from stock_segment where receipt_type = $1::text and code = $2 and first_no = $3",
        order.receipt_type.code(),
        order.code.trim(),
        order.first_no
    )
    .fetch_optional(connection)
    .await
}

/// Puts a cashier's range back into the store of its outlet; false where the cashier has not all of it, or whoever takes it
/// back does not work for the outlet.
pub(super) async fn take_back(
    connection: &mut PgConnection,
    order: &TakeBack,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let told = sqlx::query!(
        "insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, holder_id, by_user_id, at)
        select 'returned', s.receipt_type, s.code, $3, $4, o.id, coalesce(o.town_id, $8), s.holder_id, $6, $7
        from stock_segment s join organisation o on o.id = s.outlet_id
        where s.receipt_type = $1::text and s.code = $2 and s.holder_id = $5
            and int8range(s.first_no, s.last_no, '[]') @> int8range($3, $4, '[]')
            and works_for($6, coalesce(o.town_id, $8), o.id)",
        order.receipt_type.code(),
        order.code.trim(),
        order.first_no,
        order.last_no,
        order.holder.0,
        order.by.0,
        now,
        TownId::WHOLE_CITY.0
    )
    .execute(connection)
    .await?;
    Ok(told.rows_affected() == 1)
}

/// The holder's ranges with numbers left, of an outlet.
pub(super) async fn stock(
    connection: &mut PgConnection,
    holder: UserId,
    outlet: OutletId,
) -> Result<Vec<Stock>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, receipt_type, code, first_no, last_no, next_no, digits from stock_segment
        where holder_id = $1 and outlet_id = $2 and next_no <= last_no
        order by receipt_type desc, id",
        holder.0,
        outlet.0
    )
    .fetch_all(connection)
    .await?;
    let ranges = rows.into_iter().map(|r| Stock {
        segment: r.id,
        receipt_type: known(&r.receipt_type),
        code: r.code,
        first_no: r.first_no,
        last_no: r.last_no,
        next: format!("{:0width$}", r.next_no, width = usize::from(r.digits.unsigned_abs())),
        remaining: r.last_no - r.next_no + 1,
    });
    Ok(ranges.collect())
}

/// Tells that the holder's next number is spoilt; the place is that of the paper. False where the holder has none.
pub(super) async fn void(
    connection: &mut PgConnection,
    order: &Void,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let voided = sqlx::query!(
        "insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, reason, at)
        select 'voided', s.receipt_type, s.code, $4, $4, o.id, coalesce(o.town_id, $7), $1, $5, $6
        from stock_segment s join organisation o on o.id = s.outlet_id
        where s.holder_id = $1 and s.receipt_type = $2 and s.code = $3 and s.next_no = $4 and s.next_no <= s.last_no",
        order.holder.0,
        order.receipt_type.code(),
        order.code,
        order.no,
        order.reason.trim(),
        now,
        TownId::WHOLE_CITY.0
    )
    .execute(connection)
    .await?;
    Ok(voided.rows_affected() == 1)
}
