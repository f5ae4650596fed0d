//! The SQL of rates.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{TariffVersionId, TownId, UnitPrice, Volume};

use super::seed::{SeedRule, SeedVersion};
use super::{LateFeeRule, TariffBook, TariffVersion, Tiers, provenance};
use crate::database::{known, yuan};

pub(super) async fn load_book(
    connection: &mut PgConnection,
    day: NaiveDate,
) -> Result<TariffBook, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.fee_item, v.class, v.town_id, v.levy_ratio, v.base_persons, v.fixed_charge, v.minimum_charge,
                  v.doc_no, v.status,
                  array_agg(t.upto::numeric order by t.tier) as "upto!: Vec<Option<Decimal>>",
                  array_agg(t.unit_price::numeric order by t.tier) as "price!: Vec<Decimal>",
                  array_agg(t.add_per_person::numeric order by t.tier) as "widening!: Vec<Decimal>"
           from tariff_version v join tariff_tier t on t.version_id = v.id
           where v.valid_from <= $1 and (v.valid_to is null or v.valid_to > $1)
           group by v.id"#,
        day
    )
    .fetch_all(connection)
    .await?;
    let mut book = TariffBook::default();
    for row in rows {
        let steps = row.upto.into_iter().zip(row.price).zip(row.widening);
        let tiers = Tiers::from_rows(steps.map(|((upto, price), widening)| {
            (upto.map(Volume), UnitPrice(price), Volume(widening))
        }));
        // A rate that would lose water or charge it twice is worse than none.
        let tiers = tiers.map_err(|wrong| {
            sqlx::Error::Decode(format!("tariff version {}: {wrong}", row.id).into())
        })?;
        let version = TariffVersion {
            id: TariffVersionId(row.id),
            town: row.town_id.map(TownId),
            levy_ratio: row.levy_ratio,
            base_persons: row.base_persons,
            fixed_charge: yuan(row.fixed_charge),
            minimum_charge: yuan(row.minimum_charge),
            tiers,
            provenance: provenance(row.doc_no.as_deref(), &row.status),
        };
        book.add(known(&row.fee_item), &row.class, version);
    }
    Ok(book)
}

/// True if the version was put in; false where one stands for the same class and days.
pub(super) async fn set_version(
    connection: &mut PgConnection,
    version: &SeedVersion,
) -> Result<bool, sqlx::Error> {
    let head = &version.head;
    let id = sqlx::query_scalar!(
        "insert into tariff_version (fee_item, class, valid_from, levy_ratio, base_persons, fixed_charge,
            minimum_charge, doc_no, source, status)
         values ($1::text, $2, $3, $4, $5, $6::numeric, $7::numeric, $8, $9, $10)
         on conflict do nothing returning id",
        head.fee_item.code(),
        head.class,
        head.valid_from,
        head.levy_ratio,
        head.base_persons,
        head.fixed_charge,
        head.minimum_charge,
        head.doc_no,
        head.source,
        head.status
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(id) = id else { return Ok(false) };
    let steps = version.tiers.steps().iter();
    let steps = steps.map(|step| (Some(step.upto.0), step.unit_price.0, step.add_per_person.0));
    let above = (None, version.tiers.above().0, Decimal::ZERO);
    for (number, (upto, price, widening)) in (1i16..).zip(steps.chain([above])) {
        sqlx::query!(
            "insert into tariff_tier (version_id, tier, upto, unit_price, add_per_person)
             values ($1, $2, $3::numeric, $4::numeric, $5::numeric)",
            id,
            number,
            upto,
            price,
            widening
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(true)
}

/// True if the rule was put in.
pub(super) async fn set_late_fee_rule(
    connection: &mut PgConnection,
    seed: &SeedRule,
) -> Result<bool, sqlx::Error> {
    let rule = seed.rule();
    let done = sqlx::query!(
        "insert into late_fee_rule (fee_item, valid_from, grace_days, rate_per_day, cap_ratio, doc_no, source, status)
         values ($1::text, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        rule.fee_item.code(),
        rule.valid_from,
        rule.grace_days,
        rule.rate_per_day,
        rule.cap_ratio,
        seed.doc_no,
        seed.source,
        seed.status
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn load_late_fee_rules(
    connection: &mut PgConnection,
) -> Result<Vec<LateFeeRule>, sqlx::Error> {
    let rows = sqlx::query!(
        "select fee_item, valid_from, grace_days, rate_per_day, cap_ratio from late_fee_rule order by fee_item, valid_from"
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LateFeeRule {
                fee_item: known(&row.fee_item),
                valid_from: row.valid_from,
                grace_days: row.grace_days,
                rate_per_day: row.rate_per_day,
                cap_ratio: row.cap_ratio,
            })
        })
        .collect()
}
