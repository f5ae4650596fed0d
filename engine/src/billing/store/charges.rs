//! Charges, the readings that they took, and their lines, by COPY.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use terms::Volume;

use crate::billing::assess::{Charge, Line};
use crate::billing::shared::Shared;
use crate::copy::{CopyRows, copy_in};

/// What was stored: the first id and the last, the least account and the greatest, and SHA-256 over ids, accounts, volumes and
/// totals, in order.
pub(in crate::billing) struct Stored {
    pub(in crate::billing) ids: [i64; 2],
    pub(in crate::billing) accounts: [i64; 2],
    pub(in crate::billing) digest: String,
}

/// Stores charges and their lines, under ids taken from the sequences in one statement each; none where there are none.
pub(in crate::billing) async fn insert_charges(
    connection: &mut PgConnection,
    (shared, now): (&Shared, DateTime<Utc>),
    charges: &[Charge],
) -> Result<Option<Stored>, sqlx::Error> {
    if charges.is_empty() {
        return Ok(None);
    }
    let ids = sqlx::query_scalar!(
        r#"select array_agg(nextval('charge_id')) as "ids!" from generate_series(1, $1::int)"#,
        length(charges.len())
    )
    .fetch_one(&mut *connection)
    .await?;
    let line_ids = sqlx::query_scalar!(
        r#"select coalesce(array_agg(nextval('charge_line_id')), '{}') as "ids!" from generate_series(1, $1::int)"#,
        length(charges.iter().map(|charge| charge.lines.len()).sum())
    )
    .fetch_one(&mut *connection)
    .await?;
    let accounts = charges.iter().map(|charge| charge.account.0);
    let accounts = accounts.fold([i64::MAX, i64::MIN], |[least, most], account| {
        [least.min(account), most.max(account)]
    });
    let ends = [ids[0], ids[ids.len() - 1]];
    let stored = Stored { ids: ends, accounts, digest: digest(charges, &ids) };
    let mut line_ids = line_ids.into_iter();
    let period = shared.order.period.number();
    let mut charge_rows = CopyRows::new();
    let mut taken_rows = CopyRows::new();
    let mut month_rows = CopyRows::new();
    let mut line_rows = CopyRows::new();
    for (charge, id) in charges.iter().zip(ids) {
        write_charge(&mut charge_rows, (shared, now), charge, id);
        for taken in &charge.taken {
            taken_rows.row(6).i64(taken.reading.0).i16(taken.turn).i64(id);
            taken_rows
                .i32(period)
                .i32(charge.span.last().number())
                .decimal(taken.used.volume.figure());
        }
        for charged in &charge.months {
            month_rows.row(5).i64(charge.account.0).i32(charged.month.number());
            month_rows.i16(charged.turn).i64(id).i32(period);
        }
        for (Line { owner, priced: line }, line_id) in charge.lines.iter().zip(&mut line_ids) {
            line_rows
                .row(14)
                .i64(line_id)
                .i32(period)
                .i64(id)
                .i64(charge.account.0)
                .i32(charge.usage.town.0)
                .i32(charge.outlet.0)
                .i32(owner.0)
                .text(line.fee_item.code())
                .i16(line.tier)
                .decimal(line.quantity.figure())
                .decimal(line.unit_price.yuan())
                .decimal(line.amount.yuan())
                .i32(line.version.0)
                .text(&line.basis);
        }
    }
    copy_in(
        &mut *connection,
        "copy charge (id, bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quantity, quota_m3, levy_ratio, total, created_at, replaces_id) from stdin (format binary)",
        charge_rows,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy charge_reading (reading_id, turn, charge_id, bill_period, service_period, volume_m3)
         from stdin (format binary)",
        taken_rows,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy charge_month (account_id, month, turn, charge_id, bill_period) from stdin (format binary)",
        month_rows,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy charge_line (id, bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item,
            tier, quantity, unit_price, amount, tariff_version_id, basis) from stdin (format binary)",
        line_rows,
    )
    .await?;
    // Asked now and not at the commit: whoever leaves a mark in the same chain would wait for it.
    sqlx::raw_sql("set constraints check_unfinished immediate").execute(connection).await?;
    Ok(Some(stored))
}

/// As the check makes it of the rows: in thousandths of a cubic metre, and in fen.
fn digest(charges: &[Charge], ids: &[i64]) -> String {
    let mut seen = Sha256::new();
    for (charge, id) in charges.iter().zip(ids) {
        let mut volume = charge.usage.volume.figure();
        volume.rescale(3);
        let (volume, total) = (volume.mantissa(), charge.total.fen());
        seen.update(format!("{id} {} {volume} {total} ", charge.account.0));
    }
    hex::encode(seen.finalize())
}

fn write_charge(
    rows: &mut CopyRows,
    (shared, now): (&Shared, DateTime<Utc>),
    charge: &Charge,
    id: i64,
) {
    let (period, usage) = (shared.order.period.number(), &charge.usage);
    rows.row(26)
        .i64(id)
        .i32(period)
        .i64(charge.account.0)
        .i32(usage.town.0)
        .i32(charge.outlet.0)
        .i64(charge.payer.0)
        .text(charge.kind.code())
        .i32(charge.span.last().number())
        .i64(shared.issue.id)
        .date(shared.order.bill_date)
        .date(shared.order.due_date)
        .date(charge.span.from)
        .date(charge.span.to)
        .i32(charge.span.months().into())
        .decimal(usage.volume.figure())
        .decimal(usage.used_before.figure())
        .text(usage.use_class.code())
        .text(usage.sewage_class.code())
        .text(usage.garbage_class.code())
        .i32(usage.persons);
    for figure in [charge.quantity, usage.quota.map(Volume::figure), charge.levy_ratio] {
        match figure {
            Some(figure) => rows.decimal(figure),
            None => rows.null(),
        };
    }
    rows.decimal(charge.total.yuan()).timestamptz(now);
    match charge.replaces {
        Some(reversal) => rows.i64(reversal.0),
        None => rows.null(),
    };
}

fn length(count: usize) -> i32 {
    i32::try_from(count).expect("a chunk is far below the limits of an i32")
}
