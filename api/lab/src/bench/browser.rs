//! HTTP as a browser speaks it to us: one connection pool, cookies kept, nothing more.

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Somebody who is logged in.
pub(super) struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
    cookie: String,
    csrf: String,
}

/// An answer.
pub(super) struct Answer {
    status: StatusCode,
    location: Option<String>,
    cookies: Vec<String>,
    pub(super) body: Bytes,
}

impl Browser {
    /// Logs in.
    pub(super) async fn log_in(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut browser =
            Self { client, base: base.to_owned(), cookie: String::new(), csrf: String::new() };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("login", login)
            .append_pair("password", password)
            .finish();
        let answer = browser
            .send(Method::POST, "/login", Some(("application/x-www-form-urlencoded", form)))
            .await?;
        if answer.status != StatusCode::SEE_OTHER {
            bail!("{login} cannot log in: {}", answer.status);
        }
        browser.cookie = answer
            .cookies
            .iter()
            .filter_map(|cookie| cookie.split(';').next())
            .collect::<Vec<_>>()
            .join("; ");
        Ok(browser)
    }

    /// Fetches the token that every order carries.
    pub(super) async fn open_counter(&mut self) -> anyhow::Result<()> {
        let session = self.get_json("/counter/api/session").await?;
        self.csrf = session["csrf"].as_str().context("no csrf token")?.to_owned();
        Ok(())
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        let answer = self.send(Method::GET, path, None).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            bail!("GET {path}: {} {}", answer.status, answer.words())
        }
    }

    pub(super) async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.get(path).await?.body)?)
    }

    pub(super) async fn post_json(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer =
            self.send(Method::POST, path, Some(("application/json", body.to_string()))).await?;
        if answer.status.is_success() {
            Ok(serde_json::from_slice(&answer.body)?)
        } else {
            bail!("POST {path}: {} {}", answer.status, answer.words())
        }
    }

    /// Posts a form that leads somewhere; gives the address.
    pub(super) async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("csrf", &self.csrf);
        let answer = self
            .send(Method::POST, path, Some(("application/x-www-form-urlencoded", form.finish())))
            .await?;
        let words = answer.words();
        answer.location.with_context(|| format!("POST {path}: {} {words}", answer.status))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        request = request.header(COOKIE, &self.cookie).header("x-csrf-token", &self.csrf);
        request = request.header("origin", &self.base).header("sec-fetch-site", "same-origin");
        let bytes = match body {
            Some((kind, text)) => {
                request = request.header(CONTENT_TYPE, kind);
                Bytes::from(text)
            }
            None => Bytes::new(),
        };
        let answer = self.client.request(request.body(Full::new(bytes))?).await?;
        let text = |value: &hyper::header::HeaderValue| value.to_str().map(str::to_owned).ok();
        let (status, location) = (answer.status(), answer.headers().get(LOCATION).and_then(text));
        let cookies = answer.headers().get_all(SET_COOKIE).iter().filter_map(text).collect();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, location, cookies, body })
    }
}

impl Answer {
    /// The body, as far as a message needs it.
    fn words(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(200).collect()
    }
}
