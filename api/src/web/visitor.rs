//! Who asks: the extractors of a person and of a clerk at an outlet.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use engine::access::{self, Act, Action, Reach, Rights, Signed};
use terms::{OutletId, Role, TownId, UserId};
use warehouse::Person;

use super::App;
use super::error::WebError;
use crate::reader;

/// A person who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) role: Role,
    /// What they may do, as the books say now.
    pub(super) rights: Rights,
    /// The rows that are theirs to see: what is cut to a length is cut of these.
    pub(super) reach: Reach,
    pub(super) place: String,
    /// The same person as a reader of the warehouse, with the rows that they may see.
    pub(super) reader: Person,
    pub(super) csrf: String,
    /// What the page says to them first.
    pub(super) told: Option<Told>,
}

/// A sentence at the top of a page, of the form that was sent.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// `ok` or `bad`.
    pub(super) tone: &'static str,
    pub(super) words: String,
    /// The page of the form, where it is drawn once more under the address that refused it.
    pub(super) form: Option<String>,
}

impl From<Signed> for Visitor {
    fn from(Signed { user, csrf }: Signed) -> Self {
        Self {
            user: user.id,
            role: user.role,
            reach: user.reach(),
            place: user.place_words().to_owned(),
            reader: reader(&user),
            name: user.name,
            rights: user.rights,
            csrf,
            told: None,
        }
    }
}

impl Visitor {
    /// True where a row of this town and outlet is theirs to see; a row without one is for those whom none bounds.
    /// What is not is as good as none.
    pub(super) fn sees(&self, town: Option<TownId>, outlet: Option<OutletId>) -> bool {
        self.reach.holds(town, outlet)
    }
}

/// Notes what a visitor is about to read, before the answer begins.
pub(super) async fn note(
    app: &App,
    visitor: &Visitor,
    action: Action,
    subject: impl Into<String>,
    details: serde_json::Value,
) -> Result<(), WebError> {
    let act = Act::new(action, Some(visitor.user), subject).with(details);
    Ok(access::mark_reading(&app.0.pool, &*app.0.clock, act).await?)
}

impl FromRequestParts<App> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::Login)
    }
}

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// A clerk at an outlet: the table of routes has let nobody else in. 收费员
#[derive(Debug)]
pub(super) struct Clerk {
    pub(super) visitor: Visitor,
    pub(super) outlet: OutletId,
}

impl FromRequestParts<App> for Clerk {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let outlet = visitor.reach.outlet.ok_or(WebError::Forbidden("您还没有指定网点。"))?;
        Ok(Self { visitor, outlet })
    }
}
