//! 档案变更、过户: what an account is charged as and who pays, changed from a day on by two persons.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{
    AccountId, AccountVersionId, Clock, OrganisationId, OutletId, PayerId, Reason, TownId, UserId,
    business_day,
};

use super::store::changes;
use super::{GarbageClass, Pays, Quantities, SewageClass, UseClass, validate};
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_law, commit, known, lock_not_granted, write};

/// What an account is to be from a day on; None leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// 户号.
    pub account_no: String,
    /// The first day: bills are priced by what is valid on the last day of their month.
    pub valid_from: NaiveDate,
    /// 用水性质.
    pub use_class: Option<UseClass>,
    /// 污水费类型.
    pub sewage_class: Option<SewageClass>,
    /// 垃圾费类型.
    pub garbage_class: Option<GarbageClass>,
    /// 用水人数.
    pub persons: Option<i32>,
    /// 供水单位, by its name.
    pub supplier: Option<String>,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// 计征比例 of its own: part of the water on which sewage treatment is due.
    pub levy_ratio: Option<Decimal>,
    /// What is known no longer from then on, or holds no longer.
    pub clears: Clears,
    /// 过户: who pays from then on.
    pub payer: Option<Pays>,
    /// The document that it rests on. 文号
    pub doc_no: Option<String>,
    /// Why.
    pub reason: String,
}

/// What an account is to have no longer. 取消
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clears {
    /// 面积.
    pub area_m2: bool,
    /// 桶数.
    pub bins: bool,
    /// 户数.
    pub households: bool,
    /// 计征比例 of its own: that of the rate holds again.
    pub levy_ratio: bool,
}

impl Clears {
    /// What is left of a figure.
    fn of(clears: bool, figure: Option<Decimal>) -> Option<Decimal> {
        figure.filter(|_| !clears)
    }
}

/// What an account is charged as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AccountState {
    /// 用水性质.
    pub use_class: UseClass,
    /// 污水费类型.
    pub sewage_class: SewageClass,
    /// 垃圾费类型.
    pub garbage_class: GarbageClass,
    /// 用水人数.
    pub persons: i32,
    /// 供水单位.
    pub supplier: OrganisationId,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// 计征比例 of its own; None where that of the rate holds.
    pub levy_ratio: Option<Decimal>,
    /// 缴费人.
    pub payer: PayerId,
}

impl AccountState {
    /// As the books have it: classes, persons and supplier, area, bins, households and ratio, payer.
    pub(crate) fn read(
        [use_class, sewage_class, garbage_class]: [&str; 3],
        (persons, supplier): (i32, i32),
        [area_m2, bins, households, levy_ratio]: [Option<Decimal>; 4],
        payer: i64,
    ) -> Self {
        Self {
            use_class: known(use_class),
            sewage_class: known(sewage_class),
            garbage_class: known(garbage_class),
            persons,
            supplier: OrganisationId(supplier),
            quantities: Quantities { area_m2, bins, households },
            levy_ratio,
            payer: PayerId(payer),
        }
    }

    /// What it becomes by a change, whose supplier was looked up.
    fn changed_by(self, change: &AccountChange, supplier: Option<OrganisationId>) -> Self {
        let (clears, to) = (change.clears, self.quantities.changed_by(change.quantities));
        let quantities = Quantities {
            area_m2: Clears::of(clears.area_m2, to.area_m2),
            bins: Clears::of(clears.bins, to.bins),
            households: Clears::of(clears.households, to.households),
        };
        let levy_ratio = change.levy_ratio.or(self.levy_ratio);
        Self {
            use_class: change.use_class.unwrap_or(self.use_class),
            sewage_class: change.sewage_class.unwrap_or(self.sewage_class),
            garbage_class: change.garbage_class.unwrap_or(self.garbage_class),
            persons: change.persons.unwrap_or(self.persons),
            supplier: supplier.unwrap_or(self.supplier),
            quantities,
            levy_ratio: Clears::of(clears.levy_ratio, levy_ratio),
            payer: match change.payer {
                Some(Pays::Known(payer)) => payer,
                _ => self.payer,
            },
        }
    }
}

