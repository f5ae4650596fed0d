//! What the search asks of the indices that the migrations keep for it.

use sqlx::PgConnection;

use super::found::{Elsewhere, SearchScope};
use crate::database::number_of;

/// The words of a text, in half width and small letters.
pub(super) async fn fold(
    connection: &mut PgConnection,
    text: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let text = text.replace('\0', " ");
    let folded = sqlx::query_scalar!(r#"select folded($1) as "folded!""#, text);
    let folded = folded.fetch_one(connection).await?;
    Ok(folded.split_whitespace().map(str::to_owned).collect())
}

/// The outlets of a scope.
pub(super) async fn outlets(
    connection: &mut PgConnection,
    scope: SearchScope,
) -> Result<Vec<i32>, sqlx::Error> {
    let town = match scope {
        SearchScope::Outlet(outlet) => return Ok(vec![outlet.0]),
        SearchScope::Town(town) => town.0,
    };
    sqlx::query_scalar!("select id from organisation where town_id = $1 order by id", town)
        .fetch_all(connection)
        .await
}

/// Accounts whose number ends so, the shortest first; where `is_long`, then those with a meter whose number does, and
/// those with such a telephone. `from` and `upto` are written backwards.
pub(super) async fn by_end(
    connection: &mut PgConnection,
    outlet: i32,
    (from, upto): (&str, &str),
    is_long: bool,
    limit: usize,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!"
           from ((select 1 as place, length(no) as digits, id from account
                  where outlet_id = $1 and reverse(folded(no)) ~>=~ $2 and reverse(folded(no)) ~<~ $3
                  order by 2, 3 limit $5)
                 union all
                 (select 2, length(m.serial_no), a.id from meter m join account a on a.id = m.account_id
                  where $4 and reverse(folded(m.serial_no)) ~>=~ $2 and reverse(folded(m.serial_no)) ~<~ $3
                    and a.outlet_id = $1
                  order by 2, 3 limit $5)
                 union all
                 (select 3, 0, id from account
                  where $4 and outlet_id = $1 and reverse(phone) ~>=~ $2 and reverse(phone) ~<~ $3
                  order by 3 limit $5)) f
           order by place, digits, id"#,
        outlet,
        from,
        upto,
        is_long,
        number_of(limit)
    )
    .fetch_all(connection)
    .await
}

/// A meter whose number begins as was asked.
pub(super) struct MeterBegun {
    pub(super) account_id: i64,
    pub(super) outlet_id: i32,
}

/// The meters of the whole city whose number begins so, the highest first.
pub(super) async fn meters_begun(
    connection: &mut PgConnection,
    (from, upto): (&str, &str),
    limit: usize,
) -> Result<Vec<MeterBegun>, sqlx::Error> {
    sqlx::query_as!(
        MeterBegun,
        r#"select a.id as account_id, a.outlet_id
           from (select serial_no, account_id from meter
                 where folded(serial_no) ~>=~ $1 and folded(serial_no) ~<~ $2
                 order by folded(serial_no) using ~>~ limit $3) m
           join account a on a.id = m.account_id
           order by m.serial_no using ~>~, a.id"#,
        from,
        upto,
        number_of(limit)
    )
    .fetch_all(connection)
    .await
}

/// Accounts whose number begins so, the highest first, and those with such a telephone.
pub(super) async fn by_start(
    connection: &mut PgConnection,
    outlet: i32,
    (from, upto): (&str, &str),
    limit: usize,
) -> Result<(Vec<i64>, Vec<i64>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select is_phone as "is_phone!", id as "id!"
           from ((select false as is_phone, no as number, id from account
                  where outlet_id = $1 and folded(no) ~>=~ $2 and folded(no) ~<~ $3
                  order by folded(no) using ~>~ limit $4)
                 union all
                 (select true, phone, id from account
                  where outlet_id = $1 and phone ~>=~ $2 and phone ~<~ $3
                  order by phone using ~>~ limit $4)) f
           order by is_phone, number using ~>~, id"#,
        outlet,
        from,
        upto,
        number_of(limit)
    )
    .fetch_all(connection)
    .await?;
    let (mut numbers, mut phones) = (Vec::new(), Vec::new());
    for row in rows {
        if row.is_phone { phones.push(row.id) } else { numbers.push(row.id) }
    }
    Ok((numbers, phones))
}

/// Accounts in whose name or address every word stands, those first whose name has the first of them.
pub(super) async fn by_words(
    connection: &mut PgConnection,
    keys: &[String],
    words: &[String],
    limit: usize,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select f.id as "id!"
           from (select a.id, a.payer_name from account a
                 where search_keys(a.outlet_id, a.payer_name, a.address) @> $1
                   and (select bool_and(strpos(folded(a.payer_name || ' ' || a.address), w) > 0)
                        from unnest($2::text[]) w)
                 limit $3) f
           order by strpos(folded(f.payer_name), ($2::text[])[1]) = 0, f.id"#,
        keys,
        words,
        number_of(limit)
    )
    .fetch_all(connection)
    .await
}

/// The account of this whole number, or with the meter of this one, at another outlet.
pub(super) async fn elsewhere(
    connection: &mut PgConnection,
    own: i32,
    word: &str,
) -> Result<Option<Elsewhere>, sqlx::Error> {
    sqlx::query_as!(
        Elsewhere,
        r#"select a.no as "no!", o.name as "outlet_name!"
           from (select id, no, outlet_id from account where no in ($2, upper($2))
                 union
                 select a.id, a.no, a.outlet_id from meter m join account a on a.id = m.account_id
                 where m.serial_no in ($2, upper($2))) a
           join organisation o on o.id = a.outlet_id
           where a.outlet_id <> $1
           limit 1"#,
        own,
        word
    )
    .fetch_optional(connection)
    .await
}
