//! The one question about room.

use sqlx::PgConnection;
use terms::BillPeriod;

/// Makes room for the rows of a month, or for a part of them; true where there was none.
pub(super) async fn ensure(
    conn: &mut PgConnection,
    month: BillPeriod,
    only_what: Option<&str>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select ensure_month($1, $2) as "made!""#, month.number(), only_what)
        .fetch_one(conn)
        .await
}
