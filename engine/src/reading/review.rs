//! 用水检查: a second person accepts or rejects a reading that crossed an alert line, or rejects one that stands.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{ChargeId, Clock, ReadingId, UserId};

use super::entered::Decision;
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{commit, undone, write};

/// A review of readings, all with the same decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which readings.
    pub readings: Vec<ReadingId>,
    /// What it says of them.
    pub decision: Decision,
    /// Who says so; not the one who entered them.
    pub reviewed_by: UserId,
}

/// A review that was not recorded; none of its readings was.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// A reading does not exist, is of another place, crossed no alert line, or was reviewed already.
    #[error("抄表记录 {0} 不在待审核状态")]
    NotWaiting(ReadingId),
    /// A person does not review the own entry.
    #[error("抄表记录 {0} 由本人录入，须由他人审核")]
    SamePerson(ReadingId),
    /// A charge has taken it.
    #[error("抄表记录 {0} 已出账（应收编号 {1}），请先冲正应收")]
    Billed(ReadingId, ChargeId),
    /// The next reading began where this one ended.
    #[error("抄表记录 {0} 之后已有抄表，请先退回以后月份的抄表")]
    LaterReading(ReadingId),
    /// The database failed.
    #[error("{}", undone(.0, "审核未登记"))]
    Database(#[from] sqlx::Error),
}

/// Records a review, whole or not at all; gives the number of readings reviewed.
///
/// # Errors
/// See [`ReviewError`].
pub async fn review(pool: &PgPool, clock: &dyn Clock, order: Review) -> Result<u64, ReviewError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let reviewed = record(&mut tx, now, &order).await?;
        let act = Act::new(
            Action::ReviewReadings,
            Some(order.reviewed_by),
            format!("抄表 {reviewed} 条"),
        );
        let details = json!({
            "decision": order.decision, "readings": order.readings,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(reviewed)
    })
    .await
}

async fn record(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    order: &Review,
) -> Result<u64, ReviewError> {
    let ids: Vec<i64> = order.readings.iter().map(|id| id.0).collect();
    store::lock_meters_of_readings(&mut *connection, &ids).await?;
    let reach = access::reach_of(&mut *connection, Some(order.reviewed_by)).await?;
    for found in store::for_review(&mut *connection, &ids).await? {
        let id = ReadingId(found.id);
        if !reach.holds(found.town, found.outlet) {
            return Err(ReviewError::NotWaiting(id));
        }
        let rejects = order.decision == Decision::Rejected;
        if let (true, Some(charge)) = (rejects, found.charge) {
            return Err(ReviewError::Billed(id, charge));
        }
        if !(found.waits || rejects && found.stands) {
            return Err(ReviewError::NotWaiting(id));
        }
        if found.entered_by == Some(order.reviewed_by) {
            return Err(ReviewError::SamePerson(id));
        }
        if rejects && found.has_later {
            return Err(ReviewError::LaterReading(id));
        }
    }
    Ok(store::insert_reviews(connection, now, &ids, order.decision, order.reviewed_by).await?)
}
