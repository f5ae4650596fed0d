//! 档案变更、过户: what an account is charged as and who pays, changed from a day on by two persons.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{
    AccountId, AccountVersionId, BillPeriod, Clock, OrganisationId, PayerId, Reason, UserId,
    business_day,
};

use super::classes::SewageClass;
use super::payer::Pays;
use super::state::{AccountChange, AccountVersion};
use super::store::changes;
use super::validate;
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_law, commit, lock_not_granted, write, write_patiently};

/// A change that was not submitted or decided.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No such account, or none that this person may see.
    #[error("户号不存在：{0}")]
    UnknownAccount(String),
    /// No such change.
    #[error("档案变更不存在：{0}")]
    Unknown(AccountVersionId),
    /// Water is bought from a branch or a waterworks.
    #[error("供水单位不存在，或不是供水企业：{0}")]
    UnknownSupplier(String),
    /// No such payer, or none that this person may see.
    #[error("缴费人不存在：{0}")]
    UnknownPayer(PayerId),
    /// A payer or a quantity that is not well-formed.
    #[error("{0}")]
    Wrong(&'static str),
    /// Water of a source of its own is not bought, and the other way round: the place decides.
    #[error("是否自备水源由用水点决定，不能以档案变更改变")]
    OtherSource,
    /// A ratio is a part of the whole.
    #[error("计征比例应大于零、不大于一，最多四位小数")]
    LevyRatio,
    /// Nobody is let off without a paper.
    #[error("免征污水费、单独核定计征比例须填写文号")]
    NoDocument,
    /// What it is due on comes to more than a line of a bill holds.
    #[error("按现行收费标准，该户每月垃圾费将达到一百万元，请核对面积、桶数、户数")]
    TooMuch,
    /// Bills are being made.
    #[error("正在计费，本次未办理，请稍候再试")]
    Busy,
    /// Bills stand that it would price anew: they are taken back first.
    #[error("本变更涉及的{0}已出账，未办理；请先冲正这些月份的应收，或将生效日期改到其后的月份")]
    Billed(String),
    /// Who leaves has paid.
    #[error("该户尚有未缴费用，结清后方可过户")]
    PayerOwes,
    /// Who leaves has left nothing in the purse.
    #[error(
        "该户尚有预存{0}元，为原缴费人所有，清零后方可过户：可先用于缴清账单，余款由近及远冲正存入预存的缴费退还"
    )]
    PayerHasPurse(String),
    /// Nothing would be different.
    #[error("变更内容与现有档案相同")]
    Nothing,
    /// Persons out of range.
    #[error("用水人数应为 1 至 99")]
    Persons,
    /// Before the account was opened.
    #[error("生效日期 {valid_from} 早于开户日期 {opened_on}")]
    BeforeOpening {
        /// The first day that was asked for.
        valid_from: NaiveDate,
        /// When the account was opened.
        opened_on: NaiveDate,
    },
    /// No reason, or a very long one.
    #[error("请填写变更原因（200字以内）")]
    NoReason,
    /// Decided before.
    #[error("该变更已审批，不能重复审批")]
    Decided,
    /// One person does not do both.
    #[error("变更由本人提交，须由他人审批")]
    SamePerson,
    /// Another change was approved since it was submitted, of which it knows nothing.
    #[error(
        "该用户的另一变更在本变更提交之后已获批准，本变更所依据的档案已过时；请退回，并按现有档案重新提交"
    )]
    Overtaken,
    /// Neither a day that has come, nor the first of one of the next two months.
    #[error("生效日期 {0} 尚未到来；预先办理的，可自下月或再下月的 1 日起生效")]
    Ahead(NaiveDate),
    /// A change that was approved holds from a later day on: it is a whole state, and would undo this one.
    #[error(
        "该户已批准自 {0} 起生效的变更，本变更不能早于该日；请改为自该日起生效，该日未到的（如须过户）也可先撤回该变更"
    )]
    BeforeOneAhead(String),
    /// Only what was approved before its day can be taken back, until that day.
    #[error("该变更未获批准、已经生效或已撤回，不能撤回；已生效的请另行提交变更")]
    NotAhead,
    /// What was approved after it was written over it.
    #[error("该户在此变更之后另有已批准而未生效的变更，请先撤回其后的变更")]
    BuiltUpon,
    /// One withdrawal is enough.
    #[error("该变更的撤回已提交，待他人审批")]
    Asked,
    /// Bills stand that went by it.
    #[error("按该变更计费的{0}已出账，不能撤回；请先冲正这些月份的应收")]
    WithdrawnBilled(String),
    /// Who leaves has paid, which nobody knows before that day.
    #[error("过户不能预先办理，请在结清费用后以当日或以前的日期办理")]
    PayerAhead,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("month_too_large", _)) => Self::TooMuch,
            Some(("payer_owes", _)) => Self::PayerOwes,
            Some(("payer_ahead", _)) => Self::PayerAhead,
            Some(("payer_has_purse", balance)) => Self::PayerHasPurse(balance.to_owned()),
            Some(("change_before_one_ahead", day)) => Self::BeforeOneAhead(day.to_owned()),
            Some(("change_after_bill", months)) => Self::Billed(months.to_owned()),
            Some(("withdrawn_after_bill", months)) => Self::WithdrawnBilled(months.to_owned()),
            Some(("withdraws_nothing", _)) => Self::NotAhead,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// Submits a change of an account; it holds once another person has approved it.
