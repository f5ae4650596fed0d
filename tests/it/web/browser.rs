//! A person at a browser, as far as HTTP goes: a cookie, a token, and no patience for wrong answers.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A browser; without a login it is a stranger's.
#[derive(Clone)]
pub(crate) struct Browser(lab::Browser);

impl Deref for Browser {
    type Target = lab::Browser;

    fn deref(&self) -> &lab::Browser {
        &self.0
    }
}

impl DerefMut for Browser {
    fn deref_mut(&mut self) -> &mut lab::Browser {
        &mut self.0
    }
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) head: HeaderMap,
    pub(crate) body: Bytes,
}

impl Page {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// What is said to whoever asked for what cannot be.
    pub(crate) fn refusal(&self) -> String {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.text());
        self.json()["message"].as_str().unwrap().to_owned()
    }

    /// The token of a page.
    pub(crate) fn token(&self) -> String {
        let text = self.text();
        let token = text.split("name=\"csrf\" content=\"").nth(1);
        let token = token.and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends the beginning of a request and then a piece of it each second, never its end; gives how long it was listened to.
pub(super) async fn dribble(address: String, beginning: &str, piece: &str) -> Duration {
    let began = Instant::now();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let mut answer = [0; 512];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => {
                let said = read.map_or_else(|_| String::new(), |n| String::from_utf8_lossy(&answer[..n]).into_owned());
                assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
                return began.elapsed();
            }
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                if stream.write_all(piece.as_bytes()).await.is_err() {
                    return began.elapsed();
                }
            }
        }
    }
}

impl Browser {
    /// Somebody who has not logged in.
    pub(crate) fn stranger(address: &str) -> Self {
        Self(lab::Browser::stranger(address))
    }

    /// The same person at a browser that says this, too.
    pub(crate) fn saying(&self, name: &'static str, value: &str) -> Self {
        Self(self.0.saying(name, value))
    }

    /// Logs in, and keeps the cookie.
    pub(crate) async fn login(address: &str, login: &str, password: &str) -> Self {
        let mut browser = Self::stranger(address);
        let page = browser.post_form("/login", &format!("login={login}&password={password}")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
        browser.keep_cookie(&page.head);
        browser
    }

    /// A clerk opens the counter, and gets the token that every change carries.
    pub(crate) async fn clerk(address: &str, login: &str, password: &str) -> Self {
        let mut browser = Self::login(address, login, password).await;
        let session = browser.get("/counter/api/session").await.json();
        browser.csrf = session["csrf"].as_str().unwrap().to_owned();
        browser
    }

    /// What the page of a day shows: the digest that a close of the day repeats.
    pub(crate) async fn seen(&self, page: &str) -> String {
        let page = self.get(page).await.text();
        let digest = page.split("data-seen=\"").nth(1).and_then(|rest| rest.split('"').next());
        digest.unwrap_or_else(|| panic!("{page}")).to_owned()
    }

    /// The accounts that the search of the counter finds first.
    pub(crate) async fn accounts(&self) -> Vec<Value> {
        let found = self.get("/counter/api/search?q=%E9%81%93%E6%BB%98").await.json();
        let accounts = found["accounts"].as_array().unwrap().clone();
        assert!(!accounts.is_empty(), "{found}");
        accounts
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, "text/plain", String::new()).await
    }

    pub(crate) async fn post_form(&self, path: &str, body: &str) -> Page {
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, path, kind, body.to_owned()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Page {
        self.send(Method::POST, path, "application/json", body.to_string()).await
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: String) -> Page {
        self.try_send(method, path, kind, body).await.unwrap()
    }

    /// For stories in which the server may be dead.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> Result<Page, hyper_util::client::legacy::Error> {
        let (parts, body) = self.ask(method, path, kind, body).await?.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        Ok(Page { status: parts.status, head: parts.headers, body })
    }

    /// An answer that comes piece by piece, and may never end.
    pub(crate) async fn stream(&self, path: &str) -> Body {
        let answer = self.ask(Method::GET, path, "text/plain", String::new()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        Body::new(answer.into_body())
    }
}
