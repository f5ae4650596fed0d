//! The one question about room.

use sqlx::PgConnection;
use terms::BillPeriod;

/// Makes room for the rows of a month; true where there was none.
pub(super) async fn ensure(
    conn: &mut PgConnection,
    month: BillPeriod,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select ensure_month($1) as "made!""#, month.number())
        .fetch_one(conn)
        .await
}
