//! Who asks, and what PostgreSQL is asked for each of them: a schema of copies that hold the rows in the reader's
//! scope, with masked values, and the views over them. So the same text runs on both sides.
//!
//! Scope and masks are told here once more, in SQL, from what the bureau's rules say and not from the warehouse.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, PgPool};
use tables::{TableDef, catalog};
use terms::Role;
use warehouse::{Person, Scope};

use super::generate::{Column, Schema, Table, Type};
use crate::city::{City, DAOJIAO, GAOBU};

/// The views as PostgreSQL has them.
const VIEWS: &str = include_str!("views.sql");
/// Values of a column that statements may name.
const VALUES: usize = 12;

/// A person, and the schema that holds what they may see.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) who: Person,
    /// The name of the schema.
    pub(super) name: &'static str,
    pub(super) schema: Schema,
}

/// Everybody who asks. The books must stand still.
pub(super) async fn all(city: &City) -> Vec<Reader> {
    let (_, gaobu) = city.outlet(GAOBU).await;
    let (daojiao, _) = city.outlet(DAOJIAO).await;
    let town = || Scope::town(gaobu);
    let of = |role, scope, sees_personal| Person { role, scope, sees_personal, ..Person::system() };
    let people = [
        ("r_city", Person::system()),
        ("r_town", of(Role::Administrator, town(), true)),
        ("r_outlet", of(Role::Clerk, Scope::outlet(daojiao), true)),
        ("r_masked", of(Role::Analyst, Scope::city(), false)),
        ("r_masked_town", of(Role::Analyst, town(), false)),
    ];
    let mut readers = Vec::new();
    for (name, who) in people {
        copy(&city.owner, name, &who).await;
        let schema = look(&city.owner, name).await;
        readers.push(Reader { who, name, schema });
    }
    readers
}

/// Makes the reader's schema.
async fn copy(owner: &PgPool, name: &str, who: &Person) {
    let mut script = format!("create schema {name};\nset local search_path = {name};\n");
    let mut seen = BTreeSet::new();
    for def in catalog::all() {
        let Some(rows) = scope(def, who, &seen) else { continue };
        let columns: Vec<_> =
            def.columns.iter().map(|column| shown(def.name, column.name, who)).collect();
        let columns = columns.join(", ");
        script += &format!(
            "create table {0} as select {columns} from public.{0} where {rows};\n",
            def.name
        );
        seen.insert(def.name);
    }
    for view in VIEWS.split(";\n").filter(|view| view.contains("create view")) {
        if seen.contains("remittance") || !view.contains("create view remitted") {
            let payer_name = shown("payer_then", "payer_name", who);
            script += &format!("{};\n", view.replace("{payer_name}", &payer_name));
        }
    }
    sqlx::raw_sql(AssertSqlSafe(script)).execute(owner).await.unwrap();
}

/// The rows of a table that the person may see; none where there is no such table for them.
fn scope(def: &TableDef, who: &Person, seen: &BTreeSet<&str>) -> Option<String> {
    let of_people = ["app_user", "person_version", "stand_in", "stand_in_end"];
    if of_people.contains(&def.name) && who.role != Role::Administrator {
        return None;
    }
    let has = |name: &str| def.columns.iter().any(|column| column.name == name);
    let (column, value) = match (&who.scope.towns, &who.scope.outlets) {
        (None, None) => return Some("true".to_owned()),
        (Some(towns), _) => ("town_id", towns.first()?.0),
        (_, Some(outlets)) => ("outlet_id", outlets.first()?.0),
    };
    match def.name {
        "town" | "village" | "organisation" | "tariff_version" | "tariff_tier"
        | "surcharge_step" | "late_fee_rule" | "fee_owner" | "bill_issue" | "rate_order"
        | "rate_decision" => Some("true".to_owned()),
        _ if has(column) => Some(format!("{column} = {value}")),
        // The copies above them are made before: the catalog lists them first.
        "meter" | "meter_version" | "overquota_plan" | "hold" => {
            Some("account_id in (select id from account)".to_owned())
        }
        "reading_review" => Some("reading_id in (select id from reading)".to_owned()),
        "charge_reading" => Some("charge_id in (select id from charge)".to_owned()),
        "hold_release" => Some("hold_id in (select id from hold)".to_owned()),
        "channel_item_event" if seen.contains("channel_item") => {
            Some("item_id in (select id from channel_item)".to_owned())
        }
        "receipt_line" => Some("receipt_id in (select id from receipt)".to_owned()),
        _ => None,
    }
}

