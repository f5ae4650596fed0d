//! The operation log.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::access::act::{Act, Mark, MarksSought};

/// Notes an act.
pub(in crate::access) async fn mark(
    connection: &mut PgConnection,
    act: &Act,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select leave_mark($1, $2, $3, $4, $5)",
        act.by.map(|u| u.0),
        act.action.code(),
        act.subject,
        act.details,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The last row that the transaction has written for a mark to take in, 0 where there is none.
pub(in crate::access) async fn last_written(
    connection: &mut PgConnection,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(id), 0) as "last!" from written where transaction = pg_current_xact_id()"#
    )
    .fetch_one(connection)
    .await
}

/// A page of the marks that are sought, the newest first: by their moments, for numbers that ran out begin anew.
pub(in crate::access) async fn marks(
    connection: &mut PgConnection,
    sought: &MarksSought,
) -> Result<Vec<Mark>, sqlx::Error> {
    sqlx::query_as!(
        Mark,
        r#"
        select l.id, l.at, l.door, l.action, l.subject,
            case jsonb_typeof(l.details) when 'object' then l.details - 'wrote' else l.details end as "details!", u.login as "login?", u.name as "name?",
            l.chain, l.no
        from operation_log l left join app_user u on u.id = l.user_id
        where ($1::bigint is null or (l.at, l.id) < ((select b.at from operation_log b where b.id = $1), $1))
            and ($2::text is null or u.login = $2)
            and ($3::text is null or starts_with(l.action, $3))
            and ($4::text is null or l.door = $4)
            and ($5::timestamptz is null or l.at >= $5) and ($6::timestamptz is null or l.at < $6)
        order by l.at desc, l.id desc limit $7
        "#,
        sought.before,
        sought.login,
        sought.action,
        sought.door,
        sought.from,
        sought.until,
        i64::from(sought.most)
    )
    .fetch_all(connection)
    .await
}
