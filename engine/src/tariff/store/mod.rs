//! The SQL of rates; `orders` how they change, `said` what an order says.

pub(in crate::tariff) mod orders;
pub(in crate::tariff) mod said;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{OrganisationId, TariffVersionId, TownId};

use crate::database::{known, unit_price, volume, yuan};
use crate::tariff::book::{TariffBook, TariffVersion};
use crate::tariff::held::Held;
use crate::tariff::late::LateFeeRule;
use crate::tariff::rows::{NewLateFee, NewTariff};
use crate::tariff::tier::Tiers;

pub(in crate::tariff) async fn load_book(
    connection: &mut PgConnection,
    day: NaiveDate,
) -> Result<TariffBook, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct on (v.fee_item, v.class, v.town_id, v.supplier_id)
                  v.id, v.fee_item, v.class, v.town_id, v.supplier_id, v.levy_ratio, v.base_persons, v.basis, v.fixed_charge, v.minimum_charge,
                  array_agg(t.upto order by t.tier) as "upto!: Vec<Option<Decimal>>",
                  array_agg(t.price order by t.tier) as "price!: Vec<Decimal>",
                  array_agg(t.add_per_person order by t.tier) as "widening!: Vec<Decimal>"
           from tariff_version v join rate_step t on t.version_id = v.id
           where v.valid_from <= $1 and (v.valid_to is null or v.valid_to > $1)
             and v.approved_at is not null and v.replaced_at is null
           group by v.id order by v.fee_item, v.class, v.town_id, v.supplier_id, v.valid_from desc"#,
        day
    )
    .fetch_all(connection)
    .await?;
    let mut book = TariffBook::default();
    for row in rows {
        let steps = row.upto.into_iter().zip(row.price).zip(row.widening);
        let tiers = tiers(row.id, steps)?;
        let version = TariffVersion {
            id: TariffVersionId(row.id),
            town: row.town_id.map(TownId),
            supplier: row.supplier_id.map(OrganisationId),
            levy_ratio: row.levy_ratio,
            base_persons: row.base_persons,
            basis: known(&row.basis),
            fixed_charge: yuan(row.fixed_charge),
            minimum_charge: yuan(row.minimum_charge),
            tiers,
        };
        book.add(known(&row.fee_item), &row.class, version);
    }
    Ok(book)
}

/// Whether nobody was billed yet, and is until the transaction ends: a run that begins meanwhile is priced by what it sets.
pub(in crate::tariff) async fn is_unbilled(
    connection: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    if is_billed(&mut *connection).await? {
        return Ok(false);
    }
    sqlx::query!(r#"select hold_billing(true) as "held!: ()""#).fetch_one(&mut *connection).await?;
    is_billed(connection).await.map(|billed| !billed)
}

async fn is_billed(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from bill_run) as "billed!""#)
        .fetch_one(connection)
        .await
}

/// The versions of the whole city that hold or did hold.
pub(in crate::tariff) async fn held(
    connection: &mut PgConnection,
) -> Result<Vec<Held<NewTariff>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select v.id, v.fee_item, v.class, v.valid_from, v.valid_to, v.levy_ratio, v.base_persons, v.basis, v.fixed_charge,
                  v.minimum_charge, v.doc_no, v.source, v.status, v.order_id is not null as "is_ordered!",
                  array_agg(t.upto order by t.tier) as "upto!: Vec<Option<Decimal>>",
                  array_agg(t.price order by t.tier) as "price!: Vec<Decimal>",
                  array_agg(t.add_per_person order by t.tier) as "widening!: Vec<Decimal>"
           from tariff_version v join rate_step t on t.version_id = v.id
           where v.approved_at is not null and v.town_id is null and v.supplier_id is null group by v.id order by v.id"#
    )
    .fetch_all(connection)
    .await?;
    let versions = rows.into_iter().map(|row| {
        let steps = row.upto.into_iter().zip(row.price).zip(row.widening);
        let is_ordered = row.is_ordered;
        let row = NewTariff {
            fee_item: known(&row.fee_item),
            class: row.class,
            town: None,
            supplier: None,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            levy_ratio: row.levy_ratio,
            base_persons: row.base_persons,
            basis: known(&row.basis),
            fixed_charge: row.fixed_charge,
            minimum_charge: row.minimum_charge,
            tiers: tiers(row.id, steps)?,
            is_official: row.status == "official",
            doc_no: row.doc_no,
            source: row.source,
            replaces: None,
        };
        Ok(Held { row, is_ordered })
    });
    versions.collect()
}

/// The late-fee rules that hold or did hold.
pub(in crate::tariff) async fn held_late_fees(
    connection: &mut PgConnection,
) -> Result<Vec<Held<NewLateFee>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select fee_item, valid_from, grace_days, rate_per_day, cap_ratio, doc_no, source, status,
            order_id is not null as "is_ordered!"
         from late_fee_rule where approved_at is not null order by id"#
    )
    .fetch_all(connection)
    .await?;
    let rules = rows.into_iter().map(|row| {
        let is_ordered = row.is_ordered;
        let row = NewLateFee {
            rule: LateFeeRule {
                fee_item: known(&row.fee_item),
                valid_from: row.valid_from,
                grace_days: row.grace_days,
                rate_per_day: row.rate_per_day,
                cap_ratio: row.cap_ratio,
            },
            is_official: row.status == "official",
            doc_no: row.doc_no,
            source: row.source,
        };
        Held { row, is_ordered }
    });
    Ok(rules.collect())
}

/// The prices of a version. A rate that would lose water or charge it twice is worse than none.
fn tiers(
    id: i32,
    steps: impl Iterator<Item = ((Option<Decimal>, Decimal), Decimal)>,
) -> Result<Tiers, sqlx::Error> {
    let steps = steps
        .map(|((upto, price), widening)| (upto.map(volume), unit_price(price), volume(widening)));
    Tiers::from_rows(steps)
        .map_err(|wrong| sqlx::Error::Decode(format!("tariff version {id}: {wrong}").into()))
}

/// Of what Weir ships with, the versions and rules of which none is known for the same class and day.
pub(in crate::tariff) async fn missing(
    connection: &mut PgConnection,
    mut versions: Vec<NewTariff>,
    mut rules: Vec<NewLateFee>,
) -> Result<(Vec<NewTariff>, Vec<NewLateFee>), sqlx::Error> {
    let held = sqlx::query!(
        "select fee_item, class, valid_from from tariff_version where town_id is null and supplier_id is null"
    )
    .fetch_all(&mut *connection)
    .await?;
    versions.retain(|new| {
        let of = (new.fee_item.code(), new.class.as_str(), new.valid_from);
        held.iter().all(|row| (row.fee_item.as_str(), row.class.as_str(), row.valid_from) != of)
    });
    let held = sqlx::query!("select fee_item, valid_from from late_fee_rule")
        .fetch_all(connection)
        .await?;
    rules.retain(|new| {
        let of = (new.rule.fee_item.code(), new.rule.valid_from);
        held.iter().all(|row| (row.fee_item.as_str(), row.valid_from) != of)
    });
    Ok((versions, rules))
}

pub(in crate::tariff) async fn load_late_fee_rules(
    connection: &mut PgConnection,
) -> Result<Vec<LateFeeRule>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select fee_item as "fee_item!", valid_from as "valid_from!", grace_days as "grace_days!",
            rate_per_day as "rate_per_day!", cap_ratio as "cap_ratio!"
        from late_fee_in_force order by fee_item, valid_from"#
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
