//! 资料更正: what a payer, a place or a meter is called, put right from a day on; what was said before stays known.

use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, Clock, Reason, UserId, business_day, half_width};

use super::account::NewMeter;
use super::called::{Correct, Corrected, Correction, Said, WaitingPayer};
use super::payer::NewPayer;
use super::store::corrections;
use super::validate;
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_law, commit, lock_not_granted, write};

/// A correction that was not written down or decided.
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    /// No such account, or none that this person may see.
    #[error("户号不存在：{0}")]
    UnknownAccount(String),
    /// No such meter at the account.
    #[error("该户没有这只水表：{0}")]
    UnknownMeter(String),
    /// Other accounts share what would be corrected, and are none that this person may see.
    #[error("该缴费人或用水点还有不在您数据范围内的其他户号，更正会一并改动，须由市级管理员办理")]
    Shared,
    /// No such correction that waits.
    #[error("户名更正不存在：{0}")]
    Unknown(i64),
    /// Something that is not well-formed.
    #[error("{0}")]
    Wrong(&'static str),
    /// Nothing would be different.
    #[error("更正内容与现有资料相同")]
    Nothing,
    /// No reason, or a very long one.
    #[error("请填写更正原因（200字以内）")]
    NoReason,
    /// Its day has not come.
    #[error("生效日期不能晚于今天")]
    Ahead,
    /// Something was corrected from a later day on.
    #[error("生效日期不能早于上一次更正的生效日期 {0}")]
    Before(String),
    /// Another correction came in between.
    #[error("提交之后该缴费人的资料又有更正，请退回并按现有资料重新提交")]
    Overtaken,
    /// It turned over, or was read beyond.
    #[error("该表已有抄表超出此量程或已翻转，量程不能更正")]
    RangeWasRead,
    /// Another meter bears this number.
    #[error("表身码已存在")]
    SerialTaken,
    /// Decided before.
    #[error("该更正已审批，不能重复审批")]
    Decided,
    /// One person does not do both.
    #[error("更正由本人提交，须由他人审批")]
    SamePerson,
    /// Others work on the same rows.
    #[error("该用户正在办理其他业务，或账务正在核对，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for CorrectError {
    fn from(error: sqlx::Error) -> Self {
        let taken = error.as_database_error().is_some_and(|e| e.is_unique_violation());
        match broken_law(&error) {
            Some(("correction_ahead", _)) => Self::Ahead,
            Some(("correction_before", said)) => {
                let words: Vec<_> = said.split(' ').collect();
                Self::Before(words.get(words.len().wrapping_sub(2)).copied().unwrap_or("").into())
            }
            Some(("correction_overtaken", _)) => Self::Overtaken,
            Some(("correction_shared", _)) => Self::Shared,
            Some(("range_was_read", _)) => Self::RangeWasRead,
            _ if lock_not_granted(&error) => Self::Busy,
            _ if taken => Self::SerialTaken,
            _ => Self::Database(error),
        }
    }
}

