//! Who keeps the list of people: entering them, their pass words, their roles, letting them in no longer.
//!
//! Every step asks for its right and leaves its mark. Nobody changes their own role or shuts themselves out, and the
//! last who may let anybody in stays: whoever changes an administrator holds all administrators' rows, in the order of
//! their ids, so that two who are changed at once are counted one after the other.

use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, Role, UserId};

use super::act::{Act, Action};
use super::password::WeakPassword;
use super::person::{NewUser, Place, User};
use super::rights::Standing;
use super::{password, store};
use crate::database::{Tx, broken_constraint, commit, write};

/// Why a person was not entered or changed.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// Someone has the login name.
    #[error("登录名已被使用，请换一个")]
    LoginTaken,
    /// The login name has other letters or another length.
    #[error("登录名须为2至40位小写字母、数字、点、横线或下划线")]
    Login,
    /// The name is empty, too long, or does not stand on one line.
    #[error("姓名须为1至40个字，不含控制符")]
    Name,
    /// No such person.
    #[error("用户不存在")]
    Unknown,
    /// Nobody would be left to let anybody in.
    #[error("这是最后一位可登录的系统管理员，不能停用或改任")]
    LastAdministrator,
    /// Who asks is who is meant.
    #[error("不能停用自己，也不能变更自己的角色，请由另一位系统管理员办理")]
    Yourself,
    /// The person could do or see more than before, and nobody said that this is meant.
    #[error("变更后权限或数据范围扩大：{before} → {after}。确认无误请勾选“确认扩大权限”后再提交")]
    Widens {
        /// Role and place until now.
        before: String,
        /// Role and place asked for.
        after: String,
    },
    /// The pass word breaks a rule.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The role works at an outlet, and none is given.
    #[error("这个角色在网点工作，须填写网点")]
    Outlet,
    /// There is no such outlet or town.
    #[error("没有这个网点或镇街")]
    Place,
    /// The organisation takes no money: nobody works there at a counter.
    #[error("所填机构不是收费网点，请填写供水分公司、水厂或环卫所")]
    NotAnOutlet,
    /// Does another's work just now: role and place are not the own.
    #[error("该用户正在顶岗，请先结束顶岗，再变更角色")]
    StandsIn,
    /// Who asks may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// The pass word could not be hashed.
    #[error("口令处理失败，请重试")]
    Hash,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

/// What a person was and is, for whoever changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Role and place until now.
    pub before: String,
    /// Role and place from now on.
    pub after: String,
}

/// Enters a person on behalf of an administrator, or of whoever keeps the machine.
///
/// # Errors
/// See [`AdministerError`].
pub async fn add_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    new: NewUser,
) -> Result<UserId, AdministerError> {
    let phc = match &new.password {
        Some(password) => Some(hashed(&new.login, password.clone()).await?),
        None => None,
    };
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let id = store::create_user(&mut tx, &new, phc.as_deref(), now).await?;
        let credential = phc.as_deref().map(|phc| password::digest(id, phc));
        let details = json!({
            "role": new.role, "outlet": new.place.outlet, "town": new.place.town, "credential": credential,
        });
        store::mark(&mut tx, &Act::new(Action::AddUser, by, &new.login).with(details), now).await?;
        commit(tx).await?;
        Ok(id)
    })
    .await
}