///
/// # Errors
/// See [`ChangeError`].
pub async fn submit_change(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    mut change: AccountChange,
) -> Result<AccountVersionId, ChangeError> {
    change.payer = change.payer.map(|pays| match pays {
        Pays::New(payer) => Pays::New(payer.in_half_width()),
        known @ Pays::Known(_) => known,
    });
    let reason = Reason::of(&change.reason).ok_or(ChangeError::NoReason)?;
    if change.persons.is_some_and(|persons| !(1..=99).contains(&persons)) {
        return Err(ChangeError::Persons);
    }
    validate::quantities(&change.quantities).map_err(ChangeError::Wrong)?;
    if change.levy_ratio.is_some_and(|ratio| {
        ratio <= Decimal::ZERO || ratio > Decimal::ONE || ratio.round_dp(4) != ratio
    }) {
        return Err(ChangeError::LevyRatio);
    }
    if let Some(Pays::New(payer)) = &change.payer {
        validate::payer(payer).map_err(ChangeError::Wrong)?;
    }
    let now = clock.now();
    if !may_begin(change.valid_from, business_day(now)) {
        return Err(ChangeError::Ahead(change.valid_from));
    }
    if change.payer.is_some() && change.valid_from > business_day(now) {
        return Err(ChangeError::PayerAhead);
    }
    write(pool, move |mut tx| async move {
        let found = changes::state_on(&mut tx, &change.account_no, change.valid_from).await?;
        let found = found.ok_or_else(|| ChangeError::UnknownAccount(change.account_no.clone()))?;
        if !access::reaches(&mut tx, by, &[AccountId(found.account)]).await? {
            return Err(ChangeError::UnknownAccount(change.account_no));
        }
        let (valid_from, opened_on) = (change.valid_from, found.opened_on);
        if valid_from < opened_on {
            return Err(ChangeError::BeforeOpening { valid_from, opened_on });
        }
        if let Some(later) = changes::last_approved(&mut tx, found.account).await?
            && later > valid_from
        {
            return Err(ChangeError::BeforeOneAhead(later.to_string()));
        }
        let supplier = supplier_of(&mut tx, &change).await?;
        let mut state = found.state.changed_by(&change, supplier);
        if state.use_class.buys_water() != found.state.use_class.buys_water() {
            return Err(ChangeError::OtherSource);
        }
        if let Some(Pays::New(payer)) = &change.payer {
            state.payer = changes::insert_payer(&mut tx, found.town, payer).await?;
        }
        if let Some(Pays::Known(payer)) = &change.payer
            && !access::reaches_payers(&mut tx, by, &[*payer]).await?
        {
            return Err(ChangeError::UnknownPayer(*payer));
        }
        if state == found.state {
            return Err(ChangeError::Nothing);
        }
        let is_let_off = state.sewage_class == SewageClass::Exempt || state.levy_ratio.is_some();
        if is_let_off && change.doc_no.is_none() {
            return Err(ChangeError::NoDocument);
        }
        let version = changes::insert(&mut tx, &found, &state, &change, (&reason, by, now)).await?;
        if let Some(months) = changes::billed(&mut tx, version).await? {
            return Err(ChangeError::Billed(months));
        }
        let act = Act::new(Action::ChangeAccount, Some(by), format!("用户 {}", change.account_no));
        let details = json!({
            "version": version, "valid_from": valid_from, "state": state, "reason": reason,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(version)
    })
    .await
}

/// True where a change may hold from a day on: one that has come, or the first of one of the next two months. Bills are
/// made a month ahead at most, so the month after the next has none yet.
fn may_begin(valid_from: NaiveDate, today: NaiveDate) -> bool {
    let last = BillPeriod::of(today).next().next().first_day();
    valid_from <= today || (valid_from.day() == 1 && valid_from <= last)
}

/// Shows the approved changes whose day has come as what their accounts are; gives how many there were. Bills need not
/// wait for it: they go by the days of the changes.
///
/// # Errors
/// The database fails.
pub async fn begin_changes(pool: &PgPool, clock: &dyn Clock) -> Result<i64, sqlx::Error> {
    let today = clock.today();
    write_patiently(pool, move |mut tx| async move {
        let begun = changes::begin(&mut tx, today).await?;
        commit(tx).await?;
        Ok(begun)
    })
    .await
}

/// How many approved changes have come and are not shown yet: nobody has asked [`begin_changes`] since.
///
/// # Errors
/// The database fails.
pub async fn changes_due(
    connection: &mut PgConnection,
    clock: &dyn Clock,
) -> Result<i64, sqlx::Error> {
    changes::due(connection, clock.today()).await
}

async fn supplier_of(
    connection: &mut PgConnection,
    change: &AccountChange,
) -> Result<Option<OrganisationId>, ChangeError> {
    let Some(name) = &change.supplier else { return Ok(None) };
    let found = changes::supplier(connection, name).await?;
    found.map(Some).ok_or_else(|| ChangeError::UnknownSupplier(name.clone()))
}

/// Approves a change, or refuses it, at most once and by another person than who submitted it. One that another change
/// has overtaken is refused and submitted anew: it would undo what it knows nothing of. No month that was billed is
/// priced anew: the bills of months from its first day on are taken back first, and made again they go by it. One whose
/// day has not come is shown from that day on.
///
/// # Errors
/// See [`ChangeError`].
pub async fn decide_change(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    version: AccountVersionId,
    approve: bool,
) -> Result<(), ChangeError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = changes::lock(&mut tx, version, approve).await?;
        let found = found.ok_or(ChangeError::Unknown(version))?;
        if found.is_decided {
            return Err(ChangeError::Decided);
        }
        if found.submitted_by == Some(by) {
            return Err(ChangeError::SamePerson);
        }
        if approve && found.is_overtaken {
            return Err(ChangeError::Overtaken);
        }
        // A change of another place is as good as none.
        changes::decide(&mut tx, version, by, approve, now).await.map_err(|error| {
            let elsewhere = matches!(broken_law(&error), Some(("approval_elsewhere", _)));
            if elsewhere { ChangeError::Unknown(version) } else { error.into() }
        })?;
        let act = Act::new(Action::ApproveAccount, Some(by), format!("档案变更 {version}"));
        let details = json!({ "version": version, "approved": approve });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(())
    })
    .await
}

/// One change, decided or not.
///
/// # Errors
/// The database fails.
pub async fn change_numbered(
    connection: &mut PgConnection,
    version: AccountVersionId,
) -> Result<Option<AccountVersion>, sqlx::Error> {
    Ok(changes::list(connection, changes::Which::One(version), 1).await?.pop())
}

/// The changes that wait for somebody, oldest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn waiting_changes(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<AccountVersion>, sqlx::Error> {
    changes::list(connection, changes::Which::Waiting(reach), limit).await
}

/// The versions of an account, the newest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn account_history(
    connection: &mut PgConnection,
    account_no: &str,
    limit: i64,
) -> Result<Vec<AccountVersion>, sqlx::Error> {
    changes::list(connection, changes::Which::Of(account_no), limit).await
}
