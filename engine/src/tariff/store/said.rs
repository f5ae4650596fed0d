//! What orders say, row by row.

use std::collections::HashMap;

use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::TariffVersionId;

use crate::database::{known, period, unit_price, volume};
use crate::tariff::late::LateFeeRule;
use crate::tariff::said::{SaidRow, SaidTariff};
use crate::tariff::tier::Tiers;

/// The rows of orders, of each the first `most`, in the order in which they were submitted.
pub(in crate::tariff) async fn rows(
    connection: &mut PgConnection,
    orders: &[i64],
    most: i64,
) -> Result<HashMap<i64, Vec<SaidRow>>, sqlx::Error> {
    let mut said: HashMap<i64, Vec<SaidRow>> = HashMap::new();
    for (order, row) in tariffs(&mut *connection, orders, most).await? {
        said.entry(order).or_default().push(row);
    }
    let late_fees = sqlx::query!(
        r#"select order_id as "order_id!", fee_item, valid_from, grace_days, rate_per_day, cap_ratio, doc_no, status
           from (select *, row_number() over (partition by order_id order by id) as place from late_fee_rule
                 where order_id = any($1)) r
           where place <= $2 order by id"#,
        orders,
        most
    );
    for row in late_fees.fetch_all(&mut *connection).await? {
        let rule = LateFeeRule {
            fee_item: known(&row.fee_item),
            valid_from: row.valid_from,
            grace_days: row.grace_days,
            rate_per_day: row.rate_per_day,
            cap_ratio: row.cap_ratio,
        };
        let is_official = row.status == "official";
        let row_said = SaidRow::LateFee { rule, doc_no: row.doc_no, is_official };
        said.entry(row.order_id).or_default().push(row_said);
    }
    let owners = sqlx::query!(
        r#"select r.order_id as "order_id!", t.short_name, r.fee_item, r.valid_from, o.name
           from (select *, row_number() over (partition by order_id order by id) as place from fee_owner
                 where order_id = any($1)) r
           join town t on t.id = r.town_id join organisation o on o.id = r.owner_id
           where place <= $2 order by r.id"#,
        orders,
        most
    );
    for row in owners.fetch_all(&mut *connection).await? {
        let row_said = SaidRow::Owner {
            town: row.short_name,
            fee_item: known(&row.fee_item),
            valid_from: row.valid_from,
            owner: row.name,
        };
        said.entry(row.order_id).or_default().push(row_said);
    }
    let quotas = sqlx::query!(
        r#"select r.order_id, a.no, r.bill_period, r.quota_m3 as "quota_m3!: Decimal"
           from (select *, row_number() over (partition by order_id order by id) as place from overquota_plan
                 where order_id = any($1)) r
           join account a on a.id = r.account_id
           where place <= $2 order by r.id"#,
        orders,
        most
    );
    for row in quotas.fetch_all(connection).await? {
        let (month, volume) = (period(row.bill_period), volume(row.quota_m3));
        let row_said = SaidRow::Quota { account_no: row.no, period: month, volume };
        said.entry(row.order_id).or_default().push(row_said);
    }
    Ok(said)
}

async fn tariffs(
    connection: &mut PgConnection,
    orders: &[i64],
    most: i64,
) -> Result<Vec<(i64, SaidRow)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.order_id as "order_id!", v.id, v.fee_item, v.class, t.short_name as "town?", o.name as "supplier?",
                  v.valid_from, v.valid_to, v.levy_ratio, v.basis, v.fixed_charge as "fixed_charge!: Decimal",
                  v.minimum_charge as "minimum_charge!: Decimal", v.doc_no, v.status, v.replaces_id,
                  array(select p.upto from rate_step p where p.version_id = v.id order by p.tier)
                      as "upto!: Vec<Option<Decimal>>",
                  array(select p.price from rate_step p where p.version_id = v.id order by p.tier)
                      as "price!: Vec<Decimal>",
                  array(select p.add_per_person from rate_step p where p.version_id = v.id order by p.tier)
                      as "widening!: Vec<Decimal>"
           from (select *, row_number() over (partition by order_id order by id) as place from tariff_version
                 where order_id = any($1)) v
           left join town t on t.id = v.town_id left join organisation o on o.id = v.supplier_id
           where place <= $2 order by v.id"#,
        orders,
        most
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let steps = row.upto.into_iter().zip(row.price).zip(row.widening);
            let tiers = Tiers::from_rows(steps.map(|((upto, price), widening)| {
                (upto.map(volume), unit_price(price), volume(widening))
            }));
            let tiers = tiers.map_err(|wrong| {
                sqlx::Error::Decode(format!("tariff version {}: {wrong}", row.id).into())
            })?;
            let tariff = SaidTariff {
                fee_item: known(&row.fee_item),
                class: row.class,
                town: row.town,
                supplier: row.supplier,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                levy_ratio: row.levy_ratio,
                basis: known(&row.basis),
                fixed_charge: row.fixed_charge,
                minimum_charge: row.minimum_charge,
                tiers,
                doc_no: row.doc_no,
                is_official: row.status == "official",
                replaces: row.replaces_id.map(TariffVersionId),
            };
            Ok((row.order_id, SaidRow::Tariff(Box::new(tariff))))
        })
        .collect()
}
