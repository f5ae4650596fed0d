//! What the log will hold: whether the publication tells every change of every declared column.

use std::collections::HashMap;

use sqlx::PgConnection;
use tables::{ColumnKind, catalog};

use crate::CaptureError;

/// The types that our columns are made of, by the name and the number that PostgreSQL gives them.
pub(crate) const BASE_TYPES: [(&str, u32); 8] = [
    ("bool", 16),
    ("int8", 20),
    ("int2", 21),
    ("int4", 23),
    ("text", 25),
    ("date", 1082),
    ("timestamptz", 1184),
    ("numeric", 1700),
];

/// Whether values of a PostgreSQL type can go into a column.
pub(crate) fn fits(kind: ColumnKind, oid: u32) -> bool {
    match kind {
        ColumnKind::Int => matches!(oid, 21 | 23),
        ColumnKind::BigInt => oid == 20,
        ColumnKind::Text => matches!(oid, 25 | 1042 | 1043),
        ColumnKind::Date => oid == 1082,
        ColumnKind::Timestamp => oid == 1184,
        ColumnKind::Bool => oid == 16,
        ColumnKind::Decimal(_) => oid == 1700,
    }
}

/// A published column: its table, that table's row filter, its name, and the number of its type; of a domain, of the type
/// beneath.
const COLUMNS: &str = "
    select p.tablename::text, p.rowfilter is not null, a.attname::text, (
        with recursive base as (
            select t.oid, t.typbasetype from pg_type t where t.oid = a.atttypid
            union all
            select t.oid, t.typbasetype from base b join pg_type t on t.oid = b.typbasetype
        ) select b.oid::bigint from base b where b.typbasetype = 0)
    from pg_publication_tables p
    join pg_class c on c.relname = p.tablename and c.relnamespace = 'public'::regnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = any (p.attnames)
    where p.pubname = $1 and p.schemaname = 'public'";

/// Refuses a publication that does not tell all that is declared, before one row of it is read.
pub(crate) async fn check(
    connection: &mut PgConnection,
    publication: &str,
) -> Result<(), CaptureError> {
    let tells_all: Option<bool> = sqlx::query_scalar(
        "select pubinsert and pubupdate and pubdelete and pubtruncate
         from pg_publication where pubname = $1",
    )
    .bind(publication)
    .fetch_optional(&mut *connection)
    .await?;
    let stop =
        |why: String| Err(CaptureError::stop(format!("the publication {publication} {why}")));
    match tells_all {
        None => return stop("is gone".into()),
        Some(false) => return stop("leaves out inserts, updates, deletes or truncates".into()),
        Some(true) => {}
    }
    let columns: Vec<(String, bool, String, i64)> =
        sqlx::query_as(COLUMNS).bind(publication).fetch_all(connection).await?;
    let mut published: HashMap<&str, HashMap<&str, u32>> = HashMap::new();
    for (table, is_filtered, column, oid) in &columns {
        if *is_filtered {
            return stop(format!("leaves out rows of the table {table}"));
        }
        let oid = u32::try_from(*oid).unwrap_or_default();
        published.entry(table).or_default().insert(column, oid);
    }
    for def in catalog::all() {
        let Some(columns) = published.get(def.name) else {
            return stop(format!("does not hold the table {}", def.name));
        };
        for column in def.columns {
            match columns.get(column.name) {
                None => {
                    return stop(format!("does not hold the column {}.{}", def.name, column.name));
                }
                Some(oid) if !fits(column.kind, *oid) => {
                    return stop(format!(
                        "holds {}.{} as type {oid}, which is no {:?}",
                        def.name, column.name, column.kind
                    ));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}
