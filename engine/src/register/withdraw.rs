//! 撤回: what was approved ahead is taken back before its day, by two persons as it was approved.

use serde_json::json;
use sqlx::PgPool;
use terms::{AccountVersionId, Clock, Reason, UserId, business_day};

use super::change::ChangeError;
use super::store::changes;
use crate::access::{self, Act, Action};
use crate::database::{commit, write};

/// Submits that a change be taken back whose day has not come, the last one first; it never holds once another person has
/// approved that. What was billed by it is taken back before.
///
/// # Errors
/// See [`ChangeError`].
pub async fn withdraw_change(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    version: AccountVersionId,
    reason: &str,
) -> Result<AccountVersionId, ChangeError> {
    let reason = Reason::of(reason).ok_or(ChangeError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = changes::unwanted(&mut tx, version, business_day(now)).await?;
        let found = found.ok_or(ChangeError::Unknown(version))?;
        if !access::reaches(&mut tx, by, &[found.account]).await? {
            return Err(ChangeError::Unknown(version));
        }
        for (right, refused) in [
            (found.is_ahead, ChangeError::NotAhead),
            (!found.is_built_upon, ChangeError::BuiltUpon),
            (!found.is_asked, ChangeError::Asked),
        ] {
            if !right {
                return Err(refused);
            }
        }
        if let Some(months) = changes::billed(&mut tx, version).await? {
            return Err(ChangeError::WithdrawnBilled(months));
        }
        let withdrawal = changes::insert_withdrawal(&mut tx, version, (&reason, by, now)).await?;
        let subject = format!("用户 {}", found.account_no);
        let act = Act::new(Action::ChangeAccount, Some(by), subject);
        let details = json!({ "version": withdrawal, "withdraws": version, "reason": reason });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(withdrawal)
    })
    .await
}
