//! What a page says first of the form that was sent from it: that it is done, or why it was refused.
//!
//! A form that is done leads on to a page; what was done travels there in a cookie, for that page alone. A form that is
//! refused leads nowhere: its own page is drawn once more, as the books are now, with the reason over it.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, REFERER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use engine::access::Action;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::App;
use super::speak::{is_browser, refusal};
use super::visitor::{Told, Visitor};

/// What somebody did by a form, and which way where it was the word on something; the answer of a door carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    act: Action,
    verdict: Option<bool>,
}

impl Done {
    /// The act of a door; the last word of its path says which way.
    pub(super) fn at(path: &str, act: Action) -> Self {
        let verdict = match path.rsplit('/').next() {
            Some("approve") => Some(true),
            Some("refuse") => Some(false),
            _ => None,
        };
        Self { act, verdict }
    }

    /// As it travels.
    fn code(self) -> String {
        let verdict = match self.verdict {
            Some(true) => "/approve",
            Some(false) => "/refuse",
            None => "",
        };
        format!("{}{verdict}", self.act.code())
    }

    fn coded(code: &str) -> Option<Self> {
        let act = Action::named(code.split('/').next()?)?;
        Some(Self::at(code, act))
    }

    fn words(self) -> String {
        let verdict = match self.verdict {
            Some(true) => "（同意）",
            Some(false) => "（不同意）",
            None => "",
        };
        format!("已办理：{}{verdict}。", self.act.label())
    }
}

/// What is told around one request of a browser; of a script's nothing is.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// What was done before this page.
    done: Option<Done>,
    /// The page of the form that is sent.
    form: Option<Uri>,
}

impl Telling {
    pub(super) fn of(app: &App, jar: &CookieJar, request: &Request) -> Self {
        if !is_browser(request) {
            return Self::default();
        }
        match *request.method() {
            Method::GET => {
                let done = jar.get(&cookie(app)).and_then(|cookie| Done::coded(cookie.value()));
                Self { done, form: None }
            }
            Method::POST => Self { done: None, form: page_of(request) },
            _ => Self::default(),
        }
    }

    /// What the page says first.
    pub(super) fn first(&self) -> Option<Told> {
        self.done.map(|done| Told { tone: "ok", words: done.words(), form: None })
    }

    /// The answer as it goes out: what was told is not told twice, what is done is told on the next page, and what is
    /// refused on its own.
    pub(super) async fn after(
        self,
        (app, pages, jar): (&App, &Router, CookieJar),
        visitor: &Visitor,
        answer: Response,
    ) -> Response {
        if self.done.is_some() && !answer.status().is_redirection() {
            let gone = Cookie::build((cookie(app), "")).path("/").secure(app.is_secure());
            return (jar.remove(gone), answer).into_response();
        }
        if let Some(done) = answer.extensions().get::<Done>().copied() {
            let told = Cookie::build((cookie(app), done.code()))
                .path("/")
                .http_only(true)
                .secure(app.is_secure())
                .same_site(SameSite::Lax);
            return (jar.add(told), answer).into_response();
        }
        let (Some(form), Some(words)) = (self.form, refusal(&answer)) else { return answer };
        again(pages, visitor, form, (answer.status(), words)).await.unwrap_or(answer)
    }
}

/// The name of the cookie.
fn cookie(app: &App) -> String {
    format!("{}-told", app.cookie())
}

/// Where a form was sent from: browsers name it to their own house.
fn page_of(request: &Request) -> Option<Uri> {
    let from: Uri = request.headers().get(REFERER)?.to_str().ok()?.parse().ok()?;
    from.path_and_query().cloned().map(Uri::from)
}

/// The page of a form once more; none where it cannot be drawn.
async fn again(
    pages: &Router,
    visitor: &Visitor,
    form: Uri,
    (status, words): (StatusCode, String),
) -> Option<Response> {
    let told = Told { tone: "bad", words, form: Some(form.to_string()) };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = form;
    request.extensions_mut().insert(Visitor { told: Some(told), ..visitor.clone() });
    let mut page = TowerToHyperService::new(pages.clone()).call(request).await.ok()?;
    let kind = page.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if page.status() != StatusCode::OK || !kind.starts_with(b"text/html") {
        return None;
    }
    *page.status_mut() = status;
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_with_the_word_that_was_said() {
        for (path, act, words) in [
            ("/accounts/{id}/change", Action::ChangeAccount, "已办理：提交档案变更。"),
            ("/changes/{id}/approve", Action::ApproveAccount, "已办理：审批档案变更（同意）。"),
            ("/changes/{id}/refuse", Action::ApproveAccount, "已办理：审批档案变更（不同意）。"),
        ] {
            let done = Done::at(path, act);
            assert_eq!(done.words(), words);
            assert_eq!(Done::coded(&done.code()), Some(done));
        }
        assert_eq!(Done::coded("<b>已入账</b>"), None);
    }
}