/// A column as the person sees it.
fn shown(table: &str, column: &str, who: &Person) -> String {
    if who.sees_personal {
        return column.to_owned();
    }
    let mask = match column {
        "payer_name" => {
            "case when length(payer_name) <= 1 then repeat('*', length(payer_name)) \
             else left(payer_name, 1) || repeat('*', least(length(payer_name) - 1, 3)) end"
        }
        "name" if matches!(table, "payer" | "payer_version") => {
            "case when length(name) <= 1 then repeat('*', length(name)) \
             else left(name, 1) || repeat('*', least(length(name) - 1, 3)) end"
        }
        "phone" => {
            "case when phone is null then null \
             when length(phone) >= 11 then left(phone, 3) || '****' || right(phone, 4) \
             when length(phone) >= 7 then '****' || right(phone, 2) else '****' end"
        }
        // As far as the name of the town, of four letters at most, and no further.
        "address" => {
            "(select coalesce(substring(address for length(address) - length(rest) + min(town)), '') || '***' \
              from (select regexp_replace(address, '^(广东省)?(东莞市)?', '') as rest) without \
              left join generate_series(1, 4) as town on left(rest, town) ~ '(镇|街道)$' group by rest)"
        }
        _ => return column.to_owned(),
    };
    format!("{mask} as {column}")
}

/// The tables and views of a schema, with the types and some values of their columns.
async fn look(owner: &PgPool, name: &str) -> Schema {
    let sql = "select table_name::text, column_name::text, data_type::text from information_schema.columns \
               where table_schema = $1 and table_name not in ('fee_name', 'method_name') \
               order by table_name, ordinal_position";
    let columns: Vec<(String, String, String)> =
        sqlx::query_as(sql).bind(name).fetch_all(owner).await.unwrap();
    let mut schema = Schema::default();
    for (table, column, kind) in columns {
        if schema.tables.last().is_none_or(|last| last.name != table) {
            let rows = values(owner, format!("select count(*)::text from {name}.{table}")).await;
            let rows = rows[0].parse().unwrap();
            schema.tables.push(Table { name: table.clone(), columns: Vec::new(), rows });
        }
        let sql = format!(
            "select value from (select distinct {column}::text as value from {name}.{table} \
             where {column} is not null) known order by md5(value) limit {VALUES}"
        );
        let column =
            Column { name: column, of: type_of(&kind), values: values(owner, sql).await.into() };
        schema.tables.last_mut().unwrap().columns.push(column);
    }
    schema
}

/// Values as PostgreSQL writes them in Dongguan.
async fn values(owner: &PgPool, sql: String) -> Vec<String> {
    let local = format!("set local timezone = 'Asia/Shanghai'; {sql}");
    let rows = sqlx::raw_sql(AssertSqlSafe(local)).fetch_all(owner).await.unwrap();
    rows.iter().map(|row| super::ask::cell(row, 0).unwrap_or_default()).collect()
}

fn type_of(kind: &str) -> Type {
    match kind {
        "integer" | "smallint" => Type::Int,
        "bigint" => Type::BigInt,
        "numeric" => Type::Decimal,
        "text" => Type::Text,
        "date" => Type::Date,
        "boolean" => Type::Bool,
        "timestamp with time zone" => Type::Moment,
        other => panic!("no column of the books is {other}"),
    }
}