/// A version of an account, as the list of changes shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountVersion {
    /// The version.
    pub id: AccountVersionId,
    /// The account.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// 镇街.
    pub town: TownId,
    /// 网点.
    pub outlet: OutletId,
    /// 户名 today, not masked.
    pub payer_name: String,
    /// Who pays from then on, not masked.
    pub payer_then: String,
    /// 供水单位 from then on, by its name.
    pub supplier_then: String,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// What the account is from then on.
    pub state: AccountState,
    /// What it is today.
    pub today: AccountState,
    /// The document that it rests on.
    pub doc_no: Option<String>,
    /// Why; None for the state at the opening.
    pub reason: Option<String>,
    /// Who submitted it.
    pub submitter: Option<UserId>,
    /// By name.
    pub submitted_by: Option<String>,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Who approved or refused it, by name; None while it waits.
    pub decided_by: Option<String>,
    /// Whether it was approved; None while it waits.
    pub approved: Option<bool>,
}

/// A change that was not submitted or decided.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No such account.
    #[error("户号不存在：{0}")]
    UnknownAccount(String),
    /// No such change.
    #[error("档案变更不存在：{0}")]
    Unknown(AccountVersionId),
    /// Water is bought from a branch or a waterworks.
    #[error("供水单位不存在，或不是供水企业：{0}")]
    UnknownSupplier(String),
    /// No such payer.
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
    /// Who leaves has paid.
    #[error("该户尚有未缴费用，结清后方可过户")]
    PayerOwes,
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
    /// Its day has not come.
    #[error("该变更自 {0} 起生效，届时方可批准")]
    Ahead(NaiveDate),
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("month_too_large", _)) => Self::TooMuch,
            Some(("payer_owes", _)) => Self::PayerOwes,
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
    change: AccountChange,
) -> Result<AccountVersionId, ChangeError> {
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
    write(pool, move |mut tx| async move {
        let found = changes::state_on(&mut tx, &change.account_no, change.valid_from).await?;
        let found = found.ok_or_else(|| ChangeError::UnknownAccount(change.account_no.clone()))?;
        let (valid_from, opened_on) = (change.valid_from, found.opened_on);
        if valid_from < opened_on {
            return Err(ChangeError::BeforeOpening { valid_from, opened_on });
        }
        let supplier = supplier_of(&mut tx, &change).await?;
        let mut state = found.state.changed_by(&change, supplier);
        if state.use_class.buys_water() != found.state.use_class.buys_water() {
            return Err(ChangeError::OtherSource);
        }
        match &change.payer {
            Some(Pays::New(payer)) => {
                state.payer = changes::insert_payer(&mut tx, found.town, payer).await?;
            }
            Some(Pays::Known(payer)) if !changes::has_payer(&mut tx, *payer).await? => {
                return Err(ChangeError::UnknownPayer(*payer));
            }
            _ => {}
        }
        if state == found.state {
            return Err(ChangeError::Nothing);
        }
        let is_let_off = state.sewage_class == SewageClass::Exempt || state.levy_ratio.is_some();
        if is_let_off && change.doc_no.is_none() {
            return Err(ChangeError::NoDocument);
        }
        let version = changes::insert(&mut tx, &found, &state, &change, (&reason, by, now)).await?;
        let act = Act::new(Action::ChangeAccount, Some(by), format!("用户 {}", change.account_no));
        let details = json!({ "version": version, "valid_from": valid_from, "state": state });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(version)
    })
    .await
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
/// has overtaken is refused and submitted anew: it would undo what it knows nothing of. Bills that were made
/// stay as they are; those of months from its first day on that are made from now on go by it.
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
        let found = changes::lock(&mut tx, version).await?.ok_or(ChangeError::Unknown(version))?;
        if found.is_decided {
            return Err(ChangeError::Decided);
        }
        if found.submitted_by == Some(by) {
            return Err(ChangeError::SamePerson);
        }
        if approve && found.valid_from > business_day(now) {
            return Err(ChangeError::Ahead(found.valid_from));
        }
        if approve && found.is_overtaken {
            return Err(ChangeError::Overtaken);
        }
        changes::decide(&mut tx, version, by, approve, now).await?;
        let act = Act::new(Action::ApproveAccount, Some(by), format!("档案变更 {version}"));
        access::mark(&mut tx, &act.with(json!({ "approved": approve })), now).await?;
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
