//! Asks a running Weir as a browser does: over HTTP, with a cookie and the session's CSRF token.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;

/// A person at a browser.
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
    cookie: String,
    csrf: String,
}

impl Browser {
    /// Logs in at `address`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// The address does not answer, or refuses the pass word.
    pub async fn login(address: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut browser =
            Self { client, address: address.into(), cookie: String::new(), csrf: String::new() };
        let form = serde_json::json!({ "login": login, "password": password });
        let body = form_encoded(&form);
        let (status, head, text) =
            browser.send(Method::POST, "/login", "application/x-www-form-urlencoded", body).await?;
        ensure!(status == StatusCode::SEE_OTHER, "login of {login}: {status} {text}");
        let cookie = head.get(header::SET_COOKIE).context("login without a cookie")?.to_str()?;
        browser.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(browser)
    }

    /// Fetches the token that every change must carry.
    ///
    /// # Errors
    /// The session is not a clerk's.
    pub async fn open_counter(&mut self) -> anyhow::Result<()> {
        let session = self.json("/counter/api/session").await?;
        self.csrf = session["csrf"].as_str().context("session without a token")?.to_owned();
        Ok(())
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// Anything but 200.
    pub async fn json(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.text(path).await?)?)
    }

    /// Asks for text.
    ///
    /// # Errors
    /// Anything but 200.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        let (status, _, text) = self.send(Method::GET, path, "text/plain", Vec::new()).await?;
        ensure!(status == StatusCode::OK, "{path}: {status} {text}");
        Ok(text)
    }

    /// Sends JSON; gives the status and the answer, refused or not.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        let body = serde_json::to_vec(body)?;
        let (status, _, text) = self.send(Method::POST, path, "application/json", body).await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<(StatusCode, header::HeaderMap, String)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .body(Full::new(Bytes::from(body)))?;
        let answer = self.client.request(request).await?;
        let (head, body) = answer.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok((head.status, head.headers, text))
    }
}

/// Letters and digits as they are, all else by its bytes.
fn form_encoded(form: &Value) -> Vec<u8> {
    let pairs = form.as_object().into_iter().flatten();
    let encode = |text: &str| {
        text.bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect::<String>()
    };
    let pairs = pairs.map(|(name, value)| format!("{name}={}", encode(value.as_str().unwrap_or_default())));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}
