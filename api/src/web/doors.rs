//! The table of routes: each with who may come in, and with the act that it leaves in the operation log.
//!
//! A route is entered here or not at all, so nothing stands open because somebody forgot: the table
//! holds the door before the handler runs, and a story walks every row of it with every role. Which role may
//! do what is data: the rights come with the session, out of the books.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use engine::access::{Action, Rights};

use super::App;
use super::error::WebError;
use super::told::Done;
use super::visitor::Visitor;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is not logged in, too.
    Anybody,
    /// Everybody who is logged in.
    Person,
    /// Whose role may do this.
    May(Action),
}

impl Who {
    /// True where somebody with these rights may come in.
    pub fn admits(self, rights: &Rights) -> bool {
        match self {
            Self::Anybody | Self::Person => true,
            Self::May(act) => rights.may(act),
        }
    }

    fn holds(self, visitor: Option<&Visitor>) -> Result<(), WebError> {
        match (self, visitor) {
            (Self::Anybody, _) | (Self::Person, Some(_)) => Ok(()),
            (Self::Person | Self::May(_), None) => Err(WebError::Login),
            (Self::May(act), Some(visitor)) if visitor.rights.may(act) => Ok(()),
            (Self::May(act), Some(_)) => Err(WebError::NotAllowed(Some(act))),
        }
    }
}

impl From<Action> for Who {
    fn from(act: Action) -> Self {
        Self::May(act)
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// How it is asked.
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// By whom.
    pub who: Who,
    /// The mark that it leaves; whatever changes something leaves one.
    pub act: Option<Action>,
}

/// Routes and their table, built together.
pub(super) struct Doors {
    router: Router<App>,
    table: Vec<Door>,
}

impl Doors {
    pub(super) fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// A page or figures: nothing changes, and nothing is noted.
    pub(super) fn page<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        who: impl Into<Who>,
        handler: H,
    ) -> Self {
        self.enter(Door { method: Method::GET, path, who: who.into(), act: None }, get(handler))
    }

    /// Something that is carried out of the house: noted before it begins.
    pub(super) fn file<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        act: Action,
        handler: H,
    ) -> Self {
        let door = Door { method: Method::GET, path, who: act.into(), act: Some(act) };
        self.enter(door, get(handler))
    }

    /// An act, for those who may do it.
    pub(super) fn act<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        act: Action,
        handler: H,
    ) -> Self {
        self.act_of(path, act.into(), act, handler)
    }

    /// An act that everybody may do, such as coming in and going out.
    pub(super) fn act_of<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        who: Who,
        act: Action,
        handler: H,
    ) -> Self {
        self.enter(Door { method: Method::POST, path, who, act: Some(act) }, post(handler))
    }

    pub(super) fn and(mut self, more: Self) -> Self {
        self.table.extend(more.table);
        Self { router: self.router.merge(more.router), table: self.table }
    }

    pub(super) fn router(self) -> Router<App> {
        self.router
    }

    pub(super) fn table(self) -> Vec<Door> {
        self.table
    }

    fn enter(mut self, door: Door, handler: MethodRouter<App>) -> Self {
        let Door { who, path, act, .. } = door;
        let held = handler.layer(from_fn(move |request: Request, next: Next| async move {
            let held = who.holds(request.extensions().get::<Visitor>());
            let mut answer: Response = match held {
                Ok(()) => next.run(request).await,
                Err(refused) => refused.into_response(),
            };
            // A form that is done leads on.
            if let (Who::May(_), Some(act), StatusCode::SEE_OTHER) = (who, act, answer.status()) {
                answer.extensions_mut().insert(Done::at(path, act));
            }
            answer
        }));
        self.router = self.router.route(door.path, held);
        self.table.push(door);
        self
    }
}
