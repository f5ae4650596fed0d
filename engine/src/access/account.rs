//! People who may log in. 用户

use sqlx::PgConnection;
use terms::{AccountId, OutletId, PayerId, UserId};

use super::person::{People, Person, Place, Sought, User};
use super::rights::{Reach, RoleRights};
use super::{password, store};

/// People by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn people(connection: &mut PgConnection, sought: &Sought) -> Result<People, sqlx::Error> {
    store::people(connection, sought).await
}

/// The person of a login, let in or no longer.
///
/// # Errors
/// The database cannot answer.
pub async fn person(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Option<Person>, sqlx::Error> {
    store::person(connection, login).await
}

/// True where somebody can log in at all.
///
/// # Errors
/// The database cannot answer.
pub async fn anybody(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    store::anybody(connection).await
}

/// The place of the names given: an outlet by its name, a town by its short one; none where a name is unknown.
///
/// # Errors
/// The database cannot answer.
pub async fn place_named(
    connection: &mut PgConnection,
    outlet: Option<&str>,
    town: Option<&str>,
) -> Result<Option<Place>, sqlx::Error> {
    let place = store::place_named(connection, outlet, town).await?;
    let is_whole =
        outlet.is_some() == place.outlet.is_some() && town.is_some() == place.town.is_some();
    Ok(is_whole.then_some(place))
}

/// True where an active person's pass word is this one.
///
/// # Errors
/// The database cannot answer.
pub async fn has_password(
    connection: &mut PgConnection,
    login: &str,
    password: &str,
) -> Result<bool, sqlx::Error> {
    let Some(phc) = store::password_of(connection, login).await? else { return Ok(false) };
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || password::verify(&password, &phc)).await;
    Ok(verified.unwrap_or(false))
}

/// Every active person, by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn users(connection: &mut PgConnection) -> Result<Vec<User>, sqlx::Error> {
    store::users(connection).await
}

/// The active person of a login name, as of now.
///
/// # Errors
/// The database cannot answer.
pub async fn user_named(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Option<User>, sqlx::Error> {
    store::user_named(connection, login).await
}

/// The active person of an id, as of now.
///
/// # Errors
/// The database cannot answer.
pub async fn user(connection: &mut PgConnection, id: UserId) -> Result<Option<User>, sqlx::Error> {
    store::user(connection, id).await
}

/// The rows that whoever is behind an act sees: all where that is nobody but who keeps the machine. Use cases ask it, so that
/// no door forgets to; a row of another place is as good as none. Who is let in no longer sees nothing.
///
/// # Errors
/// The database cannot answer.
pub(crate) async fn reach_of(
    connection: &mut PgConnection,
    by: Option<UserId>,
) -> Result<Reach, sqlx::Error> {
    let Some(by) = by else { return Ok(Reach::default()) };
    let found = store::user(connection, by).await?;
    Ok(found.map_or_else(Reach::nothing, |user| user.reach()))
}

/// True where accounts are all among the rows that a person sees.
///
/// # Errors
/// The database cannot answer.
pub(crate) async fn reaches(
    connection: &mut PgConnection,
    person: UserId,
    accounts: &[AccountId],
) -> Result<bool, sqlx::Error> {
    let accounts: Vec<i64> = accounts.iter().map(|account| account.0).collect();
    store::reaches(connection, person, &accounts).await
}

/// True where payers are all there and among those whom a person sees: whoever names one gives an account to nobody else.
///
/// # Errors
/// The database cannot answer.
pub(crate) async fn reaches_payers(
    connection: &mut PgConnection,
    person: UserId,
    payers: &[PayerId],
) -> Result<bool, sqlx::Error> {
    let payers: Vec<i64> = payers.iter().map(|payer| payer.0).collect();
    store::reaches_payers(connection, person, &payers).await
}

/// True where a person works for an organisation: for the outlet, or its town, or the whole city.
///
/// # Errors
/// The database cannot answer.
pub(crate) async fn answers_for(
    connection: &mut PgConnection,
    person: UserId,
    organisation: OutletId,
) -> Result<bool, sqlx::Error> {
    store::answers_for(connection, person, organisation).await
}

/// Every role, in the order of the trade.
///
/// # Errors
/// The database cannot answer.
pub async fn roles(connection: &mut PgConnection) -> Result<Vec<RoleRights>, sqlx::Error> {
    store::roles(connection).await
}
