//! What the measurements ask of a browser: a refusal ends them.

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::LOCATION;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::browser::Browser;

const FORM: &str = "application/x-www-form-urlencoded";

/// An answer.
pub(super) struct Answer {
    status: StatusCode,
    head: HeaderMap,
    pub(super) body: Bytes,
}

impl Browser {
    /// Logs in.
    pub(super) async fn log_in(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let stranger = Self::stranger(base);
        let mut browser = stranger.saying("origin", base).saying("sec-fetch-site", "same-origin");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("login", login)
            .append_pair("password", password)
            .finish();
        let answer = browser.send(Method::POST, "/login", FORM, form).await?;
        if answer.status != StatusCode::SEE_OTHER {
            bail!("{login} cannot log in: {}", answer.status);
        }
        browser.keep_cookie(&answer.head);
        Ok(browser)
    }

    /// Fetches the token that every order carries.
    pub(super) async fn open_counter(&mut self) -> anyhow::Result<()> {
        let session = self.get_json("/counter/api/session").await?;
        self.csrf = session["csrf"].as_str().context("no csrf token")?.to_owned();
        Ok(())
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, "text/plain", String::new()).await?.fine(path)
    }

    pub(super) async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.get(path).await?.body)?)
    }

    pub(super) async fn post_json(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.send(Method::POST, path, "application/json", body.to_string()).await?;
        Ok(serde_json::from_slice(&answer.fine(path)?.body)?)
    }

    /// Posts a form that leads somewhere; gives the address.
    pub(super) async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("csrf", &self.csrf);
        let answer = self.send(Method::POST, path, FORM, form.finish()).await?;
        let leads = answer.head.get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        leads.with_context(|| format!("{path}: {} {}", answer.status, answer.words()))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> anyhow::Result<Answer> {
        let (parts, body) = self.ask(method, path, kind, body).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, head: parts.headers, body })
    }
}

impl Answer {
    /// The answer, unless it is a refusal.
    fn fine(self, path: &str) -> anyhow::Result<Self> {
        if self.status.is_success() {
            Ok(self)
        } else {
            bail!("{path}: {} {}", self.status, self.words())
        }
    }

    /// The body, as far as a message needs it.
    fn words(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(200).collect()
    }
}
