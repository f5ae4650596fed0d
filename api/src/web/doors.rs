//! The table of routes: each with who may come in, and with the act that it leaves in the operation log.
//!
//! A route is entered here or not at all, so nothing stands open because somebody forgot: the table
//! holds the door before the handler runs, and a story walks every row of it with every role.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use engine::access::Action;
use terms::Role;

use super::App;
use super::error::WebError;
use super::visitor::Visitor;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is not logged in, too.
    Anybody,
    /// Everybody who is logged in.
    Person,
    /// Clerks.
    Clerk,
    /// Those who read the homepage.
    Reader,
    /// Those who ask the warehouse freely.
    Extractor,
    /// Those who keep the system.
    Keeper,
}

impl Who {
    /// True where a role may come in.
    pub const fn admits(self, role: Role) -> bool {
        match self {
            Self::Anybody | Self::Person => true,
            Self::Clerk => matches!(role, Role::Clerk),
            Self::Reader => matches!(role, Role::Leader | Role::Analyst | Role::Administrator),
            Self::Extractor => matches!(role, Role::Analyst | Role::Administrator),
            Self::Keeper => matches!(role, Role::Administrator),
        }
    }

    fn holds(self, visitor: Option<&Visitor>) -> Result<(), WebError> {
        match visitor {
            _ if self == Self::Anybody => Ok(()),
            None => Err(WebError::Login),
            Some(visitor) if self.admits(visitor.role) => Ok(()),
            Some(_) => Err(WebError::Forbidden(self.words())),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Anybody | Self::Person => "没有权限。",
            Self::Clerk => "收费页面只对收费员开放。",
            Self::Reader => "首页只对领导、分析员和管理员开放。",
            Self::Extractor => "数据提取只对分析员开放。",
            Self::Keeper => "这个页面只对系统管理员开放。",
        }
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
        who: Who,
        handler: H,
    ) -> Self {
        self.enter(Door { method: Method::GET, path, who, act: None }, get(handler))
    }

    /// Something that is carried out of the house: noted before it begins.
    pub(super) fn file<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        who: Who,
        act: Action,
        handler: H,
    ) -> Self {
        self.enter(Door { method: Method::GET, path, who, act: Some(act) }, get(handler))
    }

    /// An act.
    pub(super) fn act<H: Handler<T, App>, T: 'static>(
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
        let who = door.who;
        let held = handler.layer(from_fn(move |request: Request, next: Next| async move {
            let held = who.holds(request.extensions().get::<Visitor>());
            let answer: Response = match held {
                Ok(()) => next.run(request).await,
                Err(refused) => refused.into_response(),
            };
            answer
        }));
        self.router = self.router.route(door.path, held);
        self.table.push(door);
        self
    }
}
