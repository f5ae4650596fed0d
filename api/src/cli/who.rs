//! People by the login name that a command gives.

use anyhow::Context;
use engine::access::{self, User};
use sqlx::PgPool;
use terms::UserId;

/// The person who logs in under a name.
pub(super) async fn named(pool: &PgPool, login: &str) -> anyhow::Result<User> {
    let found = access::user_named(&mut *pool.acquire().await?, login).await?;
    found.with_context(|| format!("没有用户“{login}”，或该用户已停用"))
}

/// The person behind an act that only a person does.
pub(super) async fn acting(pool: &PgPool, login: Option<&str>) -> anyhow::Result<UserId> {
    let login = login.context("请用 --by 写明办理人的登录名")?;
    Ok(named(pool, login).await?.id)
}

/// The same, where a command may have nobody behind it.
pub(super) async fn behind(pool: &PgPool, login: Option<&str>) -> anyhow::Result<Option<UserId>> {
    match login {
        Some(login) => Ok(Some(named(pool, login).await?.id)),
        None => Ok(None),
    }
}
