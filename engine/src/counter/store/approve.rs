//! Approvals of reversals.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{PaymentId, UserId};

use super::Result;
use crate::counter::approve::{Approval, Approve};
use crate::database::yuan;

/// Notes an approval; false where there is no such payment.
pub(in crate::counter) async fn approve(
    conn: &mut PgConnection,
    order: &Approve,
    now: DateTime<Utc>,
) -> Result<bool> {
    let noted = sqlx::query!(
        "insert into reversal_approval (payment_id, submitted_by, approved_by, town_id, reason, approved_at)
        select id, $2, $3, town_id, $4, $5 from payment where id = $1",
        order.payment.0,
        order.cashier.0,
        order.by.0,
        order.reason.trim(),
        now
    )
    .execute(conn)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// The newest approvals that a person gave.
pub(in crate::counter) async fn approvals(
    conn: &mut PgConnection,
    by: UserId,
) -> Result<Vec<Approval>> {
    let rows = sqlx::query!(
        r#"
        select a.payment_id, p.net, u.name, a.reason, a.approved_at,
            exists (select from reversal_approved r where r.approval_id = a.id) as "used!"
        from reversal_approval a join payment p on p.id = a.payment_id join app_user u on u.id = a.submitted_by
        where a.approved_by = $1 order by a.approved_at desc, a.id desc limit 50
        "#,
        by.0
    )
    .fetch_all(conn)
    .await?;
    let given = rows.into_iter().map(|r| Approval {
        payment: PaymentId(r.payment_id),
        net: yuan(r.net),
        cashier_name: r.name,
        reason: r.reason,
        approved_at: r.approved_at,
        used: r.used,
    });
    Ok(given.collect())
}
