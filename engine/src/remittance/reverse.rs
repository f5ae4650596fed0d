//! A remittance taken back: a typed amount, a wrong town. 上缴冲正

use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, Reason, UserId, business_day};

use super::store;
use super::voucher::Remitted;
use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, commit, undone, write};

/// Takes a remittance back.
#[derive(Debug, Clone)]
pub struct ReverseRemittance {
    /// The remittance.
    pub id: i64,
    /// Why, for the books.
    pub reason: String,
    /// Who orders it.
    pub by: UserId,
}

/// Why a remittance was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// No such remittance, or none that this person may see.
    #[error("上缴记录不存在")]
    Unknown,
    /// A reversal is final.
    #[error("冲正记录不能再冲正，请重新登记上缴")]
    IsReversal,
    /// Taken back before.
    #[error("该笔上缴已冲正，不能重复冲正")]
    AlreadyReversed,
    /// Whoever recorded it does not take it back.
    #[error("登记人不能冲正自己登记的上缴，请由另一人办理")]
    OwnEntry,
    /// No reason, or a very long one.
    #[error("请填写冲正原因（200字以内）")]
    NoReason,
    /// The database failed.
    #[error("{}", undone(.0, "冲正未登记"))]
    Database(#[source] sqlx::Error),
}

/// Takes a remittance back by its mirror, at most once; its voucher may be recorded anew.
///
/// # Errors
/// See [`ReverseError`].
pub async fn reverse(
    pool: &PgPool,
    clock: &dyn Clock,
    order: ReverseRemittance,
) -> Result<Remitted, ReverseError> {
    let reason = Reason::of(&order.reason).ok_or(ReverseError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        store::one_at_a_time(&mut tx).await?;
        let original = store::original(&mut tx, order.id).await?.ok_or(ReverseError::Unknown)?;
        let reach = access::reach_of(&mut tx, Some(order.by)).await?;
        if !reach.holds(Some(original.town), None) {
            return Err(ReverseError::Unknown);
        }
        if original.is_reversal {
            return Err(ReverseError::IsReversal);
        }
        if original.is_reversed {
            return Err(ReverseError::AlreadyReversed);
        }
        if original.recorded_by == order.by {
            return Err(ReverseError::OwnEntry);
        }
        let id = store::mirror(&mut tx, order.id, (reason.as_str(), order.by), business_day(now))
            .await?;
        let subject = format!("上缴 {} 凭证 {}", order.id, original.voucher_no);
        let details = json!({ "reversal": id, "amount": original.amount, "reason": reason });
        let act = Act::new(Action::ReverseRemittance, Some(order.by), subject).with(details);
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(Remitted { id })
    })
    .await
}

impl From<sqlx::Error> for ReverseError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("remittance_reverses_id_key") => Self::AlreadyReversed,
            _ => Self::Database(error),
        }
    }
}
