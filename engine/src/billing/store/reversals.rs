//! Charges as they stand, and their mirrors.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, ChargeId, OutletId, PaymentId, Reason, TownId, business_day};

use crate::access::Reach;
use crate::billing::sheet::{ChargeSheet, ChargeSheetLine};
use crate::database::{known, period, unit_price, volume, yuan};

/// Waits for the bill runs that are between looking and writing, and locks the account of a charge: whoever bills or
/// pays on it waits.
pub(in crate::billing) async fn lock_account_of(
    connection: &mut PgConnection,
    charge: ChargeId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select hold_billing(true)").execute(&mut *connection).await?;
    sqlx::query!(
        "select a.id from account a where a.id in (select c.account_id from charge c where c.id = $1) for no key update",
        charge.0
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

pub(in crate::billing) async fn charges_of(
    connection: &mut PgConnection,
    account_no: &str,
    (reach, limit): (&Reach, i64),
) -> Result<Vec<ChargeId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select c.id from charge c join account a on a.id = c.account_id
         where a.no = $1 and ($2::int is null or c.outlet_id = $2) and ($3::int is null or c.town_id = $3)
         order by c.id desc limit $4",
        account_no,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(ChargeId).collect())
}

/// The sheets of charges, in the order of the ids; those of unknown ones are left out.
pub(in crate::billing) async fn sheets(
    connection: &mut PgConnection,
    charges: &[ChargeId],
) -> Result<Vec<ChargeSheet>, sqlx::Error> {
    let ids: Vec<i64> = charges.iter().map(|charge| charge.0).collect();
    let rows = sqlx::query!(
        r#"select c.id, c.kind, c.account_id, a.no, p.name as payer_name, c.town_id, c.outlet_id, c.bill_period, c.bill_date, c.due_date, c.months,
                  c.volume_m3, c.total, c.replaces_id, v.reversal_id as "reversal_id?",
                  coalesce(c.reason, (select r.reason from charge r where r.id = v.reversal_id)) as reason,
                  (select max(l.payment_id) from allocation l
                   where l.charge_id = c.id and l.amount > 0
                     and not exists (select from payment_reversal r where r.payment_id = l.payment_id)) as payment,
                  (select max(n.id) from charge_standing n
                   where n.account_id = c.account_id and n.id > c.id
                     and months_from(n.service_period, c.service_period) < n.months
                     and months_from(c.service_period, n.service_period) < c.months) as newer,
                  (select coalesce(sum(b.open_amount), 0) from charge_balance b
                   where (b.account_id, b.bill_period, b.charge_id) = (c.account_id, c.bill_period, c.id)) as "open!"
           from charge c
           join account a on a.id = c.account_id
           join payer p on p.id = c.payer_id
           left join charge_reversal v on v.charge_id = c.id
           where c.id = any($1)
           order by array_position($1, c.id)"#,
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut lines = lines_of(connection, &ids).await?;
    let sheets = rows.into_iter().map(|row| ChargeSheet {
        id: ChargeId(row.id),
        kind: known(&row.kind),
        account: AccountId(row.account_id),
        account_no: row.no,
        payer_name: row.payer_name,
        town: TownId(row.town_id),
        outlet: OutletId(row.outlet_id),
        period: period(row.bill_period),
        bill_date: row.bill_date,
        due_date: row.due_date,
        months: row.months,
        volume: volume(row.volume_m3),
        total: yuan(row.total),
        lines: lines.remove(&row.id).unwrap_or_default(),
        open: yuan(row.open),
        payment: row.payment.map(PaymentId),
        newer: row.newer.map(ChargeId),
        reversal: row.reversal_id.map(ChargeId),
        reason: row.reason,
        replaces: row.replaces_id.map(ChargeId),
    });
    Ok(sheets.collect())
}

/// The lines of charges, by their ids.
async fn lines_of(
    connection: &mut PgConnection,
    charges: &[i64],
) -> Result<HashMap<i64, Vec<ChargeSheetLine>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select l.charge_id, l.fee_item, l.tier, l.quantity, l.unit_price, l.amount, o.name as owner
         from charge_line l join organisation o on o.id = l.owner_id
         where l.charge_id = any($1) order by l.id",
        charges
    )
    .fetch_all(connection)
    .await?;
    let mut lines: HashMap<i64, Vec<ChargeSheetLine>> = HashMap::new();
    for row in rows {
        lines.entry(row.charge_id).or_default().push(ChargeSheetLine {
            fee_item: known(&row.fee_item),
            tier: row.tier,
            quantity: volume(row.quantity),
            unit_price: unit_price(row.unit_price),
            amount: yuan(row.amount),
            owner: row.owner,
        });
    }
    Ok(lines)
}

/// Posts the mirror of a charge, in the month of `now` or that of the charge where that lies ahead.
pub(in crate::billing) async fn mirror(
    connection: &mut PgConnection,
    charge: ChargeId,
    reason: &Reason,
    now: DateTime<Utc>,
) -> Result<(ChargeId, BillPeriod), sqlx::Error> {
    let red = sqlx::query!(
        "insert into charge (bill_period, account_id, town_id, outlet_id, payer_id, kind, service_period, bill_date, due_date,
            from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
            quantity, quota_m3, levy_ratio, total, created_at, reverses_id, reason)
         select greatest(bill_period, month_of($2::timestamptz)), account_id, town_id, outlet_id, payer_id, 'reversal', service_period, $3::date, $3::date,
            from_date, to_date, months, -volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
            quantity, quota_m3, levy_ratio, -total, $2::timestamptz, id, $4::text
         from charge where id = $1
         returning id, bill_period",
        charge.0,
        now,
        business_day(now),
        reason.as_str()
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier,
            quantity, unit_price, amount, tariff_version_id, basis)
         select $2::int, $3::bigint, account_id, town_id, outlet_id, owner_id, fee_item, tier,
            -quantity, unit_price, -amount, tariff_version_id, basis
         from charge_line where charge_id = $1 order by id",
        charge.0,
        red.bill_period,
        red.id
    )
    .execute(connection)
    .await?;
    Ok((ChargeId(red.id), period(red.bill_period)))
}