/// Gives a person another pass word, ends the person's sessions, and forgets the wrong tries: who kept them out by
/// guessing does so no longer.
///
/// # Errors
/// See [`AdministerError`].
pub async fn change_password(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    password: &str,
) -> Result<(), AdministerError> {
    let phc = hashed(login, password.to_owned()).await?;
    let (now, login) = (clock.now(), login.to_owned());
    write(pool, move |mut tx| async move {
        let user = store::set_password(&mut tx, &login, &phc, now).await?;
        let user = user.ok_or(AdministerError::Unknown)?;
        // After the lock, so that a session is seen that was opened while we waited for it.
        store::end_sessions(&mut tx, user).await?;
        store::forget_attempts_of(&mut tx, &login).await?;
        let details = json!({ "credential": password::digest(user, &phc) });
        store::mark(&mut tx, &Act::new(Action::SetPassword, by, &login).with(details), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

/// Lets a person in no longer, and ends the person's sessions.
///
/// # Errors
/// See [`AdministerError`].
pub async fn disable_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
) -> Result<(), AdministerError> {
    set_active(pool, clock, by, login, false).await
}

/// Lets a person in again; sessions of old stay ended.
///
/// # Errors
/// See [`AdministerError`].
pub async fn enable_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
) -> Result<(), AdministerError> {
    set_active(pool, clock, by, login, true).await
}

async fn set_active(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    active: bool,
) -> Result<(), AdministerError> {
    let (now, login) = (clock.now(), login.to_owned());
    write(pool, move |mut tx| async move {
        let meant = Meant::hold(&mut tx, &login, by).await?;
        if !active {
            meant.may_leave(&mut tx).await?;
        }
        store::set_active(&mut tx, meant.user, active).await?;
        let action = if active { Action::EnableUser } else { Action::DisableUser };
        store::end_sessions(&mut tx, meant.user).await?;
        store::mark(&mut tx, &Act::new(action, by, &login), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

/// Gives a person another role and place, and ends the person's sessions. What lets the person do or see more than
/// before is done only where `widens` says that it is meant.
///
/// # Errors
/// See [`AdministerError`].
pub async fn set_role(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    to: (Role, Place),
    widens: bool,
) -> Result<Changed, AdministerError> {
    let (now, login) = (clock.now(), login.to_owned());
    write(pool, move |mut tx| async move {
        let meant = Meant::hold(&mut tx, &login, by).await?;
        if meant.stands_in {
            return Err(AdministerError::StandsIn);
        }
        let (role, place) = to;
        if role != Role::Administrator {
            meant.may_leave(&mut tx).await?;
        }
        store::set_role(&mut tx, meant.user, role, place).await?;
        let now_is = store::person(&mut tx, &login).await?.ok_or(AdministerError::Unknown)?.user;
        let is_wider = meant.standing.is_widened_by(&standing(&now_is));
        let changed = Changed { before: meant.words, after: words(&now_is) };
        if is_wider && !widens {
            let Changed { before, after } = changed;
            return Err(AdministerError::Widens { before, after });
        }
        let details = json!({
            "from": meant.role, "to": role, "outlet": place.outlet, "town": place.town, "widens": is_wider,
        });
        store::end_sessions(&mut tx, meant.user).await?;
        let act = Act::new(Action::SetRole, by, &login).with(details);
        store::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(changed)
    })
    .await
}

/// Calls a person by another name; what stood on papers stands.
///
/// # Errors
/// See [`AdministerError`].
pub async fn rename_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    name: &str,
) -> Result<(), AdministerError> {
    let (now, login, name) = (clock.now(), login.to_owned(), name.trim().to_owned());
    write(pool, move |mut tx| async move {
        let renamed = store::rename(&mut tx, &login, &name).await?;
        renamed.ok_or(AdministerError::Unknown)?;
        store::mark(&mut tx, &Act::new(Action::RenameUser, by, &login), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

pub(super) fn standing(user: &User) -> Standing {
    Standing { reach: user.reach(), rights: user.rights.clone() }
}

/// Role and place, as the question about them says it.
pub(super) fn words(user: &User) -> String {
    format!("{} · {}", user.role.label(), user.place_words())
}

/// Who is to be changed, held until the transaction ends.
struct Meant {
    user: UserId,
    role: Role,
    standing: Standing,
    words: String,
    is_administrator: bool,
    stands_in: bool,
}

impl Meant {
    async fn hold(tx: &mut Tx, login: &str, by: Option<UserId>) -> Result<Self, AdministerError> {
        store::hold_for_change(tx, login).await?;
        let person = store::person(tx, login).await?.ok_or(AdministerError::Unknown)?;
        let user = person.user;
        if by == Some(user.id) {
            return Err(AdministerError::Yourself);
        }
        Ok(Self {
            user: user.id,
            role: user.role,
            words: words(&user),
            is_administrator: person.active && user.role == Role::Administrator,
            stands_in: user.stands_in_until.is_some(),
            standing: standing(&user),
        })
    }

    /// Somebody else is left who can let people in.
    async fn may_leave(&self, tx: &mut Tx) -> Result<(), AdministerError> {
        if self.is_administrator && store::other_administrators(tx, self.user).await? == 0 {
            return Err(AdministerError::LastAdministrator);
        }
        Ok(())
    }
}

pub(super) async fn hashed(login: &str, password: String) -> Result<String, Unhashed> {
    password::check(login, &password)?;
    tokio::task::spawn_blocking(move || password::hash(&password))
        .await
        .map_err(|_| Unhashed::Hash)?
        .map_err(|_| Unhashed::Hash)
}

/// Why a pass word did not become a hash.
pub(super) enum Unhashed {
    Weak(WeakPassword),
    Hash,
}

impl From<WeakPassword> for Unhashed {
    fn from(weak: WeakPassword) -> Self {
        Self::Weak(weak)
    }
}

impl From<Unhashed> for AdministerError {
    fn from(error: Unhashed) -> Self {
        match error {
            Unhashed::Weak(weak) => Self::Weak(weak),
            Unhashed::Hash => Self::Hash,
        }
    }
}

impl From<sqlx::Error> for AdministerError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("app_user_login_key") => Self::LoginTaken,
            Some("app_user_login_check") => Self::Login,
            Some("app_user_name_check") => Self::Name,
            Some("app_user_outlet") => Self::Outlet,
            Some("app_user_at_outlet") => Self::NotAnOutlet,
            Some("app_user_outlet_id_fkey" | "app_user_town_id_fkey") => Self::Place,
            Some("operation_log_may") => Self::NotAllowed,
            _ => Self::Database(error),
        }
    }
}
