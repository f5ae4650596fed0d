//! Cheques and card slips that were booked before.

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{OutletId, PayMethod, SlipNumber};

use crate::counter::tender::{BookedSlip, Tender};
use crate::database::yuan;

/// What stands at an outlet on the slip or cheque of a tender; none where nothing does, and for cash.
pub(in crate::counter) async fn booked_slip(
    connection: &mut PgConnection,
    (outlet, day): (OutletId, NaiveDate),
    tender: &Tender,
) -> Result<Option<BookedSlip>, sqlx::Error> {
    let Some(reference) = &tender.reference else { return Ok(None) };
    let reference = SlipNumber::of(reference).as_str().to_owned();
    let row = sqlx::query!(
        "select slip_total, standing from slip_standing
        where method = $1::text and outlet_id = $2 and reference = $3 and slip_day is not distinct from $4",
        tender.method.code(),
        outlet.0,
        reference,
        (tender.method == PayMethod::Pos).then_some(day)
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| BookedSlip {
        method: tender.method,
        reference,
        total: yuan(r.slip_total),
        used: yuan(r.standing),
        said: tender.slip_total.unwrap_or(tender.amount),
        wanted: tender.amount,
    }))
}