/// Writes a correction down. It holds at once, but for another name or document of a payer, which waits for a second
/// person. What several accounts share is corrected by whoever sees all of them.
///
/// # Errors
/// See [`CorrectError`].
pub async fn correct(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    correction: Correction,
) -> Result<Corrected, CorrectError> {
    let reason = Reason::of(&correction.reason).ok_or(CorrectError::NoReason)?;
    let now = clock.now();
    if correction.valid_from > business_day(now) {
        return Err(CorrectError::Ahead);
    }
    write(pool, move |mut tx| async move {
        let Correction { account_no, valid_from, what, .. } = correction;
        let found = corrections::present(&mut tx, &account_no).await?;
        let found = found.ok_or_else(|| CorrectError::UnknownAccount(account_no.clone()))?;
        if !access::reaches(&mut tx, by, &[AccountId(found.account)]).await? {
            return Err(CorrectError::UnknownAccount(account_no));
        }
        let entry = corrections::Entry { valid_from, reason: &reason, by, now };
        let (action, done) = match what {
            Correct::Payer { name, phone, document } => {
                let is = &found.payer;
                let to = NewPayer {
                    name: name.unwrap_or_else(|| is.name.clone()),
                    phone: phone.or_else(|| is.phone.clone()),
                    document: document.or_else(|| is.document.clone()),
                }
                .in_half_width();
                validate::payer(&to).map_err(CorrectError::Wrong)?;
                if to == found.payer {
                    return Err(CorrectError::Nothing);
                }
                let done = corrections::insert_payer(&mut tx, &found, &to, &entry).await?;
                (Action::CorrectPayer, done)
            }
            Correct::Address(address) => {
                let address = address.trim();
                validate::address(address).map_err(CorrectError::Wrong)?;
                if address == found.address {
                    return Err(CorrectError::Nothing);
                }
                let done = corrections::insert_address(&mut tx, &found, address, &entry).await?;
                (Action::CorrectPoint, done)
            }
            Correct::Meter { serial_no, to_serial_no, caliber_mm, max_range } => {
                let meter = corrections::meter(&mut tx, found.account, &serial_no).await?;
                let meter = meter.ok_or(CorrectError::UnknownMeter(serial_no))?;
                let is = &meter.is;
                let to = NewMeter {
                    serial_no: to_serial_no
                        .map_or_else(|| is.serial_no.clone(), |no| half_width(&no)),
                    caliber_mm: caliber_mm.unwrap_or(is.caliber_mm),
                    max_range: max_range.unwrap_or(is.max_range),
                    start_index: is.start_index,
                };
                validate::meter(&to).map_err(CorrectError::Wrong)?;
                if to == *is {
                    return Err(CorrectError::Nothing);
                }
                let done = corrections::insert_meter(&mut tx, &meter, &to, &entry).await?;
                (Action::CorrectMeter, done)
            }
        };
        let act = Act::new(action, Some(by), format!("用户 {account_no}"));
        let details = json!({
            "version": done.version, "valid_from": valid_from, "waits": done.waits, "reason": reason,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(done)
    })
    .await
}

/// Approves another name or document of a payer, or refuses it, at most once and by another person than who submitted it.
///
/// # Errors
/// See [`CorrectError`].
pub async fn decide_payer(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    version: i64,
    approve: bool,
) -> Result<(), CorrectError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = corrections::asked(&mut tx, version).await?;
        let found = found.ok_or(CorrectError::Unknown(version))?;
        if found.is_decided {
            return Err(CorrectError::Decided);
        }
        if found.submitted_by == by {
            return Err(CorrectError::SamePerson);
        }
        // A payer of another place is as good as none, and so is one who pays for accounts there too.
        corrections::decide(&mut tx, version, by, approve, now).await.map_err(|error| {
            let elsewhere = matches!(broken_law(&error), Some(("approval_elsewhere", _)));
            if elsewhere { CorrectError::Unknown(version) } else { error.into() }
        })?;
        let act = Act::new(Action::ApprovePayer, Some(by), format!("户名更正 {version}"));
        let details = json!({ "version": version, "approved": approve });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(())
    })
    .await
}

/// What the payer, the place and the meters of an account were called, the newest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn corrections(
    connection: &mut PgConnection,
    account_no: &str,
    limit: i64,
) -> Result<Vec<Said>, sqlx::Error> {
    corrections::of_account(connection, account_no, limit).await
}

/// The corrections of payers that wait for somebody, the oldest first, at most `limit`; a payer is of a town, of no outlet, and
/// who pays in several towns is within none of them.
///
/// # Errors
/// The database fails.
pub async fn waiting_payers(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<WaitingPayer>, sqlx::Error> {
    corrections::waiting(connection, None, (reach, limit)).await
}

/// One correction of a payer that waits, or did.
///
/// # Errors
/// The database fails.
pub async fn payer_correction(
    connection: &mut PgConnection,
    version: i64,
) -> Result<Option<WaitingPayer>, sqlx::Error> {
    Ok(corrections::waiting(connection, Some(version), (&Reach::default(), 1)).await?.pop())
}
